package db

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
)

// Tombstone marks one user as deleted, with the evidence for it.
type Tombstone struct {
	UserID   string
	Evidence json.RawMessage // a JSON object: what proved the absence
}

// Deletions is users to mark as deleted.
type Deletions struct {
	Gone     []Tombstone
	Releases int64 // the approved hold that kept them back; 0: none
}

// Tombstone marks users as deleted, all in one transaction, and returns how many it marked: users that are unknown or
// marked already are left alone, and keep their first evidence. The same transaction releases them from their hold. Documents and rows stay; the views hide them. The caller
// holds the account's lease and has the proof.
func (s *Store) Tombstone(ctx context.Context, accountID string, passID int64, deletions Deletions) (int, error) {
	// The deletion comes after the beginning of each stored version, whatever the database's clock did meanwhile.
	const mark = `
		UPDATE syncd.users u
		SET deleted_at        = greatest(now(), (
				SELECT max(d.valid_from) + interval '1 microsecond'
				FROM syncd.documents d
				WHERE d.user_key = u.user_key
			)),
			deleted_pass_id   = @pass_id,
			deletion_evidence = n.evidence,
			changed_at        = now()
		FROM unnest(@user_ids::text[], @evidence::jsonb[]) n (user_id, evidence)
		WHERE u.account_id = @account_id AND u.user_id = n.user_id AND u.deleted_at IS NULL
		RETURNING u.user_key`
	gone := deletions.Gone
	if len(gone) == 0 {
		return 0, nil
	}
	ids := make([]string, len(gone))
	evidence := make([][]byte, len(gone))
	for i := range gone {
		ids[i], evidence[i] = gone[i].UserID, gone[i].Evidence
	}
	var marked int
	err := s.inTx(ctx, "tombstone users", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, mark, pgx.StrictNamedArgs{
			"account_id": accountID, "pass_id": passID, "user_ids": ids, "evidence": evidence,
		})
		if err != nil {
			return err
		}
		keys, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		marked = len(keys)
		var released releasedRows
		for _, key := range keys {
			if deletions.Releases != 0 {
				released.add(deletions.Releases, key, "")
			}
		}
		batch := &pgx.Batch{}
		queueReleased(batch, released)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		return s.advancePass(ctx, tx, passID, progress{deleted: marked})
	})
	if err != nil {
		return 0, err
	}
	return marked, nil
}
