package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// RecentFailure is a document that one of the last passes could not fetch or save.
type RecentFailure struct {
	PassID     int64
	UserID     string
	Document   Document
	HTTPStatus int // 0: no HTTP answer
	ZoomCode   int // 0: none
	FailedAt   time.Time
}

// RecentFailures gives failures of an account's last passes, the newest first, at most so many.
func (s *Store) RecentFailures(ctx context.Context, accountID string, most int) (failures []RecentFailure, err error) {
	// Each pass gives no more than are wanted of all, by its index.
	const query = `
		SELECT f.pass_id, u.user_id, f.document, coalesce(f.http_status, 0), coalesce(f.zoom_code, 0), f.failed_at
		FROM (
			SELECT pass_id
			FROM syncd.passes
			WHERE account_id = @account_id
			ORDER BY pass_id DESC
			LIMIT @last
		) p
		CROSS JOIN LATERAL (
			SELECT *
			FROM syncd.failures
			WHERE pass_id = p.pass_id
			ORDER BY user_key, document
			LIMIT @most
		) f
		JOIN syncd.users u USING (user_key)
		ORDER BY f.pass_id DESC, f.failed_at DESC, u.user_id, f.document
		LIMIT @most`
	err = s.inTx(ctx, "recent failures", func(tx pgx.Tx) error {
		failures = nil
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID, "last": lastPasses, "most": most})
		if err != nil {
			return err
		}
		var f RecentFailure
		var code int16
		_, err = pgx.ForEachRow(rows, []any{&f.PassID, &f.UserID, &code, &f.HTTPStatus, &f.ZoomCode, &f.FailedAt}, func() error {
			f.Document = documentOf(code)
			failures = append(failures, f)
			return nil
		})
		return err
	})
	return failures, err
}

// RecentChanges is what changed in an account in the last 24 hours.
type RecentChanges struct {
	Added, Deleted int // users
	Documents      []DocumentChanges
	Most           bool // there are more values than were counted
}

// DocumentChanges counts the changed values of a document.
type DocumentChanges struct {
	Document Document
	Users    int // who had such changes
	Values   int // in the last 24 hours
	LastHour int // of these
}

// mostChanges is how many rows of the journal are counted at most.
const mostChanges = 100_000

// RecentChanges counts what changed in an account in the last 24 hours.
func (s *Store) RecentChanges(ctx context.Context, accountID string) (changes RecentChanges, err error) {
	const (
		users = `
			SELECT
				count(*) FILTER (WHERE first_seen_at > now() - interval '24 hours'),
				count(*) FILTER (WHERE deleted_at > now() - interval '24 hours')
			FROM syncd.users
			WHERE account_id = @account_id`
		values = `
			SELECT c.document, count(DISTINCT c.user_key), count(*), count(*) FILTER (WHERE c.seen_at > now() - interval '1 hour')
			FROM (
				SELECT j.document, j.user_key, j.seen_at
				FROM syncd.setting_changes j
				JOIN syncd.users u USING (user_key)
				WHERE u.account_id = @account_id AND j.seen_at > now() - interval '24 hours'
				ORDER BY j.seen_at DESC
				LIMIT @most
			) c
			GROUP BY c.document
			ORDER BY c.document`
	)
	err = s.inTx(ctx, "recent changes", func(tx pgx.Tx) error {
		changes = RecentChanges{}
		err := tx.QueryRow(ctx, users, pgx.StrictNamedArgs{"account_id": accountID}).Scan(&changes.Added, &changes.Deleted)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, values, pgx.StrictNamedArgs{"account_id": accountID, "most": mostChanges})
		if err != nil {
			return err
		}
		var d DocumentChanges
		var code int16
		counted := 0
		_, err = pgx.ForEachRow(rows, []any{&code, &d.Users, &d.Values, &d.LastHour}, func() error {
			d.Document = documentOf(code)
			changes.Documents = append(changes.Documents, d)
			counted += d.Values
			return nil
		})
		changes.Most = counted == mostChanges
		return err
	})
	return changes, err
}
