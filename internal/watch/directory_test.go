//go:build watch

package watch

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// bucket is what Grafana would take for $__interval, and span the time that the dashboard shows.
const bucket, span = time.Hour, 30 * 24 * time.Hour

var macro = regexp.MustCompile(`\$(__[a-zA-Z]+)(?:\(([^)]*)\))?`)

// fillMacros writes a query as Grafana's data source sends it: from first to last.
func fillMacros(query string, first, last time.Time) (filled string, fault error) {
	filled = macro.ReplaceAllStringFunc(query, func(found string) string {
		m := macro.FindStringSubmatch(found)
		column, rest, _ := strings.Cut(m[2], ",")
		switch m[1] {
		case "__timeFilter":
			return fmt.Sprintf("%s BETWEEN '%s' AND '%s'", column, first.UTC().Format(time.RFC3339Nano), last.UTC().Format(time.RFC3339Nano))
		case "__timeGroupAlias":
			if strings.TrimSpace(rest) != "$__interval" {
				fault = fmt.Errorf("%s: its interval is not that of the dashboard", found)
			}
			return fmt.Sprintf(`floor(extract(epoch from %s)/%v)*%[2]v AS "time"`, column, bucket.Seconds())
		default:
			fault = fmt.Errorf("Grafana's Postgres knows no macro %s, or this test does not", found)
			return found
		}
	})
	return filled, fault
}

// checkDirectory asks all questions of the dashboard, as a reader of schema zoom.
func (w *world) checkDirectory(t *testing.T, d dashboard) {
	t.Helper()
	conn := w.reader(t)
	ask := func(query string) ([]string, [][]any, error) {
		rows, err := conn.Query(t.Context(), query)
		if err != nil {
			return nil, nil, err
		}
		defer rows.Close()
		var names []string
		for _, f := range rows.FieldDescriptions() {
			names = append(names, f.Name)
		}
		values, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
		return names, values, err
	}

	// The variables, one after the other, as a browser fills them: all of those that may be several.
	fill := []string{}
	for _, v := range d.Templating.List {
		if v.Type != "query" {
			continue
		}
		query := strings.NewReplacer(fill...).Replace(v.Definition)
		names, rows, err := ask(query)
		if err != nil || len(rows) == 0 {
			t.Fatalf("$%s: %d rows, %v\n%s", v.Name, len(rows), err, query)
		}
		value := max(0, slices.Index(names, "__value"))
		var quoted []string
		for _, row := range rows {
			quoted = append(quoted, "'"+strings.ReplaceAll(fmt.Sprint(row[value]), "'", "''")+"'")
		}
		fill = append(fill, "${"+v.Name+":sqlstring}", strings.Join(quoted, ","))
	}

	for _, p := range d.questions() {
		for _, q := range p.Targets {
			query, err := fillMacros(strings.NewReplacer(fill...).Replace(q.RawSQL), time.Now().Add(-span), time.Now())
			if err != nil || strings.Contains(query, "$") {
				t.Errorf("%s: %v: a variable or macro is left\n%s", p.Title, err, query)
				continue
			}
			names, rows, err := ask(query)
			if err != nil || len(rows) == 0 {
				t.Errorf("%s: %d rows, %v\n%s", p.Title, len(rows), err, query)
				continue
			}
			if fault := shape(p, q, names, rows); fault != "" {
				t.Errorf("%s: %s", p.Title, fault)
			}
		}
	}
	// Who reads the dashboard may not read more.
	if _, _, err := ask("SELECT * FROM zoom_pii.documents LIMIT 1"); err == nil {
		t.Error("the dashboard's role reads personal data")
	}
}

// shape says what of an answer the kind of panel cannot show.
func shape(p panel, q target, names []string, rows [][]any) string {
	number := func(v any) bool {
		switch v.(type) {
		case int16, int32, int64, float32, float64:
			return true
		}
		_, is := v.(pgtype.Numeric)
		return is
	}
	text := func(v any) bool { _, is := v.(string); return is }
	switch {
	case q.Format == "time_series":
		if len(names) != 3 || names[0] != "time" || names[1] != "metric" || !number(rows[0][0]) || !text(rows[0][1]) || !number(rows[0][2]) {
			return fmt.Sprintf("%v are no time, metric and number: %v", names, rows[0])
		}
	case p.Type == "barchart":
		for i, v := range rows[0] {
			if (i == 0) != text(v) || i > 0 && !number(v) {
				return fmt.Sprintf("%v are no name and numbers: %v", names, rows[0])
			}
		}
	case p.Type == "stat":
		if len(names) != 1 || !number(rows[0][0]) {
			return fmt.Sprintf("%v is no number: %v", names, rows[0])
		}
	}
	return ""
}

// reader connects as a role that may read schema zoom and no more.
func (w *world) reader(t *testing.T) *pgx.Conn {
	t.Helper()
	name := w.database.Value("SELECT current_database()") + "_grafana"
	w.database.Exec("CREATE ROLE " + name + " LOGIN PASSWORD 'secret'")
	t.Cleanup(func() { w.database.Exec("DROP OWNED BY " + name + " CASCADE; DROP ROLE " + name) })
	w.run("migrate", "--reader", name)
	address, err := url.Parse(w.database.URL)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(name, "secret")
	conn, err := pgx.Connect(t.Context(), address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
