package db_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
	"syncd/migrations"
)

func TestStore_Migrate(t *testing.T) {
	t.Parallel()

	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	newest, err := goose.NumericComponent(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}

	t.Run("blank_database_then_nothing_to_do", func(t *testing.T) {
		t.Parallel()
		store := open(t, dbtest.Empty(t).URL)
		if err := store.CheckSchema(t.Context()); !errors.Is(err, db.ErrSchemaMissing) {
			t.Errorf("blank database: got %v, want ErrSchemaMissing", err)
		}
		first, err := store.Migrate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := db.Migration{From: 0, To: newest, Applied: files}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("first: (-want +got)\n%s", diff)
		}
		second, err := store.Migrate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(db.Migration{From: newest, To: newest}, second); diff != "" {
			t.Errorf("second: (-want +got)\n%s", diff)
		}
		if err := errors.Join(store.CheckSchema(t.Context()), store.CheckWritable(t.Context())); err != nil {
			t.Error(err)
		}
	})

	t.Run("several_at_once", func(t *testing.T) {
		t.Parallel()
		database := dbtest.Empty(t)
		var all sync.WaitGroup
		for range 4 {
			store := open(t, database.URL)
			all.Go(func() {
				if m, err := store.Migrate(t.Context()); err != nil || m.To != newest {
					t.Errorf("got %+v, %v", m, err)
				}
			})
		}
		all.Wait()
	})

	t.Run("down_and_up_again", func(t *testing.T) {
		t.Parallel()
		database := dbtest.New(t)
		before := database.Query(objects)
		database.Down(0)
		if left := database.Query(objects); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		if _, err := open(t, database.URL).Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, database.Query(objects)); diff != "" {
			t.Errorf("second time differs: (-first +second)\n%s", diff)
		}
	})

	t.Run("pending_users_of_the_version_before_stay_pending_as_of_now", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		list := user("u1", "Ann")
		list.Documents[0].Body, list.List.Status = []byte(`{"name": "Ann"}`), new("pending")
		b.write(t, 2, list, user("u2", "Ben"))
		b.database.Down(4)
		b.rows(t, `SELECT count(*), count(status) FROM zoom.phone_users_as_of(now())`, []string{"2", "0"})
		if _, err := b.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.rows(t, `SELECT user_id, status FROM zoom.phone_users_as_of(now()) ORDER BY 1`, []string{"u1", "pending"}, []string{"u2", "<null>"})
	})

	t.Run("failing_file_is_an_error_and_leaves_nothing", func(t *testing.T) {
		t.Parallel()
		database := dbtest.Empty(t)
		files := fstest.MapFS{
			"00001_good.sql": {Data: []byte("-- +goose Up\nCREATE TABLE syncd.good ();")},
			"00002_bad.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE syncd.half ();\nSELECT 1/0;")},
		}
		if m, err := open(t, database.URL).MigrateFiles(t.Context(), files); err == nil {
			t.Errorf("no error: %+v", m)
		}
		if got := database.Value(`SELECT concat_ws(' ', to_regclass('syncd.good'), to_regclass('syncd.half'))`); got != "syncd.good" {
			t.Errorf("tables: got %q, want the first file's only", got)
		}
		if err := open(t, database.URL).CheckSchema(t.Context()); !errors.Is(err, db.ErrSchemaOld) ||
			!strings.Contains(err.Error(), fmt.Sprintf("version 1, syncd needs %d", newest)) {
			t.Errorf("old schema: got %v", err)
		}
	})

	t.Run("newer_schema_that_is_not_good_for_this_program_is_refused", func(t *testing.T) {
		t.Parallel()
		for name, says := range map[string]string{
			"taken away from": `UPDATE syncd.compatibility SET oldest = 99`,
			"says nothing":    `DELETE FROM syncd.compatibility`,
			"of somebody":     `DROP TABLE syncd.compatibility`,
		} {
			database := dbtest.New(t)
			database.Exec(`INSERT INTO syncd.goose_db_version (version_id, is_applied) VALUES (99, true); ` + says)
			store := open(t, database.URL)
			_, err := store.Migrate(t.Context())
			for _, err := range []error{err, store.CheckSchema(t.Context())} {
				if !errors.Is(err, db.ErrSchemaNew) || !strings.Contains(err.Error(), fmt.Sprintf("version 99, syncd needs %d", newest)) {
					t.Errorf("%s: got %v, want ErrSchemaNew with both versions", name, err)
				}
			}
		}
	})
}

