package db

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"syncd/migrations"
)

// versionTable lies in the engine's schema, away from anything else that uses goose in the same database.
const versionTable = "syncd.goose_db_version"

// How long a program waits for another one that migrates, and how often it looks.
const (
	migrationWait = 10 * time.Minute
	migrationPoll = 500 * time.Millisecond
)

// How often a file is tried that waited in vain for a lock, and the pause in between.
const (
	lockAttempts = 5
	lockPause    = time.Second
)

// Migration is what Migrate did: the schema's version before and after (0: no schema) and the files it applied.
type Migration struct {
	From, To int64
	Applied  []string
}

// Migrate brings the schema to the version of this program, or leaves a newer one as it is that is good for this program
// too, as CheckSchema says. Several may call it at once: one works, the others wait for it and then find nothing to do. Each file is a transaction; after an error the files before it stay applied. A
// migration may rightly take long, so that its statements have no limits but those of the role and their own. Errors: ErrSchemaNew
// when the schema is ahead and not good for this program, ErrMigrating, ErrConflict, ErrDenied, ErrReadOnly.
func (s *Store) Migrate(ctx context.Context) (Migration, error) {
	return s.migrate(ctx, migrations.FS)
}

func (s *Store) migrate(ctx context.Context, files fs.FS) (Migration, error) {
	const op = "migrate"
	// The lock that goose offers is a session's, which a pooler would leave behind in a stranger's connection.
	turn, err := s.awaitTurn(ctx, op)
	if err != nil {
		return Migration{}, err
	}
	defer turn.Release() //nolint:contextcheck // it must also work after the context has ended
	if err := s.createEngineSchema(ctx, op); err != nil {
		return Migration{}, err
	}
	handle := stdlib.OpenDBFromPool(s.pool)
	provider, err := goose.NewProvider(goose.DialectPostgres, handle, files,
		goose.WithTableName(versionTable),
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
	if m.From, err = s.schemaVersion(ctx, op); err != nil {
		return m, err
	}
	if m.From > want {
		m.To = m.From
		return m, s.checkNewer(ctx, op, m.From, want)
	}
	if m.Applied, err = apply(ctx, op, provider); err != nil {
		return m, err
	}
	m.To, err = s.schemaVersion(ctx, op)
	return m, err
}

// apply runs the files that are not applied yet. A file says how long it waits for a lock (lock_timeout), since every statement of a
// program at work waits behind it. One that waited in vain is tried again, after a pause in which they get on.
func apply(ctx context.Context, op string, provider *goose.Provider) ([]string, error) {
	var names []string
	for attempt := 1; ; attempt++ {
		applied, err := provider.Up(ctx)
		if partial, ok := errors.AsType[*goose.PartialError](err); ok {
			applied = partial.Applied
		}
		for _, file := range applied {
			names = append(names, path.Base(file.Source.Path))
		}
		err = translate(ctx, op, err)
		if attempt == lockAttempts || !isLocked(err) {
			return names, err
		}
		pause := time.NewTimer(lockPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return names, translate(ctx, op, ctx.Err())
		}
	}
}

// awaitTurn takes the lock of whoever migrates or gives rights. It asks again and again, since a statement that waits for a lock would
// hold back a migration that builds an index concurrently.
func (s *Store) awaitTurn(ctx context.Context, op string) (*Lease, error) {
	waiting, cancel := context.WithTimeoutCause(ctx, migrationWait, &Error{Op: op, Kind: ErrMigrating})
	defer cancel()
	tick := time.NewTicker(migrationPoll)
	defer tick.Stop()
	for {
		turn, err := s.acquire(waiting, op, "migration", "")
		if !errors.Is(err, ErrLeaseHeld) {
			return turn, err
		}
		select {
		case <-tick.C:
		case <-waiting.Done():
			return nil, context.Cause(waiting)
		}
	}
}

// createEngineSchema makes the schema that holds the table of migrations. It looks before it creates, since CREATE
// SCHEMA IF NOT EXISTS wants the right to create schemas even where there is nothing to do.
func (s *Store) createEngineSchema(ctx context.Context, op string) error {
	const (
		exists = `SELECT to_regnamespace('syncd') IS NOT NULL`
		create = `CREATE SCHEMA syncd`
	)
	return s.inTx(ctx, op, func(tx pgx.Tx) error {
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
