package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"syncd/internal/db/dbtest"
	"syncd/internal/zoom/zoomtest"
)

// A pass whose second batch Postgres refuses for good ends with one error and its repair. What was saved before stays,
// nobody is half written, and the next pass makes the mirror whole.
func TestSync_database_that_refuses_ends_the_pass(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ code, words, repair string }{
		"disk full":            {"53100", "no disk space", "free some"},
		"statement timeout":    {"57014", "longer than allowed", "look for locks"},
		"turned read-only":     {"25006", "read-only", "point DATABASE_URL at the primary"},
		"right taken away":     {"42501", "refuses this role", "must own"},
		"table gone":           {"42P01", "schema is missing", "syncd migrate"},
		"column of the future": {"42703", "schema is older", "syncd migrate"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 250, Small: true, Seed: 42})
			b.refuse(test.code, 2, 1000)
			wantOneError(t, b.run("sync"), exitFailed, test.words, test.repair)
			// How many users make a batch depends on how fast they come.
			const onlyBatchesBefore = `
				SELECT status = 'failed' AND users_written BETWEEN 1 AND 249 AND users_written = (SELECT count(*) FROM zoom.phone_users_all)
				FROM zoom.sync_passes`
			if b.database.Value(onlyBatchesBefore) != "t" {
				t.Errorf("the pass is recorded as %v", b.database.Query("SELECT * FROM zoom.sync_passes"))
			}
			b.wantNoHalfUser()
			b.database.Exec("DROP FUNCTION public.refuse CASCADE")
			b.sync(exitComplete)
			b.wantMirror()
		})
	}
}

// Faults that pass cost a moment.
func TestSync_database_fault_that_passes_is_got_over(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40P01", "55P03", "57P01"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 250, Small: true, Seed: 43})
			b.refuse(code, 2, 2)
			b.sync(exitComplete)
			b.wantMirror()
		})
	}

	t.Run("connections end", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, zoomtest.Options{Users: 300, Small: true, Seed: 44, Latency: 10 * time.Millisecond})
		ended := make(chan outcome)
		go func() { ended <- b.runWith(context.Background(), map[string]string{"SYNCD_CONCURRENCY": "4"}, "sync") }()
		b.waitFor("SELECT count(*) FROM zoom.sync_passes", "1")
		for _, written := range []string{"0", "100", "200"} {
			b.waitFor("SELECT users_written >= "+written+" FROM zoom.sync_passes", "t")
			b.database.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'syncd' AND datname = current_database()")
		}
		if got := <-ended; got.code != exitComplete {
			t.Errorf("exit code %d\n%s", got.code, got.stderr)
		}
		b.wantMirror()
	})
}

// refuse makes Postgres refuse the batches of a pass with this SQLSTATE, from one batch on, so many times.
func (b *bench) refuse(code string, from, times int) {
	b.database.Exec(fmt.Sprintf(`
		CREATE SEQUENCE public.batches;
		CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('public.batches') BETWEEN %[2]d AND %[2]d + %[3]d - 1 THEN
				RAISE EXCEPTION 'told to' USING ERRCODE = '%[1]s';
			END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER refuse AFTER INSERT ON syncd.freshness EXECUTE FUNCTION public.refuse()`, code, from, times))
}

// wantNoHalfUser checks that all that is known of each user comes from one pass.
func (b *bench) wantNoHalfUser() {
	b.t.Helper()
	const half = `
		SELECT count(*)
		FROM zoom.phone_users u
		WHERE u.status <> 'pending' AND (
			SELECT count(DISTINCT document) FROM zoom_pii.documents d WHERE d.user_id = u.user_id
		) <> 4`
	if got := b.database.Value(half); got != "0" {
		b.t.Errorf("%s users are half written", got)
	}
}

func TestSync_server_that_crashes_and_comes_back(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Small: true, Seed: 45})
	server := dbtest.Private(t, dbtest.Options{})
	b.database = dbtest.At(t, server.URL("postgres"))
	b.environment["DATABASE_URL"] = b.database.URL
	if got := b.run("migrate"); got.code != exitComplete {
		t.Fatal(got.stderr)
	}
	goOn := b.stallAfter(150)
	ended := make(chan outcome)
	go func() { ended <- b.runWith(context.Background(), map[string]string{"SYNCD_CONCURRENCY": "4"}, "sync") }()
	b.waitFor("SELECT count(*) > 0 FROM zoom.phone_users", "t")
	b.database.Crash()
	wantEnd(t, <-ended, exitFailed, "lease was lost") // interrupted, or failed where not even that can be recorded
	goOn()
	got := b.run("sync")
	for strings.Contains(got.stderr, "cannot be reached") { // it recovers
		got = b.run("sync")
	}
	if got.code != exitComplete {
		t.Errorf("the next pass: exit code %d\n%s", got.code, got.stderr)
	}
	b.wantMirror()
}

func TestSyncd_refuses_a_schema_of_another_version(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ change, words, repair string }{
		"older": {"DELETE FROM syncd.goose_db_version WHERE version_id = (SELECT max(version_id) FROM syncd.goose_db_version)", "schema is older", "syncd migrate"},
		"newer": {"INSERT INTO syncd.goose_db_version (version_id, is_applied) VALUES (9999, true); UPDATE syncd.compatibility SET oldest = 9999", "schema is newer", "the syncd release that made it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 3})
			b.database.Exec(test.change)
			wantOneError(t, b.run("sync"), exitFailed, test.words, test.repair)
			wantOneError(t, b.run("forget", "--", "u1"), exitFailed, test.words, test.repair)
			if got := b.run("doctor"); got.code != exitFailed || !strings.Contains(got.stdout, test.words) || !strings.Contains(got.stdout, test.repair) {
				t.Errorf("doctor: exit code %d\n%s", got.code, got.stdout)
			}
			if got := b.database.Value("SELECT count(*) FROM zoom.sync_passes"); got != "0" {
				t.Errorf("%s passes were begun", got)
			}
		})
	}
}
