package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/jackc/pgx/v5"
)

// question is what an analyst asks of the mirror.
type question struct{ text, sql string }

func questions() []question {
	return []question{
		{"Which numbers belong to which site and cost centre?", `SELECT u.site_name, u.cost_center, count(DISTINCT u.user_id) AS users, count(n.number) AS numbers, min(n.number_e164) AS first_number
FROM zoom.phone_users u
JOIN zoom.phone_numbers n USING (account_id, user_id)
GROUP BY u.site_name, u.cost_center
ORDER BY numbers DESC, u.site_name, u.cost_center
LIMIT 8;`},
		{"Who is licensed, by status and calling plan?", `SELECT u.status, u.activation_status, p.name AS calling_plan, count(*) AS users
FROM zoom.phone_users u
LEFT JOIN zoom.calling_plans p USING (account_id, user_id)
GROUP BY u.status, u.activation_status, p.name
ORDER BY users DESC, calling_plan
LIMIT 8;`},
		{"How fresh is the mirror, document by document?", `SELECT document, status, count(*) AS users, min(verified_at)::timestamptz(0) AS oldest, max(verified_at)::timestamptz(0) AS newest
FROM zoom.freshness
GROUP BY document, status
ORDER BY document, status;`},
	}
}

// ask puts every question to the mirror and prints its SQL and result.
func ask(ctx context.Context, out io.Writer, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect to the mirror: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, q := range questions() {
		fmt.Fprintf(out, "\n-- %s\n%s\n\n", q.text, q.sql)
		if err := printRows(ctx, out, conn, q.sql); err != nil {
			return fmt.Errorf("%s: %w", q.text, err)
		}
	}
	return nil
}

func printRows(ctx context.Context, out io.Writer, conn *pgx.Conn, sql string) error {
	// The simple protocol gives every value as psql would show it.
	results, err := conn.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, result := range results {
		var names, rules []string
		for _, field := range result.FieldDescriptions {
			names = append(names, field.Name)
			rules = append(rules, strings.Repeat("-", len(field.Name)))
		}
		fmt.Fprintf(table, "  %s\n  %s\n", strings.Join(names, "\t"), strings.Join(rules, "\t"))
		for _, row := range result.Rows {
			cells := make([]string, len(row))
			for i, value := range row {
				cells[i] = string(value)
			}
			fmt.Fprintf(table, "  %s\n", strings.Join(cells, "\t"))
		}
		fmt.Fprintf(table, "  (%d rows)\n", len(result.Rows))
	}
	return table.Flush()
}
