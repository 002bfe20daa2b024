package main

import (
	"testing"

	"syncd/internal/zoom/zoomtest"
)

func TestSync_stops_when_most_users_fail_for_one_cause_and_not_before(t *testing.T) {
	t.Parallel()
	t.Run("most users", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, zoomtest.Options{Users: 600, Small: true})
		for i, u := range b.account.Users() {
			if i%20 > 0 { // and a success between
				b.account.FailUser(u.ID, zoomtest.Settings, 400)
			}
		}
		wantOneError(t, b.run("sync"), exitFailed, "users failed for one cause: rejected: http 400 code 300")
		if b.database.Value("SELECT users_failed < 150 FROM zoom.sync_passes") != "t" {
			t.Errorf("it stopped after %s users", b.database.Value("SELECT users_failed FROM zoom.sync_passes"))
		}
	})
	t.Run("many who stand together in the list", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, zoomtest.Options{Users: 600, Small: true})
		for _, id := range b.active()[100:230] {
			b.account.FailUser(id, zoomtest.Settings, 400)
		}
		wantOneError(t, b.sync(exitPartial), exitPartial, "130 of 600 users")
		if got := b.database.Value("SELECT count(*) FROM zoom.sync_failures"); got != "130" {
			t.Errorf("%s failures are recorded, want 130", got)
		}
	})
}
