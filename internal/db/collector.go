package db

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
)

// Collector gives metrics of what the mirror of one account holds. It asks the database when it is scraped, so that
// standbys, and a leader whose pass does not get on, tell the same truth. Before the first answer all samples are 0; while
// the database does not answer they stay as they were, but for the age, which grows.
type Collector struct {
	store   *Store
	account string

	users, age, holds, unmapped *prometheus.Desc

	mu    sync.Mutex
	facts facts
	next  time.Time // earlier, nothing is asked again
}

// facts are what the metrics say.
type facts struct {
	users    map[string]int64 // by state
	oldest   *time.Time       // when the oldest document of a current user was confirmed last; nil: there is none
	holds    int64
	unmapped map[Document]int64
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
	labels := prometheus.Labels{"account": account}
	return &Collector{
		account: account,
		users: prometheus.NewDesc("syncd_users",
			"Users in the mirror, by state: active, deactivated, pending, unknown (Zoom gave no status), and deleted, who are kept as tombstones.",
			[]string{"state"}, labels),
		age: prometheus.NewDesc("syncd_oldest_document_age_seconds",
			"Time since Zoom last confirmed the document that was confirmed longest ago, of all current users; 0 while there is none.", nil, labels),
		holds: prometheus.NewDesc("syncd_hold_open",
			"Holds that wait for an approval, or for the pass that releases them.", nil, labels),
		unmapped: prometheus.NewDesc("syncd_unmapped_fields",
			"JSON paths in the present documents that no column holds, or whose values are of an unexpected type.", []string{"document"}, labels),
	}
}

// Begin lets the collector ask a store.
func (c *Collector) Begin(store *Store) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store = store
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{c.users, c.age, c.holds, c.unmapped} {
		to <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	f := c.current()
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	for _, state := range UserStates() {
		gauge(c.users, float64(f.users[state]), state)
	}
	age := 0.0
	if f.oldest != nil {
		age = time.Since(*f.oldest).Seconds()
	}
	gauge(c.age, age)
	gauge(c.holds, float64(f.holds))
	for _, document := range documents() {
		gauge(c.unmapped, float64(f.unmapped[document]), string(document))
	}
}

// current gives the facts, asked for anew if they are old.
func (c *Collector) current() facts {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.store == nil || now.Before(c.next) {
		return c.facts
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	f, err := c.store.facts(ctx, c.account)
	if err != nil {
		c.store.log.WarnContext(ctx, "metrics of the mirror are not up to date", slog.Any("error", err))
	} else {
		c.facts = f
	}
	c.next = now.Add(max(leastFactAge, factAgeOfTime*time.Since(now)))
	return c.facts
}

// facts asks for what the metrics say.
func (s *Store) facts(ctx context.Context, accountID string) (f facts, err error) {
	const (
		users = `
			SELECT
				CASE
					WHEN u.deleted_at IS NOT NULL THEN 'deleted'
					WHEN l.status = 'activate' THEN 'active'
					WHEN l.status = 'deactivate' THEN 'deactivated'
					WHEN l.status = 'pending' THEN 'pending'
					ELSE 'unknown'
				END,
				count(*)
			FROM syncd.users u
			LEFT JOIN syncd.user_list l USING (user_key)
			WHERE u.account_id = @account_id
			GROUP BY 1`
		// As zoom.freshness has it.
		oldest = `
			SELECT min(least(
				CASE WHEN f.list_status          = 1 THEN f.list_fetched_at          ELSE f.list_verified_at          END,
				CASE WHEN f.profile_status       = 1 THEN f.profile_fetched_at       ELSE f.profile_verified_at       END,
				CASE WHEN f.settings_status      = 1 THEN f.settings_fetched_at      ELSE f.settings_verified_at      END,
				CASE WHEN f.user_settings_status = 1 THEN f.user_settings_fetched_at ELSE f.user_settings_verified_at END
			))
			FROM syncd.freshness f
			JOIN syncd.users u USING (user_key)
			WHERE u.account_id = @account_id AND u.deleted_at IS NULL`
		holds    = `SELECT count(*) FROM syncd.holds WHERE account_id = @account_id AND ended_at IS NULL`
		unmapped = `
			SELECT document, count(*)
			FROM syncd.unmapped_fields
			WHERE account_id = @account_id AND last_seen_at IS NULL
			GROUP BY 1`
	)
	args := pgx.StrictNamedArgs{"account_id": accountID}
	err = s.inTx(ctx, "read the metrics of the mirror", func(tx pgx.Tx) error {
		f = facts{users: map[string]int64{}, unmapped: map[Document]int64{}}
		rows, err := tx.Query(ctx, users, args)
		if err != nil {
			return err
		}
		var state string
		var n int64
		if _, err := pgx.ForEachRow(rows, []any{&state, &n}, func() error { f.users[state] = n; return nil }); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, oldest, args).Scan(&f.oldest); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, holds, args).Scan(&f.holds); err != nil {
			return err
		}
		if rows, err = tx.Query(ctx, unmapped, args); err != nil {
			return err
		}
		var code int16
		_, err = pgx.ForEachRow(rows, []any{&code, &n}, func() error { f.unmapped[documentOf(code)] = n; return nil })
		return err
	})
	return f, err
}
