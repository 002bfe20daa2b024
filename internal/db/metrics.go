package db

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics of a store. They are there before it is, with samples of 0. None carries the name of a user or of an account.
type Metrics struct {
	writeSeconds prometheus.Histogram
	batchUsers   prometheus.Histogram
	writeErrors  *prometheus.CounterVec
	pool         atomic.Pointer[pgxpool.Pool] // nil: not open yet

	connections, most, waits, waitSeconds *prometheus.Desc
}

// NewMetrics registers the metrics with reg; without one they are kept but shown to nobody.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		writeSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "syncd_db_write_duration_seconds",
			Help:    "Time to write one batch of users in its transaction, failed ones included.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}),
		batchUsers: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "syncd_db_batch_users",
			Help:    "Users of a batch that was to be written in one transaction, failed ones included.",
			Buckets: []float64{1, 2, 5, 10, 20, 30, 40, 50},
		}),
		writeErrors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "syncd_db_write_errors_total",
			Help: "Batches of users that the database did not take at an attempt, by cause.",
		}, []string{"cause"}),
		connections: prometheus.NewDesc("syncd_db_pool_connections", "Connections of the pool by state; those of the lease and the leadership are not among them.", []string{"state"}, nil),
		most:        prometheus.NewDesc("syncd_db_pool_connections_max", "Connections that the pool may have; 0 until the database is open.", nil, nil),
		waits:       prometheus.NewDesc("syncd_db_pool_waits_total", "Transactions that had to wait for a free connection, or for a new one.", nil, nil),
		waitSeconds: prometheus.NewDesc("syncd_db_pool_wait_seconds_total", "Time that transactions waited for a free connection, or for a new one.", nil, nil),
	}
	for _, cause := range writeCauses() {
		m.writeErrors.WithLabelValues(cause.name)
	}
	if reg != nil {
		reg.MustRegister(m.writeSeconds, m.batchUsers, m.writeErrors, (*poolCollector)(m))
	}
	return m
}

// writeCause is a kind of error for which a batch is not written.
type writeCause struct {
	name string
	kind error
}

const otherCause = "other"

func writeCauses() []writeCause {
	return []writeCause{
		{"bad_data", ErrBadData},
		{"conflict", ErrConflict},
		{"unreachable", ErrUnreachable},
		{"timeout", ErrTimeout},
		{"disk_full", ErrDiskFull},
		{"denied", ErrDenied},
		{"read_only", ErrReadOnly},
		{"pass_closed", ErrPassClosed},
		{otherCause, nil},
	}
}

// wrote notes an attempt to write a batch of so many users.
func (m *Metrics) wrote(users int, took time.Duration, err error) {
	m.writeSeconds.Observe(took.Seconds())
	m.batchUsers.Observe(float64(users))
	if err == nil {
		return
	}
	name := otherCause
	for _, cause := range writeCauses() {
		if cause.kind != nil && errors.Is(err, cause.kind) {
			name = cause.name
			break
		}
	}
	m.writeErrors.WithLabelValues(name).Inc()
}

// poolCollector gives the metrics of the connection pool, which counts by itself.
type poolCollector Metrics

// Describe implements prometheus.Collector.
func (c *poolCollector) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{c.connections, c.most, c.waits, c.waitSeconds} {
		to <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *poolCollector) Collect(to chan<- prometheus.Metric) {
	var inUse, idle, opening, most, waits, waited float64
	if pool := c.pool.Load(); pool != nil {
		stat := pool.Stat()
		inUse, idle, opening = float64(stat.AcquiredConns()), float64(stat.IdleConns()), float64(stat.ConstructingConns())
		most, waits, waited = float64(stat.MaxConns()), float64(stat.EmptyAcquireCount()), stat.EmptyAcquireWaitTime().Seconds()
	}
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	to <- prometheus.MustNewConstMetric(c.connections, gauge, inUse, "in_use")
	to <- prometheus.MustNewConstMetric(c.connections, gauge, idle, "idle")
	to <- prometheus.MustNewConstMetric(c.connections, gauge, opening, "opening")
	to <- prometheus.MustNewConstMetric(c.most, gauge, most)
	to <- prometheus.MustNewConstMetric(c.waits, counter, waits)
	to <- prometheus.MustNewConstMetric(c.waitSeconds, counter, waited)
}
