package sync

import (
	"time"

	"syncd/internal/db"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics of the passes that this process makes over one account. What is known of the
// last pass, whoever made it, the mirror itself tells.
type Metrics struct {
	account     string
	lastAttempt *prometheus.GaugeVec
	passes      *prometheus.CounterVec
	inARow      *prometheus.GaugeVec
	running     *prometheus.GaugeVec
	users       *prometheus.GaugeVec
	workers     *prometheus.GaugeVec
	seconds     prometheus.Histogram
	floorRatio  *prometheus.GaugeVec
	writes      *prometheus.CounterVec
	documents   *prometheus.CounterVec
	failures    *prometheus.CounterVec
	decisions   *prometheus.CounterVec
	retries     *prometheus.CounterVec
}

// NewMetrics registers the metrics with reg; without one they are kept but shown to nobody.
func NewMetrics(reg prometheus.Registerer, account string) *Metrics {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, append([]string{"account"}, labels...))
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"account"}, labels...))
	}
	m := &Metrics{
		account:     account,
		lastAttempt: gauge("syncd_pass_last_attempt_timestamp_seconds", "When this process began its last pass; 0 before the first."),
		passes:      counter("syncd_passes_total", "Passes that ended, by status.", "status"),
		inARow:      gauge("syncd_pass_consecutive_failures", "Passes in a row that failed or were interrupted."),
		running:     gauge("syncd_pass_running", "1 while this process makes a pass, else 0."),
		users: gauge("syncd_pass_users",
			"Users of the pass that runs, or of the last one, by phase: those with whom it is done, and those who are due; 0 due: not known yet.", "phase", "state"),
		workers: gauge("syncd_pass_workers", "Users whose documents may be fetched at once; 0 while none are fetched."),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "syncd_pass_duration_seconds",
			Help:    "Time from the beginning to the end of a pass.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 15),
		}),
		floorRatio: gauge("syncd_pass_floor_ratio",
			"Least time that the budgets allow divided by the time that the last complete pass took: 1 is as fast as Zoom allows."),
		writes: counter("syncd_user_writes_total",
			"Users that passes came to, by outcome: written, unchanged, and failed, for whom a document could not be fetched or saved, whatever became of the others.", "outcome"),
		documents: counter("syncd_documents_total",
			"Documents of users that passes asked for, by what came of it: ok, not_found, forbidden, failed.", "document", "status"),
		failures: counter("syncd_document_failures_total",
			"Documents of users that passes did not get or could not save, by the kind of cause.", "document", "cause"),
		decisions: counter("syncd_guard_decisions_total",
			"What the guard decided about a kind of changes that would be too many at once: once a kind and pass.", "kind", "decision"),
		retries: counter("syncd_batch_retries_total", "Batches of users that are written again after a passing fault of the database."),
	}
	if reg != nil {
		reg.MustRegister(m.lastAttempt, m.passes, m.inARow, m.running, m.users, m.workers, m.seconds, m.floorRatio,
			m.writes, m.documents, m.failures, m.decisions, m.retries)
	}
	m.begin()
	return m
}

// begin gives every metric its samples.
func (m *Metrics) begin() {
	for _, gauge := range []*prometheus.GaugeVec{m.lastAttempt, m.inARow, m.running, m.workers, m.floorRatio} {
		gauge.WithLabelValues(m.account)
	}
	m.retries.WithLabelValues(m.account)
	for _, status := range db.EndStatuses() {
		m.passes.WithLabelValues(m.account, string(status))
	}
	for _, outcome := range []string{"written", "unchanged", "failed"} {
		m.writes.WithLabelValues(m.account, outcome)
	}
	for _, document := range []db.Document{db.DocumentList, db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings} {
		for _, status := range []db.Status{db.StatusOK, db.StatusNotFound, db.StatusForbidden, db.StatusFailed} {
			m.documents.WithLabelValues(m.account, string(document), string(status))
		}
		for _, cause := range failureCauses() {
			m.failures.WithLabelValues(m.account, string(document), cause)
		}
	}
	for _, kind := range db.HoldKinds() {
		for _, d := range decisions() {
			m.decisions.WithLabelValues(m.account, string(kind), d)
		}
	}
	m.reset()
}

// reset begins the progress of a pass.
func (m *Metrics) reset() {
	for _, phase := range []Phase{PhaseList, PhaseFetch, PhaseSettle, PhaseAbsent} {
		m.progress(Progress{Phase: phase})
	}
}

// progress notes how far a phase is.
func (m *Metrics) progress(p Progress) {
	label := map[Phase]string{PhaseList: "list", PhaseFetch: "fetch", PhaseSettle: "settle", PhaseAbsent: "absent"}[p.Phase]
	m.users.WithLabelValues(m.account, label, "done").Set(float64(p.Done))
	m.users.WithLabelValues(m.account, label, "due").Set(float64(p.Total))
}

func (m *Metrics) attempted(at time.Time) {
	m.lastAttempt.WithLabelValues(m.account).Set(float64(at.Unix()))
	m.running.WithLabelValues(m.account).Set(1)
	m.reset()
}

func (m *Metrics) wrote(w db.Written) {
	m.writes.WithLabelValues(m.account, "written").Add(float64(w.Written))
	m.writes.WithLabelValues(m.account, "unchanged").Add(float64(w.Unchanged))
}

func (m *Metrics) failed(users int) {
	m.writes.WithLabelValues(m.account, "failed").Add(float64(users))
}

// fetched notes what came of asking for a document; err is nil also where the document
// does not exist.
func (m *Metrics) fetched(document db.Document, status db.Status, err error) {
	m.documents.WithLabelValues(m.account, string(document), string(status)).Inc()
	if err != nil {
		m.failures.WithLabelValues(m.account, string(document), failureCause(err)).Inc()
	}
}

func (m *Metrics) unstorable(document db.Document) {
	m.failures.WithLabelValues(m.account, string(document), unstorable).Inc()
}

func (m *Metrics) decided(kind db.HoldKind, decision string) {
	m.decisions.WithLabelValues(m.account, string(kind), decision).Inc()
}

func (m *Metrics) retried() { m.retries.WithLabelValues(m.account).Inc() }

func (m *Metrics) working(users int) { m.workers.WithLabelValues(m.account).Set(float64(users)) }

func (m *Metrics) finished(r Result) {
	m.running.WithLabelValues(m.account).Set(0)
	m.passes.WithLabelValues(m.account, string(r.Status)).Inc()
	m.seconds.Observe(r.Duration.Seconds())
	if r.Status == db.PassFailed || r.Status == db.PassInterrupted {
		m.inARow.WithLabelValues(m.account).Inc()
		return
	}
	m.inARow.WithLabelValues(m.account).Set(0)
	if r.Status == db.PassComplete {
		m.floorRatio.WithLabelValues(m.account).Set(r.FloorShare())
	}
}

// StandBy notes that another process makes the passes: what the last one of this process
// left to be seen is no longer how things stand.
func (m *Metrics) StandBy() {
	m.inARow.WithLabelValues(m.account).Set(0)
	m.floorRatio.WithLabelValues(m.account).Set(0)
	m.reset()
}

// Unmade notes a pass that could not even be tried, because there is no database.
func (m *Metrics) Unmade() {
	m.attempted(time.Now())
	m.finished(Result{Status: db.PassFailed})
}
