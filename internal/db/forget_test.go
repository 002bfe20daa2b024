package db_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

// dump is all that the engine's tables hold.
func dump(d *dbtest.Database) string {
	var all strings.Builder
	for _, table := range d.Query(`SELECT relname FROM pg_class WHERE relnamespace = 'syncd'::regnamespace AND relkind = 'r'`) {
		for _, row := range d.Query(`SELECT t::text FROM syncd.` + table[0] + ` t`) {
			all.WriteString(table[0] + " " + row[0] + "\n")
		}
	}
	return all.String()
}

// noPaths says that no document has a field without a column.
func noPaths(db.Document, []byte) ([]string, error) { return nil, nil }

func TestStore_Forget(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, journaled("u-leaver", "Leaver"), journaled("u-stayer", "Stayer"))
	b.write(t, 1, journaled("u-leaver", "Leaver-2"))
	b.tombstone(t, 1, "u-leaver")
	b.write(t, 1, journaled("u-leaver", "Leaver-2"))
	u := journaled("u-leaver", "Leaver-2")
	u.Documents[2], u.Settings = failed(db.DocumentSettings), nil
	u.Documents[2].Failure.Message = "the settings of u-leaver are broken"
	b.write(t, 0, u)
	if err := b.FinishPass(t.Context(), b.pass.ID, db.PassResult{Status: db.PassPartial, Error: "user u-leaver: broken", UsersListed: 2}); err != nil {
		t.Fatal(err)
	}
	b.database.Exec(`
		CREATE TABLE syncd.later (person bigint REFERENCES syncd.users, content text);
		CREATE TABLE syncd.latest (user_key bigint, content text);
		INSERT INTO syncd.later SELECT user_key, user_id FROM syncd.users;
		INSERT INTO syncd.latest SELECT user_key, user_id FROM syncd.users;
		INSERT INTO syncd.unmapped_fields (account_id, document, path, json_type) VALUES
			('` + account + `', 2, 'x.U-Leaver@example.com.y', 'number'), ('` + account + `', 2, 'x.u-stayer@example.com.y', 'number')`)

	if _, err := b.Forget(t.Context(), account, "u-leaver", false, noPaths); !errors.Is(err, db.ErrStillListed) {
		t.Errorf("a current user: got %v, want ErrStillListed", err)
	}
	b.pass = b.begin(t)
	b.tombstone(t, 1, "u-leaver")
	before := b.database.Query(`SELECT * FROM zoom.phone_users_all WHERE user_id = 'u-stayer'`)
	done, err := b.Forget(t.Context(), account, "U-LEAVER@example.com", false, noPaths)
	if err != nil {
		t.Fatal(err)
	}
	if left := dump(b.database); strings.Contains(strings.ToLower(left), "leaver") {
		t.Errorf("left behind:\n%s", left)
	}
	var tables []string
	for _, erased := range done.Erased {
		tables = append(tables, erased.Table)
		if erased.Rows == 0 {
			t.Errorf("%s: nothing erased", erased.Table)
		}
	}
	want := []string{"syncd.absences", "syncd.calling_plans", "syncd.document_history", "syncd.documents", "syncd.failures", "syncd.freshness", "syncd.later", "syncd.latest", "syncd.phone_numbers", "syncd.setting_changes", "syncd.user_list", "syncd.user_phone_settings", "syncd.user_profile", "syncd.user_setting_sets"}
	if diff := cmp.Diff(want, tables); diff != "" {
		t.Errorf("tables (-want +got)\n%s", diff)
	}
	b.rows(t, `SELECT user_id, email, deleted_at IS NOT NULL, deletion_evidence FROM zoom.phone_users_all WHERE user_id <> 'u-stayer'`,
		[]string{done.Alias, "<null>", "t", `{"forgotten": true}`})
	b.rows(t, `SELECT user_id, document, http_status, message, request_id FROM zoom.sync_failures`, []string{done.Alias, "settings", "500", "forgotten", "<null>"})
	b.rows(t, `SELECT path FROM zoom.unmapped_fields`, []string{"x.u-stayer@example.com.y"})
	b.rows(t, `SELECT users_listed, error FROM zoom.sync_passes WHERE pass_id = 1`, []string{"2", "user " + done.Alias + ": broken"})
	if diff := cmp.Diff(before, b.database.Query(`SELECT * FROM zoom.phone_users_all WHERE user_id = 'u-stayer'`)); diff != "" {
		t.Errorf("another user changed: %s", diff)
	}
	b.write(t, 0, journaled("u-stayer", "Stayer"))

	b.write(t, 1, journaled("u-leaver", "Leaver")) // as a new user
	b.rows(t, `SELECT count(*), count(DISTINCT user_id) FROM zoom.phone_users_all`, []string{"3", "3"})
	b.rows(t, `SELECT count(*) FROM zoom.setting_changes WHERE user_id = 'u-leaver'`, []string{"0"})
	if _, err := b.Forget(t.Context(), account, "u-leaver", true, noPaths); err != nil {
		t.Errorf("a current user, on demand: %v", err)
	}
	b.rows(t, `SELECT user_id FROM zoom.phone_users`, []string{"u-stayer"})
	ids, err := b.CurrentUsers(t.Context(), account)
	if err != nil || !slices.Equal(ids, []string{"u-stayer"}) {
		t.Errorf("current users: got %v, %v", ids, err)
	}
}

