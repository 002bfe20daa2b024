package db

import (
	"context"
	"io/fs"
	"path"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"syncd/migrations"
)

const (
	// versionTable lies in the engine's schema, away from anything else that uses goose in the same database.
	versionTable = "syncd.goose_db_version"

	// migrationLock is the advisory lock of whoever migrates; an arbitrary constant.
	migrationLock = 0x73796e6364 // "syncd"
)

// Migration is what Migrate did: the schema's version before and after (0: no schema) and the files it applied.
type Migration struct {
	From, To int64
	Applied  []string
}

// Migrate brings the schema to the version of this program. Several may call it at once: one works, the others wait for
// it and then find nothing to do. Each file is a transaction; after an error the files before it stay applied. Errors:
// ErrSchemaNew when the schema is ahead, ErrDenied, ErrReadOnly.
func (s *Store) Migrate(ctx context.Context) (Migration, error) {
	return s.migrate(ctx, migrations.FS)
}

func (s *Store) migrate(ctx context.Context, files fs.FS) (Migration, error) {
	const op = "migrate"
	// A pool of its own: a migration may rightly take longer than the statements of a pass.
	config := s.pool.Config()
	config.MaxConns = 2
	config.ConnConfig.RuntimeParams["statement_timeout"] = "0"
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return Migration{}, translate(ctx, op, err)
	}
	defer pool.Close()

	if err := createEngineSchema(ctx, pool); err != nil {
		return Migration{}, translate(ctx, op, err)
	}
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(migrationLock),
		lock.WithLockTimeout(1, 600), // ask every second, for ten minutes
	)
	if err != nil {
		return Migration{}, translate(ctx, op, err)
	}
	handle := stdlib.OpenDBFromPool(pool)
	provider, err := goose.NewProvider(goose.DialectPostgres, handle, files,
		goose.WithTableName(versionTable),
		goose.WithSessionLocker(locker),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(s.log),
	)
	if err != nil {
		_ = handle.Close() // the pool owns the connections
		return Migration{}, translate(ctx, op, err)
	}
	defer func() { _ = provider.Close() }() // closes handle as well

	var m Migration
	want := newestVersion(provider)
	if m.From, err = s.schemaVersion(ctx); err != nil {
		return m, translate(ctx, op, err)
	}
	if m.From > want {
		return m, versionError(op, ErrSchemaNew, m.From, want)
	}
	applied, err := provider.Up(ctx)
	for _, file := range applied {
		m.Applied = append(m.Applied, path.Base(file.Source.Path))
	}
	if err != nil {
		return m, translate(ctx, op, err)
	}
	m.To, err = s.schemaVersion(ctx)
	return m, translate(ctx, op, err)
}

// createEngineSchema makes the schema that holds the table of migrations. It looks before it creates, since CREATE
// SCHEMA IF NOT EXISTS wants the right to create schemas even where there is nothing to do, and it does both under a
// lock, since two of them at once would collide in the catalogue.
func createEngineSchema(ctx context.Context, pool *pgxpool.Pool) error {
	const (
		takeLock = `SELECT pg_advisory_xact_lock(@lock)`
		exists   = `SELECT to_regnamespace('syncd') IS NOT NULL`
		create   = `CREATE SCHEMA syncd`
	)
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// One key beside the locker's, whose holder waits for nobody here.
		if _, err := tx.Exec(ctx, takeLock, pgx.StrictNamedArgs{"lock": int64(migrationLock + 1)}); err != nil {
			return err
		}
		var done bool
		if err := tx.QueryRow(ctx, exists).Scan(&done); err != nil || done {
			return err
		}
		_, err := tx.Exec(ctx, create)
		return err
	})
}

// newestVersion is the highest version among the provider's files.
func newestVersion(provider *goose.Provider) int64 {
	var newest int64
	for _, source := range provider.ListSources() {
		newest = max(newest, source.Version)
	}
	return newest
}
