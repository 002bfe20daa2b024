package db_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

func TestStore_PreviewUsers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	known := []db.User{user("u1-same", "Ann"), user("u2-changed", "Ann"), user("u3-refreshed", "Ann"), user("u4-dropped", "Ann"), user("u5-returned", "Ann")}
	b.write(t, 5, known...)
	bare := user("u6-stored", "Ann")
	bare.Documents, bare.UserSettings = bare.Documents[:3], nil
	b.write(t, 1, bare)
	b.tombstone(t, 1, "u5-returned")

	change := func(u *db.User, content, volatile string) {
		u.Documents[1] = okay(db.DocumentProfile, content, volatile)
		u.Documents[1].Compare = func([]byte, bool) (db.Comparison, error) {
			return db.Comparison{Changes: []db.SettingChange{{Path: "a.b", Old: []byte("1")}, {Path: "c", New: []byte("2")}}}, nil
		}
	}
	change(&known[1], "Anna", "")
	change(&known[2], "Ann", "offline")
	known[3].Documents[2] = db.DocumentResult{Document: db.DocumentSettings, Status: db.StatusNotFound, Drop: true}
	known[3].Settings = nil
	change(&known[4], "Anna", "")
	users := append(known, user("u6-stored", "Ann"), user("u7-added", "Ann"))
	before := fingerprint(b.database)

	preview, err := b.PreviewUsers(t.Context(), account, users)
	if err != nil {
		t.Fatal(err)
	}
	want := []db.Change{
		{Kind: db.ChangeChanged, UserID: "u2-changed", Document: db.DocumentProfile, Path: "a.b"},
		{Kind: db.ChangeChanged, UserID: "u2-changed", Document: db.DocumentProfile, Path: "c"},
		{Kind: db.ChangeRefreshed, UserID: "u3-refreshed", Document: db.DocumentProfile},
		{Kind: db.ChangeDropped, UserID: "u4-dropped", Document: db.DocumentSettings},
		{Kind: db.ChangeReturned, UserID: "u5-returned"},
		{Kind: db.ChangeChanged, UserID: "u5-returned", Document: db.DocumentProfile, Path: "a.b"},
		{Kind: db.ChangeChanged, UserID: "u5-returned", Document: db.DocumentProfile, Path: "c"},
		{Kind: db.ChangeStored, UserID: "u6-stored", Document: db.DocumentUserSettings},
		{Kind: db.ChangeAdded, UserID: "u7-added"},
	}
	if diff := cmp.Diff(want, preview.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, fingerprint(b.database)); diff != "" {
		t.Errorf("something was written:\n%s", diff)
	}
	if done, err := b.WriteUsers(t.Context(), account, b.pass.ID, users, nil); err != nil || done != preview.Written {
		t.Errorf("writing counts %+v, %v; the preview %+v", done, err, preview.Written)
	}

	bad := user("u8-bad", "Ann")
	bad.Documents[0].Body = []byte(`{"a": "\u0000"}`)
	if _, err := b.PreviewUsers(t.Context(), account, []db.User{bad}); !errors.Is(err, db.ErrBadData) {
		t.Errorf("what cannot be stored: got %v, want ErrBadData", err)
	}
}

func TestStore_that_is_read_only_cannot_write(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store, err := db.Open(t.Context(), db.Config{URL: b.database.URL, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if _, err := store.BeginPass(t.Context(), account, 0); !errors.Is(err, db.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
	if pass, err := store.PreviewPass(t.Context(), account); err != nil || !pass.First || pass.ID != 0 {
		t.Errorf("preview: %+v, %v", pass, err)
	}
}
