package db_test

import (
	"errors"
	"os"
	"testing"

	"syncd/internal/db/dbtest"
)

// privateServer is a server for one test alone.
func privateServer(t *testing.T, options dbtest.Options) *dbtest.Server {
	t.Helper()
	options.Private = true
	server, err := dbtest.Start(t.Context(), options)
	switch {
	case errors.Is(err, dbtest.ErrNoPostgres) && os.Getenv("CI") == "":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// privateDatabase is a migrated database on a server for one test alone.
func privateDatabase(t *testing.T) *dbtest.Database {
	t.Helper()
	server := privateServer(t, dbtest.Options{})
	database := dbtest.At(t, server.URL("postgres"))
	if _, err := open(t, database.URL).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return database
}
