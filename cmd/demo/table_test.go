package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db/dbtest"
)

func TestQuery_lays_results_out_as_psql_does(t *testing.T) {
	t.Parallel()
	conn := connect(t, dbtest.New(t).URL)
	tests := []struct {
		name, sql string
		want      []string
	}{
		{
			"widths, numbers and NULL", `SELECT * FROM (VALUES ('東京', 1, 2.5, true), ('e', 1000, NULL, NULL)) v (site, n, share, yes)`,
			[]string{
				" site |  n   | share | yes",
				"------+------+-------+-----",
				" 東京 |    1 |   2.5 | t",
				" e    | 1000 |       |",
				"(2 rows)",
			},
		},
		{
			"control characters", `SELECT E'two\nlines\tand\rmore' AS text`,
			[]string{
				"         text",
				"-----------------------",
				` two\nlines\tand\rmore`,
				"(1 row)",
			},
		},
		{
			"no rows", `SELECT 1 AS number, interval '1 day' AS age WHERE false`,
			[]string{" number | age", "--------+-----", "(0 rows)"},
		},
	}
	for _, test := range tests {
		got, err := query(t.Context(), conn, test.sql)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
	if _, err := query(t.Context(), conn, "SELECT 1; SELECT 2"); err == nil {
		t.Error("two statements make one table")
	}
}
