package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// resumeTime is how long after it last got on a pass is still continued. A restart, a deployment or the next run of an
// hourly job comes sooner. Later, what the pass has verified is no longer news, and one that begins anew says more.
const resumeTime = 6 * time.Hour

// ContinuePass takes up the account's last pass over all users, if that was cut off and got on not long ago, and tells
// whether it did. What it had parked is forgotten, and it is no longer done with those users. The caller holds the lease, so that nobody else runs it. A pass over chosen users is neither taken up
// nor in the way.
func (s *Store) ContinuePass(ctx context.Context, accountID string) (pass Pass, found bool, err error) {
	// One over chosen users whose process is gone: only one pass of an account can be running.
	const interrupt = `
		UPDATE syncd.passes
		SET status = 'interrupted', finished_at = now(), error = @error, cause = 'process_gone'
		WHERE account_id = @account_id AND status = 'running' AND users_requested IS NOT NULL`
	const resume = `
		UPDATE syncd.passes p
		SET status = 'running', resumed_at = now(), finished_at = NULL, error = NULL, cause = NULL, floor_share = NULL, writer = @writer
		WHERE p.pass_id = (
			SELECT max(pass_id)
			FROM syncd.passes
			WHERE account_id = @account_id AND users_requested IS NULL
		)
		AND p.status IN ('running', 'interrupted')
		AND p.advanced_at > now() - @resume_seconds * interval '1 second'
		RETURNING p.pass_id, p.users_written, p.users_unchanged, p.users_deleted, p.requests, p.throttled, coalesce(p.throttled_by_others, 0)`
	args := pgx.StrictNamedArgs{"account_id": accountID, "writer": s.writer, "resume_seconds": resumeTime.Seconds()}
	err = s.inTx(ctx, "continue pass", func(tx pgx.Tx) error {
		pass, found = Pass{}, false
		if _, err := tx.Exec(ctx, interrupt, pgx.StrictNamedArgs{"account_id": accountID, "error": processGone}); err != nil {
			return err
		}
		done := &pass.Done
		err := tx.QueryRow(ctx, resume, args).Scan(
			&pass.ID, &done.UsersWritten, &done.UsersUnchanged, &done.UsersDeleted, &done.Requests, &done.Throttled, &done.ThrottledByOthers)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		if err := forgetParked(ctx, tx, accountID); err != nil {
			return err
		}
		return pass.readEarlier(ctx, tx, accountID)
	})
	s.known.forget() // while nobody held the lease, values may have gone
	return pass, found, err
}

// VerifiedUser is one with whom a pass is done.
type VerifiedUser struct {
	List      Digest // full digest of the list document that it stored
	Forbidden bool   // Zoom forbids a document
}

// VerifiedUsers gives the current users with whom a pass is done, by their id. It is not done with those of whom a
// document failed, nor, if the general settings are wanted, with those of whom it did not ask for them. A document that
// Zoom forbids is answered: where a scope is missing everybody has one, and a pass would never get on.
func (s *Store) VerifiedUsers(ctx context.Context, accountID string, passID int64, userSettings bool) (map[string]VerifiedUser, error) {
	const query = `
		SELECT u.user_id, d.full_digest, (3 IN (f.list_status, f.profile_status, f.settings_status, f.user_settings_status)) IS TRUE
		FROM syncd.freshness f
		JOIN syncd.passes p ON p.pass_id = f.verified_pass_id
		JOIN syncd.users u USING (user_key)
		JOIN syncd.documents d ON d.user_key = f.user_key AND d.document = 1
		WHERE f.verified_pass_id = @pass_id AND u.account_id = @account_id AND u.deleted_at IS NULL
		AND (4 IN (f.list_status, f.profile_status, f.settings_status, f.user_settings_status)) IS NOT TRUE
		AND (NOT @user_settings OR f.user_settings_status = 5 OR f.user_settings_fetched_at >= p.started_at)`
	args := pgx.StrictNamedArgs{"account_id": accountID, "pass_id": passID, "user_settings": userSettings}
	verified := make(map[string]VerifiedUser)
	err := s.inTx(ctx, "verified users", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, args)
		if err != nil {
			return err
		}
		var id string
		var digest []byte
		var forbidden bool
		_, err = pgx.ForEachRow(rows, []any{&id, &digest, &forbidden}, func() error {
			verified[id] = VerifiedUser{List: Digest(digest), Forbidden: forbidden}
			return nil
		})
		return err
	})
	return verified, err
}
