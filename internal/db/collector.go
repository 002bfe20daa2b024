package db

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Collector gives metrics of what the mirror of one account holds and how its last pass ended. It asks the database when
// it is scraped, so that standbys, a daemon that has just begun, and a leader whose pass does not get on tell the same
// truth. Before the first answer all samples are 0 but the age of what they say; while the database does not answer they
// stay as they were, but for the ages, which grow.
type Collector struct {
	store   *Store
	account string

	users, age, documentAge, documents, unmapped    *prometheus.Desc
	holds, heldUsers, holdAge                       *prometheus.Desc
	success, status, cause, listing, ended, seconds *prometheus.Desc
	saved, sinceSaved, sinceComplete, sinceListed   *prometheus.Desc
	shorter                                         *prometheus.Desc
	floor, ratio, passUsers, requests, throttled    *prometheus.Desc
	factsAge                                        *prometheus.Desc

	born time.Time

	mu    sync.Mutex
	facts facts
	asked time.Time // when the facts were had; zero: never
	next  time.Time // earlier, nothing is asked again
}

// UserStates are the values of the label state of syncd_users.
func UserStates() []string { return []string{"active", "deactivated", "pending", "unknown", "deleted"} }

const (
	// scrapeTime bounds what a scrape waits for.
	scrapeTime = 5 * time.Second
	// Facts are this old at least before they are asked for again: 30 s, and so many times as long as it took.
	leastFactAge, factAgeOfTime = 30 * time.Second, 50
)

// NewCollector makes a collector of an account, which gives zeros until it may ask a store.
func NewCollector(account string) *Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, prometheus.Labels{"account": account})
	}
	return &Collector{
		account: account, born: time.Now(),
		users: desc("syncd_users",
			"Users in the mirror, by state: active, deactivated, pending, unknown (Zoom gave no status), and deleted, who are kept as tombstones.", "state"),
		age: desc("syncd_oldest_document_age_seconds",
			"Time since Zoom last confirmed the document that was confirmed longest ago, of all current users; 0 while there is none."),
		documentAge: desc("syncd_document_age_seconds",
			"Time since Zoom last confirmed the document of this kind that was confirmed longest ago, of all current users; 0 while there is none.", "document"),
		documents: desc("syncd_document_users",
			"Current users by what became of the last attempt to fetch a document of theirs.", "document", "status"),
		unmapped: desc("syncd_unmapped_fields",
			"JSON paths in the present documents that no column holds, or whose values are of an unexpected type.", "document"),
		holds: desc("syncd_hold_open", "Holds that wait for an approval, or for the pass that releases them."),
		heldUsers: desc("syncd_hold_users",
			"Users, or sites, of the open hold of a kind, by whether it waits for an approval or is approved and waits for a pass; 0: none is open.", "kind", "state"),
		holdAge: desc("syncd_hold_age_seconds", "Time since the open hold of a kind was recorded; 0: none is open.", "kind"),
		success: desc("syncd_pass_last_success_timestamp_seconds", "When the last complete pass ended; 0 before the first."),
		saved: desc("syncd_pass_last_saved_timestamp_seconds",
			"When the last pass ended that came to its end and saved what it could: complete, partial or held; 0 before the first."),
		sinceSaved: desc("syncd_passes_since_saved", "Passes that ended failed or interrupted after the last one that came to its end, or all of them before the first."),
		sinceComplete: desc("syncd_passes_since_complete",
			"Passes that came to their end partial or held after the last complete one, or all of them before the first."),
		sinceListed: desc("syncd_passes_since_complete_list",
			"Passes that came to their end after the last one whose list of users was complete, or all of them before the first."),
		shorter: desc("syncd_pass_shorter_duration_seconds",
			"Time that the quicker of the last two passes took that came to their end, or its last run; 0 before the second."),
		status: desc("syncd_pass_last_status", "1 for the status of the last pass that ended, 0 for the others; all 0 before the first.", "status"),
		cause: desc("syncd_pass_last_cause",
			"1 for the kind of cause that kept the last pass that ended from being complete, 0 for the others; all 0 when nothing did.", "cause"),
		listing: desc("syncd_pass_last_listing_complete", "1 if the last pass that ended read the list of users to its end, else 0; 0 before the first."),
		ended:   desc("syncd_pass_last_end_timestamp_seconds", "When the last pass that ended did so; 0 before the first."),
		seconds: desc("syncd_pass_last_duration_seconds", "Time that the last pass that ended took; of one that was cut off and continued, its last run."),
		floor:   desc("syncd_pass_last_floor_seconds", "Least time that the budgets allow for the last pass that ended."),
		ratio: desc("syncd_pass_last_floor_ratio",
			"Floor divided by the time that the last pass took, or its last run: 1 is as fast as Zoom allows; 0 for a pass that did not come to its end."),
		passUsers: desc("syncd_pass_last_users", "Users of the last pass that ended, by outcome.", "outcome"),
		requests:  desc("syncd_pass_last_requests", "Requests to Zoom of the last pass that ended."),
		throttled: desc("syncd_pass_last_throttled", "Answers 429 of the last pass that ended, by whose fault it was; a daily limit counts as ours.", "cause"),
		factsAge: desc("syncd_mirror_facts_age_seconds",
			"Time since the database last said what the metrics of the mirror and of its last pass say; before the first answer, since the start of the process."),
	}
}

