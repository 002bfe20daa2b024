package db_test

import (
	"errors"
	"fmt"
	"net/url"
	"testing"
	"testing/fstest"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

// Whatever Postgres refuses the last statement of a batch for: nothing of the batch is written, the error is of one kind
// and names a repair, and the same batch is written once the fault is gone.
func TestStore_WriteUsers_refused_at_its_end(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, code string
		want       error
		attempts   string
	}{
		{"disk_full", "53100", db.ErrDiskFull, "1"},
		{"out_of_memory", "53200", db.ErrDiskFull, "1"},
		{"statement_timeout", "57014", db.ErrTimeout, "1"},
		{"idle_in_transaction", "25P03", db.ErrTimeout, "1"},
		{"transaction_timeout", "25P04", db.ErrTimeout, "1"},
		{"lock_timeout", "55P03", db.ErrConflict, "1"},
		{"serialization_failure", "40001", db.ErrConflict, "3"},
		{"deadlock", "40P01", db.ErrConflict, "3"},
		{"read_only", "25006", db.ErrReadOnly, "1"},
		{"no_right", "42501", db.ErrDenied, "1"},
		{"shutdown", "57P01", db.ErrUnreachable, "1"},
		{"crash", "57P02", db.ErrUnreachable, "1"},
		{"recovery", "57P03", db.ErrUnreachable, "1"},
		{"database_dropped", "57P04", db.ErrDatabaseMissing, "1"},
		{"too_many_connections", "53300", db.ErrUnreachable, "1"},
		{"table_missing", "42P01", db.ErrSchemaMissing, "1"},
		{"column_missing", "42703", db.ErrSchemaOld, "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
			b.refuse(test.code, 1000)
			next := []db.User{user("u1", "Anna"), user("u2", "Benno"), user("u3", "Cem")}
			_, err := b.WriteUsers(t.Context(), account, b.pass.ID, next, nil)
			wantKind(t, err, test.want)
			b.rows(t, `SELECT last_value FROM public.refusals`, []string{test.attempts})
			b.rows(t, `SELECT name FROM zoom.phone_users ORDER BY 1`, []string{"Ann"}, []string{"Ben"})
			b.rows(t, `SELECT DISTINCT body->>'content' FROM zoom_pii.documents ORDER BY 1`, []string{"Ann"}, []string{"Ben"})
			b.rows(t, `SELECT count(*) FROM syncd.document_history`, []string{"0"})
			b.rows(t, `SELECT users_written FROM zoom.sync_passes`, []string{"2"})

			b.database.Exec(`DROP FUNCTION public.refuse CASCADE`)
			b.write(t, 3, next...)
		})
	}

	t.Run("twice_for_a_conflict", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.refuse("40001", 2)
		b.write(t, 1, user("u1", "Ann"))
	})
}

// refuse makes the end of each batch an error of this SQLSTATE, so many times.
func (b *bundle) refuse(code string, times int) {
	b.database.Exec(fmt.Sprintf(`
		CREATE SEQUENCE public.refusals;
		CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('public.refusals') <= %d THEN
				RAISE EXCEPTION 'told to' USING ERRCODE = '%s';
			END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER refuse AFTER UPDATE ON syncd.passes EXECUTE FUNCTION public.refuse()`, times, code))
}

// A stuck statement and a process that hangs in a transaction must not hold locks for ever.
func TestStore_transactions_have_limits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.database.Exec(`
		CREATE TABLE public.limits AS SELECT name, setting FROM pg_settings WHERE false;
		CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO public.limits
			SELECT name, setting || unit FROM pg_settings WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout');
			RETURN NULL;
		END $$;
		CREATE TRIGGER note AFTER UPDATE ON syncd.passes EXECUTE FUNCTION public.note()`)
	b.write(t, 1, user("u1", "Ann"))
	b.rows(t, `SELECT * FROM public.limits ORDER BY 1`,
		[]string{"idle_in_transaction_session_timeout", "60000ms"}, []string{"statement_timeout", "60000ms"})
}

// Connections that end between two transactions cost nothing.
func TestStore_goes_on_with_new_connections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 3 {
		b.database.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'syncd'`)
		if _, err := b.CurrentUsers(t.Context(), account); err != nil {
			t.Error(err)
		}
	}
}

func TestOpen_without_a_free_connection(t *testing.T) {
	t.Parallel()
	database := dbtest.Empty(t)
	role := database.Value(`SELECT current_database()`) + "_role" // unique on a shared server
	database.Exec(fmt.Sprintf(`CREATE ROLE %s LOGIN PASSWORD 'secret' CONNECTION LIMIT 0`, role))
	t.Cleanup(func() { database.Exec(`DROP ROLE ` + role) })
	address := mustParse(t, database.URL)
	address.User = url.UserPassword(role, "secret")
	_, err := db.Open(t.Context(), db.Config{URL: address.String()})
	wantKind(t, err, db.ErrUnreachable, "too many connections")
}

func TestStore_Migrate_after_a_fault(t *testing.T) {
	t.Parallel()

	t.Run("connection_lost_in_a_file", func(t *testing.T) {
		t.Parallel()
		database := dbtest.Empty(t)
		files := fstest.MapFS{
			"00001_good.sql": {Data: []byte("-- +goose Up\nCREATE TABLE syncd.good ();")},
			"00002_bad.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE syncd.half ();\nSELECT pg_terminate_backend(pg_backend_pid());")},
		}
		store := open(t, database.URL)
		_, err := store.MigrateFiles(t.Context(), files)
		wantKind(t, err, db.ErrUnreachable)
		files["00002_bad.sql"].Data = []byte("-- +goose Up\nCREATE TABLE syncd.half ();")
		m, err := store.MigrateFiles(t.Context(), files)
		if err != nil || m.From != 1 || m.To != 2 {
			t.Errorf("the next time: %+v, %v", m, err)
		}
	})

	t.Run("versions_behind_the_schema", func(t *testing.T) {
		t.Parallel()
		database := dbtest.New(t)
		database.Exec(`DELETE FROM syncd.goose_db_version WHERE version_id > 0`)
		before := database.Query(objects)
		store := open(t, database.URL)
		_, err := store.Migrate(t.Context())
		wantKind(t, err, db.ErrSchemaBroken)
		if after := database.Query(objects); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Error("the schema was changed")
		}
		if err := store.CheckSchema(t.Context()); !errors.Is(err, db.ErrSchemaMissing) {
			t.Errorf("check: got %v, want ErrSchemaMissing", err)
		}
	})
}

// A server that crashes and comes back: until then the error says so, and afterwards the same store goes on.
func TestStore_survives_a_crash_of_the_server(t *testing.T) {
	t.Parallel()
	b := &bundle{database: privateDatabase(t)}
	b.database.Exec(`ALTER DATABASE postgres SET synchronous_commit = on`) // what is committed has to outlive the crash
	b.Store = open(t, b.database.URL)
	lease := acquire(t, b.Store, account)
	b.pass = b.begin(t)
	b.write(t, 1, user("u1", "Ann"))
	b.database.Exec("CHECKPOINT") // the server of the tests commits in memory, and would forget the pass
	b.database.Crash()
	<-lease.Lost()
	for {
		_, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{user("u1", "Anna")}, nil)
		if err == nil {
			break
		}
		if !errors.Is(err, db.ErrUnreachable) {
			t.Fatalf("got %v, want ErrUnreachable", err)
		}
	}
	acquire(t, b.Store, account)
	b.rows(t, `SELECT name FROM zoom.phone_users`, []string{"Anna"})
}
