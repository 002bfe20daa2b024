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
	NewMetrics(reg, "acc")
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
	NewMetrics(reg, "acc")
	all, err := reg.Gather()
	if err != nil || len(all) != 13 {
		t.Errorf("%d metrics have samples (%v), want 13", len(all), err)
	}
	for name, want := range map[string]int{
		"syncd_pass_last_attempt_timestamp_seconds": 1,
		"syncd_passes_total":                        5, // one for each status in which a pass can end
		"syncd_pass_consecutive_failures":           1,
		"syncd_pass_running":                        1,
		"syncd_pass_users":                          8,
		"syncd_pass_workers":                        1,
		"syncd_documents_total":                     16,
		"syncd_document_failures_total":             56,
		"syncd_guard_decisions_total":               24,
		"syncd_batch_retries_total":                 1,
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
	m := NewMetrics(nil, "acc")
	m.attempted(time.Now())
	m.finished(Result{Status: db.PassComplete})
}

func TestMetrics_tell_the_story_of_a_pass(t *testing.T) {
	t.Parallel()
	for _, status := range []db.PassStatus{db.PassComplete, db.PassPartial, db.PassHeld, db.PassFailed, db.PassInterrupted} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := NewMetrics(nil, "acc")
				began := time.Now()
				m.attempted(began)
				m.wrote(db.Written{Written: 3, Unchanged: 4})
				m.wrote(db.Written{Written: 1})
				m.failed(1)
				_ = pause(t.Context(), time.Minute)
				m.finished(Result{Status: status, Duration: time.Minute, Floor: 45 * time.Second})

				ratio, failures := 0.0, 0.0
				switch status {
				case db.PassComplete:
					ratio = 0.75
				case db.PassFailed, db.PassInterrupted:
					failures = 1
				}
				for name, metric := range map[string]struct {
					collector prometheus.Collector
					want      float64
				}{
					"last attempt":    {m.lastAttempt.WithLabelValues("acc"), float64(began.Unix())},
					"in a row":        {m.inARow.WithLabelValues("acc"), failures},
					"running":         {m.running.WithLabelValues("acc"), 0},
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
	m := NewMetrics(nil, "acc")
	m.finished(Result{Status: db.PassComplete})
	if got := testutil.ToFloat64(m.floorRatio.WithLabelValues("acc")); got != 0 {
		t.Errorf("the ratio is %v, want 0", got)
	}
}

func TestMetrics_count_failures_in_a_row(t *testing.T) {
	t.Parallel()
	m := NewMetrics(nil, "acc")
	for i, step := range []struct {
		status db.PassStatus
		want   float64
	}{{db.PassFailed, 1}, {db.PassInterrupted, 2}, {db.PassFailed, 3}, {db.PassPartial, 0}, {db.PassFailed, 1}, {db.PassHeld, 0}} {
		m.finished(Result{Status: step.status})
		if got := testutil.ToFloat64(m.inARow.WithLabelValues("acc")); got != step.want {
			t.Errorf("pass %d: %v in a row, want %v", i, got, step.want)
		}
	}
	m.Unmade()
	for name, got := range map[string]float64{
		"in a row": testutil.ToFloat64(m.inARow.WithLabelValues("acc")), "failed": testutil.ToFloat64(m.passes.WithLabelValues("acc", "failed")) - 3,
	} {
		if got != 1 {
			t.Errorf("after a pass that was not made, %s is %v, want 1", name, got)
		}
	}
}

func TestMetrics_show_the_pass_that_runs(t *testing.T) {
	t.Parallel()
	m := NewMetrics(nil, "acc")
	value := func(phase, state string) float64 {
		return testutil.ToFloat64(m.users.WithLabelValues("acc", phase, state))
	}
	m.attempted(time.Now())
	m.progress(Progress{Phase: PhaseFetch, Done: 3, Total: 10})
	if got := testutil.ToFloat64(m.running.WithLabelValues("acc")); got != 1 || value("fetch", "done") != 3 || value("fetch", "due") != 10 || value("list", "done") != 0 {
		t.Errorf("running %v, fetched %v of %v", got, value("fetch", "done"), value("fetch", "due"))
	}
	m.finished(Result{Status: db.PassFailed})
	if value("fetch", "done") != 3 {
		t.Error("how far the pass came is forgotten with its end")
	}
	m.attempted(time.Now())
	if value("fetch", "done") != 0 {
		t.Error("the next pass does not begin at 0")
	}
}

// Whoever leads after this process has failures and progress of his own.
func TestMetrics_of_a_standby(t *testing.T) {
	t.Parallel()
	m := NewMetrics(nil, "acc")
	m.attempted(time.Unix(7, 0))
	for _, phase := range []Phase{PhaseList, PhaseFetch, PhaseSettle, PhaseAbsent} {
		m.progress(Progress{Phase: phase, Done: 3, Total: 10})
	}
	m.finished(Result{Status: db.PassComplete, Duration: time.Minute, Floor: 45 * time.Second})
	m.finished(Result{Status: db.PassFailed})
	m.StandBy()
	for name, gauge := range map[string]*prometheus.GaugeVec{"in a row": m.inARow, "floor ratio": m.floorRatio, "running": m.running, "workers": m.workers} {
		if got := testutil.ToFloat64(gauge.WithLabelValues("acc")); got != 0 {
			t.Errorf("%s is %v", name, got)
		}
	}
	for _, phase := range []string{"list", "fetch", "settle", "absent"} {
		for _, state := range []string{"done", "due"} {
			if got := testutil.ToFloat64(m.users.WithLabelValues("acc", phase, state)); got != 0 {
				t.Errorf("%s %s is %v", phase, state, got)
			}
		}
	}
	if attempt, failed := testutil.ToFloat64(m.lastAttempt.WithLabelValues("acc")), testutil.ToFloat64(m.passes.WithLabelValues("acc", "failed")); attempt != 7 || failed != 1 {
		t.Errorf("what it did is forgotten: begun at %v, %v failed", attempt, failed)
	}
}

func TestMetrics_have_notes(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	NewMetrics(registry, "acc")
	notes := MetricNotes()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if notes[family.GetName()] == "" {
			t.Errorf("%s has no note", family.GetName())
		}
		delete(notes, family.GetName())
	}
	for name := range notes {
		t.Errorf("there is a note of %s, and no such metric", name)
	}
}
