package db

import "github.com/prometheus/client_golang/prometheus"

// metrics of the store. None carries the name of a user or of an account.
type metrics struct {
	writeSeconds prometheus.Histogram
}

// newMetrics registers the metrics with reg; without one they are kept but shown to nobody.
func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		writeSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "syncd_db_write_duration_seconds",
			Help:    "Time to write one batch of users in its transaction, failed ones included.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}),
	}
	if reg != nil {
		reg.MustRegister(m.writeSeconds)
	}
	return m
}
