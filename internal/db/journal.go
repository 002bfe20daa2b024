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
	documentRefs // those that are written over, or dropped
	results      []*DocumentResult
	versioned    []bool // a version begins or ends, and its changes are recorded

	changed  documentRefs // one element a change
	paths    []string
	old, new [][]byte
	private  []bool
	lost     []bool // the old value was, when its user came back
}

// add takes in a document that is written over, or dropped. One that was never stored before has no changes.
func (j *journal) add(key int64, result *DocumentResult, versioned bool) {
	if result.Compare != nil {
		j.documentRefs.add(key, result, result.AnsweredAgo)
		j.results = append(j.results, result)
		j.versioned = append(j.versioned, versioned)
	}
}

// comparisons is what comparing the documents of a batch with what is stored says, by key of the user and document: of those
// that are stored, or were before they were dropped.
type comparisons map[documentKey]compared

type documentKey struct {
	user     int64
	document Document
}

type compared struct {
	Comparison
	stored  bool // there is a body now
	lost    bool // what it is compared with was lost when its user came back
	pending bool // that of the body
}

// findings is what follows from comparisons, by key of the user and document.
type findings struct {
	suspicions map[int64]map[Document][]string
	unchanged  map[int64]map[Document]bool // digests differ, and nothing of which they are made
}

// compare reads the version before of each document, and asks what has changed since: everything, where the document was
// dropped meanwhile, which the journal says unless it was pruned. One that was lost when its user came back, for Zoom gave
// no answer, is compared with what it was when the user went; what it lacks is no loss. It must run before the batch that
// replaces them.
func (j *journal) compare(ctx context.Context, tx pgx.Tx) (comparisons, error) {
	const query = `
		SELECT n.place - 1, coalesce(d.body, h.body), coalesce(d.pending, h.pending, false), d.body IS NOT NULL
		FROM unnest(@keys::bigint[], @documents::smallint[]) WITH ORDINALITY n (user_key, document, place)
		LEFT JOIN syncd.documents d USING (user_key, document)
		LEFT JOIN LATERAL (
			SELECT
				x.user_key,
				CASE WHEN lost.it THEN x.body END AS body,
				CASE WHEN lost.it THEN x.pending END AS pending
			FROM syncd.document_history x
			CROSS JOIN LATERAL (
				SELECT EXISTS (
					SELECT
					FROM syncd.absences a
					WHERE a.user_key = x.user_key AND a.deleted_at = x.valid_to
				) AND NOT EXISTS (
					SELECT
					FROM syncd.setting_changes c
					WHERE c.user_key = x.user_key AND c.document = x.document AND c.seen_at >= x.valid_to AND c.new_value IS NULL
				) AND NOT EXISTS (
					SELECT
					FROM syncd.users u
					JOIN syncd.history_limits l USING (account_id)
					WHERE u.user_key = x.user_key AND l.begins_at > x.valid_to
				) AS it
			) lost
			WHERE d.user_key IS NULL AND x.user_key = n.user_key AND x.document = n.document
			ORDER BY x.valid_from DESC
			LIMIT 1
		) h ON true
		WHERE d.body IS NOT NULL OR h.user_key IS NOT NULL`
	if len(j.keys) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"keys": j.keys, "documents": j.documents})
	if err != nil {
		return nil, err
	}
	all := make(comparisons, len(j.keys))
	var place int
	var body []byte
	var pending, stored bool
	_, err = pgx.ForEachRow(rows, []any{&place, &body, &pending, &stored}, func() error {
		result := j.results[place]
		found, err := result.Compare(body, pending)
		if err != nil {
			return &Error{Op: "compare versions", Kind: ErrBadData, Err: fmt.Errorf("stored %s: %w", result.Document, err)}
		}
		if !stored {
			found.Suspicions = nil
		}
		all[documentKey{j.keys[place], result.Document}] = compared{found, stored, !stored && body != nil, pending}
		return nil
	})
	return all, err
}

