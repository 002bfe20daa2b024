package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// SettingChange is one difference between two versions of a document.
type SettingChange struct {
	Path     string // for example policy.sms.enable
	Old, New []byte // JSON; nil: absent
	Private  bool   // the values are for readers of zoom_pii only
}

// journal is what a batch of users adds to syncd.setting_changes.
type journal struct {
	documentRefs // those whose new version begins
	results      []*DocumentResult

	changed  documentRefs // one element a change
	paths    []string
	old, new [][]byte
	private  []bool
}

// add takes in a document whose new version begins. One that was never stored before has no changes.
func (j *journal) add(key int64, result *DocumentResult) {
	if result.Compare != nil {
		j.documentRefs.add(key, result)
		j.results = append(j.results, result)
	}
}

// compare reads the version before of each document, and asks what has changed since: the last one in the history where
// the document was dropped meanwhile. It must run before the batch that replaces them. Of users about whom there are
// suspicions it tells which, by key and document.
func (j *journal) compare(ctx context.Context, tx pgx.Tx) (map[int64]map[Document][]string, error) {
	const query = `
		SELECT n.place - 1, coalesce(d.body, h.body)
		FROM unnest(@keys::bigint[], @documents::smallint[]) WITH ORDINALITY n (user_key, document, place)
		LEFT JOIN syncd.documents d USING (user_key, document)
		LEFT JOIN LATERAL (
			SELECT x.body
			FROM syncd.document_history x
			WHERE x.user_key = n.user_key AND x.document = n.document AND d.body IS NULL
			ORDER BY x.valid_from DESC
			LIMIT 1
		) h ON true
		WHERE coalesce(d.body, h.body) IS NOT NULL`
	if len(j.keys) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"keys": j.keys, "documents": j.documents})
	if err != nil {
		return nil, err
	}
	suspicions := map[int64]map[Document][]string{}
	var place int
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&place, &body}, func() error {
		result := j.results[place]
		found, err := result.Compare(body)
		if err != nil {
			return &Error{Op: "compare versions", Kind: ErrBadData, Err: fmt.Errorf("stored %s: %w", result.Document, err)}
		}
		if key := j.keys[place]; len(found.Suspicions) > 0 {
			if suspicions[key] == nil {
				suspicions[key] = map[Document][]string{}
			}
			suspicions[key][result.Document] = found.Suspicions
		}
		for _, c := range found.Changes {
			j.changed.add(j.keys[place], result)
			j.paths = append(j.paths, c.Path)
			j.old, j.new = append(j.old, c.Old), append(j.new, c.New)
			j.private = append(j.private, c.Private)
		}
		return nil
	})
	return suspicions, err
}

// queueJournal adds the changes. It runs after the new versions began and before the freshness of the old ones is
// written over: between the two lies the time of the change. Where a document was dropped meanwhile, nothing tells when
// its last version was confirmed but its beginning.
func queueJournal(batch *pgx.Batch, passID int64, j journal) {
	const record = `
		INSERT INTO syncd.setting_changes (user_key, document, seen_after, seen_at, pass_id, path, old_value, new_value, private)
		SELECT
			n.user_key, n.document,
			least(d.valid_from, coalesce(
				CASE n.document
					WHEN 1 THEN CASE WHEN f.list_status = 1 THEN f.list_fetched_at ELSE f.list_verified_at END
					WHEN 2 THEN CASE WHEN f.profile_status = 1 THEN f.profile_fetched_at ELSE f.profile_verified_at END
					WHEN 3 THEN CASE WHEN f.settings_status = 1 THEN f.settings_fetched_at ELSE f.settings_verified_at END
					WHEN 4 THEN CASE WHEN f.user_settings_status = 1 THEN f.user_settings_fetched_at ELSE f.user_settings_verified_at END
				END,
				(
					SELECT max(h.valid_from)
					FROM syncd.document_history h
					WHERE h.user_key = n.user_key AND h.document = n.document
				)
			)),
			d.valid_from, @pass_id, n.path, n.old_value, n.new_value, n.private
		FROM unnest(
			@keys::bigint[], @documents::smallint[],
			@paths::text[], @old::jsonb[], @new::jsonb[], @private::boolean[]
		) n (user_key, document, path, old_value, new_value, private)
		JOIN syncd.documents d USING (user_key, document)
		JOIN syncd.freshness f USING (user_key)`
	if len(j.paths) == 0 {
		return
	}
	batch.Queue(record, pgx.StrictNamedArgs{
		"pass_id": passID,
		"keys":    j.changed.keys, "documents": j.changed.documents,
		"paths": j.paths, "old": j.old, "new": j.new, "private": j.private,
	})
}
