package db_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
	"syncd/internal/porttest"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	server := dbtest.Private(t, dbtest.Options{TCP: true})
	good := server.URL("postgres")
	with := func(change func(*url.URL)) string {
		address, err := url.Parse(good)
		if err != nil {
			t.Fatal(err)
		}
		change(address)
		return address.String()
	}
	const badEscape = "pass%word" // which parsers like to quote
	tests := []struct {
		name    string
		address string
		want    error
	}{
		{"good", good, nil},
		{"no_url", "", db.ErrBadURL},
		{"bad_url", "postgres://user:" + badEscape + "@host/database", db.ErrBadURL},
		{"bad_port", "postgres://user:hunter2@host:port/database", db.ErrBadURL},
		{"unreachable", with(func(u *url.URL) { u.Host = porttest.Nobody }), db.ErrUnreachable},
		{"unknown_host", with(func(u *url.URL) { u.Host = "database.invalid:5432" }), db.ErrUnreachable},
		{"wrong_password", with(func(u *url.URL) { u.User = url.UserPassword("postgres", "hunter2") }), db.ErrDenied},
		{"missing_database", with(func(u *url.URL) { u.Path = "/nowhere" }), db.ErrDatabaseMissing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store, err := db.Open(t.Context(), db.Config{URL: test.address})
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if err == nil {
				store.Close()
				return
			}
			var fault *db.Error
			if !errors.As(err, &fault) || fault.Repair() == "" {
				t.Errorf("%v: no repair", err)
			}
			secret, _ := mustParse(t, good).User.Password()
			for _, word := range []string{secret, "hunter2", badEscape} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("the message has the password: %v", err)
				}
			}
		})
	}

	t.Run("sets_up_its_connections", func(t *testing.T) {
		t.Parallel()
		open(t, good)
		database := dbtest.At(t, good)
		if n := database.Value(`SELECT count(*) FROM pg_stat_activity WHERE application_name = 'syncd'`); n == "0" {
			t.Error("no connection named syncd")
		}
	})
}

func TestStore_gives_up_with_its_context(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.WriteUsers(ctx, account, b.pass.ID, []db.User{user("u1", "Ann")}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestStore_CheckWritable(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	database.Exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
	store := open(t, database.URL)
	if err := store.CheckWritable(t.Context()); !errors.Is(err, db.ErrReadOnly) {
		t.Errorf("check: got %v, want ErrReadOnly", err)
	}
	if _, err := store.BeginPass(t.Context(), account, 0); !errors.Is(err, db.ErrReadOnly) {
		t.Errorf("write: got %v, want ErrReadOnly", err)
	}
}

func TestStore_without_schema(t *testing.T) {
	t.Parallel()
	store := open(t, dbtest.Empty(t).URL)
	if _, err := store.BeginPass(t.Context(), account, 0); !errors.Is(err, db.ErrSchemaMissing) {
		t.Errorf("got %v, want ErrSchemaMissing", err)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	store, err := db.Open(t.Context(), db.Config{URL: dbtest.New(t).URL, Metrics: db.NewMetrics(registry)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
	if n, err := testutil.GatherAndCount(registry, "syncd_db_write_duration_seconds"); err != nil || n != 1 {
		t.Errorf("samples from the start: got %d, %v", n, err)
	}
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
