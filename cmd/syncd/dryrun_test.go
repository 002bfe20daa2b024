package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

// everything gives every row of every engine table with the transaction that wrote
// it, and where every sequence stands.
func (b *bench) everything() map[string]string {
	b.t.Helper()
	state := map[string]string{}
	for _, table := range b.tables() {
		state[table] = b.database.Value("SELECT coalesce(string_agg(ctid || ' ' || xmin || ' ' || xmax, ',' ORDER BY ctid), '') FROM " + table)
	}
	for _, row := range b.database.Query("SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'syncd'") {
		state[row[0]] = row[1]
	}
	return state
}

// dryRun makes a dry run and checks that nothing was written.
func (b *bench) dryRun(wantCode int, args ...string) outcome {
	b.t.Helper()
	before := b.everything()
	got := b.run(append([]string{"sync", "--dry-run"}, args...)...)
	if got.code != wantCode {
		b.t.Errorf("exit code %d, want %d\n%s", got.code, wantCode, got.stderr)
	}
	if diff := cmp.Diff(before, b.everything()); diff != "" {
		b.t.Errorf("a dry run wrote (-before +after):\n%s", diff)
	}
	return got
}

// lines gives the sorted lines of an output, and its summary.
func lines(output string) (changes []string, summary string) {
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "Of ") {
			summary = line
			break
		}
		changes = append(changes, line)
	}
	slices.Sort(changes)
	return changes, summary
}

func TestDryRun_tells_what_a_pass_would_do_and_writes_nothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 120, Seed: 80})
	first := b.dryRun(exitComplete)
	changes, summary := lines(first.stdout)
	if len(changes) != 120 || !strings.HasPrefix(changes[0], "added ") || !strings.HasPrefix(summary, "Of 120 users listed: 120 to write (120 of them new), 0 unchanged, 0 failed; 0 to mark deleted") {
		t.Errorf("of a mirror that is empty: %d lines, %s", len(changes), summary)
	}
	b.sync(exitComplete)
	ids := b.active()[:8]
	changed, gone, back, broken := ids[0], ids[1], ids[2], ids[3]
	b.account.Remove(back)
	b.sync(exitComplete)
	b.account.Return(back)
	b.account.Remove(gone)
	added := b.account.Add(1)[0]
	b.account.FailUser(broken, zoomtest.Settings, 403)
	for kind, path := range map[string]string{zoomtest.List: "department", zoomtest.Profile: "policy.sms.enable"} {
		if err := b.account.Set(changed, kind, path, "Geheim"); err != nil {
			t.Fatal(err)
		}
	}

	got := b.dryRun(exitPartial)
	changes, summary = lines(got.stdout)
	want := []string{"added     " + added, "changed   " + changed + " list department", "changed   " + changed + " profile policy.sms.enable", "deleted   " + gone, "returned  " + back}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if want := "Of 120 users listed: 3 to write (1 of them new), 116 unchanged, 1 failed; 1 to mark deleted, 0 held. Nothing was written."; summary != want {
		t.Errorf("summary: %s\nwant:    %s", summary, want)
	}
	if strings.Contains(got.stdout+got.stderr, "Geheim") {
		t.Error("a value is shown")
	}

	// The pass does what the dry run said.
	b.sync(exitPartial)
	counts := b.database.Query("SELECT users_listed, users_written, users_unchanged, users_failed, users_deleted FROM zoom.sync_passes WHERE pass_id = 3")
	if want := [][]string{{"120", "3", "116", "1", "1"}}; !cmp.Equal(want, counts) {
		t.Errorf("the pass counts %v, want %v", counts, want)
	}
}

func TestDryRun_names_who_would_be_held(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 150, Seed: 81})
	b.sync(exitComplete)
	gone := b.active()[:40]
	b.account.Remove(gone...)
	got := b.dryRun(exitHeld)
	changes, summary := lines(got.stdout)
	if len(changes) != 40 || changes[0] != "held      "+slices.Min(gone)+" deleted" || !strings.Contains(summary, "0 to mark deleted, 40 held") || !strings.Contains(got.stdout, "The pass would be held: ") {
		t.Errorf("the dry run says\n%s", got.stdout)
	}
}

func TestDryRun_of_chosen_users(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 40, Seed: 82})
	id := b.account.Users()[0].ID
	got := b.dryRun(exitPartial, "--user="+id, "--user=nobody")
	if changes, _ := lines(got.stdout); !cmp.Equal(changes, []string{"added     " + id}) || !strings.Contains(got.stdout, "no list of phone users has nobody") {
		t.Errorf("the dry run says\n%s", got.stdout)
	}
}

func TestDryRun_sees_what_postgres_would_refuse(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 30, Seed: 83})
	b.sync(exitComplete)
	id := b.active()[0]
	b.replace(id, zoomtest.Profile, `{"id":"`+id+`","note":"a\u0000b"}`)
	got := b.dryRun(exitPartial)
	if changes, summary := lines(got.stdout); len(changes) > 0 || !strings.Contains(summary, "29 unchanged, 1 failed") {
		t.Errorf("the dry run says\n%s", got.stdout)
	}
}

func TestDryRun_works_beside_a_pass_and_fails_as_it_would(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Seed: 84, Latency: 20 * time.Millisecond})
	first := make(chan outcome)
	go func() { first <- b.runWith(context.Background(), nil, "sync") }()
	b.waitFor("SELECT count(*) FROM zoom.sync_passes", "1")
	if got := b.run("sync", "--dry-run"); got.code != exitComplete {
		t.Errorf("exit code %d:\n%s", got.code, got.stderr)
	}
	if got := <-first; got.code != exitComplete {
		t.Errorf("the pass: exit code %d\n%s", got.code, got.stderr)
	}
	b.account.SetScopes("phone:read:user:admin")
	wantOneError(t, b.dryRun(exitFailed), exitFailed, "scope missing")
}

func TestDryRun_needs_a_database_that_can_be_read_only(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 30, Seed: 85})
	b.sync(exitComplete)
	b.database.Exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
	if got := b.run("sync", "--dry-run"); got.code != exitComplete {
		t.Errorf("exit code %d:\n%s", got.code, got.stderr)
	}
}
