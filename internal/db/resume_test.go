package db_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

func TestStore_ContinuePass(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end   func(t *testing.T, b *bundle)
		found bool
	}{
		"killed":      {func(*testing.T, *bundle) {}, true},
		"told_to_end": {finish(db.PassInterrupted), true},
		"failed":      {finish(db.PassFailed), false},
		"complete":    {finish(db.PassComplete), false},
		"partial":     {finish(db.PassPartial), false},
		"long_ago": {func(_ *testing.T, b *bundle) {
			b.database.Exec(`UPDATE syncd.passes SET advanced_at = now() - interval '361 minutes'`)
		}, false},
		"not_so_long_ago": {func(_ *testing.T, b *bundle) {
			b.database.Exec(`UPDATE syncd.passes SET advanced_at = now() - interval '359 minutes'`)
		}, true},
		"another_accounts": {func(_ *testing.T, b *bundle) { b.database.Exec(`UPDATE syncd.passes SET account_id = 'account-2'`) }, false},
		"before_one_that_failed": {func(t *testing.T, b *bundle) {
			t.Helper()
			b.pass = b.begin(t)
			finish(db.PassFailed)(t, b)
		}, false},
		"before_one_of_chosen_users": {func(t *testing.T, b *bundle) {
			t.Helper()
			if _, err := b.BeginPass(t.Context(), account, 2); err != nil {
				t.Fatal(err)
			}
		}, true},
		"only_chosen_users": {func(t *testing.T, b *bundle) {
			t.Helper()
			finish(db.PassComplete)(t, b)
			if _, err := b.BeginPass(t.Context(), account, 2); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.write(t, 2, user("u1", "Ann"), user("u2", "Bob"))
			b.write(t, 0, user("u1", "Ann"))
			b.tombstone(t, 1, "u2")
			if err := b.RecordProgress(t.Context(), b.pass.ID, db.PassProgress{UsersListed: 7, Requests: 11, Throttled: 3, FloorSeconds: 1.5}); err != nil {
				t.Fatal(err)
			}
			begun := b.pass.ID
			test.end(t, b)
			next := open(t, b.database.URL)
			got, found, err := next.ContinuePass(t.Context(), account)
			if err != nil || found != test.found {
				t.Fatalf("found %t, %v", found, err)
			}
			if !found {
				return
			}
			want := db.Pass{ID: begun, First: true, Done: db.PassCount{UsersWritten: 2, UsersUnchanged: 1, UsersDeleted: 1, Requests: 11, Throttled: 3}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("pass (-want +got):\n%s", diff)
			}
			b.rows(t, `SELECT pass_id, users_listed, floor_seconds, error FROM zoom.sync_passes WHERE status = 'running'`,
				[]string{"1", "7", "1.5", "<null>"})

			// It is no longer the business of the process that began it.
			if _, err := b.WriteUsers(t.Context(), account, begun, []db.User{user("u1", "Anna")}, nil); !errors.Is(err, db.ErrPassClosed) {
				t.Errorf("the one before still writes: %v", err)
			}
			if err := b.RecordProgress(t.Context(), begun, db.PassProgress{}); !errors.Is(err, db.ErrPassClosed) {
				t.Errorf("the one before still records: %v", err)
			}
			if err := b.FinishPass(t.Context(), begun, db.PassResult{Status: db.PassFailed}); !errors.Is(err, db.ErrPassClosed) {
				t.Errorf("the one before still closes: %v", err)
			}
			if err := next.FinishPass(t.Context(), begun, db.PassResult{Status: db.PassComplete}); err != nil {
				t.Error(err)
			}
		})
	}
}