// record takes in the changes of documents of which a version begins or ends, and says what was found.
func (j *journal) record(all comparisons) findings {
	found := findings{map[int64]map[Document][]string{}, map[int64]map[Document]bool{}}
	for place, result := range j.results {
		key := j.keys[place]
		c, there := all[documentKey{key, result.Document}]
		if !there {
			continue
		}
		if len(c.Suspicions) > 0 {
			if found.suspicions[key] == nil {
				found.suspicions[key] = map[Document][]string{}
			}
			found.suspicions[key][result.Document] = c.Suspicions
		}
		if !j.versioned[place] {
			continue
		}
		if c.stored && !result.Drop && len(c.Changes) == 0 && c.pending == result.Pending {
			if found.unchanged[key] == nil {
				found.unchanged[key] = map[Document]bool{}
			}
			found.unchanged[key][result.Document] = true
		}
		for _, change := range c.Changes {
			j.changed.add(key, result, result.AnsweredAgo)
			j.paths = append(j.paths, change.Path)
			j.old, j.new = append(j.old, change.Old), append(j.new, change.New)
			j.private = append(j.private, change.Private)
			j.lost = append(j.lost, c.lost)
		}
	}
	return found
}

// queueJournal adds the changes, each with the two times between which it happened. It runs after versions began and ended,
// and before the freshness of the old ones is written over.
//
// The new value was seen by the answer that gave it. Its version begins then or later, with those of the user's other
// documents.
//
// The old value was last seen when Zoom was asked for the last answer that gave it: the last answer of any kind, if that is
// the one, else the last that confirmed what is stored. Of a document that comes back nothing is stored, and what was
// seen last is its absence, of which one of these tells:
//
//   - an answer that there is no such document;
//   - for a user who was pending, and was not asked about it, the answer that there is no profile;
//   - else the end of its last version.
//
// Of one that was lost when its user came back, it is the beginning of its last version, which is when that was surely seen.
func queueJournal(batch *pgx.Batch, passID int64, j journal) {
	// The conditions stand in the order of that comment.
	const record = `
		INSERT INTO syncd.setting_changes (user_key, document, seen_after, seen_at, pass_id, path, old_value, new_value, private)
		SELECT
			n.user_key, n.document,
			least(seen.at, CASE
				WHEN n.lost THEN h.began_at
				WHEN o.status = @ok THEN o.fetched_at
				WHEN o.verified_at IS NOT NULL THEN o.verified_at
				WHEN o.status = @not_found THEN o.fetched_at
				WHEN o.status = @pending AND f.profile_status = @not_found THEN f.profile_fetched_at
				ELSE h.ended_at
			END),
			seen.at, @pass_id, n.path, n.old_value, n.new_value, n.private
		FROM unnest(
			@keys::bigint[], @documents::smallint[], @ages::bigint[],
			@paths::text[], @old::jsonb[], @new::jsonb[], @private::boolean[], @lost::boolean[]
		) n (user_key, document, age, path, old_value, new_value, private, lost)
		JOIN syncd.freshness f USING (user_key)
		JOIN LATERAL (VALUES
			(1, f.list_status, f.list_fetched_at, f.list_verified_at),
			(2, f.profile_status, f.profile_fetched_at, f.profile_verified_at),
			(3, f.settings_status, f.settings_fetched_at, f.settings_verified_at),
			(4, f.user_settings_status, f.user_settings_fetched_at, f.user_settings_verified_at)
		) o (document, status, fetched_at, verified_at) ON o.document = n.document
		LEFT JOIN syncd.documents d ON d.user_key = n.user_key AND d.document = n.document
		CROSS JOIN LATERAL (
			SELECT max(x.valid_to) AS ended_at, max(x.valid_from) AS began_at
			FROM syncd.document_history x
			WHERE x.user_key = n.user_key AND x.document = n.document
		) h
		CROSS JOIN LATERAL (
			SELECT least(now() - n.age * interval '1 microsecond', d.valid_from) AS at
		) seen`
	if len(j.paths) == 0 {
		return
	}
	batch.Queue(record, pgx.StrictNamedArgs{
		"pass_id": passID,
		"ok":      StatusOK.code(), "not_found": StatusNotFound.code(), "pending": StatusPending.code(),
		"keys": j.changed.keys, "documents": j.changed.documents, "ages": j.changed.ages,
		"paths": j.paths, "old": j.old, "new": j.new, "private": j.private, "lost": j.lost,
	})
}
