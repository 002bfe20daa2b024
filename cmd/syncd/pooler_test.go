package main

import (
	"context"
	"testing"

	"syncd/internal/db/dbtest"
	"syncd/internal/zoom/zoomtest"
)

// Everything that works on Postgres works behind a PgBouncer that pools transactions, as it comes.
func TestSyncd_behind_a_pooler_of_transactions(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 150, Small: true, Seed: 41})
	b.database = dbtest.Empty(t)
	b.environment["DATABASE_URL"] = b.database.Pooler("transaction")
	for _, command := range []string{"migrate", "doctor", "sync"} {
		if got := b.run(command); got.code != exitComplete {
			t.Fatalf("syncd %s: exit code %d\n%s%s", command, got.code, got.stdout, got.stderr)
		}
	}
	b.wantMirror()
	id := b.active()[0]
	if got := b.run("forget", "--yes-still-listed", "--", id); got.code != exitComplete {
		t.Errorf("syncd forget: exit code %d\n%s", got.code, got.stderr)
	}

	goOn := b.stallAfter(0)
	first := make(chan outcome)
	go func() { first <- b.runWith(context.Background(), nil, "sync") }()
	b.waitFor("SELECT count(*) FROM zoom.sync_passes", "2")
	wantOneError(t, b.run("sync"), exitLeased, "another syncd")
	wantOneError(t, b.run("forget", "--", id), exitLeased, "another syncd")
	goOn()
	if got := <-first; got.code != exitComplete {
		t.Errorf("the pass: exit code %d\n%s", got.code, got.stderr)
	}

	goOn = b.stallAfter(0)
	go func() { first <- b.runWith(context.Background(), nil, "sync") }()
	b.waitFor("SELECT count(*) FROM zoom.sync_passes", "3")
	b.database.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'syncd lease' AND datname = current_database()")
	wantInterrupted(t, <-first, "lease was lost")
	goOn()
	b.sync(exitComplete)
	b.wantMirror()
}

func TestSync_refuses_a_pooler_of_statements(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	b.environment["DATABASE_URL"] = b.database.Pooler("statement")
	wantOneError(t, b.run("sync"), exitFailed, "statement pooling mode", "connect to Postgres directly")
}
