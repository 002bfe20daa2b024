package sync

import (
	"time"

	"syncd/internal/db"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the passes over one account.
type metrics struct {
	account     string
	lastSuccess *prometheus.GaugeVec
	lastAttempt *prometheus.GaugeVec
	passes      *prometheus.CounterVec
	seconds     prometheus.Histogram
	floorRatio  *prometheus.GaugeVec
	writes      *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer, account string) *metrics {
	m := &metrics{
		account: account,
		lastSuccess: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "syncd_pass_last_success_timestamp_seconds",
			Help: "When the last complete pass ended; 0 before the first.",
		}, []string{"account"}),
		lastAttempt: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "syncd_pass_last_attempt_timestamp_seconds",
			Help: "When the last pass began; 0 before the first.",
		}, []string{"account"}),
		passes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "syncd_passes_total",
			Help: "Passes that ended, by status.",
		}, []string{"account", "status"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "syncd_pass_duration_seconds",
			Help:    "Time from the beginning to the end of a pass.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 15),
		}),
		floorRatio: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "syncd_pass_floor_ratio",
			Help: "Least time that the budgets allow divided by the time that the last complete pass took: 1 is as fast as Zoom allows.",
		}, []string{"account"}),
		writes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "syncd_user_writes_total",
			Help: "Users that passes came to, by outcome: written, unchanged, and failed, for whom a document could not be fetched or saved, whatever became of the others.",
		}, []string{"account", "outcome"}),
	}
	if reg != nil {
		reg.MustRegister(m.lastSuccess, m.lastAttempt, m.passes, m.seconds, m.floorRatio, m.writes)
	}
	m.lastSuccess.WithLabelValues(account)
	m.lastAttempt.WithLabelValues(account)
	m.floorRatio.WithLabelValues(account)
	for _, status := range []db.PassStatus{db.PassComplete, db.PassPartial, db.PassHeld, db.PassFailed, db.PassInterrupted} {
		m.passes.WithLabelValues(account, string(status))
	}
	for _, outcome := range []string{"written", "unchanged", "failed"} {
		m.writes.WithLabelValues(account, outcome)
	}
	return m
}

func (m *metrics) attempted(at time.Time) {
	m.lastAttempt.WithLabelValues(m.account).Set(float64(at.Unix()))
}

func (m *metrics) wrote(w db.Written) {
	m.writes.WithLabelValues(m.account, "written").Add(float64(w.Written))
	m.writes.WithLabelValues(m.account, "unchanged").Add(float64(w.Unchanged))
}

func (m *metrics) failed(users int) {
	m.writes.WithLabelValues(m.account, "failed").Add(float64(users))
}

func (m *metrics) finished(r Result) {
	m.passes.WithLabelValues(m.account, string(r.Status)).Inc()
	m.seconds.Observe(r.Duration.Seconds())
	if r.Status != db.PassComplete {
		return
	}
	m.lastSuccess.WithLabelValues(m.account).Set(float64(time.Now().Unix()))
	m.floorRatio.WithLabelValues(m.account).Set(r.FloorShare())
}
