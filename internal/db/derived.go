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
	rows     func(key int64, u *User) []any // the rows of a user whose document is ok
}

// derivedTables lists them all.
func derivedTables() []derivedTable {
	type (
		list struct {
			UserKey int64 `json:"user_key"`
			*ListRow
		}
		profile struct {
			UserKey int64 `json:"user_key"`
			*ProfileRow
		}
		settings struct {
			UserKey int64 `json:"user_key"`
			*SettingsRow
		}
		phoneNumber struct {
			UserKey int64 `json:"user_key"`
			*PhoneNumber
		}
		callingPlan struct {
			UserKey int64 `json:"user_key"`
			*CallingPlan
		}
	)
	return []derivedTable{
		{"syncd.user_list", DocumentList, func(key int64, u *User) []any {
			return []any{list{key, u.List}}
		}},
		{"syncd.user_profile", DocumentProfile, func(key int64, u *User) []any {
			return []any{profile{key, u.Profile}}
		}},
		{"syncd.user_phone_settings", DocumentSettings, func(key int64, u *User) []any {
			return []any{settings{key, u.Settings}}
		}},
		{"syncd.phone_numbers", DocumentList, func(key int64, u *User) []any {
			return each(u.List.PhoneNumbers, func(n *PhoneNumber) any { return phoneNumber{key, n} })
		}},
		{"syncd.calling_plans", DocumentList, func(key int64, u *User) []any {
			return each(u.List.CallingPlans, func(p *CallingPlan) any { return callingPlan{key, p} })
		}},
	}
}

func each[T any](elements []T, row func(*T) any) []any {
	rows := make([]any, len(elements))
	for i := range elements {
		rows[i] = row(&elements[i])
	}
	return rows
}

// derivedRows is the rows that a table should have for some users: all of theirs, and none but these.
type derivedRows struct {
	derivedTable
	keys   []int64
	wanted []any
}

// add takes over the rows of a user; a document that was dropped has none.
func (r *derivedRows) add(key int64, u *User, dropped bool) {
	r.keys = append(r.keys, key)
	if !dropped {
		r.wanted = append(r.wanted, r.rows(key, u)...)
	}
}

// queueDerived makes the rows of some users what they should be, and touches only those that differ. Rows are compared
// whole, as composite values, for which NULL equals NULL; the names of the columns come from the row's JSON. Equal
// elements become one row.
func queueDerived(batch *pgx.Batch, r derivedRows) error {
	const (
		deleteSurplus = `
			DELETE FROM %[1]s t
			WHERE t.user_key = ANY (@keys::bigint[]) AND NOT EXISTS (
				SELECT FROM json_populate_recordset(NULL::%[1]s, @wanted::json) n
				WHERE n.user_key = t.user_key AND n = t
			)`
		insertMissing = `
			INSERT INTO %[1]s
			SELECT DISTINCT n.*
			FROM json_populate_recordset(NULL::%[1]s, @wanted::json) n
			WHERE NOT EXISTS (
				SELECT FROM %[1]s t
				WHERE t.user_key = n.user_key AND t = n
			)`
	)
	if len(r.keys) == 0 {
		return nil
	}
	wanted, err := json.Marshal(r.wanted)
	if err != nil {
		return fmt.Errorf("rows of %s: %w", r.name, err)
	}
	if len(r.wanted) == 0 {
		wanted = []byte("[]")
	}
	batch.Queue(fmt.Sprintf(deleteSurplus, r.name), pgx.StrictNamedArgs{"keys": r.keys, "wanted": wanted})
	batch.Queue(fmt.Sprintf(insertMissing, r.name), pgx.StrictNamedArgs{"wanted": wanted})
	return nil
}