func TestStore_Forget_finds_the_user(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
	b.database.Exec(`UPDATE syncd.user_list SET email = 'same@example.com';
		INSERT INTO syncd.document_history SELECT user_key, document, valid_from - interval '1 hour', valid_from, '{"email": "Former@example.com"}' FROM syncd.documents WHERE user_key = 1`)
	b.write(t, 2, user("u3", "Cleo"), user("u4", "Dan"))
	b.database.Exec(`UPDATE syncd.user_list SET email = 'passed.on@example.com' WHERE user_key = 3;
		INSERT INTO syncd.document_history SELECT user_key, document, valid_from - interval '1 hour', valid_from, '{"email": "passed.on@example.com"}' FROM syncd.documents WHERE user_key = 4`)
	for _, test := range []struct {
		account, user string
		want          error
	}{
		{account, "nobody", db.ErrNoUser},
		{account, "", db.ErrNoUser},
		{"account-2", "u1", db.ErrNoUser},
		{account, "same@example.com", db.ErrManyUsers},
		{account, "former@EXAMPLE.com", db.ErrStillListed},
		{account, "u2", db.ErrStillListed},
		{account, "passed.on@example.com", db.ErrManyUsers},
	} {
		if _, err := b.Forget(t.Context(), test.account, test.user, false, noPaths); !errors.Is(err, test.want) {
			t.Errorf("%s %s: got %v, want %v", test.account, test.user, err, test.want)
		}
	}
}

// TestForget_knows_every_table: a table that says whose its rows are in a way that Forget does not look for would be
// forgotten. Those without a user are listed here.
func TestForget_knows_every_table(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	ofNobody := []string{
		"compatibility", "goose_db_version", "history_limits", "holds", "passes", "sites", "unmapped_fields", "users",
		// Values of one user are among them; TestStore_Forget_leaves_no_general_setting_of_the_user.
		"setting_names", "setting_values",
	}
	for _, row := range database.Query(`SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'user_key')
		FROM pg_class c WHERE relnamespace = 'syncd'::regnamespace AND relkind IN ('r', 'p')`) {
		if row[1] != "t" && !slices.Contains(ofNobody, row[0]) {
			t.Errorf("syncd.%s has no user_key: does it say anything about a user?", row[0])
		}
	}
}

func TestStore_Forget_keeps_the_counts_of_the_past(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
	b.tombstone(t, 1, "u1")
	gone := b.database.Value(`SELECT clock_timestamp()`)
	count := `SELECT count(*) FROM zoom.phone_users_as_of('` + gone + `')`
	b.write(t, 1, user("u1", "Ann"))
	b.tombstone(t, 1, "u1")
	b.rows(t, count, []string{"1"})
	if _, err := b.Forget(t.Context(), account, "u1", false, noPaths); err != nil {
		t.Fatal(err)
	}
	b.rows(t, count, []string{"1"})
	b.rows(t, `SELECT deletion_evidence FROM syncd.absences`, []string{`{"forgotten": true}`})
}

