package db_test

import (
	"testing"

	"syncd/internal/db/dbtest"
)

// privateDatabase is a migrated database on a server for one test alone.
func privateDatabase(t *testing.T) *dbtest.Database {
	t.Helper()
	database := dbtest.At(t, dbtest.Private(t, dbtest.Options{}).URL("postgres"))
	if _, err := open(t, database.URL).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return database
}
