package main

import (
	"strings"
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

// refuseDocuments makes the database refuse the documents that meet a condition.
func (b *bench) refuseDocuments(condition string) {
	b.database.Exec(`
		CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '22P05'; END $$;
		CREATE TRIGGER refuse BEFORE INSERT ON syncd.documents FOR EACH ROW WHEN (` + condition + `) EXECUTE FUNCTION public.refuse()`)
}

func TestSync_database_that_refuses_users(t *testing.T) {
	t.Parallel()
	const counts = "SELECT users_written, users_unchanged, users_failed FROM zoom.sync_passes"
	const failed = "SELECT count(DISTINCT user_id) FROM zoom.sync_failures WHERE message LIKE '%SQLSTATE 22P05%'"
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, zoomtest.Options{Users: 400, Small: true})
		b.refuseDocuments("true")
		wantOneError(t, b.run("sync"), exitFailed, "stopped after 50 of 50 users failed for one cause: refused by the database: SQLSTATE 22P05", "log of the database server")
		// How many users make a batch depends on how fast they come: a whole one is refused, after less than another.
		b.wantRows("SELECT users_written, users_unchanged, users_failed BETWEEN 50 AND 99, users_failed = ("+failed+") FROM zoom.sync_passes", []string{"0", "0", "t", "t"})
	})
	t.Run("some", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, zoomtest.Options{Users: 120, Small: true})
		b.refuseDocuments("NEW.body ->> 'id' IN ('" + strings.Join(b.active()[:3], "', '") + "')")
		wantOneError(t, b.run("sync"), exitPartial, "3 of 120 users are not mirrored completely")
		b.wantRows(counts, []string{"117", "0", "3"})
		b.wantRows(failed, []string{"3"})
	})
}
