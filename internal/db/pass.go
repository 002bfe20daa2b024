package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// PassStatus tells how a pass stands or ended.
type PassStatus string

// The statuses of a pass.
const (
	PassRunning     PassStatus = "running"     // begun and not finished
	PassComplete    PassStatus = "complete"    // everything listed was fetched and saved
	PassPartial     PassStatus = "partial"     // saved, but some documents or a part of the list are missing
	PassHeld        PassStatus = "held"        // saved, but its deletions wait for approval
	PassFailed      PassStatus = "failed"      // broken off by an error
	PassInterrupted PassStatus = "interrupted" // its process ended before it could finish
)

// Pass is one run over an account, as BeginPass opened it.
type Pass struct {
	ID    int64
	First bool // no earlier pass of the account read the whole list and was complete
}

// PassResult is what FinishPass records about a pass.
type PassResult struct {
	Status          PassStatus // any but running
	ListingComplete bool       // the user list was read to its end
	UsersListed     int
	UsersWritten    int
	UsersUnchanged  int
	UsersFailed     int
	UsersDeleted    int
	Requests        int64   // HTTP requests sent to Zoom
	Throttled       int64   // of these, answered with 429
	FloorSeconds    float64 // least time the request budget allows for this pass
	Error           string  // empty: none
}

// BeginPass opens a pass. The caller holds the lease, so a pass of the account that still stands as running lost its
// process: it is closed as interrupted.
func (s *Store) BeginPass(ctx context.Context, accountID string) (Pass, error) {
	const (
		interrupt = `
			UPDATE syncd.passes
			SET status = 'interrupted', finished_at = now(), error = 'its process ended before it could close the pass'
			WHERE account_id = @account_id AND status = 'running'`
		// What a pass that is not continued put aside is of its time.
		clear = `
			DELETE FROM syncd.parked_documents p
			USING syncd.users u
			WHERE u.user_key = p.user_key AND u.account_id = @account_id`
		begin = `
			INSERT INTO syncd.passes (account_id)
			VALUES (@account_id)
			RETURNING pass_id, NOT EXISTS (
				SELECT FROM syncd.passes
				WHERE account_id = @account_id AND status = 'complete' AND listing_complete
			)`
	)
	args := pgx.StrictNamedArgs{"account_id": accountID}
	var pass Pass
	err := s.inTx(ctx, "begin pass", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, interrupt, args); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, clear, args); err != nil {
			return err
		}
		return tx.QueryRow(ctx, begin, args).Scan(&pass.ID, &pass.First)
	})
	return pass, err
}

// FinishPass closes a running pass with its outcome. ErrPassClosed: it is not running, someone else closed it.
func (s *Store) FinishPass(ctx context.Context, passID int64, result PassResult) error {
	const op = "finish pass"
	const finish = `
		UPDATE syncd.passes
		SET finished_at      = now(),
			status           = @status,
			listing_complete = @listing_complete,
			users_listed     = @users_listed,
			users_written    = @users_written,
			users_unchanged  = @users_unchanged,
			users_failed     = @users_failed,
			users_deleted    = @users_deleted,
			requests         = @requests,
			throttled        = @throttled,
			floor_seconds    = @floor_seconds,
			error            = nullif(@error, '')
		WHERE pass_id = @pass_id AND status = 'running'`
	if result.Status == PassRunning {
		return fmt.Errorf("%s %d: a finished pass cannot be running", op, passID)
	}
	args := pgx.StrictNamedArgs{
		"pass_id":          passID,
		"status":           string(result.Status),
		"listing_complete": result.ListingComplete,
		"users_listed":     result.UsersListed,
		"users_written":    result.UsersWritten,
		"users_unchanged":  result.UsersUnchanged,
		"users_failed":     result.UsersFailed,
		"users_deleted":    result.UsersDeleted,
		"requests":         result.Requests,
		"throttled":        result.Throttled,
		"floor_seconds":    result.FloorSeconds,
		"error":            result.Error,
	}
	return s.inTx(ctx, fmt.Sprintf("%s %d", op, passID), func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, finish, args)
		if err == nil && tag.RowsAffected() == 0 {
			return ErrPassClosed
		}
		return err
	})
}

// progress is what a transaction adds to the counts of its pass.
type progress struct{ written, unchanged, deleted int }

// advancePass proves that the pass still runs and adds to its counts. Every transaction that writes for a pass ends with
// it: its lock on the row keeps the next pass from beginning before the transaction has ended, and once the next one has
// begun, the row is closed and nothing is written. A pass that is killed leaves true counts behind.
func advancePass(ctx context.Context, tx pgx.Tx, passID int64, p progress) error {
	const advance = `
		UPDATE syncd.passes
		SET users_written   = users_written + @written,
			users_unchanged = users_unchanged + @unchanged,
			users_deleted   = users_deleted + @deleted
		WHERE pass_id = @pass_id AND status = 'running'`
	tag, err := tx.Exec(ctx, advance, pgx.StrictNamedArgs{
		"pass_id": passID, "written": p.written, "unchanged": p.unchanged, "deleted": p.deleted,
	})
	if err == nil && tag.RowsAffected() == 0 {
		return ErrPassClosed
	}
	return err
}