// Begin lets the collector ask a store.
func (c *Collector) Begin(store *Store) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store = store
}

// Known reports whether the database has said what the metrics say.
func (c *Collector) Known() bool {
	_, asked := c.current()
	return !asked.IsZero()
}

// Refresh has the next scrape ask anew: a pass has ended.
func (c *Collector) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = time.Time{}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		c.users, c.age, c.documentAge, c.documents, c.unmapped, c.holds, c.heldUsers, c.holdAge, c.success, c.status, c.cause,
		c.listing, c.ended, c.seconds, c.floor, c.ratio, c.passUsers, c.requests, c.throttled, c.factsAge,
		c.saved, c.sinceSaved, c.sinceComplete, c.sinceListed, c.shorter,
	} {
		to <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	f, asked := c.current()
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	for _, state := range UserStates() {
		gauge(c.users, float64(f.users[state]), state)
	}
	gauge(c.age, ageOf(f.oldest()))
	for _, document := range documents() {
		gauge(c.documentAge, ageOf(f.verified[document]), string(document))
		for _, status := range statuses() {
			gauge(c.documents, float64(f.documents[documentStatus{document, status}]), string(document), string(status))
		}
	}
	for _, document := range recorded() {
		gauge(c.unmapped, float64(f.unmapped[document]), string(document))
	}
	gauge(c.holds, float64(len(f.holds)))
	for _, kind := range HoldKinds() {
		hold := f.holds[kind]
		waiting, approved := hold.users, 0.0
		if hold.approved {
			waiting, approved = approved, waiting
		}
		gauge(c.heldUsers, waiting, string(kind), "waiting")
		gauge(c.heldUsers, approved, string(kind), "approved")
		gauge(c.holdAge, ageOf(hold.since), string(kind))
	}
	if asked.IsZero() {
		asked = &c.born
	}
	gauge(c.factsAge, ageOf(asked))
	c.collectPass(gauge, f)
}

// collectPass gives the metrics of the last pass.
func (c *Collector) collectPass(gauge func(*prometheus.Desc, float64, ...string), f facts) {
	one := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	p := f.last
	gauge(c.success, timestamp(f.succeeded))
	gauge(c.saved, timestamp(f.saved))
	gauge(c.sinceSaved, float64(f.since.saved))
	gauge(c.sinceComplete, float64(f.since.complete))
	gauge(c.sinceListed, float64(f.since.listed))
	gauge(c.shorter, f.shorter.Seconds())
	for _, status := range EndStatuses() {
		gauge(c.status, one(p.Status == status), string(status))
	}
	for _, cause := range PassCauses() {
		gauge(c.cause, one(p.Cause == cause), string(cause))
	}
	gauge(c.listing, one(p.ListingComplete))
	gauge(c.ended, timestamp(f.ended))
	gauge(c.seconds, f.took.Seconds())
	gauge(c.floor, p.FloorSeconds)
	gauge(c.ratio, p.FloorShare)
	for _, users := range []struct {
		outcome string
		n       int
	}{{"listed", p.UsersListed}, {"written", p.UsersWritten}, {"unchanged", p.UsersUnchanged}, {"failed", p.UsersFailed}, {"deleted", p.UsersDeleted}} {
		gauge(c.passUsers, float64(users.n), users.outcome)
	}
	gauge(c.requests, float64(p.Requests))
	gauge(c.throttled, float64(p.Throttled-p.ThrottledByOthers), "ours")
	gauge(c.throttled, float64(p.ThrottledByOthers), "neighbour")
}

// ageOf is the time since then in seconds, 0 for no time.
func ageOf(at *time.Time) float64 {
	if at == nil || at.IsZero() {
		return 0
	}
	return max(0, time.Since(*at).Seconds())
}

// timestamp is a time as metrics have it, 0 for none.
func timestamp(at *time.Time) float64 {
	if at == nil {
		return 0
	}
	return float64(at.UnixMilli()) / 1e3
}

// current gives the facts, asked for anew if they are old, and when they were had.
func (c *Collector) current() (facts, *time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.store == nil || now.Before(c.next) {
		return c.facts, new(c.asked)
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	f, err := c.store.facts(ctx, c.account)
	if err != nil {
		c.store.log.WarnContext(ctx, "metrics of the mirror are not up to date", slog.Any("error", err))
	} else {
		c.facts, c.asked = f, now
	}
	c.next = now.Add(max(leastFactAge, factAgeOfTime*time.Since(now)))
	return c.facts, new(c.asked)
}
