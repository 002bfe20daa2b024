package db_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// versions lists those of the settings: content, whether it begins where the one before it ended, whether it is open, and
// whether it has a length.
const versions = `
	SELECT body->>'content',
		coalesce((valid_from = lag(valid_to) OVER w)::text, 'first'),
		valid_to IS NULL,
		valid_from < coalesce(valid_to, 'infinity')
	FROM zoom_pii.document_versions
	WHERE document = 'settings'
	WINDOW w AS (ORDER BY valid_from)
	ORDER BY valid_from`

// overlaps finds versions that begin before the one before them ended.
const overlaps = `
	SELECT * FROM (
		SELECT document, valid_from, lag(coalesce(valid_to, 'infinity')) OVER (PARTITION BY user_id, document ORDER BY valid_from) AS previous
		FROM zoom_pii.document_versions
	) v
	WHERE valid_from < previous`

func TestDocumentVersions(t *testing.T) {
	t.Parallel()

	t.Run("stable_change_begins_a_version", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for _, content := range []string{"one", "two", "three", "three"} {
			u := user("u1", "Ann")
			u.Documents[2] = okay(db.DocumentSettings, content, "")
			if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{u}, nil); err != nil {
				t.Fatal(err)
			}
		}
		b.rows(t, versions,
			[]string{"one", "first", "f", "t"}, []string{"two", "true", "f", "t"}, []string{"three", "true", "t", "t"})
		b.rows(t, `SELECT count(*) FROM zoom_pii.document_versions WHERE document = 'list'`, []string{"1"})
		b.rows(t, overlaps)
		b.rows(t, `SELECT changed_at = valid_from FROM zoom_pii.document_versions v JOIN zoom.freshness f USING (document) WHERE document = 'settings' AND valid_to IS NULL`,
			[]string{"t"})
	})

	t.Run("versions_keep_the_verdict_on_their_policies", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for i, personal := range []bool{true, false, true} {
			u := user("u1", "Ann")
			u.Documents[1] = okay(db.DocumentProfile, strconv.Itoa(i), "")
			u.Documents[1].Body = fmt.Appendf(nil, `{"policy": {"sms": {"x": %d}, "fax": {"x": %[1]d}}}`, i)
			u.Profile.Policies = []db.Policy{{Name: "fax", Personal: personal}, {Name: "sms"}}
			b.write(t, 1, u)
		}
		b.tombstone(t, 1, "u1")
		u := user("u1", "Ann") // the last version is closed because she returns, and not by the next
		u.Documents[1] = okay(db.DocumentProfile, "again", "")
		u.Documents[1].Body = []byte(`{"policy": {}}`)
		b.write(t, 1, u)
		b.rows(t, `SELECT policy, detail FROM zoom.policy_versions ORDER BY policy, valid_from`,
			[]string{"fax", "<null>"}, []string{"fax", `{"x": 1}`}, []string{"fax", "<null>"},
			[]string{"sms", `{"x": 0}`}, []string{"sms", `{"x": 1}`}, []string{"sms", `{"x": 2}`})
	})

	t.Run("older_answer_begins_after_the_newer_one", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for _, content := range []string{"one", "two", "three"} {
			u := user("u1", "Ann")
			u.Documents[2] = okay(db.DocumentSettings, content, "")
			age := time.Duration(len(content)) * time.Hour // "three" was asked for before "one"
			u.Documents[2].AskedAgo, u.Documents[2].AnsweredAgo = age, age
			b.write(t, 1, u)
		}
		b.rows(t, versions,
			[]string{"one", "first", "f", "t"}, []string{"two", "true", "f", "t"}, []string{"three", "true", "t", "t"})
		b.rows(t, overlaps)
	})

	t.Run("dropped_document_is_closed_and_may_come_back", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, user("u1", "Ann"))
		pending := user("u1", "Ann")
		pending.Documents[2] = db.DocumentResult{Document: db.DocumentSettings, Status: db.StatusPending, Drop: true}
		pending.Settings = nil
		b.write(t, 1, pending)
		b.write(t, 0, pending) // nothing is left to drop
		b.rows(t, versions, []string{"Ann", "first", "f", "t"})
		b.rows(t, `SELECT name, settings_status, changed_at > first_seen_at FROM zoom.phone_users`, []string{"Ann", "<null>", "t"})
		b.rows(t, `SELECT status, verified_at, changed_at FROM zoom.freshness WHERE document = 'settings'`,
			[]string{"pending", "<null>", "<null>"})
		b.write(t, 1, user("u1", "Ann"))
		b.rows(t, versions, []string{"Ann", "first", "f", "t"}, []string{"Ann", "true", "t", "t"})
		b.rows(t, `SELECT settings_status FROM zoom.phone_users`, []string{"Active"})
		b.rows(t, overlaps)
	})
}

