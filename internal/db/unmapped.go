package db

import (
	"context"
	"maps"

	"github.com/jackc/pgx/v5"
)

// UnmappedField is a JSON path of an account's documents that no column holds, or that has a value of an unexpected type.
type UnmappedField struct {
	Document Document
	Path     string // [] is any element of an array
	JSONType string // object, array, string, number, boolean or null
}

// maxUnmapped is how many paths of one account are kept of those that are there, and of those that are gone.
const maxUnmapped = 10_000

// WriteUnmapped records the paths that a pass saw. Those that are new are added, in the order given and as long as there
// is room; of the documents in whole, of which the pass saw everything, those that it did not see are marked gone. What is
// there already and what is gone already is not written.
func (s *Store) WriteUnmapped(ctx context.Context, accountID string, passID int64, seen []UnmappedField, whole []Document) error {
	const (
		returned = `
			UPDATE syncd.unmapped_fields f
			SET last_seen_at = NULL
			FROM unnest(@documents::smallint[], @paths::text[], @types::text[]) n (document, path, json_type)
			WHERE f.account_id = @account_id AND f.last_seen_at IS NOT NULL
			AND f.document = n.document AND f.path = n.path AND f.json_type = n.json_type`
		gone = `
			UPDATE syncd.unmapped_fields f
			SET last_seen_at = greatest(f.first_seen_at, (
				SELECT max(finished_at)
				FROM syncd.passes
				WHERE account_id = @account_id AND status = 'complete' AND users_requested IS NULL
			))
			WHERE f.account_id = @account_id AND f.last_seen_at IS NULL AND f.document = ANY (@whole::smallint[])
			AND NOT EXISTS (
				SELECT
				FROM unnest(@documents::smallint[], @paths::text[], @types::text[]) n (document, path, json_type)
				WHERE f.document = n.document AND f.path = n.path AND f.json_type = n.json_type
			)`
		added = `
			INSERT INTO syncd.unmapped_fields (account_id, document, path, json_type)
			SELECT @account_id, n.document, n.path, n.json_type
			FROM unnest(@documents::smallint[], @paths::text[], @types::text[])
				WITH ORDINALITY n (document, path, json_type, place)
			WHERE NOT EXISTS (
				SELECT
				FROM syncd.unmapped_fields f
				WHERE f.account_id = @account_id AND f.document = n.document AND f.path = n.path AND f.json_type = n.json_type
			)
			ORDER BY n.place
			LIMIT greatest(0, @most - (SELECT count(*) FROM syncd.unmapped_fields WHERE account_id = @account_id AND last_seen_at IS NULL))
			ON CONFLICT DO NOTHING`
		// Keys that are data would come and go for ever.
		evicted = `
			DELETE FROM syncd.unmapped_fields f
			USING (
				SELECT document, path, json_type
				FROM syncd.unmapped_fields
				WHERE account_id = @account_id AND last_seen_at IS NOT NULL
				ORDER BY last_seen_at DESC, document, path, json_type
				OFFSET @most
			) old
			WHERE f.account_id = @account_id AND f.document = old.document AND f.path = old.path AND f.json_type = old.json_type`
	)
	var documents, complete []int16
	var paths, types []string
	for _, field := range seen {
		documents, paths, types = append(documents, field.Document.code()), append(paths, field.Path), append(types, field.JSONType)
	}
	for _, document := range whole {
		complete = append(complete, document.code())
	}
	fields := pgx.StrictNamedArgs{"account_id": accountID, "documents": documents, "paths": paths, "types": types}
	with := func(name string, value any) pgx.StrictNamedArgs {
		args := maps.Clone(fields)
		args[name] = value
		return args
	}
	return s.inTx(ctx, "write unmapped fields", func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(returned, fields)
		batch.Queue(gone, with("whole", complete))
		batch.Queue(added, with("most", maxUnmapped))
		batch.Queue(evicted, pgx.StrictNamedArgs{"account_id": accountID, "most": maxUnmapped})
		if err := tx.SendBatch(ctx, batch).Close(); err != nil || passID == 0 {
			return err
		}
		return s.advancePass(ctx, tx, passID, progress{})
	})
}

// removeUnmapped removes the paths of an account for which it is asked to, and tells how many. What is still there comes
// back when it is recorded next.
func removeUnmapped(ctx context.Context, tx pgx.Tx, accountID string, remove func(Document, string) bool) (removed int, err error) {
	const (
		read = `
			SELECT DISTINCT document, path
			FROM syncd.unmapped_fields
			WHERE account_id = @account_id`
		drop = `
			DELETE FROM syncd.unmapped_fields f
			USING unnest(@documents::smallint[], @paths::text[]) n (document, path)
			WHERE f.account_id = @account_id AND f.document = n.document AND f.path = n.path`
	)
	rows, err := tx.Query(ctx, read, pgx.StrictNamedArgs{"account_id": accountID})
	if err != nil {
		return 0, err
	}
	var documents []int16
	var paths []string
	var document int16
	var path string
	_, err = pgx.ForEachRow(rows, []any{&document, &path}, func() error {
		if remove(documentOf(document), path) {
			documents, paths = append(documents, document), append(paths, path)
		}
		return nil
	})
	if err != nil || len(paths) == 0 {
		return 0, err
	}
	tag, err := tx.Exec(ctx, drop, pgx.StrictNamedArgs{"account_id": accountID, "documents": documents, "paths": paths})
	return int(tag.RowsAffected()), err
}
