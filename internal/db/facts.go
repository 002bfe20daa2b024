package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// facts are what the metrics of the mirror say.
type facts struct {
	users     map[string]int64         // by state
	verified  map[Document]*time.Time  // when the oldest of a kind, of a current user, was confirmed last; nil: there is none
	documents map[documentStatus]int64 // current users
	holds     map[HoldKind]openHold
	unmapped  map[Document]int64

	succeeded *time.Time // when the last complete pass ended
	saved     *time.Time // when the last pass ended that came to its end
	since     passesSince
	shorter   time.Duration // of the last two passes that came to their end; 0: there are not two
	last      PassResult    // of the last that ended, without its error
	ended     *time.Time
	took      time.Duration // its last run
}

// passesSince counts passes after the last good one, or all where there is none.
type passesSince struct {
	saved    int64 // that ended, after the last that came to its end
	complete int64 // that came to their end, after the last complete one
	listed   int64 // that came to their end, after the last whose list of users was complete
}

type documentStatus struct {
	document Document
	status   Status
}

type openHold struct {
	users    float64
	approved bool
	since    *time.Time
}

// oldest is when the document was confirmed that was confirmed longest ago; nil: there is none.
func (f facts) oldest() (oldest *time.Time) {
	for _, at := range f.verified {
		if at != nil && (oldest == nil || at.Before(*oldest)) {
			oldest = at
		}
	}
	return oldest
}

// facts asks for what the metrics say.
func (s *Store) facts(ctx context.Context, accountID string) (f facts, err error) {
	args := pgx.StrictNamedArgs{"account_id": accountID}
	err = s.inTx(ctx, "read the metrics of the mirror", func(tx pgx.Tx) error {
		f = facts{
			users: map[string]int64{}, verified: map[Document]*time.Time{}, documents: map[documentStatus]int64{},
			holds: map[HoldKind]openHold{}, unmapped: map[Document]int64{},
		}
		for _, read := range []func(context.Context, pgx.Tx, pgx.StrictNamedArgs) error{f.readUsers, f.readDocuments, f.readHolds, f.readUnmapped, f.readPasses} {
			if err := read(ctx, tx, args); err != nil {
				return err
			}
		}
		return nil
	})
	return f, err
}

func (f *facts) readUsers(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) error {
	const query = `
		SELECT
			CASE
				WHEN u.deleted_at IS NOT NULL THEN 'deleted'
				WHEN l.status = 'activate' THEN 'active'
				WHEN l.status = 'deactivate' THEN 'deactivated'
				WHEN l.status = 'pending' THEN 'pending'
				ELSE 'unknown'
			END,
			count(*)
		FROM syncd.users u
		LEFT JOIN syncd.user_list l USING (user_key)
		WHERE u.account_id = @account_id
		GROUP BY 1`
	rows, err := tx.Query(ctx, query, args)
	if err != nil {
		return err
	}
	var state string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error { f.users[state] = n; return nil })
	return err
}

func (f *facts) readDocuments(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) error {
	// As zoom.freshness has it. Users have few combinations of statuses.
	const query = `
		SELECT
			count(*),
			coalesce(f.list_status, 0), coalesce(f.profile_status, 0), coalesce(f.settings_status, 0), coalesce(f.user_settings_status, 0),
			min(CASE WHEN f.list_status          = 1 THEN f.list_fetched_at          ELSE f.list_verified_at          END),
			min(CASE WHEN f.profile_status       = 1 THEN f.profile_fetched_at       ELSE f.profile_verified_at       END),
			min(CASE WHEN f.settings_status      = 1 THEN f.settings_fetched_at      ELSE f.settings_verified_at      END),
			min(CASE WHEN f.user_settings_status = 1 THEN f.user_settings_fetched_at ELSE f.user_settings_verified_at END)
		FROM syncd.freshness f
		JOIN syncd.users u USING (user_key)
		WHERE u.account_id = @account_id AND u.deleted_at IS NULL
		GROUP BY 2, 3, 4, 5`
	rows, err := tx.Query(ctx, query, args)
	if err != nil {
		return err
	}
	var n int64
	var status [4]int16
	var verified [4]*time.Time
	into := []any{&n, &status[0], &status[1], &status[2], &status[3], &verified[0], &verified[1], &verified[2], &verified[3]}
	_, err = pgx.ForEachRow(rows, into, func() error {
		for i, document := range documents() {
			if name := statusOf(status[i]); name != "" {
				f.documents[documentStatus{document, name}] += n
			}
			if at := verified[i]; at != nil && (f.verified[document] == nil || at.Before(*f.verified[document])) {
				f.verified[document] = at
			}
		}
		clear(verified[:])
		return nil
	})
	return err
}

