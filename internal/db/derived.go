package db

import (
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// derivedTable is a table whose rows are a function of one document of one user. To add one: a migration, a row type
// with the columns as JSON names, and an element in derivedTables.
type derivedTable struct {
	name     string
	document Document
	rows     func(u *User) []any // the rows of a user whose document is ok

	// shared: the table holds rows of several documents, which the column document tells apart.
	shared bool
	// kindColumn, if any, tells kinds of rows apart that are as good as columns: a policy is one.
	kindColumn string
	// view: the rows are those of a view, and what it shows is written by settingSets.
	view bool
}

// derivedTables lists them all.
func derivedTables() []derivedTable {
	return []derivedTable{
		{name: "syncd.user_list", document: DocumentList, rows: func(u *User) []any { return []any{u.List} }},
		{name: "syncd.phone_numbers", document: DocumentList, rows: func(u *User) []any { return each(u.List.PhoneNumbers) }},
		{name: "syncd.calling_plans", document: DocumentList, rows: func(u *User) []any { return each(u.List.CallingPlans) }},

		{name: "syncd.user_profile", document: DocumentProfile, rows: func(u *User) []any { return []any{u.Profile} }},
		{
			name: "syncd.policies", document: DocumentProfile, kindColumn: "policy",
			rows: func(u *User) []any { return each(u.Profile.Policies) },
		},
		{
			name: "syncd.shared_access", document: DocumentProfile, shared: true,
			rows: func(u *User) []any { return each(u.Profile.SharedAccess) },
		},
		{
			name: "syncd.emergency_addresses", document: DocumentProfile,
			rows: func(u *User) []any { return each(u.Profile.EmergencyAddresses) },
		},

		{name: "syncd.user_phone_settings", document: DocumentSettings, rows: func(u *User) []any { return []any{u.Settings} }},
		{
			name: "syncd.shared_access", document: DocumentSettings, shared: true,
			rows: func(u *User) []any { return each(u.Settings.SharedAccess) },
		},
		{name: "syncd.delegates", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.Delegates) }},
		{name: "syncd.devices", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.Devices) }},
		{
			name: "syncd.device_addresses", document: DocumentSettings,
			rows: func(u *User) []any { return each(u.Settings.DeviceAddresses) },
		},
		{
			name: "syncd.outbound_caller_ids", document: DocumentSettings,
			rows: func(u *User) []any { return each(u.Settings.OutboundCallerIDs) },
		},
		{name: "syncd.intercoms", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.Intercoms) }},
		{name: "syncd.holiday_hours", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.HolidayHours) }},
		{name: "syncd.break_hours", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.BreakHours) }},
		{name: "syncd.business_hours", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.BusinessHours) }},
		{
			name: "syncd.shared_line_appearances", document: DocumentSettings,
			rows: func(u *User) []any { return each(u.Settings.SharedLineAppearances) },
		},
		{
			name: "syncd.shared_line_groups", document: DocumentSettings,
			rows: func(u *User) []any { return each(u.Settings.SharedLineGroups) },
		},

		{
			name: "syncd.user_settings", document: DocumentUserSettings, kindColumn: "section", view: true,
			rows: func(u *User) []any { return each(u.UserSettings.Settings) },
		},
	}
}

func each[T any](elements []T) []any {
	rows := make([]any, len(elements))
	for i := range elements {
		rows[i] = &elements[i]
	}
	return rows
}

// derivedRow is a row as JSON: the columns of its type, and those that say whose it is.
type derivedRow struct {
	key      int64
	document int16 // 0: the table has no such column
	columns  any
}

// MarshalJSON gives one object with all columns.
func (r derivedRow) MarshalJSON() ([]byte, error) {
	columns, err := json.Marshal(r.columns)
	if err != nil {
		return nil, err
	}
	row := fmt.Appendf(nil, `{"user_key":%d,`, r.key)
	if r.document != 0 {
		row = fmt.Appendf(row, `"document":%d,`, r.document)
	}
	return append(row, columns[1:]...), nil // without its opening brace
}

// derivedRows is the rows that a table should have for some users: all of theirs, and none but these.
type derivedRows struct {
	derivedTable
	keys   []int64
	wanted []derivedRow
}

// add takes over the rows of a user; a document that was dropped has none.
func (r *derivedRows) add(key int64, u *User, dropped bool) {
	r.keys = append(r.keys, key)
	if dropped {
		return
	}
	for _, columns := range r.rows(u) {
		row := derivedRow{key: key, columns: columns}
		if r.shared {
			row.document = r.document.code()
		}
		r.wanted = append(r.wanted, row)
	}
}

// queueDerived makes the rows of some users what they should be, and touches only those that differ: one of each that is
// wanted, however often it is there or wanted. Rows are compared whole, as composite values, for which NULL equals NULL;
// the names of the columns come from the row's JSON. What is there and what is wanted is laid together and grouped, and
// not joined: that takes as long whatever Postgres believes about the tables, which nobody has analyzed while they fill.
func queueDerived(batch *pgx.Batch, r derivedRows) error {
	const replace = `
		WITH compared AS MATERIALIZED (
			SELECT c.whole, bool_or(c.wanted) AS wanted, array_remove(array_agg(c.place), NULL) AS places
			FROM (
				SELECT t AS whole, false AS wanted, t.ctid AS place
				FROM %[1]s t
				WHERE t.user_key = ANY (@keys::bigint[])%[2]s
				UNION ALL
				SELECT n, true, NULL
				FROM json_populate_recordset(NULL::%[1]s, @wanted::json) n
			) c
			GROUP BY c.whole
			HAVING NOT bool_or(c.wanted) OR count(c.place) <> 1
		), surplus AS (
			DELETE FROM %[1]s t
			WHERE t.ctid = ANY (ARRAY(SELECT unnest(CASE WHEN c.wanted THEN c.places[2:] ELSE c.places END) FROM compared c))
			RETURNING 1
		), missing AS (
			INSERT INTO %[1]s
			SELECT (c.whole).*
			FROM compared c
			WHERE c.wanted AND c.places = '{}'
			RETURNING 1
		)
		SELECT FROM surplus UNION ALL SELECT FROM missing`
	if len(r.keys) == 0 {
		return nil
	}
	ours := ""
	if r.shared {
		ours = fmt.Sprintf(" AND t.document = %d", r.document.code())
	}
	if r.wanted == nil {
		r.wanted = []derivedRow{}
	}
	wanted, err := json.Marshal(r.wanted)
	if err != nil {
		return fmt.Errorf("rows of %s: %w", r.name, err)
	}
	batch.Queue(fmt.Sprintf(replace, r.name, ours), pgx.StrictNamedArgs{"keys": r.keys, "wanted": wanted})
	return nil
}
