package db_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

// role makes a role that may log in, of a name unique on a shared server, and gives its name and its URL of the database.
func role(t *testing.T, d *dbtest.Database, suffix string) (name, address string) {
	t.Helper()
	name = d.Value(`SELECT current_database()`) + suffix
	quoted := pgx.Identifier{name}.Sanitize()
	d.Exec(`CREATE ROLE ` + quoted + ` LOGIN PASSWORD 'secret'`)
	t.Cleanup(func() { d.Exec(`DROP OWNED BY ` + quoted + ` CASCADE; DROP ROLE ` + quoted) })
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, "secret")
	return name, u.String()
}

// reach gives the relations that a role may read in any of the three schemas, and fails on any that it may write.
func reach(t *testing.T, d *dbtest.Database, address string) map[string]bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	readable := map[string]bool{}
	for _, row := range d.Query(`SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
		WHERE relnamespace IN ('syncd'::regnamespace, 'zoom'::regnamespace, 'zoom_pii'::regnamespace) AND relkind IN ('r', 'v', 'S')`) {
		_, err := conn.Exec(t.Context(), `SELECT * FROM `+row[0]+` LIMIT 1`)
		readable[row[0]] = err == nil
		if _, err := conn.Exec(t.Context(), `DELETE FROM `+row[0]); err == nil {
			t.Errorf("the role may write %s", row[0])
		}
	}
	for _, function := range []string{"phone_users_as_of", "policies_as_of", "shared_access_as_of"} {
		_, err := conn.Exec(t.Context(), `SELECT count(*) FROM zoom.`+function+`(now())`)
		readable[function] = err == nil
	}
	return readable
}

func TestStore_GrantReaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 1, user("u1", "Ann"))
	name, address := role(t, b.database, `_Analyst "o'dd", ä`)
	check := func(zoom, pii bool) {
		t.Helper()
		got := reach(t, b.database, address)
		if len(got) < 30 {
			t.Errorf("only %d relations were tried", len(got))
		}
		for relation, readable := range got {
			want := zoom
			switch {
			case strings.HasPrefix(relation, "syncd."):
				want = false
			case strings.HasPrefix(relation, "zoom_pii."):
				want = pii
			}
			if readable != want {
				t.Errorf("%s: readable %t, want %t", relation, readable, want)
			}
		}
	}
	grant := func(readers, pii []string) {
		t.Helper()
		if err := b.GrantReaders(t.Context(), readers, pii); err != nil {
			t.Fatal(err)
		}
	}
	check(false, false)
	grant(nil, nil)
	check(false, false)
	b.database.Exec(`GRANT USAGE ON SCHEMA syncd TO ` + pgx.Identifier{name}.Sanitize() + `; GRANT ALL ON syncd.users TO ` + pgx.Identifier{name}.Sanitize())
	grant([]string{name}, nil)
	check(true, false)
	grant([]string{name}, []string{name, name})
	check(true, true)
	b.database.Exec(`CREATE VIEW zoom.later AS SELECT 1 AS one; CREATE VIEW zoom_pii.later AS SELECT 1 AS one; CREATE TABLE syncd.later ()`)
	check(true, true)
	grant([]string{name}, nil)
	check(true, false)
	b.database.Exec(`CREATE VIEW zoom_pii.latest AS SELECT 1 AS one; CREATE VIEW zoom.latest AS SELECT 1 AS one`)
	check(true, false)
}

// Every replica gives the rights before it starts, and several start at once.
func TestStore_GrantReaders_several_at_once(t *testing.T) {
	t.Parallel()
	b := setup(t)
	analysts, address := role(t, b.database, "_analysts")
	auditors, _ := role(t, b.database, "_auditors")
	var all sync.WaitGroup
	for range 6 {
		store := open(t, b.database.URL)
		all.Go(func() {
			if err := store.GrantReaders(t.Context(), []string{analysts}, []string{auditors}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if readable := reach(t, b.database, address); !readable["zoom.phone_users"] || readable["zoom_pii.documents"] {
		t.Errorf("readable: %v", readable)
	}
}

func TestStore_GrantReaders_refuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	name, address := role(t, b.database, "_good")
	for _, missing := range []string{"nobody of that name", "public", ""} {
		err := b.GrantReaders(t.Context(), []string{name}, []string{missing})
		if !errors.Is(err, db.ErrNoRole) || !strings.Contains(err.Error(), `"`+missing+`"`) || !strings.Contains(repair(err), "CREATE ROLE") {
			t.Errorf("role %q: got %v, want ErrNoRole", missing, err)
		}
	}
	if err := b.GrantReaders(t.Context(), []string{b.database.Value(`SELECT current_user`)}, nil); !errors.Is(err, db.ErrOwnRole) {
		t.Errorf("own role: got %v, want ErrOwnRole", err)
	}
	if reach(t, b.database, address)["zoom.phone_users"] {
		t.Error("the good role was granted something beside the bad one")
	}
}

// repair is what the error says can be done about it.
func repair(err error) string {
	if known, ok := errors.AsType[*db.Error](err); ok {
		return known.Repair()
	}
	return ""
}

func TestStore_GrantReaders_refuses_a_role_that_reads_more(t *testing.T) {
	t.Parallel()
	b := setup(t)
	auditors, _ := role(t, b.database, "_auditors")
	analyst, address := role(t, b.database, "_analyst")
	if err := b.GrantReaders(t.Context(), nil, []string{auditors}); err != nil {
		t.Fatal(err)
	}
	b.database.Exec(`GRANT ` + pgx.Identifier{auditors}.Sanitize() + ` TO ` + pgx.Identifier{analyst}.Sanitize())
	err := b.GrantReaders(t.Context(), []string{analyst}, nil)
	if !errors.Is(err, db.ErrReadsMore) || !strings.Contains(err.Error(), "zoom_pii") {
		t.Errorf("got %v, want ErrReadsMore with the schema", err)
	}
	b.database.Exec(`REVOKE ` + pgx.Identifier{auditors}.Sanitize() + ` FROM ` + pgx.Identifier{analyst}.Sanitize())
	if err := b.GrantReaders(t.Context(), []string{analyst}, nil); err != nil {
		t.Error(err)
	}
	if readable := reach(t, b.database, address); !readable["zoom.phone_users"] || readable["zoom_pii.documents"] {
		t.Errorf("readable: %v", readable)
	}
}

func TestStore_GrantReaders_where_functions_are_not_everybodys(t *testing.T) {
	t.Parallel()
	database := dbtest.Empty(t)
	database.Exec(`ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`)
	store := open(t, database.URL)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	name, address := role(t, database, "_reader")
	if err := store.GrantReaders(t.Context(), []string{name}, nil); err != nil {
		t.Fatal(err)
	}
	for relation, can := range reach(t, database, address) {
		if schema, _, _ := strings.Cut(relation, "."); schema == "zoom" && !can || strings.HasSuffix(relation, "_as_of") && !can {
			t.Errorf("%s cannot be read", relation)
		}
	}
}
