package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// MirrorStatus is the state of an account's mirror.
type MirrorStatus struct {
	Users     int        // current
	Deleted   int        // tombstoned
	Oldest    *time.Time // when the oldest document of a current user was last confirmed; nil: there is none
	Passes    []PassRow  // the last ones, the newest first
	Succeeded *time.Time // when the last complete pass ended
	Holds     []OpenHold

	HistoryBegins *time.Time // nil: nothing of it was pruned
}

// Last is the newest pass, nil before the first.
func (s *MirrorStatus) Last() *PassRow {
	if len(s.Passes) == 0 {
		return nil
	}
	return &s.Passes[0]
}

// lastPasses is how many passes a status tells of.
const lastPasses = 12

// PassRow is a pass as zoom.sync_passes has it.
type PassRow struct {
	ID              int64
	StartedAt       time.Time
	FinishedAt      *time.Time
	AdvancedAt      time.Time // when it last got on
	Status          PassStatus
	UsersRequested  *int // nil: all
	UsersListed     int
	UsersWritten    int
	UsersUnchanged  int
	UsersFailed     int
	UsersDeleted    int
	ListingComplete bool
	Requests        int
	Throttled       int           // of these answered 429
	Floor           time.Duration // least time that the request budget allows for it
	Error           *string
}

// oldestDocument is, of a user in syncd.freshness f, when the document was confirmed that was confirmed longest ago, as
// zoom.freshness has it.
const oldestDocument = `least(
				CASE WHEN f.list_status          = 1 THEN f.list_fetched_at          ELSE f.list_verified_at          END,
				CASE WHEN f.profile_status       = 1 THEN f.profile_fetched_at       ELSE f.profile_verified_at       END,
				CASE WHEN f.settings_status      = 1 THEN f.settings_fetched_at      ELSE f.settings_verified_at      END,
				CASE WHEN f.user_settings_status = 1 THEN f.user_settings_fetched_at ELSE f.user_settings_verified_at END
			)`

// currentFreshness has the users that are not deleted.
const currentFreshness = `
			FROM syncd.freshness f
			JOIN syncd.users u USING (user_key)
			WHERE u.account_id = @account_id AND u.deleted_at IS NULL`

// MirrorStatus tells how an account's mirror is.
func (s *Store) MirrorStatus(ctx context.Context, accountID string) (status MirrorStatus, err error) {
	const (
		users = `
			SELECT count(*) FILTER (WHERE deleted_at IS NULL), count(*) FILTER (WHERE deleted_at IS NOT NULL)
			FROM syncd.users
			WHERE account_id = @account_id`
		oldest = `SELECT min(` + oldestDocument + `)` + currentFreshness
		passes = `
			SELECT
				pass_id AS id, started_at, finished_at, advanced_at, status, users_requested, users_listed, users_written,
				users_unchanged, users_failed, users_deleted, listing_complete, requests, throttled,
				make_interval(secs => floor_seconds) AS floor, error
			FROM syncd.passes
			WHERE account_id = @account_id
			ORDER BY pass_id DESC
			LIMIT @last`
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
		rows, err := tx.Query(ctx, passes, pgx.StrictNamedArgs{"account_id": accountID, "last": lastPasses})
		if err != nil {
			return err
		}
		status.Passes, err = pgx.CollectRows(rows, pgx.RowToStructByName[PassRow])
		return err
	})
	if err != nil {
		return MirrorStatus{}, err
	}
	if status.HistoryBegins, err = s.HistoryBegins(ctx, accountID); err != nil {
		return MirrorStatus{}, err
	}
	status.Holds, err = s.OpenHolds(ctx, accountID)
	return status, err
}

// UsersBehind counts the current users who have a document that was confirmed last before a time.
func (s *Store) UsersBehind(ctx context.Context, accountID string, before time.Time) (users int, err error) {
	const query = `SELECT count(*)` + currentFreshness + ` AND ` + oldestDocument + ` < @before`
	err = s.inTx(ctx, "count users behind", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, query, pgx.StrictNamedArgs{"account_id": accountID, "before": before}).Scan(&users)
	})
	return users, err
}
