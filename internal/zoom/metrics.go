package zoom

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the client. Endpoints and pools are bounded sets; no label ever
// holds a user id.
type metrics struct {
	requests  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	retries   *prometheus.CounterVec
	refusals  *prometheus.CounterVec
	category  *prometheus.CounterVec
	tokenEnd  prometheus.Gauge
	throttled *prometheus.CounterVec

	throttledBy  *prometheus.CounterVec
	poolRate     *prometheus.GaugeVec
	poolLimit    *prometheus.GaugeVec
	poolShare    *prometheus.GaugeVec
	poolRequests *prometheus.CounterVec
	poolWait     *prometheus.CounterVec
	pausedUntil  *prometheus.GaugeVec
	parkedUntil  *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"pool"})
	}
	m := &metrics{
		requests: counter("syncd_zoom_requests_total",
			"Requests to Zoom by endpoint and status: 200 for every success, else the HTTP status, malformed or unreachable.", "endpoint", "status"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "syncd_zoom_request_duration_seconds",
			Help:    "Time from sending a request to the end of its answer, without waiting for a connection and the budget.",
			Buckets: []float64{.025, .05, .1, .15, .2, .3, .5, 1, 2, 5, 15, 60},
		}, []string{"endpoint"}),
		retries: counter("syncd_zoom_retries_total",
			"Requests that are sent again because Zoom gave no answer, one that is none, or 5xx; those after 429 and 401 are not among them.", "endpoint"),
		refusals: counter("syncd_zoom_refusals_total",
			"Answers by which Zoom refuses the app, or one of its tokens, and not only the rate of its requests.", "kind"),
		category: counter("syncd_zoom_label_mismatch_total",
			"Answers whose x-ratelimit-category is not the label that the endpoint is budgeted under.", "endpoint"),
		tokenEnd: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "syncd_zoom_token_end_timestamp_seconds",
			Help: "When the present access token ends; 0 before the first.",
		}),
		throttled: counter("syncd_zoom_throttled_total",
			"Answers 429 by pool and kind: second, for the limit of a second, and daily.", "pool", "kind"),
		throttledBy: counter("syncd_zoom_throttled_by_total",
			"Answers 429 for the limit of a second, by whose fault it is: ours, or a neighbour's, that is another app of the account.", "pool", "cause"),
		poolRate: gauge("syncd_zoom_pool_rate",
			"Requests per second that a pool allows itself at present."),
		poolLimit: gauge("syncd_zoom_pool_limit",
			"Requests per second that all apps of the account may send, as configured by plan or ZOOM_POOLS."),
		poolShare: gauge("syncd_zoom_pool_share",
			"Requests per second that are ours of the limit, as configured by ZOOM_RATE_SHARE: more than that is never sent."),
		poolRequests: counter("syncd_zoom_pool_requests_total",
			"Requests that were sent and count in a pool, refused ones included.", "pool"),
		poolWait: counter("syncd_zoom_pool_wait_seconds_total",
			"Time that requests waited for their pool, pauses after a 429 included.", "pool"),
		pausedUntil: gauge("syncd_zoom_pool_paused_until_timestamp_seconds",
			"When the last pause after a 429 ends or ended; 0 before the first."),
		parkedUntil: gauge("syncd_zoom_pool_parked_until_timestamp_seconds",
			"When the last daily limit ends or ended, until which the pool sends nothing; 0 before the first."),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.seconds, m.retries, m.refusals, m.category, m.tokenEnd, m.throttled, m.throttledBy,
			m.poolRate, m.poolLimit, m.poolShare, m.poolRequests, m.poolWait, m.pausedUntil, m.parkedUntil)
	}
	m.begin()
	return m
}

// begin gives every metric its samples. Rate, limit and share are known with the pools.
func (m *metrics) begin() {
	for _, e := range endpoints() {
		m.requests.WithLabelValues(e.name, "200")
		m.seconds.WithLabelValues(e.name)
		m.retries.WithLabelValues(e.name)
		if e.label != "" {
			m.category.WithLabelValues(e.name)
		}
	}
	for _, refusal := range refusals() {
		m.refusals.WithLabelValues(refusal.name)
	}
	for _, pool := range pools() {
		name := string(pool)
		m.throttled.WithLabelValues(name, "second")
		m.throttled.WithLabelValues(name, "daily")
		for _, culprit := range culprits() {
			m.throttledBy.WithLabelValues(name, string(culprit))
		}
		m.poolRequests.WithLabelValues(name)
		m.poolWait.WithLabelValues(name)
		m.pausedUntil.WithLabelValues(name)
		m.parkedUntil.WithLabelValues(name)
	}
}

// refusal is a kind of error by which Zoom refuses the app.
type refusal struct {
	name string
	kind error
}

func refusals() []refusal {
	return []refusal{
		{"credentials", ErrCredentials},
		{"token", ErrUnauthorized},
		{"scopes", ErrScopes},
		{"phone_not_enabled", ErrPhoneNotEnabled},
		{"account", ErrAccount},
		{"forbidden", ErrForbidden},
		{"claim", ErrClaim},
		{"url", ErrWrongURL},
	}
}

// refused counts an answer that refuses the app; others and nil it leaves alone.
func (m *metrics) refused(fault *Error) {
	if fault == nil {
		return
	}
	for _, refusal := range refusals() {
		if errors.Is(fault, refusal.kind) {
			m.refusals.WithLabelValues(refusal.name).Inc()
			return
		}
	}
}