// A program of the release before goes on while a newer one has added to the schema.
func TestStore_works_with_a_schema_that_a_newer_release_has_added_to(t *testing.T) {
	t.Parallel()
	b := &bundle{database: dbtest.Empty(t)}
	b.Store = open(t, b.database.URL)
	before, err := b.Migrate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	newer := fstest.MapFS{"00099_add.sql": {Data: []byte(`-- +goose Up
		ALTER TABLE syncd.users ADD COLUMN news text;
		ALTER TABLE syncd.documents ADD COLUMN news bigint NOT NULL DEFAULT 7;
		ALTER TABLE syncd.document_history ADD COLUMN news bigint;
		ALTER TABLE syncd.passes ADD COLUMN news text;
		CREATE TABLE syncd.news (user_key bigint PRIMARY KEY REFERENCES syncd.users, news text);
		CREATE INDEX news_of_users ON syncd.users (news);
		CREATE VIEW zoom.news AS SELECT account_id, user_id, news FROM syncd.users;
		CREATE OR REPLACE VIEW zoom.sync_failures AS
			SELECT u.account_id, x.pass_id, u.user_id,
				CASE x.document WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings' END AS document,
				x.http_status, x.zoom_code, x.message, x.failed_at, x.request_id, u.news
			FROM syncd.failures x
			JOIN syncd.users u USING (user_key);`)}}
	for _, name := range mustGlob(t) {
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		newer[name] = &fstest.MapFile{Data: content}
	}
	running := b.begin(t) // a pass of the older program is at work
	if _, err := b.MigrateFiles(t.Context(), newer); err != nil {
		t.Fatal(err)
	}

	if err := errors.Join(b.CheckSchema(t.Context()), b.CheckWritable(t.Context())); err != nil {
		t.Fatal(err)
	}
	again, err := b.Migrate(t.Context())
	if diff := cmp.Diff(db.Migration{From: 99, To: 99}, again); err != nil || diff != "" {
		t.Errorf("migrate of the older program, made for %d: %v (-want +got)\n%s", before.To, err, diff)
	}
	b.pass = running
	b.write(t, 3, user("u1", "Ann"), user("u2", "Ben"), user("u3", "Cem"))
	b.write(t, 1, user("u1", "Anna"), user("u2", "Ben"))
	b.tombstone(t, 1, "u2")
	b.write(t, 1, user("u2", "Ben"))
	b.tombstone(t, 1, "u3")
	if _, err := b.Forget(t.Context(), account, "u3", false); err != nil {
		t.Error(err)
	}
	b.finish(t, db.PassResult{Status: db.PassComplete, ListingComplete: true, UsersListed: 2})
	if _, err := b.MirrorStatus(t.Context(), account); err != nil {
		t.Error(err)
	}
	if _, err := b.Prune(t.Context(), account, 24*time.Hour, false, func(int, int) {}); err != nil {
		t.Error(err)
	}
	b.rows(t, `SELECT user_id, name FROM zoom.phone_users ORDER BY 1`, []string{"u1", "Anna"}, []string{"u2", "Ben"})
	b.rows(t, `SELECT count(*) FROM zoom_pii.document_versions WHERE user_id = 'u1'`, []string{"8"})
}

// Whoever writes a migration that older programs cannot bear has to say so.
func TestMigrations_say_when_they_take_something_away(t *testing.T) {
	t.Parallel()
	takesAway := regexp.MustCompile(`(?i)\bDROP\s+(TABLE|COLUMN|VIEW|FUNCTION|SCHEMA|TYPE)\b|\bRENAME\b|\bSET\s+NOT\s+NULL\b|\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b|` +
		`\bADD\s+(CONSTRAINT|CHECK|UNIQUE|PRIMARY|EXCLUDE)\b`)
	saysSo := regexp.MustCompile(`(?i)\bUPDATE\s+syncd\.compatibility\s+SET\s+oldest\b`)
	const first = 23 // brought the promise
	for _, name := range mustGlob(t) {
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		version, err := goose.NumericComponent(name)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(content), "-- +goose Down")
		if found := takesAway.FindString(up); version > first && found != "" && !saysSo.MatchString(up) {
			t.Errorf("%s has %q: let it only add, and take away in a later release; or set syncd.compatibility", name, found)
		}
	}
	for _, bad := range []string{"ALTER TABLE a DROP COLUMN b", "ALTER TABLE a RENAME TO b", "ALTER TABLE a ALTER COLUMN b TYPE text", "DROP VIEW a", "ALTER TABLE a ADD CHECK (b > 0)"} {
		if !takesAway.MatchString(bad) {
			t.Errorf("%q is not found", bad)
		}
	}
}

func mustGlob(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A role needs no more than its three schemas: no right on the database, not to speak of superuser.
func TestStore_Migrate_as_owner_of_schemas(t *testing.T) {
	t.Parallel()
	database := dbtest.Empty(t)
	role := database.Value(`SELECT current_database()`) + "_role" // unique on a shared server
	database.Exec(fmt.Sprintf(`
		CREATE ROLE %[1]s LOGIN PASSWORD 'secret' NOSUPERUSER NOCREATEROLE;
		CREATE SCHEMA syncd AUTHORIZATION %[1]s;
		CREATE SCHEMA zoom AUTHORIZATION %[1]s;
		CREATE SCHEMA zoom_pii AUTHORIZATION %[1]s`, role))
	t.Cleanup(func() { database.Exec(fmt.Sprintf(`DROP OWNED BY %[1]s CASCADE; DROP ROLE %[1]s`, role)) })

	address, err := url.Parse(database.URL)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(role, "secret")
	b := &bundle{Store: open(t, address.String()), database: database}
	if _, err := b.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.CheckSchema(t.Context()), b.CheckWritable(t.Context())); err != nil {
		t.Error(err)
	}
	b.pass = b.begin(t)
	b.write(t, 1, user("u1", "Ann"))
	acquire(t, b.Store, account)

	database.Exec(fmt.Sprintf(`REVOKE UPDATE ON syncd.users FROM %s`, role))
	if err := b.CheckWritable(t.Context()); !errors.Is(err, db.ErrDenied) || !strings.Contains(err.Error(), "users") {
		t.Errorf("without a right: got %v, want ErrDenied naming the table", err)
	}
}

// objects lists what migrations made, with the texts of views and comments.
const objects = `
	SELECT n.nspname, c.relname, c.relkind, CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END, obj_description(c.oid, 'pg_class')
	FROM pg_class c
	JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ('syncd', 'zoom', 'zoom_pii') AND c.relname NOT LIKE 'goose%'
	ORDER BY 1, 2`
