package db

import (
	"context"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// PassStatus tells how a pass stands or ended.
type PassStatus string

// The statuses of a pass.
const (
	PassRunning     PassStatus = "running"     // begun and not finished
	PassComplete    PassStatus = "complete"    // everything listed was fetched and saved
	PassPartial     PassStatus = "partial"     // saved, but some documents or a part of the list are missing
	PassHeld        PassStatus = "held"        // saved, but something waits for approval
	PassFailed      PassStatus = "failed"      // broken off by an error
	PassInterrupted PassStatus = "interrupted" // cut off by nothing that is wrong with it; the next run continues it
)

// Pass is a pass over an account, as BeginPass opened it or ContinuePass took it up.
type Pass struct {
	ID    int64
	First bool      // no earlier pass of the account read the whole list and saved what it could fetch
	Saved bool      // an earlier pass over all users saved what it could fetch, be it of a part of the list
	Done  PassCount // what runs before this one did; zero for a pass that was begun now
}

// PassCount is what a pass has done so far.
type PassCount struct {
	UsersWritten, UsersUnchanged, UsersDeleted int
	Requests, Throttled, ThrottledByOthers     int64
}

// processGone is the error of a pass that was found running and is not.
const processGone = "its process ended before it could close the pass"

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

	ThrottledByOthers int64     // of the throttled, those that are other apps' fault
	FloorShare        float64   // of the time that its last run took
	Cause             PassCause // empty: none
}

// PassCause is the kind of thing that keeps a pass from being complete.
type PassCause string

// The causes.
const (
	CauseCredentials     PassCause = "credentials"
	CauseScopes          PassCause = "scopes"
	CausePhoneNotEnabled PassCause = "phone_not_enabled"
	CauseAccount         PassCause = "account"
	CauseDailyLimit      PassCause = "daily_limit"
	CauseBudget          PassCause = "budget" // every request was refused for minutes
	CauseZoomURL         PassCause = "zoom_url"
	CauseZoomUnavailable PassCause = "zoom_unavailable"
	CauseZoomAnswers     PassCause = "zoom_answers" // they cannot be used
	CauseDatabase        PassCause = "database"
	CauseLease           PassCause = "lease" // lost, or the pass was closed by another
	CauseStopped         PassCause = "stopped"
	CauseProcessGone     PassCause = "process_gone"
	CauseListing         PassCause = "listing" // of users
	CauseHeld            PassCause = "held"
	CauseUsers           PassCause = "users" // some are not mirrored completely
	CauseOther           PassCause = "other"
)

// PassCauses gives all of them.
func PassCauses() []PassCause {
	return []PassCause{
		CauseCredentials, CauseScopes, CausePhoneNotEnabled, CauseAccount, CauseDailyLimit, CauseBudget, CauseZoomURL, CauseZoomUnavailable, CauseZoomAnswers,
		CauseDatabase, CauseLease, CauseStopped, CauseProcessGone, CauseListing, CauseHeld, CauseUsers, CauseOther,
	}
}

// EndStatuses gives the statuses in which a pass can end.
func EndStatuses() []PassStatus {
	return []PassStatus{PassComplete, PassPartial, PassHeld, PassFailed, PassInterrupted}
}

// BeginPass opens a pass over so many chosen users, or over all when that is 0. The caller holds the lease, so a pass of
// the account that still stands as running lost its process: it is closed as interrupted.
func (s *Store) BeginPass(ctx context.Context, accountID string, users int) (Pass, error) {
	const (
		interrupt = `
			UPDATE syncd.passes
			SET status = 'interrupted', finished_at = now(), error = @error, cause = 'process_gone'
			WHERE account_id = @account_id AND status = 'running'`
		begin = `
			INSERT INTO syncd.passes (account_id, writer, users_requested)
			VALUES (@account_id, @writer, nullif(@users, 0))
			RETURNING pass_id`
	)
	var pass Pass
	err := s.inTx(ctx, "begin pass", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, interrupt, pgx.StrictNamedArgs{"account_id": accountID, "error": processGone}); err != nil {
			return err
		}
		if users == 0 {
			if err := forgetParked(ctx, tx, accountID); err != nil {
				return err
			}
		}
		args := pgx.StrictNamedArgs{"account_id": accountID, "writer": s.writer, "users": users}
		if err := tx.QueryRow(ctx, begin, args).Scan(&pass.ID); err != nil {
			return err
		}
		return pass.readEarlier(ctx, tx, accountID)
	})
	return pass, err
}

