package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// OpenHold is a hold that waits for its approval, or for the pass that releases it.
type OpenHold struct {
	ID         int64
	PassID     int64
	Kind       HoldKind
	Reason     string
	Users      int // of the kind sites, how many of these
	CreatedAt  time.Time
	ApprovedAt *time.Time
	Documents  []HeldDocument `db:"-"` // what it still keeps back; nil also where nobody looked
}

// Abandoned reports whether the hold is only about general settings, which nobody asks for any more: then the next pass ends
// it, and nobody can release it.
func (h OpenHold) Abandoned(userSettings bool) bool {
	return !userSettings && len(h.Documents) == 1 && h.Documents[0].Document == DocumentUserSettings
}

// Extent says how much the hold is about: 40 users.
func (h OpenHold) Extent() string {
	if h.Kind == HoldSites {
		return fmt.Sprintf("%d sites", h.Users)
	}
	return fmt.Sprintf("%d users", h.Users)
}

// OpenHolds gives the holds of an account that have not ended, the oldest first.
func (s *Store) OpenHolds(ctx context.Context, accountID string) (holds []OpenHold, err error) {
	const query = `
		SELECT hold_id AS id, pass_id, kind, reason, users, created_at, approved_at
		FROM syncd.holds
		WHERE account_id = @account_id AND ended_at IS NULL
		ORDER BY hold_id`
	err = s.inTx(ctx, "open holds", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID})
		if err != nil {
			return err
		}
		holds, err = pgx.CollectRows(rows, pgx.RowToStructByName[OpenHold])
		return err
	})
	if err != nil || len(holds) == 0 {
		return nil, err
	}
	documents, err := s.heldDocuments(ctx, accountID)
	for i := range holds {
		holds[i].Documents = documents[holds[i].ID]
	}
	return holds, err
}

// HeldDocument is how much of an open hold is about a document.
type HeldDocument struct {
	Document   Document // "": whole users, or sites
	Users      int      // still held
	Unanswered int      // of these, those whose document Zoom refused or did not find when it was asked last
}

// heldDocuments gives the documents that an account's open holds still keep back, by hold.
func (s *Store) heldDocuments(ctx context.Context, accountID string) (holds map[int64][]HeldDocument, err error) {
	const query = `
		SELECT hold_id, document, count(*), count(*) FILTER (WHERE status IN (2, 3))
		FROM (
			SELECT DISTINCT c.hold_id, c.user_key, c.site_id, coalesce(c.document, 0) AS document, CASE c.document
				WHEN 1 THEN f.list_status WHEN 2 THEN f.profile_status WHEN 3 THEN f.settings_status WHEN 4 THEN f.user_settings_status
			END AS status
			FROM syncd.holds h
			JOIN syncd.held_users c USING (hold_id)
			LEFT JOIN syncd.users u USING (user_key)
			LEFT JOIN syncd.freshness f USING (user_key)
			WHERE h.account_id = @account_id AND h.ended_at IS NULL AND c.released_at IS NULL AND u.deleted_at IS NULL
		) x
		GROUP BY hold_id, document
		ORDER BY hold_id, document`
	err = s.inTx(ctx, "held documents", func(tx pgx.Tx) error {
		holds = map[int64][]HeldDocument{}
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID})
		if err != nil {
			return err
		}
		var id int64
		var code int16
		var held HeldDocument
		_, err = pgx.ForEachRow(rows, []any{&id, &code, &held.Users, &held.Unanswered}, func() error {
			held.Document = documentOf(code)
			holds[id] = append(holds[id], held)
			return nil
		})
		return err
	})
	return holds, err
}

// ApproveHold lets the next pass write what is held, if it finds exactly that set again. A hold that is
// approved already stays so. Errors: ErrNoHold, ErrHoldEnded.
func (s *Store) ApproveHold(ctx context.Context, accountID string, id int64) (OpenHold, error) {
	const approve = `
		UPDATE syncd.holds
		SET approved_at = coalesce(approved_at, now())
		WHERE account_id = @account_id AND hold_id = @hold_id AND ended_at IS NULL
		RETURNING hold_id AS id, pass_id, kind, reason, users, created_at, approved_at`
	const ended = `SELECT outcome FROM syncd.holds WHERE account_id = @account_id AND hold_id = @hold_id`
	args := pgx.StrictNamedArgs{"account_id": accountID, "hold_id": id}
	var hold OpenHold
	op := fmt.Sprintf("approve hold %d", id)
	err := s.inTx(ctx, op, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, approve, args)
		if err != nil {
			return err
		}
		hold, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[OpenHold])
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var outcome string
		err = tx.QueryRow(ctx, ended, args).Scan(&outcome)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return &Error{Op: op, Kind: ErrNoHold}
		case err == nil:
			return &Error{Op: op, Kind: ErrHoldEnded, Err: fmt.Errorf("it is %s", outcome)}
		}
		return err
	})
	if err != nil {
		return hold, err
	}
	documents, err := s.heldDocuments(ctx, accountID)
	hold.Documents = documents[id]
	return hold, err
}
