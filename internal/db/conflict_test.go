package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"syncd/internal/db"
)

// A stranger locks two users in the opposite order; the store is the one whom Postgres refuses. Postgres looks for a
// deadlock once: when the store comes to wait for the stranger, that one has to wait for the store already. Until then
// a third connection keeps the store from the user in between.
func TestStore_WriteUsers_tries_again_after_a_deadlock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 3, user("u1", "Ann"), user("u2", "Ben"), user("u3", "Cem"))

	connect := func() *pgx.Conn {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), b.database.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		return conn
	}
	run := func(conn *pgx.Conn, sql string) {
		t.Helper()
		if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	const waiting = `SELECT count(*) = %d FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
	const touch = `UPDATE syncd.users SET changed_at = changed_at WHERE user_id = '%s'`
	stranger, gate := connect(), connect()
	run(stranger, `SET deadlock_timeout = '1h'`) // it never finds the deadlock, so the other side does
	run(stranger, `BEGIN; `+fmt.Sprintf(touch, "u3"))
	run(gate, `BEGIN; `+fmt.Sprintf(touch, "u2"))

	written := make(chan error, 1)
	go func() {
		_, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{user("u1", "Anna"), user("u2", "Benno"), user("u3", "Cemil")}, nil)
		written <- err
	}()
	waitFor(t, b, fmt.Sprintf(waiting, 1))
	committed := make(chan error, 1)
	go func() {
		_, err := stranger.PgConn().Exec(t.Context(), fmt.Sprintf(touch, "u1")+`; COMMIT`).ReadAll()
		committed <- err
	}()
	waitFor(t, b, fmt.Sprintf(waiting, 2))
	run(gate, `ROLLBACK`)
	if err := errors.Join(<-written, <-committed); err != nil {
		t.Fatal(err)
	}
	b.rows(t, `SELECT name FROM zoom.phone_users ORDER BY 1`, []string{"Anna"}, []string{"Benno"}, []string{"Cemil"})
	waitFor(t, b, `SELECT pg_stat_clear_snapshot() IS NOT NULL AND deadlocks > 0 FROM pg_stat_database WHERE datname = current_database()`)
}

// A writer whose connection dies in the middle leaves nothing half written, and says that the database is out of reach.
func TestStore_WriteUsers_survives_a_dead_connection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 1, user("u1", "Ann"))
	blocker, err := pgx.Connect(t.Context(), b.database.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blocker.Close(t.Context()) }()
	if _, err := blocker.Exec(t.Context(), `BEGIN; UPDATE syncd.freshness SET list_error = NULL`); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		_, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{user("u1", "Anna")}, nil)
		written <- err
	}()
	waitFor(t, b, `SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	b.database.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	if err := <-written; !errors.Is(err, db.ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
	if _, err := blocker.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	b.rows(t, `SELECT DISTINCT body->>'content' FROM zoom_pii.documents`, []string{"Ann"})
	b.write(t, 1, user("u1", "Anna"))
}

// waitFor asks until the query, about this database, says true.
func waitFor(t *testing.T, b *bundle, query string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for b.database.Value(query) != "t" {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: never true", query)
		}
	}
}