func TestStore_Forget_leaves_the_user_out_of_holds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
	set := []db.Held{{UserID: "u1", Change: "deleted"}, {UserID: "u2", Change: "deleted"}}
	id, err := b.Hold(t.Context(), account, b.pass.ID, db.Hold{Kind: db.HoldDeletions, Reason: "many", Set: set})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ApproveHold(t.Context(), account, id); err != nil {
		t.Fatal(err)
	}
	done, err := b.Forget(t.Context(), account, "u1", true, noPaths)
	if err != nil || done.Holds != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	b.rows(t, `SELECT users, outcome FROM zoom.holds`, []string{"1", "<null>"})
	b.rows(t, `SELECT user_id FROM zoom.held_users`, []string{"u2"})
	if _, err := b.Forget(t.Context(), account, "u2", true, noPaths); err != nil {
		t.Fatal(err)
	}
	b.rows(t, `SELECT users, outcome FROM zoom.holds`, []string{"0", "resolved"})
	if _, err := b.ApproveHold(t.Context(), account, id); !errors.Is(err, db.ErrHoldEnded) {
		t.Errorf("got %v, want ErrHoldEnded", err)
	}
}

// A name in the path of an unmapped field may be a value of the user's, whatever it is called, in a former document too. What
// somebody else has stays, also where it happens to have the user's name.
func TestStore_Forget_removes_the_unmapped_fields_of_the_user_alone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	paths := func(_ db.Document, body []byte) ([]string, error) {
		var said struct{ Content string }
		err := json.Unmarshal(body, &said)
		return []string{"x." + said.Content}, err
	}
	b.write(t, 3, user("u1", "Rosa"), user("u2", "Policy"), user("u3", "Rosa"))
	b.tombstone(t, 1, "u3")
	b.write(t, 1, user("u1", "Bo"))
	b.write(t, 1, user("u1", "Policy"))
	b.database.Exec(`INSERT INTO syncd.unmapped_fields (account_id, document, path, json_type, last_seen_at)
		SELECT a, 1, 'x.' || name, 'number', now() FROM unnest(ARRAY['Rosa', 'Bo', 'Policy', 'Other', 'the "Policy" of yore']) name, unnest(ARRAY['` + account + `', 'another']) a`)
	if _, err := b.Forget(t.Context(), account, "u1", true, paths); err != nil {
		t.Fatal(err)
	}
	b.rows(t, `SELECT path FROM zoom.unmapped_fields WHERE account_id = '`+account+`' ORDER BY 1`, []string{"x.Other"}, []string{"x.Policy"})
	b.rows(t, `SELECT count(*) FROM zoom.unmapped_fields`, []string{"7"})
}

// Postgres keeps some values of each column to plan with, for months where little changes.
func TestStore_Forget_has_Postgres_forget_its_statistics(t *testing.T) {
	t.Parallel()
	b := setup(t)
	users := make([]db.User, 300)
	for i := range users {
		id := fmt.Sprintf("u%d", i)
		users[i] = user(id, "Name "+id)
	}
	b.write(t, len(users), users...)
	b.database.Exec("ANALYZE")
	email := b.database.Value(`SELECT (histogram_bounds::text::text[])[50] FROM pg_stats WHERE schemaname = 'syncd' AND tablename = 'user_list' AND attname = 'email'`)
	id := strings.TrimSuffix(email, "@example.com")
	known := `SELECT tablename, attname FROM pg_stats WHERE schemaname = 'syncd' AND concat(most_common_vals, ' ', histogram_bounds) ~ '\m(` + id + `|` + email + `)\M' ORDER BY 1, 2`
	if !slices.ContainsFunc(b.database.Query(known), func(row []string) bool { return row[1] == "email" }) {
		t.Fatalf("Postgres does not know %q", email)
	}
	if _, err := b.Forget(t.Context(), account, email, true, noPaths); err != nil {
		t.Fatal(err)
	}
	b.rows(t, known)
}
