package db

import (
	"context"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
)

// muchChanged is the part of the listed users, one in so many, whose writing makes a pass one that changed much.
const muchChanged = 10

// analyze lets Postgres look at the tables that were filled. It would do so by itself, but only minutes later: until then
// it knows nothing of a new mirror, and its plans for the first questions can take seconds over a few hundred users. What
// another session is about to change is left to Postgres, and so is everything if this fails: data are not at stake.
func (s *Store) analyze(ctx context.Context) {
	err := s.inTx(ctx, "analyze", func(tx pgx.Tx) error { return analyzeTables(ctx, tx, "(SKIP_LOCKED)") })
	if err != nil {
		s.log.WarnContext(ctx, "tables are not analyzed, queries may be slow for some minutes", slog.Any("error", err))
	}
}

// analyzeTables lets Postgres look at all tables.
func analyzeTables(ctx context.Context, tx pgx.Tx, options string) error {
	const tables = `
		SELECT format('%I.%I', n.nspname, c.relname)
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'syncd' AND c.relkind = 'r'
		ORDER BY 1`
	rows, err := tx.Query(ctx, tables)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "ANALYZE "+options+" "+strings.Join(names, ", "))
	return err
}
