package db_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
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
	newer := released(t)
	newer["00099_add.sql"] = &fstest.MapFile{Data: []byte(`-- +goose Up
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
			JOIN syncd.users u USING (user_key);`)}
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
	if _, err := b.Forget(t.Context(), account, "u3", false, noPaths); err != nil {
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

// Whoever writes a migration that older programs cannot bear has to say which ones can.
func TestMigrations_say_when_they_take_something_away(t *testing.T) {
	t.Parallel()
	const first = 23 // brought the promise
	oldest := int64(first)
	for _, name := range mustGlob(t) {
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		version, err := goose.NumericComponent(name)
		if err != nil {
			t.Fatal(err)
		}
		if version <= first {
			continue
		}
		var faults []string
		oldest, faults = judgeMigration(string(content), version, oldest)
		for _, fault := range faults {
			t.Errorf("%s: %s", name, fault)
		}
	}

	const begin, column = "-- +goose Up\n-- Why.\nSET LOCAL lock_timeout = '5s';\n", "ALTER TABLE a ADD COLUMN b text "
	for _, good := range []string{
		column, column + "NOT NULL DEFAULT 'x'", column + "REFERENCES syncd.passes ON DELETE CASCADE", "-- DROP TABLE b", "CREATE INDEX b ON a (c)",
		"CREATE TABLE a (b bigint REFERENCES syncd.users); CREATE UNIQUE INDEX c ON a (b); CREATE TRIGGER d BEFORE UPDATE ON a EXECUTE FUNCTION e()",
		"CREATE OR REPLACE VIEW a AS SELECT 1",
		"DROP TABLE a; UPDATE syncd.compatibility SET oldest = 28", "DROP TABLE a; UPDATE syncd.compatibility SET oldest = 29",
	} {
		if _, faults := judgeMigration(begin+good+";\n-- +goose Down\nDROP TABLE a;", 30, 28); len(faults) > 0 {
			t.Errorf("%q is refused: %q", good, faults)
		}
	}
	for _, bad := range []string{
		"ALTER TABLE a DROP COLUMN b", "ALTER TABLE a RENAME TO b", "ALTER TABLE a ALTER COLUMN b TYPE text", "ALTER TABLE a ALTER b TYPE text", "DROP VIEW a",
		"ALTER TABLE a ADD CHECK (b > 0)", "ALTER TABLE a ALTER COLUMN b SET NOT NULL", "ALTER TABLE a ALTER COLUMN b DROP DEFAULT", "DROP INDEX a", "DROP TRIGGER a ON b",
		"ALTER TABLE a DROP CONSTRAINT b", column + "NOT NULL", column + ", ADD COLUMN c text NOT NULL, ADD COLUMN d text DEFAULT ''", "CREATE UNIQUE INDEX ON a (b)",
		"CREATE UNIQUE INDEX c ON a (b)", "CREATE TRIGGER c AFTER INSERT ON a EXECUTE FUNCTION d()", "CREATE TABLE a (b bigint REFERENCES syncd.passes)",
		"DROP TABLE a; UPDATE syncd.compatibility SET oldest = 30", "DROP TABLE a; UPDATE syncd.compatibility SET oldest = 27",
	} {
		if _, faults := judgeMigration(begin+bad+";\n", 30, 28); len(faults) != 1 {
			t.Errorf("%q: got %q, want one fault", bad, faults)
		}
	}
	if _, faults := judgeMigration("-- +goose Up\nCREATE TABLE a ();", 30, 28); len(faults) != 1 {
		t.Errorf("without a limit for locks: %q", faults)
	}
}

// judgeMigration says what is wrong with a migration, that is not released yet, for programs of the last release that are at work, given the oldest
// version whose programs can use the schema before it; it gives that of the schema after it.
func judgeMigration(content string, version, oldest int64) (after int64, faults []string) {
	var (
		up, _, _  = strings.Cut(regexp.MustCompile(`(?m)[ \t]*--( [^+]|$).*$\n?`).ReplaceAllString(content, "\n"), "-- +goose Down")
		saysSo    = regexp.MustCompile(`(?i)\bUPDATE\s+syncd\.compatibility\s+SET\s+oldest\s*=\s*(\d+)`).FindStringSubmatch(up)
		isLimited = regexp.MustCompile(`^\s*-- \+goose Up\s+SET LOCAL lock_timeout = '[1-9]s';`).MatchString(up)
	)
	if !isLimited {
		faults = append(faults, "let it begin with SET LOCAL lock_timeout = '5s': whoever comes after a statement that waits for a lock waits behind it")
	}
	after = oldest
	if found := takesAway(up); found != "" && saysSo == nil {
		faults = append(faults, fmt.Sprintf("%q: let it only add, and take away or ask for more in a later release, with UPDATE syncd.compatibility", found))
	}
	if saysSo != nil {
		after, _ = strconv.ParseInt(saysSo[1], 10, 64) // digits only
		if after >= version {
			faults = append(faults, fmt.Sprintf("oldest = %d shuts programs of the last release out", after))
		}
		if after < oldest {
			faults = append(faults, fmt.Sprintf("oldest = %d lets programs in that cannot use version %d", after, oldest))
		}
	}
	return after, faults
}

// takesAway finds what an older program may still need, or what it does not know to be asked for; empty: nothing.
func takesAway(up string) string {
	always := regexp.MustCompile(`(?i)\bDROP\s+(TABLE|COLUMN|VIEW|FUNCTION|SCHEMA|TYPE|DEFAULT|IDENTITY|INDEX|CONSTRAINT|TRIGGER)\b|\bRENAME\b|\bSET\s+NOT\s+NULL\b|` +
		`\bALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE\b|\bADD\s+(CONSTRAINT|CHECK|UNIQUE|PRIMARY|EXCLUDE)\b`)
	if found := always.FindString(up); found != "" {
		return found
	}
	for _, column := range regexp.MustCompile(`(?i)\bADD\s+COLUMN\b[^,;]*`).FindAllString(up, -1) {
		asked, given := regexp.MustCompile(`(?i)\bNOT\s+NULL\b`), regexp.MustCompile(`(?i)\b(DEFAULT|GENERATED)\b`)
		if asked.MatchString(column) && !given.MatchString(column) {
			return column
		}
	}
	// On a table that the file makes, no older program depends.
	isNew := func(table string) bool {
		return regexp.MustCompile(`(?i)\bCREATE\s+TABLE\s+` + regexp.QuoteMeta(table) + `\b`).MatchString(up)
	}
	for _, rule := range regexp.MustCompile(`(?i)\bCREATE\s+(?:UNIQUE\s+INDEX|(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER)\b[^;]*?\sON\s+(?:ONLY\s+)?([\w.]+)`).FindAllStringSubmatch(up, -1) {
		if !isNew(rule[1]) {
			return rule[0]
		}
	}
	// Rows of users stay; those of other tables an older program removes.
	for _, reference := range regexp.MustCompile(`(?i)\bREFERENCES\s+([\w.]+)[^,;]*`).FindAllStringSubmatch(up, -1) {
		kept := reference[1] == "syncd.users" || isNew(reference[1]) || regexp.MustCompile(`(?i)\bON\s+DELETE\s+(CASCADE|SET)\b`).MatchString(reference[0])
		if !kept {
			return reference[0]
		}
	}
	return ""
}

// A migration that waits for a lock does not hold up the program that is at work: whoever comes after it waits behind it. In
// each case a reader has begun a long question.
func TestStore_Migrate_waits_a_short_time_for_a_lock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		want []string // nil: the reader goes on
	}{
		{"that_is_given_back", []string{"00099_add.sql"}},
		{"that_is_kept", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.write(t, 1, user("u1", "Ann"))
			b.database.Exec(`CREATE SEQUENCE public.tries`) // what it counts stays when the transaction is rolled back
			files := released(t)
			files["00099_add.sql"] = &fstest.MapFile{Data: []byte(`-- +goose Up
				SET LOCAL lock_timeout = '100ms';
				SELECT nextval('public.tries');
				ALTER TABLE syncd.users ADD COLUMN news text;`)}
			reader, err := pgx.Connect(t.Context(), b.database.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = reader.Close(context.Background()) }()
			if _, err := reader.Exec(t.Context(), `BEGIN; SELECT FROM syncd.users`); err != nil {
				t.Fatal(err)
			}

			var migration db.Migration
			var failed error
			done := make(chan struct{})
			go func() {
				defer close(done)
				migration, failed = b.MigrateFiles(t.Context(), files)
			}()
			for round, tries := 0, ""; tries < "2"; round++ {
				select {
				case <-done:
					t.Fatalf("it waited for the reader once: %+v, %v", migration, failed)
				default:
				}
				b.write(t, 1, user("u1", fmt.Sprintf("Ann %d", round))) // the program at work
				tries = b.database.Value(`SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.tries`)
			}
			if c.want != nil {
				if _, err := reader.Exec(t.Context(), `ROLLBACK`); err != nil {
					t.Fatal(err)
				}
			}
			<-done
			if diff := cmp.Diff(c.want, migration.Applied); diff != "" {
				t.Errorf("applied (-want +got)\n%s", diff)
			}
			switch {
			case c.want != nil && failed != nil:
				t.Error(failed)
			case c.want == nil && !errors.Is(failed, db.ErrConflict):
				t.Errorf("got %v, want ErrConflict", failed)
			}
			if tries := b.database.Value(`SELECT last_value FROM public.tries`); c.want == nil && tries != "5" {
				t.Errorf("it was tried %s times", tries)
			}
		})
	}
}

// released gives the files of the migrations, for more to be added.
func released(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range mustGlob(t) {
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	return files
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
