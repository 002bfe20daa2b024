package docs_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

// statements gives the blocks of SQL of a page, each as its statements: CREATE DATABASE wants to be alone.
func statements(t *testing.T, file string) (blocks [][]string) {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	comment := regexp.MustCompile(`(?m) *--.*$`)
	for _, block := range regexp.MustCompile("(?ms)^```sql\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		blocks = append(blocks, strings.Split(strings.TrimSuffix(comment.ReplaceAllString(block[1], ""), ";\n"), ";\n"))
	}
	return blocks
}

// as gives the URL of a role that logs in to a database.
func as(t *testing.T, server *dbtest.Server, role, password, database string) string {
	t.Helper()
	address, err := url.Parse(server.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(role, password)
	return address.String()
}

// try runs statements one by one, until one fails.
func try(t *testing.T, address string, statements ...string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			return err
		}
	}
	return nil
}

func must(t *testing.T, address string, statements ...string) {
	t.Helper()
	if err := try(t, address, statements...); err != nil {
		t.Fatalf("%v: %v", statements, err)
	}
}

// The SQL of the page makes roles that can do what they are for, and nothing else, and takes all of it away in the end. The
// administrator is one of a managed service: no superuser.
func TestOperations_roles_have_the_rights_that_they_need(t *testing.T) {
	t.Parallel()
	blocks := statements(t, "operations.md")
	if len(blocks) != 5 {
		t.Fatalf("%d blocks of SQL, want those of roles, schemas, readers and twice uninstall", len(blocks))
	}
	roles, schemas, readers, drop, dropAll := blocks[0], blocks[1], blocks[2], blocks[3], blocks[4]
	for _, way := range []struct {
		name           string
		schemas, byCLI bool
	}{{"owner of the database, rights by migrate", false, true}, {"owner of schemas, rights by SQL", true, false}} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			server := dbtest.Private(t, dbtest.Options{TCP: true})
			as := func(role, password, database string) string { return as(t, server, role, password, database) }
			try := func(address string, statements ...string) error { return try(t, address, statements...) }
			must := func(address string, statements ...string) {
				t.Helper()
				must(t, address, statements...)
			}
			must(server.URL("postgres"), `CREATE ROLE administrator LOGIN PASSWORD 'x' NOSUPERUSER CREATEDB CREATEROLE`)
			administrator := as("administrator", "x", "postgres")
			must(administrator, roles...)
			owner := as("syncd", "change-me-1", "zoom_mirror")
			if way.schemas { // in a database of somebody else
				must(server.URL("postgres"), `ALTER DATABASE zoom_mirror OWNER TO postgres`)
				must(server.URL("zoom_mirror"), schemas...)
			}

			store, err := db.Open(t.Context(), db.Config{URL: owner})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if way.byCLI {
				if err := store.GrantReaders(t.Context(), []string{"analysts"}, []string{"auditors"}); err != nil {
					t.Fatal(err)
				}
			} else {
				must(owner, readers...)
			}
			if _, err := store.BeginPass(t.Context(), "a", 0); err != nil {
				t.Errorf("the owner cannot write: %v", err)
			}
			must(owner, `CREATE VIEW zoom.news AS SELECT 1 AS one`) // as a later migration does
			store.Close()

			const address, plain = `SELECT * FROM zoom_pii.emergency_addresses`, `SELECT * FROM zoom.phone_users, zoom.phone_users_as_of(now()), zoom.policies_as_of(now()), zoom.policy_versions, zoom.news`
			anna, otto := as("anna", "change-me-2", "zoom_mirror"), as("otto", "change-me-3", "zoom_mirror")
			must(anna, plain)
			must(otto, plain, address)
			for role, forbidden := range map[string][]string{
				anna:  {address, `SELECT * FROM zoom_pii.documents`, `SELECT * FROM syncd.users`, `SELECT syncd.e164('1')`, `DELETE FROM zoom.pruned_history`, `CREATE TABLE zoom.x ()`},
				otto:  {`SELECT * FROM syncd.documents`, `DELETE FROM zoom.pruned_history`, `CREATE SCHEMA x`},
				owner: {`CREATE ROLE x`, `CREATE DATABASE x`, `ALTER ROLE syncd SUPERUSER`},
			} {
				for _, statement := range forbidden {
					if try(role, statement) == nil {
						t.Errorf("%s may: %s", role, statement)
					}
				}
			}

			must(owner, drop...)
			if way.schemas {
				administrator = server.URL("postgres")
			}
			must(administrator, dropAll...)
		})
	}
}

// The commands of the page, as they stand there, bring the mirror back into an empty database that the page has made.
func TestOperations_backup_is_restored(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Backup and restore\n")
	block := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindStringSubmatch(section)
	if block == nil {
		t.Fatal("the page has no commands")
	}
	before, restore, found := strings.Cut(block[1], "\npg_restore ")
	restore, rest, _ := strings.Cut(restore, "\n")
	if !found || !strings.Contains(before, "\npg_dump ") || !strings.HasPrefix(rest, "syncd migrate --reader analysts --pii-reader auditors ") {
		t.Fatalf("other commands than to dump, to restore and to give rights:\n%s", block[1])
	}
	clients := dbtest.Clients(t)
	server := dbtest.Private(t, dbtest.Options{TCP: true})
	must(t, server.URL("postgres"), `CREATE ROLE administrator LOGIN PASSWORD 'x' NOSUPERUSER CREATEDB CREATEROLE`)
	administrator, owner := as(t, server, "administrator", "x", "postgres"), as(t, server, "syncd", "change-me-1", "zoom_mirror")
	roles := statements(t, "operations.md")[0]
	must(t, administrator, roles...)
	folder := t.TempDir()
	run := func(commands string) {
		t.Helper()
		shell := exec.CommandContext(t.Context(), "sh", "-ec", commands)
		shell.Dir = folder
		shell.Env = append(os.Environ(), "PATH="+clients+":"+os.Getenv("PATH"), "DATABASE_URL="+owner)
		if out, err := shell.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%s: %v\n%s", commands, err, out)
		}
	}
	migrate := func() *db.Store {
		t.Helper()
		store, err := db.Open(t.Context(), db.Config{URL: owner})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := store.GrantReaders(t.Context(), []string{"analysts"}, []string{"auditors"}); err != nil {
			t.Fatal(err)
		}
		return store
	}
	store := migrate()
	if _, err := store.BeginPass(t.Context(), "a", 0); err != nil {
		t.Fatal(err)
	}
	store.Close()

	run(before)
	must(t, administrator, `DROP DATABASE zoom_mirror`)
	for _, statement := range roles {
		if strings.Contains(statement, " DATABASE ") { // it is made, and they may connect to it
			must(t, administrator, statement)
		}
	}
	run("pg_restore " + restore)
	store = migrate()
	defer store.Close()
	if _, err := store.BeginPass(t.Context(), "a", 0); err != nil {
		t.Errorf("the owner cannot write: %v", err)
	}
	anna, otto := as(t, server, "anna", "change-me-2", "zoom_mirror"), as(t, server, "otto", "change-me-3", "zoom_mirror")
	must(t, anna, `DO $$ BEGIN ASSERT (SELECT count(*) FROM zoom.sync_passes) = 2; END $$`, `SELECT * FROM zoom.phone_users`)
	must(t, otto, `SELECT * FROM zoom_pii.documents`)
	if try(t, anna, `SELECT * FROM zoom_pii.documents`) == nil {
		t.Error("an analyst may read personal data")
	}
}
