package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
	"syncd/internal/zoom/zoomtest"
)

func TestMigrate_lets_readers_read(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 31})
	b.sync(exitComplete)
	prefix := b.database.Value("SELECT current_database()")
	roles := map[string]string{"reader": prefix + `_Reader, "quoted"`, "pii": prefix + "_pii"}
	addresses := map[string]string{}
	for key, role := range roles {
		quoted := pgx.Identifier{role}.Sanitize()
		b.database.Exec("CREATE ROLE " + quoted + " LOGIN PASSWORD 'secret'")
		t.Cleanup(func() { b.database.Exec("DROP OWNED BY " + quoted + " CASCADE; DROP ROLE " + quoted) })
		u, err := url.Parse(b.database.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(role, "secret")
		addresses[key] = u.String()
	}
	for range 2 {
		if got := b.run("migrate", "--reader", roles["reader"], "--pii-reader="+roles["pii"]); got.code != exitComplete {
			t.Fatalf("exit code %d\n%s", got.code, got.stderr)
		}
	}
	can := func(key, query string) bool {
		conn, err := pgx.Connect(t.Context(), addresses[key])
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		_, err = conn.Exec(t.Context(), query)
		return err == nil
	}
	for query, want := range map[string][2]bool{ // of the reader, of the one of zoom_pii
		"SELECT * FROM zoom.phone_users":                             {true, true},
		"SELECT * FROM zoom.phone_users_as_of(now())":                {true, true},
		"SELECT * FROM zoom.policies_as_of(now())":                   {true, true},
		"SELECT * FROM zoom.shared_access_as_of(now())":              {true, true},
		"SELECT old_value FROM zoom.setting_changes":                 {true, true},
		"SELECT old_value FROM zoom_pii.setting_changes":             {false, true},
		"SELECT body FROM zoom_pii.documents":                        {false, true},
		"SELECT body FROM syncd.documents":                           {false, false},
		"SELECT syncd.json_text('\"x\"')":                            {false, false},
		"CREATE TABLE zoom.mine ()":                                  {false, false},
		"DELETE FROM zoom_pii.documents":                             {false, false},
		"SELECT * FROM syncd.setting_changes":                        {false, false},
		"SELECT enabled FROM zoom.policy_versions WHERE policy = ''": {true, true},
	} {
		if got := [2]bool{can("reader", query), can("pii", query)}; got != want {
			t.Errorf("%s: reader and pii-reader may: %v, want %v", query, got, want)
		}
	}

	got := b.run("migrate", "--reader", "nobody of that name")
	wantOneError(t, got, exitFailed, "does not exist", "nobody of that name", "CREATE ROLE")
}

func TestForget_erases_a_user(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 150, Seed: 32})
	b.sync(exitComplete)
	var id, email string
	for _, u := range b.account.Users() {
		if u.Status == zoomtest.Active && !strings.HasPrefix(u.ID, "-") {
			id, email = u.ID, u.Email
			break
		}
	}
	for path, kind := range map[string]string{"department": zoomtest.List, "area_code": zoomtest.Settings, "emergency_address.city": zoomtest.Profile} {
		b.put(id, kind, path, "telltale")
	}
	b.sync(exitComplete)
	for path, kind := range map[string]string{"department": zoomtest.List, "area_code": zoomtest.Settings} {
		b.put(id, kind, path, "telltale too")
	}
	b.sync(exitComplete)
	credentials := map[string]string{"ZOOM_CLIENT_ID": "", "ZOOM_CLIENT_SECRET": ""} // it asks Zoom for nothing
	forget := func(args ...string) outcome {
		return b.runWith(t.Context(), credentials, append([]string{"forget"}, args...)...)
	}
	wantOneError(t, forget(id), exitFailed, "not deleted", "--yes-still-listed")
	wantOneError(t, forget("nobody@example.com"), exitFailed, "no such user")
	wantOneError(t, forget("--", "---nobody"), exitFailed, "no such user")
	if got := forget(); got.code != exitUsage {
		t.Errorf("without a user: exit code %d", got.code)
	}

	store, err := db.Open(t.Context(), db.Config{URL: b.database.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	lease, err := store.AcquireLease(t.Context(), b.account.AccountID())
	if err != nil {
		t.Fatal(err)
	}
	wantOneError(t, forget(id), exitLeased, "another syncd")
	lease.Release()

	b.account.Remove(id)
	b.sync(exitComplete)
	own := b.ownWords(id)
	if len(own) < 3 {
		t.Fatalf("hardly anything to look for: %v", own)
	}
	got := forget(strings.ToUpper(email))
	if got.code != exitComplete || !strings.Contains(got.stdout, "syncd.document_history") || !strings.Contains(got.stdout, "forgotten-") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if strings.Contains(got.stdout+got.stderr, id) {
		t.Errorf("the command shows the id\n%s%s", got.stdout, got.stderr)
	}
	for _, table := range b.tables() {
		for _, row := range b.database.Query("SELECT t::text FROM " + table + " t") {
			for _, word := range own {
				if strings.Contains(row[0], word) {
					t.Errorf("%s still holds %q", table, word)
				}
			}
		}
	}
	counts := "SELECT (SELECT count(*) FROM zoom.phone_users), (SELECT count(*) FROM zoom.phone_users_all), (SELECT users_deleted FROM zoom.sync_passes ORDER BY pass_id DESC LIMIT 1)"
	before := b.database.Query(counts)[0]
	if before[0] != "149" || before[1] != "150" || before[2] != "1" {
		t.Errorf("users now, ever, deleted by the last pass: %v", before)
	}
	contents := b.contents()
	b.sync(exitComplete)
	b.wantMirror()
	for table, content := range b.contents() {
		if contents[table] != content {
			t.Errorf("the pass after that wrote %s", table)
		}
	}

	b.account.Return(id)
	b.sync(exitComplete)
	b.wantMirror()
	if got := forget("--yes-still-listed", id); got.code != exitComplete || !strings.Contains(got.stdout, "next pass") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if n := b.database.Value("SELECT count(*) FROM zoom.phone_users"); n != "149" {
		t.Errorf("%s current users are left, want 149", n)
	}
	b.sync(exitComplete)
	b.wantMirror()
}

// ownWords gives what only the documents of this user say, as far as the test put it there or Zoom makes it unique.
func (b *bench) ownWords(id string) []string {
	words := []string{"telltale"}
	row := b.database.Query("SELECT email, phone_user_id FROM zoom.phone_users_all WHERE user_id = '" + id + "'")[0]
	return append(words, row...)
}

func TestForget_needs_a_schema(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	b.environment["DATABASE_URL"] = dbtest.Empty(t).URL
	wantOneError(t, b.run("forget", "somebody"), exitFailed, "schema is missing", "syncd migrate")
}
