package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/docs"
	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

// aged makes a mirror of two passes with changes between them, and moves all of it into the past, by so many days.
func (b *bench) aged(days int) {
	b.t.Helper()
	b.sync(exitComplete)
	for _, id := range b.active()[:20] {
		b.put(id, zoomtest.List, "department", "Elsewhere")
	}
	b.sync(exitComplete)
	b.age(days)
}

// age makes what the mirror knows older.
func (b *bench) age(days int) {
	b.t.Helper()
	b.database.Exec(strings.ReplaceAll(`
		UPDATE syncd.users SET first_seen_at = first_seen_at - AGE, changed_at = changed_at - AGE;
		UPDATE syncd.documents SET valid_from = valid_from - AGE;
		UPDATE syncd.document_history SET valid_from = valid_from - AGE, valid_to = valid_to - AGE;
		UPDATE syncd.setting_changes SET seen_after = seen_after - AGE, seen_at = seen_at - AGE;
		UPDATE syncd.passes SET started_at = started_at - AGE, finished_at = finished_at - AGE, advanced_at = advanced_at - AGE`,
		"AGE", fmt.Sprintf("interval '%d days'", days)))
}

func TestPrune_as_a_command(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 81})
	b.aged(500)
	for _, id := range b.active()[:10] {
		b.put(id, zoomtest.List, "department", "Back")
	}
	b.sync(exitComplete)
	now := b.views()

	if got := b.run("prune"); got.code != exitUsage || !strings.Contains(got.stderr, "SYNCD_HISTORY is not set: set it, or --history") {
		t.Errorf("without a limit: exit code %d\n%s", got.code, got.stderr)
	}
	for _, bad := range []string{"400", "0d", "23h", "-400d", "4e2d", "d", "36601d", "99999999999999999999d", "forever"} {
		if got := b.run("prune", "--history="+bad); got.code != exitUsage || !strings.Contains(got.stderr, "is not a duration of at least a day: write 400d or 9600h") {
			t.Errorf("%s: exit code %d\n%s", bad, got.code, got.stderr)
		}
	}
	kept := b.contents()
	dry := b.run("prune", "--history=400d", "--dry-run")
	if dry.code != exitComplete || !strings.Contains(dry.stdout, "          20 old versions of documents would be removed\n") ||
		!strings.Contains(dry.stdout, "          20 rows of the journal would be removed\n") || !strings.Contains(dry.stdout, "           2 passes would be removed\n") ||
		!strings.Contains(dry.stdout, "History was never pruned") {
		t.Errorf("dry run: exit code %d\n%s%s", dry.code, dry.stdout, dry.stderr)
	}
	if diff := cmp.Diff(kept, b.contents()); diff != "" {
		t.Errorf("a dry run wrote: %s", diff)
	}
	if got := b.run("status"); strings.Contains(got.stdout, "history begins") {
		t.Errorf("status before: %s", got.stdout)
	}

	// The variable, without Zoom, and beside whoever holds the lease.
	release := b.lease()
	got := b.runWith(t.Context(), map[string]string{"SYNCD_HISTORY": "9600h", "ZOOM_CLIENT_ID": "", "ZOOM_CLIENT_SECRET": "", "ZOOM_API_URL": "http://" + porttest.Nobody}, "prune")
	if want := strings.ReplaceAll(dry.stdout[:strings.Index(dry.stdout, "The limit")], "would be removed", "removed"); got.code != exitComplete || !strings.HasPrefix(got.stdout, want) ||
		!strings.Contains(got.stdout, "History begins at ") {
		t.Errorf("exit code %d, want 0 and\n%s\ngot\n%s%s", got.code, want, got.stdout, got.stderr)
	}
	release()
	if diff := cmp.Diff(now, b.views()); diff != "" {
		t.Errorf("what is true now has changed (-before +after)\n%s", diff)
	}
	b.wantMirror()
	b.wantAsOfNow()
	if got := b.run("status"); !strings.Contains(got.stdout, "history begins") || !strings.Contains(got.stdout, "what was before is pruned") {
		t.Errorf("status: %s", got.stdout)
	}
	if got := b.database.Value(`SELECT string_agg(pass_id::text, ' ' ORDER BY pass_id) FROM zoom.sync_passes`); got != "3" {
		t.Errorf("passes %s are left", got)
	}
	writes := b.database.Value("SELECT sum(users_written) FROM zoom.sync_passes")
	b.sync(exitComplete)
	if after := b.database.Value("SELECT sum(users_written) FROM zoom.sync_passes"); after != writes {
		t.Errorf("the next pass wrote users: %s, then %s", writes, after)
	}
}

