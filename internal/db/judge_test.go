package db_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"syncd/internal/db"
)

// A user may have any number of versions and changes: what is judged goes page by page, and nothing is left out.
func TestRebuild_judges_every_version_and_change(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, user("a", "one"), user("b", "two"))
	b.database.Exec(`
		INSERT INTO syncd.document_history (user_key, document, valid_from, valid_to, body, personal_policies, arranged_policies)
		SELECT user_key, document, now() - n * interval '2 days', now() - n * interval '2 days' + interval '1 day',
			jsonb_build_object(CASE WHEN n % 3 = 0 THEN 'pin' ELSE 'content' END, n), CASE WHEN document = 2 AND n % 2 = 0 THEN '["sms"]'::jsonb END,
			CASE WHEN document = 2 AND n % 2 = 0 THEN '{"sms": {"n": [1]}}'::jsonb END
		FROM syncd.documents, generate_series(1, 400) n;
		INSERT INTO syncd.setting_changes (user_key, document, private, seen_after, seen_at, pass_id, path, old_value, new_value)
		SELECT user_key, 3, false, now() - interval '1 day', now(), 1, CASE WHEN n % 3 = 0 THEN 'pin' ELSE 'content' END, to_jsonb(n), NULL
		FROM syncd.users, generate_series(1, 700) n;
		INSERT INTO syncd.parked_documents (user_key, document, pass_id, status, fetched_at, suspicions, body, pending)
		SELECT user_key, document, 1, 1, now(), '{}', CASE document WHEN 1 THEN NULL WHEN 2 THEN '{"pin": 1}'::jsonb ELSE '{}' END, false
		FROM syncd.documents`)

	longest, stop := 0, errors.New("stop")
	projection := db.Projection{
		Users: func(stored []db.StoredUser) ([]db.User, error) {
			users := []db.User{user("a", "one"), user("b", "two")}
			return users[:len(stored)], nil
		},
		Versions: func(page []db.StoredVersion) ([]db.Judged, error) {
			longest = max(longest, len(page))
			judged := make([]db.Judged, len(page))
			for i, stored := range page {
				if bytes.Contains(stored.Body, []byte("pin")) && !bytes.Contains(stored.Body, []byte("masked")) {
					judged[i].Body = []byte(`{"pin": "masked"}`)
				}
				if stored.Document == db.DocumentProfile {
					judged[i].Policies = []db.Policy{{Name: "sms", Personal: true, Arranged: []byte(`{"n":[1]}`)}, {Name: "other"}}
				}
			}
			return judged, nil
		},
		Changes: func(page []db.StoredChange) ([]db.StoredChange, error) {
			longest = max(longest, len(page))
			judged := make([]db.StoredChange, len(page))
			for i, stored := range page {
				if judged[i] = stored; stored.Path == "pin" {
					judged[i].Old, judged[i].Private = []byte(`"masked"`), true
				}
			}
			return judged, nil
		},
		Hides:    func(_ db.Document, path string) bool { return strings.HasPrefix(path, "pin.") },
		Site:     func(db.StoredSite) (db.Site, error) { return db.Site{}, stop },
		Progress: func(int, int) {},
	}
	got, err := b.Rebuild(t.Context(), account, projection)
	if err != nil {
		t.Fatal(err)
	}
	// 133 versions of each of four documents have the secret; of the other 267 profiles 134 were not judged.
	if got.Versions != 2*(4*133+133) || got.Changes != 2*233 || longest != 300 {
		t.Errorf("%d versions and %d changes differed, %d at once at most", got.Versions, got.Changes, longest)
	}
	b.rows(t, `SELECT count(*) FROM syncd.document_history WHERE body ? 'pin' AND body <> '{"pin": "masked"}' OR body ->> 'content' = 'masked'
		OR (document = 2) <> (personal_policies IS NOT NULL AND personal_policies = '["sms"]')
		OR (document = 2) <> (arranged_policies IS NOT NULL AND arranged_policies = '{"sms": {"n": [1]}}')`, []string{"0"})
	b.rows(t, `SELECT path, private, old_value = '"masked"', count(*) FROM syncd.setting_changes GROUP BY 1, 2, 3 ORDER BY 1`,
		[]string{"content", "f", "f", "934"}, []string{"pin", "t", "t", "466"})
	b.rows(t, `SELECT document, body, count(*) FROM syncd.parked_documents GROUP BY 1, 2 ORDER BY 1`,
		[]string{"1", "<null>", "2"}, []string{"2", `{"pin": "masked"}`, "2"}, []string{"3", "{}", "2"}, []string{"4", "{}", "2"})
	if got, err = b.Rebuild(t.Context(), account, projection); err != nil || got.Versions+got.Changes+got.Documents > 0 {
		t.Errorf("the second time: %+v, %v", got, err)
	}

	b.database.Exec(`UPDATE syncd.document_history SET body = '{"pin": 1}'`)
	projection.Changes = func([]db.StoredChange) ([]db.StoredChange, error) { return nil, stop }
	if _, err := b.Rebuild(t.Context(), account, projection); !errors.Is(err, stop) {
		t.Errorf("got %v, want the projection's error", err)
	}
	b.rows(t, `SELECT count(*) FROM syncd.document_history WHERE body = '{"pin": "masked"}'`, []string{"0"})
}