// finish ends the pass of a bundle.
func finish(status db.PassStatus) func(*testing.T, *bundle) {
	return func(t *testing.T, b *bundle) {
		t.Helper()
		if err := b.FinishPass(t.Context(), b.pass.ID, db.PassResult{Status: status, UsersWritten: 2, UsersUnchanged: 1, UsersDeleted: 1, Requests: 11, Throttled: 3, UsersListed: 7, FloorSeconds: 1.5}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStore_pass_gets_on_with_what_it_writes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, work := range []func(){
		func() { b.write(t, 1, user("u1", "Ann")) },
		func() { b.tombstone(t, 1, "u1") },
		func() { _, _ = b.WriteSites(t.Context(), account, b.pass.ID, db.SiteChanges{}) },
	} {
		b.database.Exec(`UPDATE syncd.passes SET advanced_at = now() - interval '10 hours'`)
		work()
		b.rows(t, `SELECT advanced_at > now() - interval '1 hour' FROM syncd.passes`, []string{"t"})
	}
}

func TestStore_VerifiedUsers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list := okay(db.DocumentList, "Ann", "").Full
	withoutSettings := user("without", "Ann")
	withoutSettings.Documents, withoutSettings.UserSettings = withoutSettings.Documents[:3], nil
	broken, forbidden, pending := user("broken", "Ann"), user("forbidden", "Ann"), user("pending", "Ann")
	broken.Documents[2], broken.Settings = failed(db.DocumentSettings), nil
	forbidden.Documents[1], forbidden.Profile = failed(db.DocumentProfile), nil
	forbidden.Documents[1].Status, forbidden.Documents[1].Failure.Common = db.StatusForbidden, true
	pending.Documents[1] = db.DocumentResult{Document: db.DocumentProfile, Status: db.StatusNotFound}
	pending.Documents[3] = db.DocumentResult{Document: db.DocumentUserSettings, Status: db.StatusPending}
	pending.Profile, pending.UserSettings = nil, nil

	b.write(t, 1, user("before", "Ann"))
	b.pass = b.begin(t)
	b.write(t, 6, user("done", "Ann"), withoutSettings, broken, forbidden, pending, user("gone", "Ann"))
	b.tombstone(t, 1, "gone")
	for _, test := range []struct {
		userSettings bool
		want         map[string]db.VerifiedUser
	}{
		{true, map[string]db.VerifiedUser{"done": {List: list}, "pending": {List: list}, "forbidden": {List: list, Forbidden: true}}},
		{false, map[string]db.VerifiedUser{"done": {List: list}, "pending": {List: list}, "forbidden": {List: list, Forbidden: true}, "without": {List: list}}},
	} {
		// What is a minute old was asked for before this pass began.
		b.database.Exec(`UPDATE syncd.passes SET started_at = now() - interval '5 minutes'`)
		got, err := b.VerifiedUsers(t.Context(), account, b.pass.ID, test.userSettings)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("with general settings %t (-want +got):\n%s", test.userSettings, diff)
		}
	}
	if got, err := b.VerifiedUsers(t.Context(), "account-2", b.pass.ID, false); err != nil || len(got) > 0 {
		t.Errorf("another account: %v, %v", got, err)
	}
}

func TestStore_failures_of_a_pass_are_told_anew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const failures = `SELECT user_id, document FROM zoom.sync_failures ORDER BY 1, 2`
	bad := func(id string, documents ...int) db.User {
		u := user(id, "Ann")
		for _, i := range documents {
			u.Documents[i] = failed(u.Documents[i].Document)
			u.Profile = nil
			if i == 2 {
				u.Settings = nil
			}
		}
		return u
	}
	b.write(t, 2, bad("u1", 1, 2), bad("u2", 1))
	b.rows(t, failures, []string{"u1", "profile"}, []string{"u1", "settings"}, []string{"u2", "profile"})
	b.write(t, 1, bad("u1", 1))
	b.rows(t, failures, []string{"u1", "profile"}, []string{"u2", "profile"})
	b.write(t, 1, user("u1", "Ann"))
	b.rows(t, failures, []string{"u2", "profile"})
	b.pass = b.begin(t)
	b.write(t, 1, user("u2", "Ann"))
	b.rows(t, failures, []string{"u2", "profile"}) // of the pass before
}