// The questions of the cookbook about a moment of the past ask for none before history begins, whatever another account of
// the same database has of that time: views of versions would give half an answer, and the functions none.
func TestPrune_moves_the_moment_of_the_cookbook(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 30, Seed: 84})
	b.aged(20)
	if got := b.run("prune", "--history=1d"); got.code != exitComplete {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	b.database.Exec(`UPDATE syncd.passes SET started_at = started_at - interval '80 days', finished_at = finished_at - interval '80 days'`)
	questions, err := docs.Questions(docs.Cookbook())
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, q := range questions {
		past, _, found := strings.Cut(q.SQL, "\nSELECT")
		if !found || !strings.HasPrefix(past, "WITH past AS ") {
			continue
		}
		asked++
		b.wantRows(past+" SELECT past.at = begins_at FROM past, zoom.pruned_history", []string{"t"})
		b.database.Query(q.SQL)
	}
	if asked != 2 {
		t.Errorf("%d questions are about a moment of the past", asked)
	}
}

// views gives a digest of every view of what is true now.
func (b *bench) views() map[string]string {
	b.t.Helper()
	views := map[string]string{}
	for _, row := range b.database.Query(`
		SELECT schemaname || '.' || viewname FROM pg_views WHERE schemaname IN ('zoom', 'zoom_pii')
		AND viewname NOT LIKE '%versions' AND viewname NOT IN ('version_times', 'setting_changes', 'sync_passes', 'sync_failures', 'pruned_history')`) {
		views[row[0]] = b.database.Value("SELECT count(*) || ' ' || coalesce(md5(string_agg(v::text, ',' ORDER BY v::text)), '') FROM " + row[0] + " v")
	}
	if len(views) < 20 {
		b.t.Fatalf("only %d views", len(views))
	}
	return views
}

// One that is told to stop loses nothing of a batch, and says that it is not done.
func TestPrune_ends_after_the_batch(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 82})
	b.aged(500)
	locked := b.lock("syncd.history_limits") // the end of the first batch waits for it
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_HISTORY": "400d"}, "prune") }()
	locked.reach()
	stop()
	locked.remove()
	select {
	case got := <-ended:
		if got.code != exitFailed || !strings.Contains(got.stdout, "          20 old versions of documents removed") || !strings.Contains(got.stderr, "the next run goes on") {
			t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
		}
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
	if got := b.database.Value(`SELECT count(*) FROM syncd.document_history`); got != "0" {
		t.Errorf("%s old versions are left of the batch", got)
	}
	if got := b.runWith(t.Context(), map[string]string{"SYNCD_HISTORY": "400d"}, "prune"); got.code != exitComplete {
		t.Errorf("the next run: exit code %d\n%s", got.code, got.stderr)
	}
}

// While a release is rolled out, its migrations run before the older program is gone.
func TestOlder_program_goes_on_with_a_schema_that_was_added_to(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 40, Seed: 83})
	b.sync(exitComplete)
	b.database.Exec(`
		ALTER TABLE syncd.users ADD COLUMN news text;
		CREATE VIEW zoom.news AS SELECT account_id, user_id, news FROM syncd.users;
		INSERT INTO syncd.goose_db_version (version_id, is_applied) VALUES (99, true)`)
	address := porttest.Free(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run") }()
	defer func() { stop(); <-ended }()
	b.waitFor(completePasses, "2")
	b.put(b.active()[0], zoomtest.List, "department", "Elsewhere")
	if status, body := b.get("http://" + address + "/readyz"); status != 200 {
		t.Errorf("/readyz: %d\n%s", status, body)
	}
	for _, command := range []string{"migrate", "status", "doctor", "rebuild"} {
		if got := b.run(command); got.code != exitComplete {
			t.Errorf("syncd %s: exit code %d\n%s%s", command, got.code, got.stdout, got.stderr)
		}
	}
	b.sync(exitComplete)
	b.wantMirror()

	b.database.Exec(`UPDATE syncd.compatibility SET oldest = 99`) // and what a later release took away
	for _, command := range []string{"migrate", "sync", "status"} {
		if got := b.run(command); got.code != exitFailed || !strings.Contains(got.stderr, "newer than this syncd") {
			t.Errorf("syncd %s: exit code %d\n%s", command, got.code, got.stderr)
		}
	}
}
