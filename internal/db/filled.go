package db

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Filled names what the rows of a user's document fill: phone_numbers, a table with rows; user_list.department, a column that
// is not NULL in all of them; where the rows of a table are of many kinds, the same of a kind: policies[sms],
// policies[sms].locked. Each name comes with the one of what it is a part of, "" for a table.
func Filled(u *User, document Document) (map[string]string, error) {
	filled := map[string]string{}
	for _, table := range derivedTables() {
		if table.document != document {
			continue
		}
		for _, row := range table.rows(u) {
			encoded, err := json.Marshal(row)
			if err != nil {
				return nil, fmt.Errorf("row of %s: %w", table.name, err)
			}
			var columns map[string]json.RawMessage
			if err := json.Unmarshal(encoded, &columns); err != nil {
				return nil, fmt.Errorf("row of %s: %w", table.name, err)
			}
			name := table.title()
			filled[name] = ""
			if table.kindColumn != "" {
				var kind string
				if err := json.Unmarshal(columns[table.kindColumn], &kind); err != nil {
					return nil, fmt.Errorf("row of %s: %w", table.name, err)
				}
				whole := name
				name += "[" + kind + "]"
				filled[name] = whole
				delete(columns, table.kindColumn)
			}
			for column, value := range columns {
				if !isVerdict(column) && !bytes.Equal(value, []byte("null")) {
					filled[name+"."+column] = name
				}
			}
		}
	}
	return filled, nil
}

// isVerdict reports whether a column is ours, and says of others that they are personal.
func isVerdict(column string) bool { return column == "personal" || column == "section_personal" }

// Emptied gives the names that are filled before and not after; of what is empty as a whole, no parts.
func Emptied(before, after map[string]string) []string {
	var names []string
	for name, whole := range before {
		_, still := after[name]
		_, wholeStill := after[whole]
		if !still && (whole == "" || wholeStill) {
			names = append(names, name)
		}
	}
	return names
}

// title names the table as Filled does: without its schema, and with its document where it holds rows of several.
func (t *derivedTable) title() string {
	name := strings.TrimPrefix(t.name, "syncd.")
	if t.shared {
		name += "(" + string(t.document) + ")"
	}
	return name
}

// filledBy is the condition on a row t of the table that makes the name filled. It is false for a name that is none of
// the table's.
func (t *derivedTable) filledBy(name string) (condition string, kind string, ok bool) {
	rest, ok := strings.CutPrefix(name, t.title())
	if !ok {
		return "", "", false
	}
	condition = "true"
	if t.shared {
		condition = fmt.Sprintf("t.document = %d", t.document.code())
	}
	if inner, bracketed := strings.CutPrefix(rest, "["); bracketed && t.kindColumn != "" {
		end := strings.LastIndex(inner, "]")
		if end < 0 {
			return "", "", false
		}
		kind, rest = inner[:end], inner[end+1:]
		condition += " AND t." + t.kindColumn + " = @kind"
	}
	column, isColumn := strings.CutPrefix(rest, ".")
	switch {
	case isColumn:
		condition += " AND t." + pgx.Identifier{column}.Sanitize() + " IS NOT NULL"
	case rest != "":
		return "", "", false
	}
	return condition, kind, true
}
