package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// MirrorStatus is the state of an account's mirror.
type MirrorStatus struct {
	Users     int        // current
	Deleted   int        // tombstoned
	Oldest    *time.Time // when the oldest document of a current user was last confirmed; nil: there is none
	Last      *PassRow
	Succeeded *time.Time // when the last complete pass ended
	Holds     []OpenHold
}

// PassRow is a pass as zoom.sync_passes has it.
type PassRow struct {
	ID              int64
	StartedAt       time.Time
	FinishedAt      *time.Time
	Status          PassStatus
	UsersListed     int
	UsersWritten    int
	UsersUnchanged  int
	UsersFailed     int
	UsersDeleted    int
	ListingComplete bool
	Floor           time.Duration // least time that the request budget allows for it
	Error           *string
}

// MirrorStatus tells how an account's mirror is.
func (s *Store) MirrorStatus(ctx context.Context, accountID string) (status MirrorStatus, err error) {
	const (
		users = `
			SELECT count(*) FILTER (WHERE deleted_at IS NULL), count(*) FILTER (WHERE deleted_at IS NOT NULL)
			FROM syncd.users
			WHERE account_id = @account_id`
		oldest = `
			SELECT min(f.verified_at)
			FROM zoom.freshness f
			JOIN zoom.phone_users USING (account_id, user_id)
			WHERE f.account_id = @account_id`
		last = `
			SELECT
				pass_id AS id, started_at, finished_at, status, users_listed, users_written, users_unchanged, users_failed,
				users_deleted, listing_complete, make_interval(secs => floor_seconds) AS floor, error
			FROM syncd.passes
			WHERE account_id = @account_id
			ORDER BY pass_id DESC
			LIMIT 1`
		succeeded = `SELECT max(finished_at) FROM syncd.passes WHERE account_id = @account_id AND status = 'complete' AND listing_complete`
	)
	args := pgx.StrictNamedArgs{"account_id": accountID}
	err = s.inTx(ctx, "status", func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, users, args).Scan(&status.Users, &status.Deleted); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, oldest, args).Scan(&status.Oldest); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, succeeded, args).Scan(&status.Succeeded); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, last, args)
		if err != nil {
			return err
		}
		status.Last, err = pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[PassRow])
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return MirrorStatus{}, err
	}
	status.Holds, err = s.OpenHolds(ctx, accountID)
	return status, err
}
