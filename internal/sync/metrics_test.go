package sync

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"syncd/internal/db"
)

func TestMetrics_follow_the_conventions(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewPedanticRegistry()
	newMetrics(reg, "acc")
	problems, err := testutil.GatherAndLint(reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestMetrics_have_samples_from_the_start(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewPedanticRegistry()
	newMetrics(reg, "acc")
	all, err := reg.Gather()
	if err != nil || len(all) != 6 {
		t.Errorf("%d metrics have samples (%v), want 6", len(all), err)
	}
	for name, want := range map[string]int{
		"syncd_pass_last_success_timestamp_seconds": 1,
		"syncd_pass_last_attempt_timestamp_seconds": 1,
		"syncd_passes_total":                        5, // one for each status in which a pass can end
		"syncd_pass_duration_seconds":               1,
		"syncd_pass_floor_ratio":                    1,
		"syncd_user_writes_total":                   3,
	} {
		if got, err := testutil.GatherAndCount(reg, name); err != nil || got != want {
			t.Errorf("%s has %d samples (%v), want %d", name, got, err, want)
		}
	}
}

func TestMetrics_need_no_registry(t *testing.T) {
	t.Parallel()
	m := newMetrics(nil, "acc")
	m.attempted(time.Now())
	m.finished(Result{Status: db.PassComplete})
}

func TestMetrics_tell_the_story_of_a_pass(t *testing.T) {
	t.Parallel()
	for _, status := range []db.PassStatus{db.PassComplete, db.PassPartial, db.PassHeld, db.PassFailed, db.PassInterrupted} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMetrics(nil, "acc")
				began := time.Now()
				m.attempted(began)
				m.wrote(db.Written{Written: 3, Unchanged: 4})
				m.wrote(db.Written{Written: 1})
				m.failed(1)
				_ = pause(t.Context(), time.Minute)
				m.finished(Result{Status: status, Duration: time.Minute, Floor: 45 * time.Second})

				success, ratio := 0.0, 0.0
				if status == db.PassComplete {
					success, ratio = float64(began.Add(time.Minute).Unix()), 0.75
				}
				for name, metric := range map[string]struct {
					collector prometheus.Collector
					want      float64
				}{
					"last attempt":    {m.lastAttempt.WithLabelValues("acc"), float64(began.Unix())},
					"last success":    {m.lastSuccess.WithLabelValues("acc"), success},
					"floor ratio":     {m.floorRatio.WithLabelValues("acc"), ratio},
					"passes":          {m.passes.WithLabelValues("acc", string(status)), 1},
					"written users":   {m.writes.WithLabelValues("acc", "written"), 4},
					"unchanged users": {m.writes.WithLabelValues("acc", "unchanged"), 4},
					"failed users":    {m.writes.WithLabelValues("acc", "failed"), 1},
				} {
					if got := testutil.ToFloat64(metric.collector); got != metric.want {
						t.Errorf("%s: got %v, want %v", name, got, metric.want)
					}
				}
				if n := testutil.CollectAndCount(m.passes); n != 5 {
					t.Errorf("passes have %d statuses, want 5", n)
				}
			})
		})
	}
}

func TestMetrics_of_a_pass_that_took_no_time(t *testing.T) {
	t.Parallel()
	m := newMetrics(nil, "acc")
	m.finished(Result{Status: db.PassComplete})
	if got := testutil.ToFloat64(m.floorRatio.WithLabelValues("acc")); got != 0 {
		t.Errorf("the ratio is %v, want 0", got)
	}
}
