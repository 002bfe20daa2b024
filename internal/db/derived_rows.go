package db

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// derivedRows is the rows that a table should have for some users: all of theirs, and none but these.
type derivedRows struct {
	derivedTable
	created rowColumns // of users who are new and have no rows yet

	keys   []int64 // of users who may have rows
	wanted rowColumns
}

// add takes over the rows of a user; a document that was dropped has none.
func (r *derivedRows) add(key int64, u *User, created, dropped bool) {
	into := &r.created
	if !created {
		r.keys = append(r.keys, key)
		into = &r.wanted
	}
	if dropped {
		return
	}
	for _, row := range r.rows(u) {
		into.add(key, row)
	}
}

// rowColumns is rows as columns.
type rowColumns struct {
	keys    []int64
	columns []rowColumn
}

// rowColumn is a column of rows.
type rowColumn struct {
	name, sqlType string
	field         int // of the row's type
	values        columnValues
}

// columnValues takes the values of a column, and gives them as an argument that pgx encodes without looking into it by
// reflection.
type columnValues interface {
	add(field reflect.Value)
	argument() any
}

// pointers is a column whose fields are pointers, nil for NULL, or, if bare, what these would point to.
type pointers[T any] struct {
	bare   bool
	values []*T
}

func (p *pointers[T]) add(field reflect.Value) {
	if p.bare {
		field = field.Addr()
	}
	p.values = append(p.values, field.Interface().(*T)) //nolint:forcetypeassert // columnsOf has looked
}

func (p *pointers[T]) argument() any { return pgtype.FlatArray[*T](p.values) }

// jsonColumn is a column of JSON; null is NULL.
type jsonColumn struct{ values [][]byte }

func (c *jsonColumn) add(field reflect.Value) {
	value := field.Bytes()
	if string(value) == "null" {
		value = nil
	}
	c.values = append(c.values, value)
}

func (c *jsonColumn) argument() any { return pgtype.FlatArray[[]byte](c.values) }

// integerLists is a column of arrays, each sent as a text: arrays of arrays would have to be of one length.
type integerLists struct{ pointers[string] }

func (c *integerLists) add(field reflect.Value) {
	list := field.Interface().([]int64) //nolint:forcetypeassert // columnsOf has looked
	var text *string
	if list != nil {
		encoded, _ := json.Marshal(list) // numbers cannot fail
		text = new("{" + strings.Trim(string(encoded), "[]") + "}")
	}
	c.values = append(c.values, text)
}

// columnsOf gives the columns of a type of rows, empty.
func columnsOf(row reflect.Type) []rowColumn {
	var columns []rowColumn
	for i := range row.NumField() {
		field := row.Field(i)
		column := rowColumn{name: field.Tag.Get("json"), field: i}
		if column.name == "-" {
			continue
		}
		switch field.Type {
		case reflect.TypeFor[string](), reflect.TypeFor[*string]():
			column.sqlType, column.values = "text", &pointers[string]{bare: field.Type.Kind() == reflect.String}
		case reflect.TypeFor[bool](), reflect.TypeFor[*bool]():
			column.sqlType, column.values = "boolean", &pointers[bool]{bare: field.Type.Kind() == reflect.Bool}
		case reflect.TypeFor[*int64]():
			column.sqlType, column.values = "bigint", &pointers[int64]{}
		case reflect.TypeFor[*time.Time]():
			column.sqlType, column.values = "timestamptz", &pointers[time.Time]{}
		case reflect.TypeFor[json.RawMessage]():
			column.sqlType, column.values = "jsonb", &jsonColumn{}
		case reflect.TypeFor[[]int64]():
			column.sqlType, column.values = "bigint[]", &integerLists{}
		}
		columns = append(columns, column)
	}
	return columns
}

// add appends a row, given by a pointer.
func (c *rowColumns) add(key int64, row any) {
	v := reflect.ValueOf(row).Elem()
	if c.columns == nil {
		c.columns = columnsOf(v.Type())
	}
	c.keys = append(c.keys, key)
	for i := range c.columns {
		column := &c.columns[i]
		column.values.add(v.Field(column.field))
	}
}

// source gives the rows as an element of FROM that is named n.
func (c *rowColumns) source() string {
	var arrays, names strings.Builder
	for _, column := range c.columns {
		sqlType := column.sqlType
		if sqlType == "bigint[]" {
			sqlType = "text"
		}
		fmt.Fprintf(&arrays, ", @%s::%s[]", column.argument(), sqlType)
		fmt.Fprintf(&names, ", %s", column.name)
	}
	return fmt.Sprintf("unnest(@keys::bigint[]%s) n (user_key%s)", arrays.String(), names.String())
}

