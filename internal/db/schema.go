package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"syncd/migrations"
)

// CheckSchema compares the schema with the one that this program was made for. A newer one is as good, as long as it says
// so itself (syncd.compatibility): a release brings the schema up to date while the one before it still runs. Errors:
// ErrSchemaMissing, ErrSchemaOld, ErrSchemaNew; the message has both versions.
func (s *Store) CheckSchema(ctx context.Context) error {
	const op = "check schema"
	want, err := embeddedVersion()
	if err != nil {
		return translate(ctx, op, err)
	}
	have, err := s.schemaVersion(ctx, op)
	switch {
	case err != nil:
		return err
	case have == 0:
		return versionError(op, ErrSchemaMissing, have, want)
	case have < want:
		return versionError(op, ErrSchemaOld, have, want)
	case have > want:
		return s.checkNewer(ctx, op, have, want)
	}
	return nil
}

// checkNewer refuses a newer schema that is not good for this program any more: ErrSchemaNew.
func (s *Store) checkNewer(ctx context.Context, op string, have, want int64) error {
	const query = `SELECT oldest <= @want FROM syncd.compatibility`
	var good bool
	err := s.inTx(ctx, op, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, query, pgx.StrictNamedArgs{"want": want}).Scan(&good)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows), errors.Is(err, ErrSchemaMissing), err == nil && !good:
		return versionError(op, ErrSchemaNew, have, want)
	}
	return err
}

// CheckWritable tells whether the database takes writes from this role: it is no standby, not set to read-only, and the
// role may change every engine table that exists. Errors: ErrReadOnly, ErrDenied.
func (s *Store) CheckWritable(ctx context.Context) error {
	const op = "check writable"
	const query = `
		SELECT
			pg_is_in_recovery(),
			current_setting('default_transaction_read_only')::boolean,
			ARRAY(
				SELECT c.relname::text
				FROM pg_class c
				WHERE c.relnamespace = to_regnamespace('syncd')
				AND c.relkind = 'r'
				AND NOT (
					has_schema_privilege(c.relnamespace, 'USAGE')
					AND has_table_privilege(c.oid, 'SELECT')
					AND has_table_privilege(c.oid, 'INSERT')
					AND has_table_privilege(c.oid, 'UPDATE')
					AND has_table_privilege(c.oid, 'DELETE')
				)
				ORDER BY 1
			)`
	var standby, readOnly bool
	var barred []string
	err := s.inTx(ctx, op, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, query).Scan(&standby, &readOnly, &barred)
	})
	if err != nil {
		return err
	}
	switch {
	case standby:
		return &Error{Op: op, Kind: ErrReadOnly, Err: errors.New("it is a standby")}
	case readOnly:
		return &Error{Op: op, Kind: ErrReadOnly, Err: errors.New("default_transaction_read_only is on")}
	case len(barred) > 0:
		return &Error{Op: op, Kind: ErrDenied, Err: fmt.Errorf("no right to write %s", strings.Join(barred, ", "))}
	}
	return nil
}

// schemaVersion is the highest version applied to the database; 0 without a schema.
func (s *Store) schemaVersion(ctx context.Context, op string) (version int64, err error) {
	const query = `SELECT coalesce(max(version_id), 0) FROM syncd.goose_db_version WHERE is_applied`
	err = s.inTx(ctx, op, func(tx pgx.Tx) error { return tx.QueryRow(ctx, query).Scan(&version) })
	if errors.Is(err, ErrSchemaMissing) {
		return 0, nil
	}
	return version, err
}

// embeddedVersion is the version of the newest migration in this program.
func embeddedVersion() (int64, error) {
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return 0, err
	}
	var newest int64
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", name, err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}

func versionError(op string, kind error, have, want int64) error {
	return &Error{Op: op, Kind: kind, Err: fmt.Errorf("schema version %d, syncd needs %d", have, want)}
}
