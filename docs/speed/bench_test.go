package speed_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

var (
	users    = flag.Int("users", 2000, "users of the benchmark's mirror")
	versions = flag.Int("versions", 12, "versions of each document in it, the current one included")
	mirror   = flag.String("mirror", "", "URL of a database to ask instead of a private one; an empty one is filled, a mirror is left as it is")
	page     = flag.String("page", "", "file to write the results to")
)

// patience bounds one query. What takes longer is given as that. What is slow is asked only once.
const (
	patience = time.Minute
	slow     = 10 * time.Second
)

// rounds is how often each question is asked; the median counts. Of the documents it is asked once, after one that warms
// the server.
const rounds = 3

// large is the mirror that the cookbook speaks of, in users.
const large = 100_000

// server is a small one: a quarter of 8 GB of memory, and disks without a head to move.
const server = `
shared_buffers = 2GB
effective_cache_size = 6GB
work_mem = 32MB
maintenance_work_mem = 256MB
random_page_cost = 1.1
max_wal_size = 4GB
jit = on
`

func BenchmarkCookbook(b *testing.B) {
	address := *mirror
	if address == "" {
		address = dbtest.Private(b, dbtest.Options{OnDisk: true, Settings: server}).URL("postgres")
	}
	prepare(b, address)
	conn, err := pgx.Connect(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(context.Background()) })
	all, err := questions()
	if err != nil {
		b.Fatal(err)
	}
	var asked []timing
	for _, q := range all {
		b.Run(q.Heading, func(b *testing.B) {
			var t timing
			for b.Loop() {
				t = measure(b, conn, q)
			}
			b.ReportMetric(t.cookbook.milliseconds(), "ms")
			b.ReportMetric(t.raw.milliseconds(), "raw-ms")
			if *users >= large && t.tooSlow() != q.Slow {
				b.Errorf("it took %v, and the cookbook says that it is slow: %t", t.cookbook.took, q.Slow)
			}
			asked = append(asked, t)
		})
	}
	if *page == "" || len(asked) != len(all) {
		return
	}
	about, err := describe(b.Context(), conn)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(*page, []byte(about.page(asked)), 0o644); err != nil { //nolint:gosec // a page for everybody
		b.Fatal(err)
	}
}

// prepare migrates a database and fills it if it is empty.
func prepare(b *testing.B, address string) {
	b.Helper()
	store, err := db.Open(b.Context(), db.Config{URL: address})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	done, err := store.Migrate(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if done.From > 0 {
		return
	}
	if err := build(b.Context(), address, size{*users, *versions}); err != nil {
		b.Fatal(err)
	}
}

// timing is one question's.
type timing struct {
	question
	cookbook, whole, raw run // as the page has it; without its limit; of the documents
	plan                 string
}

// tooSlow reports whether the question is not answered within the goal.
func (t timing) tooSlow() bool { return !t.cookbook.ended || t.cookbook.took > goal }

// run of one query.
type run struct {
	rows  int
	took  time.Duration
	ended bool // false: it would have taken longer than our patience, or was not asked
}

func (r run) milliseconds() float64 { return float64(r.took.Microseconds()) / 1000 }

// measure asks one question in all ways.
func measure(b *testing.B, conn *pgx.Conn, q question) timing {
	b.Helper()
	t := timing{question: q, cookbook: median(b, conn, q.SQL, rounds), whole: median(b, conn, unlimited(q.SQL), rounds)}
	if q.raw != "" {
		t.raw = median(b, conn, q.raw, 1)
	}
	plan := conn.PgConn().ExecParams(b.Context(), "EXPLAIN (ANALYZE, BUFFERS, SETTINGS) "+q.SQL, nil, nil, nil, nil).Read()
	if plan.Err != nil {
		b.Fatal(plan.Err)
	}
	for _, row := range plan.Rows {
		t.plan += string(row[0]) + "\n"
	}
	return t
}

// median runs a query once to warm the server and then so many times.
func median(b *testing.B, conn *pgx.Conn, sql string, times int) run {
	b.Helper()
	var all []run
	for range times + 1 {
		r := once(b, conn, sql)
		if !r.ended || r.took > slow {
			return r
		}
		all = append(all, r)
	}
	warm := all[1:]
	slices.SortFunc(warm, func(a, b run) int { return int(a.took - b.took) })
	return warm[len(warm)/2]
}

// once runs a query and reads all its rows.
func once(b *testing.B, conn *pgx.Conn, sql string) run {
	b.Helper()
	limit := fmt.Sprintf("SET statement_timeout = %d", patience.Milliseconds())
	if _, err := conn.Exec(b.Context(), limit); err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	result := conn.PgConn().ExecParams(b.Context(), sql, nil, nil, nil, nil).Read()
	r := run{rows: len(result.Rows), took: time.Since(begin), ended: result.Err == nil}
	const queryCanceled = "57014"
	var refused *pgconn.PgError
	if result.Err != nil && (!errors.As(result.Err, &refused) || refused.Code != queryCanceled) {
		b.Fatal(result.Err)
	}
	return r
}
