package db

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// UnmappedPaths gives the paths of a stored document that would be recorded as unmapped fields.
type UnmappedPaths func(document Document, body []byte) ([]string, error)

// documentPath is a path in documents of a kind.
type documentPath struct {
	document Document
	path     string
}

// forgetUnmapped removes the unmapped fields that only a user has or had, since a name in their path may be a value: the
// documents of others are looked at until each of these paths is found in one, which takes all of them only for a user who
// has such a path. Documents of the user that are gone, because they were pruned, tell nothing: what they may have
// had is known by the user's id, addresses, numbers and names.
func forgetUnmapped(ctx context.Context, tx pgx.Tx, accountID string, u foundUser, unmapped UnmappedPaths) error {
	own, err := unmappedOf(ctx, tx, u, unmapped)
	if err != nil {
		return err
	}
	named, err := unmappedNaming(ctx, tx, u)
	if err != nil {
		return err
	}
	alone := map[documentPath]bool{}
	// Nothing is removed: this reads what is recorded.
	_, err = removeUnmapped(ctx, tx, accountID, func(document Document, path string) bool {
		if p := (documentPath{document, path}); own[p] || named[p] {
			alone[p] = true
		}
		return false
	})
	if err != nil {
		return err
	}
	for page, err := range storedUsers(ctx, tx, accountID) {
		if len(alone) == 0 {
			break
		}
		if err != nil {
			return err
		}
		for i := range page {
			if other := &page[i]; other.key != u.key && !other.Deleted {
				if err := keepUnmapped(alone, other, unmapped); err != nil {
					return err
				}
			}
		}
	}
	_, err = removeUnmapped(ctx, tx, accountID, func(document Document, path string) bool { return alone[documentPath{document, path}] })
	return err
}

// keepUnmapped takes out of some paths those that a user has.
func keepUnmapped(alone map[documentPath]bool, user *StoredUser, unmapped UnmappedPaths) error {
	for document, body := range user.Documents {
		paths, err := unmapped(document, body)
		if err != nil {
			return err
		}
		for _, path := range paths {
			delete(alone, documentPath{document, path})
		}
	}
	return nil
}

// unmappedOf gives the paths of a user's documents: current, former and parked ones.
func unmappedOf(ctx context.Context, tx pgx.Tx, u foundUser, unmapped UnmappedPaths) (map[documentPath]bool, error) {
	const query = `
		SELECT document, body FROM syncd.documents WHERE user_key = @key
		UNION ALL
		SELECT document, body FROM syncd.document_history WHERE user_key = @key
		UNION ALL
		SELECT document, body FROM syncd.parked_documents WHERE user_key = @key AND body IS NOT NULL`
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"key": u.key})
	if err != nil {
		return nil, err
	}
	all := map[documentPath]bool{}
	var document int16
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&document, &body}, func() error {
		paths, err := unmapped(documentOf(document), body)
		for _, path := range paths {
			all[documentPath{documentOf(document), path}] = true
		}
		return err
	})
	return all, err
}

// unmappedNaming gives the recorded paths that name a user, as they are or as they stand within quotes.
func unmappedNaming(ctx context.Context, tx pgx.Tx, u foundUser) (map[documentPath]bool, error) {
	const query = `
		SELECT f.document, f.path
		FROM syncd.unmapped_fields f
		JOIN syncd.users u USING (account_id)
		WHERE u.user_key = @key AND EXISTS (
			SELECT
			FROM (
				SELECT u.user_id
				UNION ALL
				SELECT unnest(ARRAY[l.email, l.name, l.phone_user_id, l.extension_id]) FROM syncd.user_list l WHERE l.user_key = @key
				UNION ALL
				SELECT n.number FROM syncd.phone_numbers n WHERE n.user_key = @key
				UNION ALL
				SELECT h.body ->> k
				FROM syncd.document_history h
				CROSS JOIN unnest(ARRAY['email', 'name']) k
				WHERE h.user_key = @key AND h.document IN (1, 2)
			) said (text)
			CROSS JOIN LATERAL (VALUES (lower(said.text)), (lower(substr(to_json(said.text)::text, 2, length(to_json(said.text)::text) - 2)))) written (text)
			WHERE length(said.text) > 3 AND strpos(lower(f.path), written.text) > 0
		)`
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"key": u.key})
	if err != nil {
		return nil, err
	}
	all := map[documentPath]bool{}
	var document int16
	var path string
	_, err = pgx.ForEachRow(rows, []any{&document, &path}, func() error {
		all[documentPath{documentOf(document), path}] = true
		return nil
	})
	return all, err
}
