package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/rivo/uniseg"
)

// table lays a result out as psql does: names in the middle, numbers to the right,
// NULL empty. Control characters are escaped, so that a row is a line.
func table(fields []pgconn.FieldDescription, values [][][]byte) string {
	numbers := []uint32{pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID}
	escape := strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)
	widths := make([]int, len(fields))
	names := make([]string, len(widths))
	right := make([]bool, len(widths))
	for i, field := range fields {
		names[i] = field.Name
		widths[i] = uniseg.StringWidth(field.Name)
		right[i] = slices.Contains(numbers, field.DataTypeOID)
	}
	rows := make([][]string, len(values))
	for r, row := range values {
		rows[r] = make([]string, len(row))
		for i, value := range row {
			rows[r][i] = escape.Replace(string(value))
			widths[i] = max(widths[i], uniseg.StringWidth(rows[r][i]))
		}
	}

	var lines []string
	rules := make([]string, len(widths))
	for i, width := range widths {
		before := (width - uniseg.StringWidth(names[i])) / 2
		names[i] = pad(strings.Repeat(" ", before)+names[i], width, false)
		rules[i] = strings.Repeat("-", width+2)
	}
	lines = append(lines, line(names), strings.Join(rules, "+"))
	for _, row := range rows {
		for i := range row {
			row[i] = pad(row[i], widths[i], right[i])
		}
		lines = append(lines, line(row))
	}
	plural := "s"
	if len(rows) == 1 {
		plural = ""
	}
	return strings.Join(append(lines, fmt.Sprintf("(%d row%s)", len(rows), plural)), "\n")
}

func line(cells []string) string {
	return strings.TrimRight(" "+strings.Join(cells, " | "), " ")
}

func pad(text string, width int, right bool) string {
	space := strings.Repeat(" ", width-uniseg.StringWidth(text))
	if right {
		return space + text
	}
	return text + space
}
