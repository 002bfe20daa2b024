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
	const tables = `
		SELECT format('%I.%I', n.nspname, c.relname)
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'syncd' AND c.relkind = 'r'
		ORDER BY 1`
	err := s.inTx(ctx, "analyze", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, tables)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "ANALYZE (SKIP_LOCKED) "+strings.Join(names, ", "))
		return err
	})
	if err != nil {
		s.log.WarnContext(ctx, "tables are not analyzed, queries may be slow for some minutes", slog.Any("error", err))
	}
}