func (f *facts) readHolds(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) error {
	const query = `
		SELECT kind, users, approved_at IS NOT NULL, created_at
		FROM syncd.holds
		WHERE account_id = @account_id AND ended_at IS NULL`
	rows, err := tx.Query(ctx, query, args)
	if err != nil {
		return err
	}
	var kind string
	var users int64
	var approved bool
	var since time.Time
	_, err = pgx.ForEachRow(rows, []any{&kind, &users, &approved, &since}, func() error {
		f.holds[HoldKind(kind)] = openHold{float64(users), approved, new(since)}
		return nil
	})
	return err
}

func (f *facts) readUnmapped(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) error {
	const query = `
		SELECT document, count(*)
		FROM syncd.unmapped_fields
		WHERE account_id = @account_id AND last_seen_at IS NULL
		GROUP BY 1`
	rows, err := tx.Query(ctx, query, args)
	if err != nil {
		return err
	}
	var code int16
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&code, &n}, func() error { f.unmapped[documentOf(code)] = n; return nil })
	return err
}

// readPasses reads of passes over all users.
func (f *facts) readPasses(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) error {
	const (
		history = `
			WITH ended AS MATERIALIZED (
				SELECT pass_id, finished_at, finished_at - coalesce(resumed_at, started_at) AS took,
					status = 'complete' AS complete, status IN ('complete', 'partial', 'held') AS saved, listing_complete AS listed
				FROM syncd.passes
				WHERE account_id = @account_id AND users_requested IS NULL AND status <> 'running'
			), last AS (
				SELECT
					coalesce(max(pass_id) FILTER (WHERE saved), 0) AS saved,
					coalesce(max(pass_id) FILTER (WHERE complete), 0) AS complete,
					coalesce(max(pass_id) FILTER (WHERE saved AND listed), 0) AS listed
				FROM ended
			)
			SELECT
				max(e.finished_at) FILTER (WHERE e.complete),
				max(e.finished_at) FILTER (WHERE e.saved),
				count(*) FILTER (WHERE e.pass_id > l.saved),
				count(*) FILTER (WHERE e.saved AND e.pass_id > l.complete),
				count(*) FILTER (WHERE e.saved AND e.pass_id > l.listed),
				coalesce((
					SELECT min(two.took)
					FROM (SELECT took FROM ended WHERE saved ORDER BY pass_id DESC LIMIT 2) two
					HAVING count(*) = 2
				), interval '0')
			FROM ended e
			CROSS JOIN last l`
		last = `
			SELECT
				status, coalesce(cause, ''), listing_complete, users_listed, users_written, users_unchanged, users_failed, users_deleted,
				requests, throttled, coalesce(throttled_by_others, 0), floor_seconds, coalesce(floor_share, 0), finished_at, finished_at - coalesce(resumed_at, started_at)
			FROM syncd.passes
			WHERE account_id = @account_id AND users_requested IS NULL AND status <> 'running'
			ORDER BY pass_id DESC
			LIMIT 1`
	)
	err := tx.QueryRow(ctx, history, args).Scan(&f.succeeded, &f.saved, &f.since.saved, &f.since.complete, &f.since.listed, &f.shorter)
	if err != nil {
		return err
	}
	p := &f.last
	err = tx.QueryRow(ctx, last, args).Scan(
		&p.Status, &p.Cause, &p.ListingComplete, &p.UsersListed, &p.UsersWritten, &p.UsersUnchanged, &p.UsersFailed, &p.UsersDeleted,
		&p.Requests, &p.Throttled, &p.ThrottledByOthers, &p.FloorSeconds, &p.FloorShare, &f.ended, &f.took)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