// argument is the name under which the column is sent.
func (c *rowColumn) argument() string { return "column_" + c.name }

// casts are what is written behind columns of some SQL types.
type casts map[string]string

// list names the columns behind a prefix, each after a comma.
func (c *rowColumns) list(prefix string, written casts) string {
	var list strings.Builder
	for _, column := range c.columns {
		list.WriteString(", " + prefix + column.name + written[column.sqlType])
	}
	return list.String()
}

// args gives the rows under the names that source uses.
func (c *rowColumns) args() pgx.StrictNamedArgs {
	args := pgx.StrictNamedArgs{"keys": c.keys}
	for i := range c.columns {
		args[c.columns[i].argument()] = c.columns[i].values.argument()
	}
	return args
}

// queueDerived makes the rows of some users what they should be, and touches only those that differ: one of each that is
// wanted, however often it is there or wanted.
func queueDerived(batch *pgx.Batch, r derivedRows) {
	r.queueCreated(batch)
	r.queueCompared(batch)
}

// queueCreated adds rows of users who have none.
func (r *derivedRows) queueCreated(batch *pgx.Batch) {
	if len(r.created.keys) == 0 {
		return
	}
	distinct, sent := "DISTINCT ", casts{"bigint[]": "::bigint[]"}
	if r.distinct {
		distinct = ""
	}
	name, value := r.documentColumn()
	batch.Queue(fmt.Sprintf(`
		INSERT INTO %s (user_key%s%s)
		SELECT %sn.user_key%s%s
		FROM %s`,
		r.name, name, r.created.list("", nil),
		distinct, value, r.created.list("n.", sent),
		r.created.source()), r.created.args())
}

// documentColumn is the column of a table that holds rows of several documents, and its value; both follow a comma.
func (r *derivedRows) documentColumn() (name, value string) {
	if !r.shared {
		return "", ""
	}
	return ", document", fmt.Sprintf(", %d::smallint", r.document.code())
}

// queueCompared lays what is there and what is wanted together and groups it: a join would take longer or shorter with
// what Postgres believes about tables that nobody has analyzed while they fill. For GROUP BY NULL equals NULL. JSON is compared
// as a text: as jsonb, 1.0 would equal 1.000, which Zoom and whoever asks for it as a text see as another value.
func (r *derivedRows) queueCompared(batch *pgx.Batch) {
	const (
		drop = `
		DELETE FROM %s t
		WHERE t.user_key = ANY (@known::bigint[])%s`
		replace = `
		WITH compared AS MATERIALIZED (
			SELECT c.user_key%[3]s, bool_or(c.wanted) AS wanted, array_remove(array_agg(c.place), NULL) AS places
			FROM (
				SELECT t.user_key%[4]s, false AS wanted, t.ctid AS place
				FROM %[1]s t
				WHERE t.user_key = ANY (@known::bigint[])%[2]s
				UNION ALL
				SELECT n.user_key%[5]s, true, NULL
				FROM %[6]s
			) c
			GROUP BY c.user_key%[3]s
			HAVING NOT bool_or(c.wanted) OR count(c.place) <> 1
		), surplus AS (
			DELETE FROM %[1]s t
			WHERE t.ctid = ANY (ARRAY(SELECT unnest(CASE WHEN c.wanted THEN c.places[2:] ELSE c.places END) FROM compared c))
			RETURNING 1
		), missing AS (
			INSERT INTO %[1]s (user_key%[7]s%[9]s)
			SELECT c.user_key%[8]s%[10]s
			FROM compared c
			WHERE c.wanted AND c.places = '{}'
			RETURNING 1
		)
		SELECT FROM surplus UNION ALL SELECT FROM missing`
	)
	if len(r.keys) == 0 {
		return
	}
	ours := ""
	name, value := r.documentColumn()
	if r.shared {
		ours = " AND t.document = " + strings.TrimPrefix(value, ", ")
	}
	args := r.wanted.args()
	args["known"] = r.keys
	if len(r.wanted.keys) == 0 {
		batch.Queue(fmt.Sprintf(drop, r.name, ours), pgx.StrictNamedArgs{"known": r.keys})
		return
	}
	sent, compared := casts{"bigint[]": "::bigint[]", "jsonb": "::text"}, casts{"jsonb": "::text"}
	batch.Queue(fmt.Sprintf(replace, r.name, ours,
		r.wanted.list("c.", nil), r.wanted.list("t.", compared), r.wanted.list("n.", sent), r.wanted.source(), name, value,
		r.wanted.list("", nil), r.wanted.list("c.", casts{"jsonb": "::jsonb"})), args)
}
