package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"syncd/internal/db/dbtest"
)

// serverSettings are those of a small server that keeps its word: what is committed is on disk.
const serverSettings = `
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = replica
shared_buffers = 1GB
max_wal_size = 4GB
jit = on
`

// quietSettings leave all work to syncd, so that what the server writes is what syncd has it write.
const quietSettings = serverSettings + `
autovacuum = off
`

// server is a private Postgres.
type server struct {
	*dbtest.Server
	made int
}

// stage serves an account without limits, and starts a server with settings, which stop ends.
func stage(ctx context.Context, users int, small bool, settings string) (a *account, s *server, stop func(), err error) {
	if a, err = unlimited(ctx, users, small); err != nil {
		return nil, nil, nil, err
	}
	s, stop, err = startServer(ctx, settings)
	return a, s, stop, err
}

// startServer starts a Postgres that ends with the context.
func startServer(ctx context.Context, settings string) (*server, func(), error) {
	s, err := dbtest.Start(ctx, dbtest.Options{Private: true, OnDisk: true, Settings: settings})
	if err != nil {
		return nil, nil, err
	}
	return &server{Server: s}, func() { _ = s.Stop() }, nil
}

// create makes an empty database and connects to it.
func (s *server) create(ctx context.Context) (*database, error) {
	s.made++
	name := fmt.Sprintf("mirror_%d", s.made)
	admin, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return nil, err
	}
	_, err = admin.Exec(ctx, "CREATE DATABASE "+name)
	if err = errors.Join(err, admin.Close(ctx)); err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, s.URL(name))
	if err != nil {
		return nil, err
	}
	return &database{Conn: conn, address: s.URL(name)}, nil
}

// database is one for a mirror. Its connection is for one goroutine.
type database struct {
	*pgx.Conn
	address string
}

// drop closes and removes the database.
func (s *server) drop(ctx context.Context, d *database) error {
	name := d.Config().Database
	if err := d.Close(ctx); err != nil {
		return err
	}
	admin, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = admin.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
	return errors.Join(err, admin.Close(ctx))
}

// run runs statements one by one.
func (d *database) run(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := d.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(sql), err)
		}
	}
	return nil
}

// settle brings the database into the state of one that has been left alone for long, with nothing left to clean up or to
// write out.
func (d *database) settle(ctx context.Context) error {
	return d.run(ctx, "VACUUM (ANALYZE)", "CHECKPOINT")
}

// fullPages says whether Postgres writes a page whole when it is changed for the first time after a checkpoint.
func (d *database) fullPages(ctx context.Context, on bool) error {
	value := map[bool]string{true: "on", false: "off"}[on]
	if err := d.run(ctx, "ALTER SYSTEM SET full_page_writes = "+value, "SELECT pg_reload_conf()"); err != nil {
		return err
	}
	return d.run(ctx, "CHECKPOINT") // the checkpointer takes the setting up with it, and begins anew what is written whole
}

// writes are counts of the server at a moment, or what happened between two.
type writes struct {
	wal    int64 // bytes
	tables map[string]tableWrites
}

// tableWrites are those to one table, its TOAST table included.
type tableWrites struct{ inserted, updated, deleted, dead int64 }

// touched are the rows that were written in any way.
func (t tableWrites) touched() int64 { return t.inserted + t.updated + t.deleted }

// writes asks the server what has been written so far. Sessions tell the server when they end, so it is asked after the
// process that wrote.
func (d *database) writes(ctx context.Context) (writes, error) {
	if err := d.run(ctx, "SELECT pg_stat_force_next_flush()", "SELECT pg_stat_clear_snapshot()"); err != nil {
		return writes{}, err
	}
	w := writes{tables: map[string]tableWrites{}}
	if err := d.QueryRow(ctx, `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint`).Scan(&w.wal); err != nil {
		return w, err
	}
	const tables = `
		SELECT coalesce(o.relname, s.relname), sum(s.n_tup_ins)::bigint, sum(s.n_tup_upd)::bigint, sum(s.n_tup_del)::bigint, sum(s.n_dead_tup)::bigint
		FROM pg_stat_all_tables s
		LEFT JOIN pg_class o ON o.reltoastrelid = s.relid
		WHERE s.schemaname = 'syncd' OR o.relnamespace = 'syncd'::regnamespace
		GROUP BY 1`
	rows, err := d.Query(ctx, tables)
	if err != nil {
		return w, err
	}
	var name string
	var t tableWrites
	_, err = pgx.ForEachRow(rows, []any{&name, &t.inserted, &t.updated, &t.deleted, &t.dead}, func() error {
		w.tables[name] = t
		return nil
	})
	return w, err
}

// since gives what happened after an earlier moment.
func (w writes) since(before writes) writes {
	happened := writes{wal: w.wal - before.wal, tables: map[string]tableWrites{}}
	for name, now := range w.tables {
		then := before.tables[name]
		t := tableWrites{now.inserted - then.inserted, now.updated - then.updated, now.deleted - then.deleted, now.dead - then.dead}
		if t != (tableWrites{}) {
			happened.tables[name] = t
		}
	}
	return happened
}

// bookkeeping reports whether a table says how fresh the mirror is, which every pass writes.
func bookkeeping(table string) bool { return table == "freshness" || table == "passes" }

// changes are the rows written outside of the bookkeeping.
func (w writes) changes() (rows int64) {
	for name, t := range w.tables {
		if !bookkeeping(name) {
			rows += t.touched()
		}
	}
	return rows
}

// table shows the writes by table.
func (w writes) table(caption string) table {
	t := table{caption: caption, head: []string{"table", "inserted", "updated", "deleted", "dead afterwards"}}
	for _, name := range slices.Sorted(maps.Keys(w.tables)) {
		n := w.tables[name]
		t.rows = append(t.rows, []string{"`" + name + "`", count(n.inserted), count(n.updated), count(n.deleted), count(n.dead)})
	}
	return t
}
