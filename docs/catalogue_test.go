package docs_test

import (
	"slices"
	"strings"

	"syncd/internal/db/dbtest"
)

// relation is what can be read from: a view, or a function that gives a table.
type relation struct {
	schema, name string
	arguments    string // of a function, in parentheses
	comment      string // "" for none
	columns      []column
}

type column struct{ name, kind, comment string }

func (r relation) String() string { return r.schema + "." + r.name + r.arguments }

func (r relation) column(name string) (column, bool) {
	i := slices.IndexFunc(r.columns, func(c column) bool { return c.name == name })
	if i < 0 {
		return column{}, false
	}
	return r.columns[i], true
}

// readSchema reads the readers' schemas from the catalogue, by name.
func readSchema(database *dbtest.Database) []relation {
	// Columns of a function have no comments in Postgres: relations that share a moment's columns say the same of them.
	rows := database.Query(`
		SELECT n.nspname, c.relname, '', coalesce(obj_description(c.oid, 'pg_class'), ''), a.attname,
			format_type(a.atttypid, a.atttypmod), coalesce(col_description(c.oid, a.attnum), ''), a.attnum AS place
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE n.nspname IN ('zoom', 'zoom_pii') AND c.relkind IN ('v', 'm', 'r', 'p', 'f')
		UNION ALL
		SELECT n.nspname, p.proname, '(' || pg_get_function_identity_arguments(p.oid) || ')', coalesce(obj_description(p.oid, 'pg_proc'), ''), a.name,
			format_type(a.type, NULL), '', a.place
		FROM pg_proc p
		JOIN pg_namespace n ON n.oid = p.pronamespace
		LEFT JOIN LATERAL unnest(p.proargnames, p.proallargtypes, p.proargmodes) WITH ORDINALITY a (name, type, mode, place) ON a.mode IN ('t', 'o')
		WHERE n.nspname IN ('zoom', 'zoom_pii')
		ORDER BY 1, 2, 3, place`)
	var relations []relation
	for _, row := range rows {
		r := relation{schema: row[0], name: row[1], arguments: short(row[2]), comment: row[3]}
		if n := len(relations); n == 0 || relations[n-1].String() != r.String() {
			relations = append(relations, r)
		}
		last := &relations[len(relations)-1]
		last.columns = append(last.columns, column{name: row[4], kind: short(row[5]), comment: row[6]})
	}
	for i := range relations {
		relations[i].lend(relations)
	}
	return relations
}

// lend gives the columns of a function the comments of the view that it shows as of a moment.
func (r *relation) lend(relations []relation) {
	if r.arguments == "" {
		return
	}
	i := slices.IndexFunc(relations, func(v relation) bool { return v.arguments == "" && v.schema == r.schema && v.name == r.model() })
	if i < 0 {
		return
	}
	for n := range r.columns {
		if c, ok := relations[i].column(r.columns[n].name); ok {
			r.columns[n].comment = c.comment
		}
	}
}

// model is the name of the view that a function shows as of a moment.
func (r *relation) model() string { return strings.TrimSuffix(r.name, "_as_of") }

// short writes types as people do.
func short(kind string) string {
	return strings.ReplaceAll(kind, "timestamp with time zone", "timestamptz")
}
