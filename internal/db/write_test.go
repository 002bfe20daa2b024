package db_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

func TestStore_WriteUsers(t *testing.T) {
	t.Parallel()

	t.Run("new_user_has_all_rows", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
		b.rows(t, `
			SELECT user_id, phone_user_id, email, name, status, activation_status, settings_status, extension_number,
				site_id, site_name, site_admin, country_code, changed_at = first_seen_at, now() - verified_at > '1 minute'
			FROM zoom.phone_users ORDER BY user_id`,
			[]string{"u1", "phone-u1", "u1@example.com", "Ann", "activate", "<null>", "Active", "9007199254740993", "site-1", "<null>", "t", "US", "t", "t"},
			[]string{"u2", "phone-u2", "u2@example.com", "Ben", "activate", "<null>", "Active", "9007199254740993", "site-1", "<null>", "t", "US", "t", "t"},
		)
		b.rows(t, `SELECT phone_number_id, number, number_e164 FROM zoom.phone_numbers WHERE user_id = 'u1' ORDER BY 2`,
			[]string{"number-1", "14155550100", "+14155550100"},
			[]string{"<null>", "4711", "<null>"},
		)
		b.rows(t, `SELECT user_id, type, name FROM zoom.calling_plans ORDER BY 1`,
			[]string{"u1", "200", "Unlimited"}, []string{"u2", "200", "Unlimited"})
		b.rows(t, `
			SELECT document, status, fetched_at = verified_at, changed_at = fetched_at, last_error
			FROM zoom.freshness WHERE user_id = 'u1' ORDER BY 1`,
			[]string{"list", "ok", "t", "t", "<null>"},
			[]string{"profile", "ok", "t", "t", "<null>"},
			[]string{"settings", "ok", "t", "t", "<null>"},
			[]string{"user_settings", "ok", "t", "t", "<null>"},
		)
		b.rows(t, `SELECT document, body->>'content', verified_at = changed_at FROM zoom_pii.documents WHERE user_id = 'u2' ORDER BY 1`,
			[]string{"list", "Ben", "t"}, []string{"profile", "Ben", "t"},
			[]string{"settings", "Ben", "t"}, []string{"user_settings", "Ben", "t"})
	})

	t.Run("unchanged_batch_writes_freshness_only", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		users := make([]db.User, 50)
		for i := range users {
			users[i] = user(fmt.Sprintf("u%02d", i), "Ann")
		}
		b.write(t, 50, users...)
		before := fingerprint(b.database)
		freshness := b.database.Value(`SELECT min(xmin::text) FROM syncd.freshness`)
		b.write(t, 0, users...)
		if diff := cmp.Diff(before, fingerprint(b.database)); diff != "" {
			t.Errorf("rows were touched: (-before +after)\n%s", diff)
		}
		if b.database.Value(`SELECT count(*) FROM syncd.freshness WHERE xmin::text = '`+freshness+`'`) != "0" {
			t.Error("freshness was not written")
		}
	})

	t.Run("unchanged_user_costs_under_160_bytes_of_log", func(t *testing.T) {
		t.Parallel()
		database := privateDatabase(t) // others' writes would count on a shared server
		b := &bundle{Store: open(t, database.URL), database: database}
		b.pass = b.begin(t)
		const n = 1000
		users := make([]db.User, n)
		for i := range users {
			users[i] = user(fmt.Sprintf("u%04d", i), "Ann")
		}
		b.write(t, n, users...)
		b.write(t, 0, users...) // the first update after the insert still finds full pages
		database.Exec(`VACUUM syncd.freshness`)
		for range 3 {
			from := database.Value(`SELECT pg_current_wal_insert_lsn()`)
			b.write(t, 0, users...)
			b.rows(t, fmt.Sprintf(`SELECT (pg_current_wal_insert_lsn() - '%s') / %d < 160`, from, n), []string{"t"})
		}
		b.rows(t, `SELECT n_tup_upd - n_tup_hot_upd <= 1500 FROM pg_stat_user_tables WHERE relname = 'freshness'`, []string{"t"})
	})

	t.Run("volatile_change_replaces_within_the_version", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, user("u1", "Ann"))
		before := b.database.Value(`SELECT u.changed_at || ' ' || d.valid_from FROM syncd.users u JOIN syncd.documents d USING (user_key) WHERE document = 3`)
		u := user("u1", "Ann")
		u.Documents[2] = okay(db.DocumentSettings, "Ann", "online")
		b.write(t, 1, u)
		b.rows(t, `SELECT body->>'volatile' FROM zoom_pii.document_versions WHERE document = 'settings'`, []string{"online"})
		b.rows(t, `SELECT u.changed_at || ' ' || d.valid_from FROM syncd.users u JOIN syncd.documents d USING (user_key) WHERE document = 3`, []string{before})
		b.write(t, 0, u)
	})

	t.Run("rows_follow_their_document", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
		kept := b.database.Value(`SELECT ctid FROM syncd.phone_numbers WHERE number = '4711' AND user_key = 1`)
		u := user("u1", "Anna")
		u.List.PhoneNumbers = []db.PhoneNumber{
			{Number: new("4711")},
			{Number: new("4711")},
			{ID: new("number-1"), Number: new("14155550100")}, // lost its normal form
		}
		u.List.CallingPlans = nil
		b.write(t, 1, u)
		b.rows(t, `SELECT user_id, phone_number_id, number, number_e164 FROM zoom.phone_numbers ORDER BY 1, 3`,
			[]string{"u1", "number-1", "14155550100", "<null>"},
			[]string{"u1", "<null>", "4711", "<null>"},
			[]string{"u2", "number-1", "14155550100", "+14155550100"},
			[]string{"u2", "<null>", "4711", "<null>"},
		)
		b.rows(t, `SELECT user_id FROM zoom.calling_plans`, []string{"u2"})
		b.rows(t, `SELECT user_id, name, changed_at > first_seen_at FROM zoom.phone_users ORDER BY 1`,
			[]string{"u1", "Anna", "t"}, []string{"u2", "Ben", "f"})
		b.rows(t, `SELECT ctid FROM syncd.phone_numbers WHERE number = '4711' AND user_key = 1`, []string{kept})
	})

	t.Run("failed_document_keeps_old_rows", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, user("u1", "Ann"))
		verified := b.database.Value(`SELECT verified_at FROM zoom.freshness WHERE document = 'settings'`)
		for range 2 { // the second failure must not take the first one's time for a confirmation
			u := user("u1", "Ann")
			u.Documents[2] = failed(db.DocumentSettings)
			u.Settings = nil
			b.write(t, 0, u)
			b.rows(t, `SELECT status, fetched_at > verified_at, verified_at, changed_at, last_error FROM zoom.freshness WHERE document = 'settings'`,
				[]string{"failed", "t", verified, verified, "server error"})
		}
		b.rows(t, `SELECT name, settings_status, verified_at FROM zoom.phone_users`, []string{"Ann", "Active", verified})
		b.rows(t, `SELECT user_id, document, http_status, zoom_code, message, request_id FROM zoom.sync_failures`,
			[]string{"u1", "settings", "500", "<null>", "server error", "WEB_1"})
		b.write(t, 0, user("u1", "Ann"))
		b.rows(t, `SELECT status, fetched_at = verified_at, last_error FROM zoom.freshness WHERE document = 'settings'`,
			[]string{"ok", "t", "<null>"})
	})

	t.Run("document_not_asked_for_is_left_alone", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		u := user("u1", "Ann")
		u.Documents, u.UserSettings = u.Documents[:3], nil
		b.write(t, 1, u)
		b.rows(t, `SELECT count(*) FROM zoom.freshness`, []string{"3"})
		before := b.database.Value(`SELECT fetched_at FROM zoom.freshness WHERE document = 'profile'`)
		b.write(t, 0, db.User{ID: "u1", Documents: u.Documents[:1], List: u.List})
		b.rows(t, `SELECT fetched_at FROM zoom.freshness WHERE document = 'profile'`, []string{before})
	})

	t.Run("same_user_id_of_another_account_is_another_user", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 1, user("u1", "Ann"))
		if _, err := b.WriteUsers(t.Context(), "account-2", b.pass.ID, []db.User{user("u1", "Ben")}, nil); err != nil {
			t.Fatal(err)
		}
		b.rows(t, `SELECT account_id, name FROM zoom.phone_users ORDER BY 1`,
			[]string{"account-1", "Ann"}, []string{"account-2", "Ben"})
	})

	t.Run("empty_batch_is_nothing", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.write(t, 0)
	})
}

