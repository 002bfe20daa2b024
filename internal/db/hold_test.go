package db_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

const holds = `SELECT hold_id, approved_at IS NOT NULL, outcome FROM zoom.holds ORDER BY 1`

// hold records an approved hold of a set.
func (b *bundle) hold(tb testing.TB, kind db.HoldKind, set ...db.Held) int64 {
	tb.Helper()
	id, err := b.Hold(tb.Context(), account, b.pass.ID, db.Hold{Kind: kind, Reason: "many", Set: set})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := b.ApproveHold(tb.Context(), account, id); err != nil {
		tb.Fatal(err)
	}
	return id
}

func (b *bundle) wantHeld(tb testing.TB, kind db.HoldKind, want db.HeldSet) {
	tb.Helper()
	got, err := b.HeldSet(tb.Context(), account, kind)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		tb.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestStore_Tombstone_releases_what_was_held(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 3, user("u1", "Ann"), user("u2", "Ben"), user("u3", "Cem"))
	u1, u2 := db.Held{UserID: "u1", Change: "deleted"}, db.Held{UserID: "u2", Change: "deleted"}
	id := b.hold(t, db.HoldDeletions, u1, u2)
	release := func(pass db.Pass, user string) error {
		gone := []db.Tombstone{{UserID: user, Evidence: []byte(`{}`)}}
		_, err := b.Tombstone(t.Context(), account, pass.ID, db.Deletions{Gone: gone, Releases: id})
		return err
	}
	if err := release(b.pass, "u1"); err != nil {
		t.Fatal(err)
	}
	b.wantHeld(t, db.HoldDeletions, db.HeldSet{HoldID: id, Reason: "many", Approved: true, Set: []db.Held{u2}})
	b.rows(t, holds, []string{"1", "t", "<null>"})
	standings, err := b.Standings(t.Context(), account, b.pass.ID)
	if err != nil || len(standings) != 2 { // what was approved does not count against the limit
		t.Errorf("%v, %v", standings, err)
	}

	// What is not written is not released.
	next := b.begin(t)
	if err := release(b.pass, "u2"); !errors.Is(err, db.ErrPassClosed) {
		t.Errorf("got %v, want ErrPassClosed", err)
	}
	b.rows(t, `SELECT user_id FROM zoom.held_users WHERE released_at IS NULL`, []string{"u2"})
	if err := release(next, "u2"); err != nil {
		t.Fatal(err)
	}
	b.wantHeld(t, db.HoldDeletions, db.HeldSet{})
	b.rows(t, holds, []string{"1", "t", "released"})
}

func TestStore_Unanswered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held := func(id string) db.Held {
		return db.Held{UserID: id, Document: db.DocumentProfile, Change: "user_profile.site_admin"}
	}
	names := []string{"answered", "dropped", "failed", "gone", "not-reached", "parked"}
	var set []db.Held
	for _, id := range names {
		b.write(t, 1, user(id, "Ann"))
		set = append(set, held(id))
	}
	id := b.hold(t, db.HoldEmptied, set...)
	b.pass = b.begin(t)
	b.tombstone(t, 1, "gone")
	b.write(t, 0, user("answered", "Ann"))
	broken := user("failed", "Ann")
	broken.Documents[1], broken.Profile = failed(db.DocumentProfile), nil
	b.write(t, 0, broken)
	dropped := user("dropped", "Ann")
	dropped.Documents[1] = db.DocumentResult{Document: db.DocumentProfile, Status: db.StatusNotFound, Drop: true}
	dropped.Profile = nil
	b.write(t, 1, dropped)
	if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{suspected("parked", "Anna", 1, "user_profile.site_admin")}, nil); err != nil {
		t.Fatal(err)
	}
	open, err := b.HeldSet(t.Context(), account, db.HoldEmptied)
	if err != nil || open.HoldID != id || len(open.Set) != len(names)-1 {
		t.Errorf("%+v, %v", open, err)
	}
	got, err := b.Unanswered(t.Context(), b.pass.ID, open)
	if err != nil || len(got) != 2 || !cmp.Equal(map[db.Held]bool{held("failed"): true, held("not-reached"): true}, map[db.Held]bool{got[0]: true, got[1]: true}) {
		t.Errorf("%+v, %v", got, err)
	}
}
