package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"syncd/internal/db"
)

// prefix of every database made here; after it come the second of its making and a random word.
const prefix = "syncd_test_"

// leftoverAge is when a database of another process on a shared server counts as left behind by a crash.
const leftoverAge = 24 * time.Hour

// process is the server that the tests of this binary share, and the databases to clone.
//
//nolint:gochecknoglobals // one server per process is the purpose; Main begins and ends its life
var process struct {
	running atomic.Bool // Main is at work
	once    sync.Once
	server  *Server
	name    string // unique to this process; names of databases begin with it
	clones  atomic.Int64
	err     error
}

// Database is one of a test's own.
type Database struct {
	URL string
	tb  testing.TB
}

// Main runs the tests of a binary and exits with their code. The server is started by the first test that wants a
// database, and stopped at the end.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for a TestMain that has more to do: it returns the exit code.
func Run(m *testing.M) int {
	process.running.Store(true)
	code := m.Run()
	if process.server == nil {
		return code
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := errors.Join(admin(ctx, "DROP DATABASE IF EXISTS "+template()), process.server.Stop()); err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)
		return max(code, 1)
	}
	return code
}

// New gives the test a database with the newest schema, dropped at its end. Without a Postgres the test is skipped; when
// CI is set it fails.
func New(tb testing.TB) *Database {
	tb.Helper()
	begin(tb)
	return create(tb, template())
}

// Empty gives the test a database without anything in it, dropped at its end. Skips like New.
func Empty(tb testing.TB) *Database {
	tb.Helper()
	begin(tb)
	return create(tb, "template0")
}

// Private gives the test a server of its own, stopped at its end. Skips like New.
func Private(tb testing.TB, options Options) *Server {
	tb.Helper()
	options.Private = true
	server, err := Start(tb.Context(), options)
	skipOrFail(tb, err)
	tb.Cleanup(func() {
		if err := server.Stop(); err != nil {
			tb.Error(err)
		}
	})
	return server
}

// At gives a test its questions to a database that it has made on its own.
func At(tb testing.TB, address string) *Database {
	tb.Helper()
	return &Database{URL: address, tb: tb}
}

// Exec runs statements as the server's administrator; they may be several, separated by semicolons.
func (d *Database) Exec(sql string) {
	d.tb.Helper()
	d.with(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.PgConn().Exec(ctx, sql).ReadAll()
		return err
	})
}

// Query gives the rows of a query, each value as Postgres writes it, NULL as "<null>".
func (d *Database) Query(sql string) [][]string {
	d.tb.Helper()
	var table [][]string
	d.with(func(ctx context.Context, conn *pgx.Conn) error {
		results, err := conn.PgConn().Exec(ctx, sql).ReadAll()
		for _, result := range results {
			for _, values := range result.Rows {
				row := make([]string, len(values))
				for i, value := range values {
					row[i] = string(value)
					if value == nil {
						row[i] = "<null>"
					}
				}
				table = append(table, row)
			}
		}
		return err
	})
	return table
}

// Value gives the first value of the first row of a query, "" without rows.
func (d *Database) Value(sql string) string {
	d.tb.Helper()
	for _, row := range d.Query(sql) {
		return row[0]
	}
	return ""
}

// with runs work on a connection of its own, so that nothing of the test's pools is disturbed.
func (d *Database) with(work func(context.Context, *pgx.Conn) error) {
	d.tb.Helper()
	ctx := context.Background() // usable from Cleanup, where the test's context has ended
	conn, err := pgx.Connect(ctx, d.URL)
	if err != nil {
		d.tb.Fatalf("connect: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }() // the work is done by then
	if err := work(ctx, conn); err != nil {
		d.tb.Fatalf("query: %v", err)
	}
}

// begin starts the server and migrates the template, once in the process.
func begin(tb testing.TB) {
	tb.Helper()
	if !process.running.Load() {
		tb.Fatal("dbtest: this package needs a TestMain that calls dbtest.Main")
	}
	process.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		process.err = prepare(ctx)
	})
	skipOrFail(tb, process.err)
}

// skipOrFail ends a test that met an error: one that lacks a Postgres is skipped, unless CI is set.
func skipOrFail(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case errors.Is(err, ErrNoPostgres) && os.Getenv("CI") == "":
		tb.Skip(err)
	case err != nil:
		tb.Fatal("dbtest:", err)
	}
}

func prepare(ctx context.Context) error {
	// A worker that comes by analyzes tables, and a template in which one is cannot be cloned.
	server, err := Start(ctx, Options{Settings: "autovacuum = off\n"})
	if err != nil {
		return err
	}
	process.server = server
	process.name = fmt.Sprintf("%s%d_%s", prefix, time.Now().Unix(), strings.ToLower(rand.Text()[:8]))
	if err := dropLeftovers(ctx); err != nil {
		return err
	}
	if err := admin(ctx, "CREATE DATABASE "+template()+" TEMPLATE template0"); err != nil {
		return err
	}
	store, err := db.Open(ctx, db.Config{URL: server.URL(template())})
	if err != nil {
		return err
	}
	defer store.Close() // before the first clone: a template must have no connections
	_, err = store.Migrate(ctx)
	return err
}

// template is the name of the migrated database that New clones.
func template() string { return process.name + "_template" }

// create makes a database and has it dropped at the end of the test.
func create(tb testing.TB, from string) *Database {
	tb.Helper()
	name := fmt.Sprintf("%s_%d", process.name, process.clones.Add(1))
	if err := clone(tb.Context(), name, from); err != nil {
		tb.Fatal("dbtest:", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		if err := admin(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			tb.Error("dbtest:", err)
		}
	})
	return &Database{URL: process.server.URL(name), tb: tb}
}

// clone copies files where the server can, which is faster than through the log; servers before 15 know only that way.
func clone(ctx context.Context, name, from string) error {
	return withAdmin(ctx, func(conn *pgx.Conn) error {
		var version int
		err := conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::integer`).Scan(&version)
		if err != nil {
			return err
		}
		sql := "CREATE DATABASE " + name + " TEMPLATE " + from
		if version >= 150000 {
			sql += " STRATEGY FILE_COPY"
		}
		_, err = conn.Exec(ctx, sql)
		return err
	})
}

// dropLeftovers removes databases that test binaries of the past left on a shared server when they crashed. Those of
// binaries that run now are younger.
func dropLeftovers(ctx context.Context) error {
	return withAdmin(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT datname::text FROM pg_database WHERE starts_with(datname, $1)`, prefix)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, name := range names {
			made, _, _ := strings.Cut(strings.TrimPrefix(name, prefix), "_")
			second, err := strconv.ParseInt(made, 10, 64)
			if err != nil || time.Since(time.Unix(second, 0)) < leftoverAge {
				continue
			}
			if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()); err != nil {
				return err
			}
		}
		return nil
	})
}

func admin(ctx context.Context, sql string) error {
	return withAdmin(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql)
		return err
	})
}

func withAdmin(ctx context.Context, work func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, process.server.URL("postgres"))
	if err != nil {
		return err
	}
	return errors.Join(work(conn), conn.Close(context.WithoutCancel(ctx)))
}
