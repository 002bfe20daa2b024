package main

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"syncd/internal/daemon"
	"syncd/internal/db"
	"syncd/internal/health"
	"syncd/internal/sync"
)

// instruments are the metrics of the program. They are there, with their samples, before
// what they tell of is.
type instruments struct {
	process *prometheus.Registry // what this process has done
	facts   *prometheus.Registry // what the database says
	mirror  *db.Collector        // in facts
	store   *db.Metrics
	passes  *sync.Metrics
}

// newInstruments makes those of a single pass. The client of Zoom brings its own.
func (a *app) newInstruments() *instruments {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "syncd_build_info", Help: "1, with the release of this program and the Go that it was built with.",
		ConstLabels: prometheus.Labels{"version": version(), "goversion": runtime.Version()},
	})
	build.Set(1)
	i := &instruments{process: prometheus.NewRegistry(), facts: prometheus.NewRegistry(), mirror: db.NewCollector(a.zoom.AccountID)}
	i.store, i.passes = db.NewMetrics(i.process), sync.NewMetrics(i.process, a.zoom.AccountID)
	i.process.MustRegister(build)
	i.facts.MustRegister(i.mirror)
	return i
}

// all gathers everything.
func (i *instruments) all() prometheus.Gatherer { return prometheus.Gatherers{i.process, i.facts} }

// lasting adds the metrics of a process that stays.
func (i *instruments) lasting(account string, heart *health.Heart) (*daemon.Metrics, *served) {
	i.process.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "syncd_heartbeat_overdue_seconds",
			Help: "For how long nothing has happened beyond the time that it may take; 0 while the process gets on.",
		}, func() float64 { return heart.Overdue().Seconds() }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return daemon.NewMetrics(i.process, account), newServed(i.process)
}

// served are the metrics of what the daemon serves.
type served struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newServed(reg prometheus.Registerer) *served {
	s := &served{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "syncd_http_requests_total", Help: "Requests that were answered, by what was asked for and status.",
		}, []string{"handler", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "syncd_http_request_duration_seconds", Help: "Time to answer a request, by what was asked for.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"handler"}),
	}
	reg.MustRegister(s.requests, s.seconds)
	for _, handler := range []string{"metrics", "healthz", "readyz", "page"} {
		s.requests.WithLabelValues(handler, "200")
		s.seconds.WithLabelValues(handler)
	}
	s.requests.WithLabelValues("healthz", "503")
	s.requests.WithLabelValues("readyz", "503")
	return s
}

// measure counts and times what a handler answers. The name is one of newServed's.
func (s *served) measure(name string, handler http.Handler) http.Handler {
	label := prometheus.Labels{"handler": name}
	return promhttp.InstrumentHandlerDuration(s.seconds.MustCurryWith(label),
		promhttp.InstrumentHandlerCounter(s.requests.MustCurryWith(label), handler))
}

// metricNotes are those of the metrics in this file.
func metricNotes() map[string]string {
	return map[string]string{
		"syncd_build_info": "Which release runs where? More than one for long: an upgrade got stuck.",
		"syncd_heartbeat_overdue_seconds": "Is the process stuck? Above 0: `/healthz` answers 503 and says what it was doing, and an orchestrator restarts it. " +
			"To wait is to get on, as long as the wait has an end.",
		"syncd_http_requests_total":           "Who asks, and what are they told? `readyz` with 503: the database, its schema or Zoom's token is missing; the answer says which. `healthz` with 503: stuck.",
		"syncd_http_request_duration_seconds": "Are scrapes and probes answered in time? `metrics` in seconds: the database is slow to say what the mirror holds, which it is asked for at most every 30 s.",
	}
}