func TestStore_Tombstone(t *testing.T) {
	t.Parallel()

	t.Run("hides_the_user_and_keeps_the_rows", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
		b.tombstone(t, 1, "u1", "unknown")
		b.rows(t, `SELECT user_id FROM zoom.phone_users`, []string{"u2"})
		b.rows(t, `SELECT user_id, name, deleted_at = changed_at, deletion_evidence FROM zoom.phone_users_all ORDER BY 1`,
			[]string{"u1", "Ann", "t", `{"probe": 404}`}, []string{"u2", "Ben", "<null>", "<null>"})
		for _, view := range []string{"phone_numbers", "calling_plans", "freshness"} {
			b.rows(t, `SELECT DISTINCT user_id FROM zoom.`+view, []string{"u2"})
		}
		b.rows(t, `SELECT DISTINCT user_id FROM zoom_pii.documents`, []string{"u2"})
		b.rows(t, `SELECT v.user_id, bool_and(valid_to = deleted_at) FROM zoom_pii.document_versions v
			JOIN zoom.phone_users_all u USING (user_id) GROUP BY 1 ORDER BY 1`,
			[]string{"u1", "t"}, []string{"u2", "<null>"})
		ids, err := b.CurrentUsers(t.Context(), account)
		if err != nil || len(ids) != 1 || ids[0] != "u2" {
			t.Errorf("current users: got %v, %v", ids, err)
		}
	})

	t.Run("second_one_changes_nothing", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, user("u1", "Ann"))
		b.tombstone(t, 1, "u1")
		before := fingerprint(b.database)["users"]
		b.tombstone(t, 0, "u1")
		b.tombstone(t, 0)
		b.rows(t, `SELECT string_agg(concat_ws(' ', ctid, xmin, xmax), ',' ORDER BY ctid) FROM syncd.users`, []string{before})
	})

	t.Run("evidence_is_required", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, user("u1", "Ann"))
		if _, err := b.Tombstone(t.Context(), account, b.pass.ID, db.Deletions{Gone: []db.Tombstone{{UserID: "u1"}}}); err == nil {
			t.Error("a deletion without evidence was stored")
		}
		b.rows(t, `SELECT user_id FROM zoom.phone_users`, []string{"u1"})
	})

	for _, content := range []string{"Ann", "Anna"} {
		t.Run("user_returns_as_"+content, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.write(t, 1, user("u1", "Ann"))
			b.tombstone(t, 1, "u1")
			deleted := b.database.Value(`SELECT deleted_at FROM zoom.phone_users_all`)
			b.write(t, 1, user("u1", content))
			b.rows(t, `SELECT name, deleted_at, deletion_evidence FROM zoom.phone_users_all`, []string{content, "<null>", "<null>"})
			b.rows(t, `SELECT body->>'content', valid_to, valid_from > '`+deleted+`' FROM zoom_pii.document_versions
				WHERE document = 'settings' ORDER BY valid_from`,
				[]string{"Ann", deleted, "f"}, []string{content, "<null>", "t"})
			b.rows(t, `SELECT count(*) FROM zoom_pii.document_versions`, []string{"8"})
			b.rows(t, `SELECT changed_at > '`+deleted+`' FROM zoom.phone_users`, []string{"t"})
			b.rows(t, overlaps)
			b.write(t, 0, user("u1", content))
		})
	}

	t.Run("user_returns_pending", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, user("u1", "Ann"))
		b.tombstone(t, 1, "u1")
		u := user("u1", "Ann")
		u.Settings = nil
		u.Documents[2] = db.DocumentResult{Document: db.DocumentSettings, Status: db.StatusPending, Drop: true}
		b.write(t, 1, u)
		b.rows(t, versions, []string{"Ann", "first", "f", "t"})
		b.write(t, 1, user("u1", "Ann"))
		b.rows(t, versions, []string{"Ann", "first", "f", "t"}, []string{"Ann", "true", "t", "t"})
		b.rows(t, overlaps)
	})
}

func TestStore_Standings_are_those_of_the_beginning_of_the_pass(t *testing.T) {
	t.Parallel()
	b := setup(t)
	deactivated, pending := user("u2", "Ben"), user("u3", "Cem")
	deactivated.List.Status, pending.List.Status = new("deactivate"), new("pending")
	b.write(t, 5, user("u1", "Ann"), deactivated, pending, user("u4", "Dan"), user("u5", "Eva"))
	b.tombstone(t, 1, "u4")
	b.pass = b.begin(t)
	b.tombstone(t, 1, "u5")
	got, err := b.Standings(t.Context(), account, b.pass.ID)
	want := map[string]db.Standing{
		"u1": {Site: "site-1", Active: true}, "u2": {Site: "site-1"}, "u3": {Site: "site-1"},
		"u5": {Site: "site-1", Active: true, Gone: true},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
