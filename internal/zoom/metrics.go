package zoom

import "github.com/prometheus/client_golang/prometheus"

// metrics of the client. Endpoints and pools are bounded sets; no label ever
// holds a user id.
type metrics struct {
	requests  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	throttled *prometheus.CounterVec
	poolRate  *prometheus.GaugeVec
	poolWait  *prometheus.CounterVec
	category  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "syncd_zoom_requests_total",
			Help: "Requests to Zoom by endpoint and status: 200 for every success, else the HTTP status, malformed or unreachable.",
		}, []string{"endpoint", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "syncd_zoom_request_duration_seconds",
			Help:    "Time from sending a request to the end of its answer, without waiting for a connection and the budget.",
			Buckets: []float64{.025, .05, .1, .15, .2, .3, .5, 1, 2, 5, 15, 60},
		}, []string{"endpoint"}),
		throttled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "syncd_zoom_throttled_total",
			Help: "Answers 429 by pool and kind (second, daily).",
		}, []string{"pool", "kind"}),
		poolRate: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "syncd_zoom_pool_rate",
			Help: "Requests per second that a pool allows itself at present.",
		}, []string{"pool"}),
		poolWait: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "syncd_zoom_pool_wait_seconds_total",
			Help: "Time that requests waited for their pool, pauses after a 429 included.",
		}, []string{"pool"}),
		category: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "syncd_zoom_label_mismatch_total",
			Help: "Answers whose x-ratelimit-category is not the label that the endpoint is budgeted under.",
		}, []string{"endpoint"}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.seconds, m.throttled, m.poolRate, m.poolWait, m.category)
	}
	for _, e := range endpoints() {
		m.requests.WithLabelValues(e.name, "200")
		m.seconds.WithLabelValues(e.name)
		if e.label != "" {
			m.category.WithLabelValues(e.name)
		}
	}
	for _, name := range pools() {
		m.throttled.WithLabelValues(string(name), "second")
		m.throttled.WithLabelValues(string(name), "daily")
		m.poolWait.WithLabelValues(string(name))
	}
	return m
}
