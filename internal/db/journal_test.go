package db_test

import (
	"errors"
	"testing"
	"time"

	"syncd/internal/db"
)

// journaled is a user whose documents tell of one change, from what was stored to content.
func journaled(id, content string) db.User {
	u := user(id, content)
	for i := range u.Documents {
		u.Documents[i].Compare = func(before []byte, _ bool) (db.Comparison, error) {
			return db.Comparison{Changes: []db.SettingChange{
				{Path: "content", Old: before, New: u.Documents[i].Body},
				{Path: "address", Old: []byte(`"Ulm"`), New: []byte(`"` + content + `"`), Private: true},
			}}, nil
		}
	}
	return u
}

const journalRows = `
	SELECT path, old_value ->> 'content', new_value ->> 'content', private, pass_id
	FROM zoom_pii.setting_changes
	WHERE document = 'settings' AND path = 'content'
	ORDER BY seen_at`

func TestSettingChanges(t *testing.T) {
	t.Parallel()

	t.Run("first_documents_make_none_and_a_new_version_does", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 2, journaled("u1", "Ann"), journaled("u2", "Ben"))
		b.rows(t, `SELECT count(*) FROM zoom.setting_changes`, []string{"0"})
		verified := b.database.Value(`SELECT verified_at FROM zoom.freshness WHERE user_id = 'u1' AND document = 'settings'`)
		b.write(t, 0, journaled("u1", "Ann"))
		again := b.database.Value(`SELECT verified_at FROM zoom.freshness WHERE user_id = 'u1' AND document = 'settings'`)
		if verified == again {
			t.Fatal("the second pass confirmed nothing")
		}
		u := journaled("u1", "Ann")
		u.Documents[2] = journaled("u1", "Anna").Documents[2]
		b.write(t, 1, u)
		b.rows(t, journalRows, []string{"content", "Ann", "Anna", "f", "1"})
		b.rows(t, `SELECT user_id, document, path, old_value, new_value, private FROM zoom.setting_changes WHERE private`,
			[]string{"u1", "settings", "address", "<null>", "<null>", "t"})
		b.rows(t, `SELECT old_value, new_value FROM zoom_pii.setting_changes WHERE private`, []string{`"Ulm"`, `"Anna"`})
		b.rows(t, `SELECT DISTINCT seen_after = '`+again+`', seen_at = (SELECT valid_from FROM zoom_pii.document_versions
			WHERE user_id = 'u1' AND document = 'settings' AND valid_to IS NULL) FROM zoom.setting_changes`, []string{"t", "t"})
	})

	t.Run("volatile_change_makes_none", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, journaled("u1", "Ann"))
		u := journaled("u1", "Ann")
		compare := u.Documents[2].Compare
		u.Documents[2] = okay(db.DocumentSettings, "Ann", "online")
		u.Documents[2].Compare = compare
		b.write(t, 1, u)
		b.rows(t, `SELECT count(*) FROM zoom.setting_changes`, []string{"0"})
	})

	t.Run("other_digests_of_the_same_begin_no_version", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, user("u1", "Ann"))
		const versions = `SELECT document, valid_from, valid_to FROM zoom_pii.document_versions UNION ALL SELECT 'user', changed_at, NULL FROM zoom.phone_users ORDER BY 1, 2`
		before := b.database.Query(versions)
		same := func() db.User { // as another rule digests it
			u := user("u1", "Ann")
			for i := range u.Documents {
				u.Documents[i].Full[0]++
				u.Documents[i].Stable[0]++
				u.Documents[i].Compare = func([]byte, bool) (db.Comparison, error) { return db.Comparison{}, nil }
			}
			return u
		}
		preview, err := b.PreviewUsers(t.Context(), account, []db.User{same()})
		if err != nil || len(preview.Changes) != 4 || preview.Changes[0].Kind != db.ChangeRefreshed {
			t.Errorf("a preview finds %v, %v", preview.Changes, err)
		}
		b.write(t, 1, same())
		b.rows(t, versions, before...)
		b.rows(t, `SELECT count(*) FROM zoom.setting_changes`, []string{"0"})
		b.write(t, 0, same())

		// That a user is listed as pending stands in no document, and differs all the same.
		u := same()
		u.Documents[0].Full[0]++
		u.Documents[0].Stable[0]++
		u.Documents[0].Pending = true
		b.write(t, 1, u)
		b.rows(t, `SELECT document, count(*) FROM zoom_pii.document_versions GROUP BY 1 ORDER BY 2 DESC LIMIT 1`, []string{"list", "2"})
	})

	t.Run("failures_between_do_not_move_the_interval", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, journaled("u1", "Ann"))
		verified := b.database.Value(`SELECT verified_at FROM zoom.freshness WHERE document = 'settings'`)
		u := journaled("u1", "Ann")
		u.Documents[2], u.Settings = failed(db.DocumentSettings), nil
		b.write(t, 0, u)
		b.write(t, 1, journaled("u1", "Anna"))
		b.rows(t, `SELECT DISTINCT seen_after = '`+verified+`', seen_after < seen_at FROM zoom.setting_changes WHERE document = 'settings'`, []string{"t", "t"})
	})

	t.Run("older_answer_keeps_the_interval_in_order", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, journaled("u1", "Ann"))
		b.write(t, 0, journaled("u1", "Ann")) // confirms later than the next answer was asked for
		u := journaled("u1", "Anna")
		for i := range u.Documents {
			u.Documents[i].AskedAgo, u.Documents[i].AnsweredAgo = time.Hour, time.Hour
		}
		b.write(t, 1, u)
		b.rows(t, `SELECT DISTINCT seen_after <= seen_at FROM zoom.setting_changes`, []string{"t"})
	})

	t.Run("user_who_returns", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, journaled("u1", "Ann"))
		b.tombstone(t, 1, "u1")
		b.write(t, 1, journaled("u1", "Ann"))
		b.rows(t, journalRows)
		b.tombstone(t, 1, "u1")
		b.write(t, 1, journaled("u1", "Anna"))
		b.rows(t, journalRows, []string{"content", "Ann", "Anna", "f", "1"})
		b.rows(t, `SELECT count(*), count(DISTINCT deletion_evidence) FROM syncd.absences`, []string{"2", "1"})
	})

	t.Run("document_that_was_dropped_and_comes_back", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, journaled("u1", "Ann"))
		b.write(t, 0, journaled("u1", "Ann")) // when it was last confirmed
		verified := b.database.Value(`SELECT verified_at FROM zoom.freshness WHERE document = 'settings'`)
		pending := journaled("u1", "Ann")
		pending.Documents[1] = db.DocumentResult{Document: db.DocumentProfile, Status: db.StatusNotFound, Drop: true, AskedAgo: 2 * time.Second, AnsweredAgo: time.Second}
		pending.Documents[2] = db.DocumentResult{Document: db.DocumentSettings, Status: db.StatusPending, Drop: true, AnsweredAgo: time.Second, Compare: func(before []byte, _ bool) (db.Comparison, error) {
			return db.Comparison{Changes: []db.SettingChange{{Path: "content", Old: before}}}, nil
		}}
		pending.Profile, pending.Settings = nil, nil
		b.write(t, 1, pending)
		b.rows(t, journalRows, []string{"content", "Ann", "<null>", "f", "1"})
		b.rows(t, `SELECT seen_after = '`+verified+`', seen_at = v.valid_to FROM zoom.setting_changes c
			JOIN zoom.version_times v USING (user_id, document) WHERE document = 'settings'`, []string{"t", "t"})

		b.write(t, 0, pending) // it is still not there
		absent := b.database.Value(`SELECT fetched_at FROM zoom.freshness WHERE document = 'profile'`)
		returned := journaled("u1", "Anna")
		returned.Documents[2].AskedAgo, returned.Documents[2].AnsweredAgo = 0, 0
		var before [][]byte
		returned.Documents[2].Compare = func(body []byte, _ bool) (db.Comparison, error) {
			before = append(before, body)
			return db.Comparison{Changes: []db.SettingChange{{Path: "content", New: returned.Documents[2].Body}}}, nil
		}
		b.write(t, 1, returned)
		if len(before) != 1 || before[0] != nil {
			t.Errorf("it was compared with %q, want nothing", before)
		}
		b.rows(t, journalRows, []string{"content", "Ann", "<null>", "f", "1"}, []string{"content", "<null>", "Anna", "f", "1"})
		b.rows(t, `SELECT seen_after = '`+absent+`', seen_at = v.valid_from FROM zoom.setting_changes c
			JOIN zoom.version_times v USING (user_id, document) WHERE document = 'settings' AND v.valid_to IS NULL AND old_value IS NULL AND NOT private`, []string{"t", "t"})
	})

	t.Run("without_an_answer_about_it_its_absence_was_last_seen_when_it_ended", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, journaled("u1", "Ann"))
		u := journaled("u1", "Ann")
		u.Documents[2] = db.DocumentResult{Document: db.DocumentSettings, Status: db.StatusPending, Drop: true}
		u.Settings = nil
		b.write(t, 1, u)
		u.Documents[2] = failed(db.DocumentSettings)
		b.write(t, 0, u)
		u = journaled("u1", "Anna")
		u.Documents[2].AskedAgo, u.Documents[2].AnsweredAgo = 0, 0
		b.write(t, 1, u)
		b.rows(t, `SELECT DISTINCT seen_after = v.valid_to FROM zoom.setting_changes c
			JOIN zoom.version_times v USING (user_id, document) WHERE document = 'settings' AND v.valid_to IS NOT NULL`, []string{"t"})
	})

	t.Run("stored_document_that_cannot_be_compared_fails_its_user", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, journaled("u1", "Ann"))
		u := journaled("u1", "Anna")
		u.Documents[2].Compare = func([]byte, bool) (db.Comparison, error) { return db.Comparison{}, errors.New("unreadable") }
		if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{u}, nil); !errors.Is(err, db.ErrBadData) {
			t.Errorf("got %v, want ErrBadData", err)
		}
		b.rows(t, `SELECT count(*) FROM zoom.setting_changes`, []string{"0"})
	})
}
