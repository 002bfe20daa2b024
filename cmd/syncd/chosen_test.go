package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

func TestChosen_users_are_refreshed_and_nobody_else(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 120, Seed: 70})
	b.sync(exitComplete)
	ids := b.active()[:5]
	for _, id := range ids[:3] {
		if err := b.account.Set(id, zoomtest.List, "department", "Neue Abteilung"); err != nil {
			t.Fatal(err)
		}
	}
	email := b.database.Value("SELECT email FROM zoom.phone_users WHERE user_id = '" + ids[1] + "'")
	b.account.Remove(ids[4])
	profiles, sites := b.account.Requests(zoomtest.PhoneLight), b.account.Requests("sites")

	got := b.run("sync", "--user="+ids[0], "--user", strings.ToUpper(email), "--user="+ids[0])
	if got.code != exitComplete {
		t.Fatalf("exit code %d:\n%s", got.code, got.stderr)
	}
	if n := b.account.Requests(zoomtest.PhoneLight) - profiles; n != 4 {
		t.Errorf("%d documents were asked for, want 2 of each", n)
	}
	if n := b.account.Requests("sites"); n != sites {
		t.Error("the sites were asked for")
	}
	want := [][]string{{"complete", "f", "2", "119", "2", "0", "0", "0"}}
	pass := b.database.Query("SELECT status, listing_complete, users_requested, users_listed, users_written, users_unchanged, users_failed, users_deleted FROM zoom.sync_passes WHERE pass_id = 2")
	if diff := cmp.Diff(want, pass); diff != "" {
		t.Errorf("pass (-want +got):\n%s", diff)
	}
	if n := b.database.Value("SELECT count(*) FROM zoom.phone_users WHERE department = 'Neue Abteilung'"); n != "2" {
		t.Errorf("%s users are refreshed, want 2", n)
	}
	if n := b.database.Value("SELECT count(*) FROM zoom.phone_users"); n != "120" {
		t.Errorf("%s users are left of 120: somebody was deleted", n)
	}
	b.sync(exitComplete)
	b.wantMirror()
	if got := b.database.Value("SELECT users_requested IS NULL AND users_deleted = 1 FROM zoom.sync_passes WHERE pass_id = 3"); got != "t" {
		t.Error("the pass over all users after it is not one")
	}
}

func TestChosen_user_whom_no_list_has_is_named(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 30, Seed: 71})
	id := b.account.Users()[0].ID
	got := b.run("sync", "--user="+id, "--user=nobody-here", "--user=anna@example.org")
	wantOneError(t, got, exitPartial, "no list of phone users has nobody-here, the e-mail address given as user 3")
	if strings.Contains(got.stderr+b.database.Value("SELECT error FROM zoom.sync_passes"), "anna@") {
		t.Error("log or database show the e-mail address")
	}
	if n := b.database.Value("SELECT count(*) FROM zoom.phone_users WHERE user_id = '" + id + "'"); n != "1" {
		t.Error("the user who exists is not mirrored")
	}
	if got := b.run("sync", "--user=", "--user=a b"); got.code != exitUsage || strings.Count(got.stderr, "neither a user ID nor") != 2 {
		t.Errorf("exit code %d:\n%s", got.code, got.stderr)
	}
}

func TestChosen_users_are_not_in_the_way_of_a_pass_that_was_cut_off(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 300, Small: true, Seed: 72})
	b.cutOff()
	id := b.database.Value("SELECT min(user_id) FROM zoom.phone_users")
	if got := b.run("sync", "--user="+id); got.code != exitComplete {
		t.Fatalf("exit code %d:\n%s", got.code, got.stderr)
	}
	b.sync(exitComplete)
	b.wantMirror()
	b.wantPasses([]string{"1", "complete", "300", "299", "1", "0"}, []string{"2", "complete", "300", "0", "1", "0"})
	if again := b.fetchedAgain(); again > inFlight+batch+1 {
		t.Errorf("%d users were fetched twice", again)
	}
}