func TestStore_WriteUsers_refuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := []struct {
		name  string
		spoil func(*db.User)
	}{
		{"no_id", func(u *db.User) { u.ID = "" }},
		{"unknown_document", func(u *db.User) { u.Documents[3].Document = "photo" }},
		{"unknown_status", func(u *db.User) { u.Documents[0].Status = "fine" }},
		{"document_twice", func(u *db.User) { u.Documents[3] = u.Documents[1] }},
		{"ok_without_body", func(u *db.User) { u.Documents[3].Body = nil }},
		{"ok_without_row", func(u *db.User) { u.List = nil }},
		{"ok_and_dropped", func(u *db.User) { u.Documents[3].Drop = true }},
		{"failure_without_reason", func(u *db.User) {
			u.Documents[3] = db.DocumentResult{Document: db.DocumentUserSettings, Status: db.StatusFailed}
		}},
		{"row_without_document", func(u *db.User) { u.Documents = u.Documents[:2] }},
		{"escaped_nul_in_body", func(u *db.User) { u.Documents[0].Body = []byte(`{"name": "\u0000"}`) }},
		{"lone_surrogate_in_body", func(u *db.User) { u.Documents[0].Body = []byte(`{"name": "\ud800"}`) }},
		{"broken_json", func(u *db.User) { u.Documents[0].Body = []byte(`{"name"`) }},
		{"invalid_utf8_in_body", func(u *db.User) { u.Documents[0].Body = []byte("{\"name\": \"\xff\"}") }},
		{"nul_in_column", func(u *db.User) { u.List.Name = new("a\x00b") }},
		{"nul_in_id", func(u *db.User) { u.ID = "u\x001" }},
		{"nul_in_message", func(u *db.User) {
			u.Documents[3] = failed(db.DocumentUserSettings)
			u.Documents[3].Failure.Message = "\x00"
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			spoilt := user("spoilt-"+test.name, "Ann")
			test.spoil(&spoilt)
			users := []db.User{user("good-"+test.name, "Ben"), spoilt}
			if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, users, nil); !errors.Is(err, db.ErrBadData) {
				t.Fatalf("got %v, want ErrBadData", err)
			}
			b.rows(t, `SELECT user_id FROM zoom.phone_users_all WHERE user_id LIKE '%`+test.name+`'`)
		})
	}
	t.Run("user_twice", func(t *testing.T) {
		t.Parallel()
		users := []db.User{user("twice", "Ann"), user("twice", "Ann")}
		if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, users, nil); !errors.Is(err, db.ErrBadData) {
			t.Fatalf("got %v, want ErrBadData", err)
		}
	})
}

