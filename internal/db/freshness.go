package db

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

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

// statuses gives all of them.
func statuses() []Status {
	return []Status{StatusOK, StatusNotFound, StatusForbidden, StatusFailed, StatusPending}
}

// statusOf is the status of a code, "" for none.
func statusOf(code int16) Status {
	for _, status := range statuses() {
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
	ages     []*int64 // microseconds since Zoom was asked
	errors   []*string
	dropped  []bool
}

// add appends the row of a user. Of one who came back nothing is kept that Zoom did not give.
func (r *freshnessRows) add(key int64, results []DocumentResult, returned bool) {
	r.keys = append(r.keys, key)
	for document, columns := range r.columns() {
		columns.add(document, results, returned)
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

func (c *freshnessColumns) add(document Document, results []DocumentResult, returned bool) {
	var status *int16
	var age *int64
	var message *string
	var dropped bool
	for i := range results {
		result := &results[i]
		if result.Document != document {
			continue
		}
		status, dropped = new(result.Status.code()), result.Drop || returned && result.Status != StatusOK
		if result.Status != StatusPending { // which says that Zoom was not asked
			age = new(result.AskedAgo.Microseconds())
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
// and it changes four timestamps and the pass. The text has the same four assignments for each document.
//
// A document that was not asked for keeps its values. While the status is ok, verified_at is NULL and stands for
// fetched_at (see the table); so the first bad answer after a good one moves the old fetched_at there.
func queueFreshness(batch *pgx.Batch, passID int64, rows freshnessRows) {
	const (
		update = `
		UPDATE syncd.freshness f
		SET verified_pass_id = @pass_id%s
		FROM unnest(@keys::bigint[]%s) n (user_key%s)
		WHERE f.user_key = n.user_key`
		assignments = `,
			%[1]s_status      = coalesce(n.%[1]s_status, f.%[1]s_status),
			%[1]s_fetched_at  = coalesce(now() - n.%[1]s_age * interval '1 microsecond', f.%[1]s_fetched_at),
			%[1]s_verified_at = CASE
				WHEN n.%[1]s_status IS NULL THEN f.%[1]s_verified_at
				WHEN n.%[1]s_status = 1 OR n.%[1]s_dropped THEN NULL
				WHEN f.%[1]s_status = 1 THEN f.%[1]s_fetched_at
				ELSE f.%[1]s_verified_at
			END,
			%[1]s_error       = CASE WHEN n.%[1]s_status IS NULL THEN f.%[1]s_error ELSE n.%[1]s_error END`
		arrays = `,
			@%[1]s_status::smallint[], @%[1]s_age::bigint[], @%[1]s_error::text[], @%[1]s_dropped::boolean[]`
		columns = `,
			%[1]s_status, %[1]s_age, %[1]s_error, %[1]s_dropped`
	)
	if len(rows.keys) == 0 {
		return
	}
	ofEach := func(text string) string {
		var all strings.Builder
		for _, document := range documents() {
			fmt.Fprintf(&all, text, document)
		}
		return all.String()
	}
	batch.Queue(fmt.Sprintf(update, ofEach(assignments), ofEach(arrays), ofEach(columns)), rows.args(passID))
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
