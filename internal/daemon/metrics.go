package daemon

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics of the schedule, of this replica.
type Metrics struct {
	leader      prometheus.Gauge
	leaderships prometheus.Counter
	interval    prometheus.Gauge
	next        prometheus.Gauge
}

// NewMetrics registers the metrics with reg; without one they are kept but shown to nobody.
func NewMetrics(reg prometheus.Registerer, account string) *Metrics {
	labels := prometheus.Labels{"account": account}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels})
	}
	m := &Metrics{
		leader: gauge("syncd_leader", "1 if this replica makes the passes; 0 if it stands by, or has not come to that yet."),
		leaderships: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "syncd_leaderships_total", Help: "How often this replica became the leader.", ConstLabels: labels,
		}),
		interval: gauge("syncd_interval_seconds", "Time from the beginning of a pass to that of the next, as configured; 0 until this replica has its database."),
		next:     gauge("syncd_pass_next_timestamp_seconds", "When this replica begins its next pass; 0 while it makes one, and when it does not lead."),
	}
	if reg != nil {
		reg.MustRegister(m.leader, m.leaderships, m.interval, m.next)
	}
	return m
}

func (m *Metrics) leads() {
	m.leader.Set(1)
	m.leaderships.Inc()
}

func (m *Metrics) leadsNoMore() {
	m.leader.Set(0)
	m.next.Set(0)
}

func (m *Metrics) waits(wait time.Duration) {
	m.next.Set(float64(time.Now().Add(max(0, wait)).UnixMilli()) / 1e3)
}

// MetricNotes says of each metric of the schedule what it is asked for, what a high value
// means and what to do about it. docs/metrics.md shows it.
func MetricNotes() map[string]string {
	return map[string]string{
		"syncd_leader":                      "Who makes the passes? The sum over the replicas is 1, but for seconds at a change. 0 for minutes, or no sample at all: nobody makes passes; see whether the processes run (refused credentials and an unknown schema end them), and whether they reach the database.",
		"syncd_leaderships_total":           "Does the leader change? Each restart and each lost database connection is one. Many an hour: look at what ends idle connections between here and Postgres.",
		"syncd_interval_seconds":            "How often is the mirror to be refreshed? Alerts on its age take it from here.",
		"syncd_pass_next_timestamp_seconds": "When is the next pass? Take the maximum over the replicas. After a failure it is sooner than the interval; while a daily limit lasts, it is its end. In the past by more than seconds: the process is stuck.",
	}
}
