package db_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

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

	t.Run("newer_schema_is_refused", func(t *testing.T) {
		t.Parallel()
		database := dbtest.New(t)
		database.Exec(`INSERT INTO syncd.goose_db_version (version_id, is_applied) VALUES (99, true)`)
		store := open(t, database.URL)
		_, err := store.Migrate(t.Context())
		for _, err := range []error{err, store.CheckSchema(t.Context())} {
			if !errors.Is(err, db.ErrSchemaNew) || !strings.Contains(err.Error(), fmt.Sprintf("version 99, syncd needs %d", newest)) {
				t.Errorf("got %v, want ErrSchemaNew with both versions", err)
			}
		}
	})
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
