package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"syncd/internal/db"
)

func TestRecentFailures(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ann, ben := user("u1", "Ann"), user("u2", "Ben")
	ann.Documents[1], ben.Documents[2] = failed(db.DocumentProfile), failed(db.DocumentSettings)
	ben.Documents[2].Failure.ZoomCode = 300
	ann.Profile, ben.Settings = nil, nil
	b.write(t, 2, ann, ben)
	b.database.Exec(`UPDATE syncd.failures SET http_status = NULL WHERE document = 2`)
	b.database.Exec(`UPDATE syncd.failures SET failed_at = failed_at + interval '1 s' WHERE document = 3`)
	want := []db.RecentFailure{
		{PassID: b.pass.ID, UserID: "u2", Document: db.DocumentSettings, HTTPStatus: 500, ZoomCode: 300},
		{PassID: b.pass.ID, UserID: "u1", Document: db.DocumentProfile},
	}
	for most, want := range map[int][]db.RecentFailure{5: want, 2: want} {
		got, err := b.RecentFailures(t.Context(), account, most)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(db.RecentFailure{}, "FailedAt")); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	if got, err := b.RecentFailures(t.Context(), account, 1); err != nil || len(got) != 1 {
		t.Errorf("%v, %v: want one", got, err)
	}
	if got, err := b.RecentFailures(t.Context(), "other", 5); err != nil || len(got) != 0 {
		t.Errorf("another account: %v, %v", got, err)
	}
}

func TestRecentChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 3, user("u1", "Ann"), user("u2", "Ben"), user("u3", "Cem"))
	b.tombstone(t, 1, "u3")
	b.database.Exec(`UPDATE syncd.users SET first_seen_at = now() - interval '3 days' WHERE user_id <> 'u3'`)
	b.database.Exec(`
		INSERT INTO syncd.setting_changes (user_key, document, private, seen_after, seen_at, pass_id, path)
		SELECT user_key, document, false, now() - age, now() - age, 1, 'x'
		FROM syncd.users, (VALUES (1, interval '2 min'), (1, interval '2 h'), (2, interval '3 h'), (3, interval '25 h')) v (document, age)
		WHERE user_id IN ('u1', 'u2')`)
	got, err := b.RecentChanges(t.Context(), account)
	want := db.RecentChanges{Added: 1, Deleted: 1, Documents: []db.DocumentChanges{
		{Document: db.DocumentList, Users: 2, Values: 4, LastHour: 2},
		{Document: db.DocumentProfile, Users: 2, Values: 2},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	// What is counted has an end.
	b.database.Exec(`
		INSERT INTO syncd.setting_changes (user_key, document, private, seen_after, seen_at, pass_id, path)
		SELECT user_key, 1, false, now(), now(), 1, 'x' FROM syncd.users, generate_series(1, 100000) WHERE user_id = 'u1'`)
	if got, err := b.RecentChanges(t.Context(), account); err != nil || !got.Most {
		t.Errorf("over 100,000 changes: %+v, %v", got, err)
	}
}

func TestMirrorStatus(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if got, err := b.MirrorStatus(t.Context(), "other"); err != nil || got.Last() != nil || got.Oldest != nil || got.Users != 0 {
		t.Errorf("an account without a mirror: %+v, %v", got, err)
	}
	b.write(t, 3, user("u1", "Ann"), user("u2", "Ben"), user("u3", "Cem"))
	b.tombstone(t, 1, "u3")
	b.database.Exec(`UPDATE syncd.freshness SET profile_fetched_at = now() - interval '2 hours' WHERE user_key = (SELECT user_key FROM syncd.users WHERE user_id = 'u2')`)
	b.database.Exec(`UPDATE syncd.freshness SET list_fetched_at = now() - interval '9 hours' WHERE user_key = (SELECT user_key FROM syncd.users WHERE user_id = 'u3')`)
	if err := b.RecordProgress(t.Context(), b.pass.ID, db.PassProgress{UsersListed: 7, Requests: 20, Throttled: 3, FloorSeconds: 1.5}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Hold(t.Context(), account, b.pass.ID, db.Hold{Kind: db.HoldEmptied, Reason: "x", Set: []db.Held{{UserID: "u1", Document: db.DocumentUserSettings, Change: "y"}}}); err != nil {
		t.Fatal(err)
	}
	got, err := b.MirrorStatus(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	if got.Users != 2 || got.Deleted != 1 || got.Oldest == nil || time.Since(*got.Oldest).Round(time.Hour) != 2*time.Hour {
		t.Errorf("the mirror: %+v", got)
	}
	last := got.Last()
	if last.Status != db.PassRunning || last.UsersListed != 7 || last.UsersWritten != 3 || last.Requests != 20 || last.Throttled != 3 ||
		last.Floor != 1500*time.Millisecond || last.AdvancedAt.Before(last.StartedAt) || last.UsersRequested != nil {
		t.Errorf("the running pass: %+v", last)
	}
	if len(got.Holds) != 1 || !got.Holds[0].Abandoned(false) || got.Holds[0].Abandoned(true) {
		t.Errorf("holds: %+v", got.Holds)
	}
	for age, want := range map[time.Duration]int{time.Hour: 1, 3 * time.Hour: 0, 0: 2} {
		if behind, err := b.UsersBehind(t.Context(), account, time.Now().Add(-age)); err != nil || behind != want {
			t.Errorf("%d users are behind by %v, %v, want %d", behind, age, err, want)
		}
	}

	b.database.Exec(`UPDATE syncd.passes SET status = 'complete', finished_at = now(), listing_complete = true`)
	b.database.Exec(`INSERT INTO syncd.passes (account_id, status, finished_at, users_requested) SELECT 'account-1', 'failed', now(), 2 FROM generate_series(1, 20)`)
	got, err = b.MirrorStatus(t.Context(), account)
	if err != nil || len(got.Passes) != 12 || *got.Last().UsersRequested != 2 || got.Last().ID != b.pass.ID+20 || got.Succeeded == nil {
		t.Errorf("after 20 more passes: %+v, %v", got, err)
	}
}

// A look at the mirror writes nothing and waits for nobody.
func TestGlance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	glance := b.Glance()
	if _, err := glance.BeginPass(t.Context(), account, 0); !errors.Is(err, db.ErrReadOnly) {
		t.Errorf("it writes: %v", err)
	}
	conn, err := pgx.Connect(context.Background(), b.database.URL)
	if err == nil {
		_, err = conn.Exec(context.Background(), "BEGIN; LOCK TABLE syncd.users IN ACCESS EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := glance.MirrorStatus(t.Context(), account); !errors.Is(err, db.ErrTimeout) && !errors.Is(err, db.ErrUnreachable) {
		t.Errorf("a table that is locked: %v", err)
	}
	if waited := time.Since(begun); waited > 10*time.Second {
		t.Errorf("it waited %v", waited)
	}
	if err := conn.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := glance.MirrorStatus(t.Context(), account); err != nil {
		t.Errorf("later: %v", err)
	}
}
