package dbtest

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"syncd/migrations"
)

// Down takes migrations back, to a version.
func (d *Database) Down(version int64) {
	d.tb.Helper()
	config, err := pgx.ParseConfig(d.URL)
	if err != nil {
		d.tb.Fatal(err)
	}
	handle := stdlib.OpenDB(*config)
	provider, err := goose.NewProvider(goose.DialectPostgres, handle, migrations.FS, goose.WithTableName("syncd.goose_db_version"))
	if err != nil {
		d.tb.Fatal(err)
	}
	_, err = provider.DownTo(d.tb.Context(), version)
	if err := errors.Join(err, provider.Close()); err != nil {
		d.tb.Fatal(err)
	}
}
