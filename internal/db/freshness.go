package db

import "github.com/jackc/pgx/v5"

// Status is what became of the last attempt to fetch a document.
type Status string

// The statuses of a document.
const (
	StatusOK        Status = "ok"        // fetched; the stored body is Zoom's
	StatusNotFound  Status = "not_found" // Zoom answered that the document does not exist
	StatusForbidden Status = "forbidden" // Zoom refused it, for example for a missing scope
	StatusFailed    Status = "failed"    // no usable answer
	StatusPending   Status = "pending"   // the user is pending in Zoom and has no such document yet
)

// code is the number that stands for the status in syncd.freshness; the view gives the name. Zero means unknown.
func (s Status) code() int16 {
	switch s {
	case StatusOK:
		return 1
	case StatusNotFound:
		return 2
	case StatusForbidden:
		return 3
	case StatusFailed:
		return 4
	case StatusPending:
		return 5
	}
	return 0
}

// statusOf is the status of a code, "" for none.
func statusOf(code int16) Status {
	for _, status := range []Status{StatusOK, StatusNotFound, StatusForbidden, StatusFailed, StatusPending} {
		if status.code() == code {
			return status
		}
	}
	return ""
}

// freshnessRows is one row of syncd.freshness a user, as columns.
type freshnessRows struct {
	keys                                  []int64
	list, profile, settings, userSettings freshnessColumns
}

// freshnessColumns is the part of the rows that belongs to one document. A NULL status: it was not asked for.
type freshnessColumns struct {
	statuses []*int16
	ages     []*int64 // microseconds
	errors   []*string
	dropped  []bool
}

// add appends the row of a user.
func (r *freshnessRows) add(key int64, results []DocumentResult) {
	r.keys = append(r.keys, key)
	for document, columns := range r.columns() {
		columns.add(document, results)
	}
}

// columns gives the part of each document.
func (r *freshnessRows) columns() map[Document]*freshnessColumns {
	return map[Document]*freshnessColumns{
		DocumentList:         &r.list,
		DocumentProfile:      &r.profile,
		DocumentSettings:     &r.settings,
		DocumentUserSettings: &r.userSettings,
	}
}

func (c *freshnessColumns) add(document Document, results []DocumentResult) {
	var status *int16
	var age *int64
	var message *string
	var dropped bool
	for i := range results {
		result := &results[i]
		if result.Document != document {
			continue
		}
		status, dropped = new(result.Status.code()), result.Drop
		if result.Status != StatusPending { // which says that Zoom was not asked
			age = new(result.Age.Microseconds())
		}
		if result.Failure != nil {
			message = &result.Failure.Message
		}
	}
	c.statuses = append(c.statuses, status)
	c.ages = append(c.ages, age)
	c.errors = append(c.errors, message)
	c.dropped = append(c.dropped, dropped)
}

// args gives the columns under the names that the statements use.
func (r *freshnessRows) args(passID int64) pgx.StrictNamedArgs {
	args := pgx.StrictNamedArgs{"pass_id": passID, "keys": r.keys}
	for document, columns := range r.columns() {
		name := string(document)
		args[name+"_status"] = columns.statuses
		args[name+"_age"] = columns.ages
		args[name+"_error"] = columns.errors
		args[name+"_dropped"] = columns.dropped
	}
	return args
}

// queueFreshness writes what was learned about users who are in the table. For an unchanged user it is the only write,
// and it changes four timestamps and the pass.
//
// A document that was not asked for keeps its values. While the status is ok, verified_at is NULL and stands for
// fetched_at (see the table); so the first bad answer after a good one moves the old fetched_at there.
func queueFreshness(batch *pgx.Batch, passID int64, rows freshnessRows) {
	const update = `
		UPDATE syncd.freshness f
		SET verified_pass_id = @pass_id,

			list_status      = coalesce(n.list_status, f.list_status),
			list_fetched_at  = coalesce(now() - n.list_age * interval '1 microsecond', f.list_fetched_at),
			list_verified_at = CASE
				WHEN n.list_status IS NULL THEN f.list_verified_at
				WHEN n.list_status = 1 OR n.list_dropped THEN NULL
				WHEN f.list_status = 1 THEN f.list_fetched_at
				ELSE f.list_verified_at
			END,
			list_error       = CASE WHEN n.list_status IS NULL THEN f.list_error ELSE n.list_error END,

			profile_status      = coalesce(n.profile_status, f.profile_status),
			profile_fetched_at  = coalesce(now() - n.profile_age * interval '1 microsecond', f.profile_fetched_at),
			profile_verified_at = CASE
				WHEN n.profile_status IS NULL THEN f.profile_verified_at
				WHEN n.profile_status = 1 OR n.profile_dropped THEN NULL
				WHEN f.profile_status = 1 THEN f.profile_fetched_at
				ELSE f.profile_verified_at
			END,
			profile_error       = CASE WHEN n.profile_status IS NULL THEN f.profile_error ELSE n.profile_error END,

			settings_status      = coalesce(n.settings_status, f.settings_status),
			settings_fetched_at  = coalesce(now() - n.settings_age * interval '1 microsecond', f.settings_fetched_at),
			settings_verified_at = CASE
				WHEN n.settings_status IS NULL THEN f.settings_verified_at
				WHEN n.settings_status = 1 OR n.settings_dropped THEN NULL
				WHEN f.settings_status = 1 THEN f.settings_fetched_at
				ELSE f.settings_verified_at
			END,
			settings_error       = CASE WHEN n.settings_status IS NULL THEN f.settings_error ELSE n.settings_error END,

			user_settings_status      = coalesce(n.user_settings_status, f.user_settings_status),
			user_settings_fetched_at  = coalesce(now() - n.user_settings_age * interval '1 microsecond', f.user_settings_fetched_at),
			user_settings_verified_at = CASE
				WHEN n.user_settings_status IS NULL THEN f.user_settings_verified_at
				WHEN n.user_settings_status = 1 OR n.user_settings_dropped THEN NULL
				WHEN f.user_settings_status = 1 THEN f.user_settings_fetched_at
				ELSE f.user_settings_verified_at
			END,
			user_settings_error       = CASE WHEN n.user_settings_status IS NULL THEN f.user_settings_error ELSE n.user_settings_error END
		FROM unnest(
			@keys::bigint[],
			@list_status::smallint[], @list_age::bigint[], @list_error::text[], @list_dropped::boolean[],
			@profile_status::smallint[], @profile_age::bigint[], @profile_error::text[], @profile_dropped::boolean[],
			@settings_status::smallint[], @settings_age::bigint[], @settings_error::text[], @settings_dropped::boolean[],
			@user_settings_status::smallint[], @user_settings_age::bigint[], @user_settings_error::text[], @user_settings_dropped::boolean[]
		) n (
			user_key,
			list_status, list_age, list_error, list_dropped,
			profile_status, profile_age, profile_error, profile_dropped,
			settings_status, settings_age, settings_error, settings_dropped,
			user_settings_status, user_settings_age, user_settings_error, user_settings_dropped
		)
		WHERE f.user_key = n.user_key`
	if len(rows.keys) == 0 {
		return
	}
	batch.Queue(update, rows.args(passID))
}

// queueNewFreshness makes empty rows for new users, which queueFreshness then fills like any other: a second write of
// the row, once in a user's life, for having the rules above in one place.
func queueNewFreshness(batch *pgx.Batch, keys []int64) {
	const insert = `
		INSERT INTO syncd.freshness (user_key)
		SELECT unnest(@keys::bigint[])`
	if len(keys) == 0 {
		return
	}
	batch.Queue(insert, pgx.StrictNamedArgs{"keys": keys})
}