// A reader must never see one table of a user before and another after a write.
func TestStore_WriteUsers_is_seen_whole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	state := func(i int) db.User {
		name := fmt.Sprintf("name-%d", i)
		u := user("u1", name)
		u.List.PhoneNumbers = []db.PhoneNumber{{Number: &name}}
		return u
	}
	b.write(t, 1, state(0))
	done := make(chan struct{})
	var reader sync.WaitGroup
	reading := make(chan struct{})
	reader.Go(func() {
		defer close(reading)
		conn, err := pgx.Connect(t.Context(), b.database.URL)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close(t.Context()) }()
		for reads := 0; ; reads++ {
			if reads == 1 {
				reading <- struct{}{} // not before: the writes shall fall between two reads
			}
			select {
			case <-done:
				return
			default:
			}
			var kinds int
			err := conn.QueryRow(t.Context(), `
				SELECT count(DISTINCT content) FROM (
					SELECT body->>'content' AS content FROM zoom_pii.documents
					UNION ALL SELECT name FROM zoom.phone_users
					UNION ALL SELECT number FROM zoom.phone_numbers
				) x`).Scan(&kinds)
			if err != nil || kinds != 1 {
				t.Errorf("a reader saw %d states at once (%v)", kinds, err)
				return
			}
		}
	})
	<-reading
	for i := range 50 {
		b.write(t, 1, state(i+1))
	}
	close(done)
	reader.Wait()
}

// fingerprint tells for each table but freshness and passes which rows there are and where, and by whom they were written last.
func fingerprint(d *dbtest.Database) map[string]string {
	prints := make(map[string]string)
	for _, row := range d.Query(`SELECT relname FROM pg_class WHERE relnamespace = 'syncd'::regnamespace AND relkind = 'r' AND relname NOT IN ('freshness', 'passes')`) {
		prints[row[0]] = d.Value(`SELECT coalesce(string_agg(concat_ws(' ', ctid, xmin, xmax), ',' ORDER BY ctid), '') FROM syncd.` + row[0])
	}
	return prints
}