// readEarlier finds out what earlier passes of the account have seen: everybody, or at least somebody. One that could not
// fetch a few documents has: an account in which some always fail would have no guard for ever.
func (p *Pass) readEarlier(ctx context.Context, tx pgx.Tx, accountID string) error {
	const query = `
		SELECT NOT coalesce(bool_or(listing_complete), false), count(*) > 0
		FROM syncd.passes
		WHERE account_id = @account_id AND status IN ('complete', 'partial', 'held') AND users_requested IS NULL`
	return tx.QueryRow(ctx, query, pgx.StrictNamedArgs{"account_id": accountID}).Scan(&p.First, &p.Saved)
}

// FinishPass closes a running pass with its outcome, and has the tables analyzed after one that changed much. ErrPassClosed: it is not running, or another process runs it now.
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
			error            = nullif(@error, ''),
			cause            = nullif(@cause, ''),
			floor_share      = @floor_share,
			throttled_by_others = @throttled_by_others
		WHERE pass_id = @pass_id AND status = 'running' AND writer = @writer`
	if result.Status == PassRunning {
		return fmt.Errorf("%s %d: a finished pass cannot be running", op, passID)
	}
	args := pgx.StrictNamedArgs{
		"pass_id":          passID,
		"writer":           s.writer,
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
		"cause":            string(result.Cause),
		"floor_share":      result.FloorShare,

		"throttled_by_others": result.ThrottledByOthers,
	}
	if err := s.updatePass(ctx, fmt.Sprintf("%s %d", op, passID), finish, args); err != nil {
		return err
	}
	if result.changedMuch() {
		s.analyze(ctx)
	}
	return nil
}

// changedMuch tells that a pass that came to its end wrote so much that Postgres should look at the tables anew.
func (r PassResult) changedMuch() bool {
	ended := r.Status == PassComplete || r.Status == PassPartial || r.Status == PassHeld
	return ended && r.UsersWritten > 0 && r.UsersWritten*muchChanged >= r.UsersListed
}

// PassProgress is what a pass knows of itself while it runs, apart from what it writes.
type PassProgress struct {
	UsersListed  int
	Requests     int64
	Throttled    int64
	FloorSeconds float64

	ThrottledByOthers int64
}

// notedProgress sets the columns of a PassProgress.
const notedProgress = `
			users_listed  = @users_listed,
			requests      = @requests,
			throttled     = @throttled,
			floor_seconds = @floor_seconds,
			throttled_by_others = @throttled_by_others`

func (p *PassProgress) args() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"users_listed": p.UsersListed, "requests": p.Requests, "throttled": p.Throttled, "floor_seconds": p.FloorSeconds,
		"throttled_by_others": p.ThrottledByOthers,
	}
}

// RecordProgress notes how a running pass stands, so that one that is killed leaves that behind. ErrPassClosed: as for
// FinishPass.
func (s *Store) RecordProgress(ctx context.Context, passID int64, p PassProgress) error {
	const record = `
		UPDATE syncd.passes
		SET ` + notedProgress + `
		WHERE pass_id = @pass_id AND status = 'running' AND writer = @writer`
	args := p.args()
	args["pass_id"], args["writer"] = passID, s.writer
	return s.updatePass(ctx, fmt.Sprintf("record progress of pass %d", passID), record, args)
}

// updatePass runs a statement that changes a running pass.
func (s *Store) updatePass(ctx context.Context, op, statement string, args pgx.StrictNamedArgs) error {
	return s.inTx(ctx, op, func(tx pgx.Tx) error {
		return changed(tx.Exec(ctx, statement, args))
	})
}

// changed makes it an error that a statement has not found the running pass.
func changed(tag pgconn.CommandTag, err error) error {
	if err == nil && tag.RowsAffected() == 0 {
		return ErrPassClosed
	}
	return err
}

// progress is what a transaction adds to the counts of its pass, and what it notes of it besides, unless that is nil.
type progress struct {
	written, unchanged, deleted int

	stands *PassProgress
}

// advancePass proves that the pass still runs here, and adds to its counts. Every transaction that writes for a pass
// ends with it: its lock on the row keeps the next run from beginning before the transaction has ended, and once that
// has begun, the row is closed or bears its number, and nothing is written. A pass that is killed leaves true counts
// behind.
func (s *Store) advancePass(ctx context.Context, tx pgx.Tx, passID int64, p progress) error {
	const advance = `
		UPDATE syncd.passes
		SET users_written   = users_written + @written,
			users_unchanged = users_unchanged + @unchanged,
			users_deleted   = users_deleted + @deleted,
			advanced_at     = now()%s
		WHERE pass_id = @pass_id AND status = 'running' AND writer = @writer`
	args := pgx.StrictNamedArgs{"pass_id": passID, "writer": s.writer, "written": p.written, "unchanged": p.unchanged, "deleted": p.deleted}
	noted := ""
	if p.stands != nil {
		noted = "," + notedProgress
		maps.Copy(args, p.stands.args())
	}
	return changed(tx.Exec(ctx, fmt.Sprintf(advance, noted), args))
}
