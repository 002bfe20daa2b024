package db_test

import (
	"errors"
	"testing"

	"syncd/internal/db"
)

func TestStore_Pass(t *testing.T) {
	t.Parallel()

	t.Run("result_is_recorded", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.rows(t, `SELECT account_id, status, finished_at FROM zoom.sync_passes`, []string{account, "running", "<null>"})
		err := b.FinishPass(t.Context(), b.pass.ID, db.PassResult{
			Status: db.PassPartial, ListingComplete: true, UsersListed: 6, UsersWritten: 1, UsersUnchanged: 2, UsersFailed: 3,
			UsersDeleted: 4, Requests: 5_000_000_000, Throttled: 7, FloorSeconds: 1.5, Error: "settings forbidden",
		})
		if err != nil {
			t.Fatal(err)
		}
		b.rows(t, `
			SELECT pass_id, status, listing_complete, users_listed, users_written, users_unchanged, users_failed, users_deleted,
				requests, throttled, floor_seconds, error, finished_at >= started_at
			FROM zoom.sync_passes`,
			[]string{"1", "partial", "t", "6", "1", "2", "3", "4", "5000000000", "7", "1.5", "settings forbidden", "t"})
	})

	t.Run("first_until_one_has_seen_everybody", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for _, step := range []struct {
			first, saved bool // before it ended
			chosen       int
			result       db.PassResult
		}{
			{first: true, result: db.PassResult{Status: db.PassFailed}},
			{first: true, chosen: 1, result: db.PassResult{Status: db.PassComplete}},
			{first: true, result: db.PassResult{Status: db.PassPartial}}, // its list does not add up
			{first: true, saved: true, result: db.PassResult{Status: db.PassComplete, ListingComplete: true}},
			{saved: true, result: db.PassResult{Status: db.PassComplete, ListingComplete: true}},
		} {
			var err error
			if b.pass, err = b.BeginPass(t.Context(), account, step.chosen); err != nil {
				t.Fatal(err)
			}
			if b.pass.First != step.first || b.pass.Saved != step.saved {
				t.Errorf("got %+v, want first %t, saved %t", b.pass, step.first, step.saved)
			}
			if err := b.FinishPass(t.Context(), b.pass.ID, step.result); err != nil {
				t.Fatal(err)
			}
		}
		b.rows(t, `SELECT DISTINCT error FROM zoom.sync_passes WHERE status <> 'interrupted'`, []string{"<null>"})
		other, err := b.BeginPass(t.Context(), "account-2", 0)
		if err != nil || !other.First {
			t.Errorf("another account: got %+v, %v", other, err)
		}
	})

	t.Run("next_one_closes_what_was_cut_off", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		next := b.begin(t)
		b.rows(t, `SELECT pass_id, status, finished_at IS NULL FROM zoom.sync_passes ORDER BY 1`,
			[]string{"1", "interrupted", "f"}, []string{"2", "running", "t"})
		if err := b.FinishPass(t.Context(), b.pass.ID, db.PassResult{Status: db.PassComplete}); !errors.Is(err, db.ErrPassClosed) {
			t.Errorf("finish of an interrupted pass: got %v, want ErrPassClosed", err)
		}
		if err := b.FinishPass(t.Context(), next.ID, db.PassResult{Status: db.PassRunning}); err == nil {
			t.Error("a pass was finished as running")
		}
	})
}

func TestStore_next_pass_shuts_the_one_before_out(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, user("u1", "Ann"), user("u2", "Bob"))
	next, err := b.BeginPass(t.Context(), account, 0)
	if err != nil {
		t.Fatal(err)
	}
	b.rows(t, `SELECT status, users_written, users_unchanged, error IS NOT NULL FROM zoom.sync_passes ORDER BY pass_id`,
		[]string{"interrupted", "2", "0", "t"}, []string{"running", "0", "0", "f"})

	late := user("u1", "Anna")
	if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{late}, nil); !errors.Is(err, db.ErrPassClosed) {
		t.Errorf("users: %v", err)
	}
	if _, err := b.Tombstone(t.Context(), account, b.pass.ID, db.Deletions{Gone: []db.Tombstone{{UserID: "u2", Evidence: []byte(`{}`)}}}); !errors.Is(err, db.ErrPassClosed) {
		t.Errorf("tombstone: %v", err)
	}
	if _, err := b.WriteSites(t.Context(), account, b.pass.ID, db.SiteChanges{}); !errors.Is(err, db.ErrPassClosed) {
		t.Errorf("sites: %v", err)
	}
	b.rows(t, `SELECT name FROM zoom.phone_users ORDER BY user_id`, []string{"Ann"}, []string{"Bob"})
	if _, err := b.WriteUsers(t.Context(), account, next.ID, []db.User{late}, nil); err != nil {
		t.Error(err)
	}
}

func TestStore_WriteUsers_notes_how_the_pass_stands(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const stands = `SELECT users_listed, requests, throttled, throttled_by_others, floor_seconds, users_written FROM zoom.sync_passes`
	progress := &db.PassProgress{UsersListed: 7, Requests: 11, Throttled: 3, ThrottledByOthers: 2, FloorSeconds: 1.5}
	if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{user("u1", "Ann")}, progress); err != nil {
		t.Fatal(err)
	}
	b.rows(t, stands, []string{"7", "11", "3", "2", "1.5", "1"})
	b.write(t, 1, user("u2", "Ben")) // who knows nothing of it
	b.rows(t, stands, []string{"7", "11", "3", "2", "1.5", "2"})
}
