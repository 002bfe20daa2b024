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
	return holds, err
}

// ApproveHold lets the next pass that sees everybody write what is held, if it finds exactly that set again. A hold that is
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
	return hold, err
}
