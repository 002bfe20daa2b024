package speed_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"syncd/internal/db/dbtest"
)

// Questions about one person must not read what is kept of the others. The mirror is small, so that Postgres has to be told
// that it is large.
func TestCookbook_looks_up_one_person(t *testing.T) {
	t.Parallel()
	address := dbtest.New(t).URL
	if err := build(t.Context(), address, size{users: 60, versions: 3}); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"); err != nil {
		t.Fatal(err)
	}
	const mail, versions = "(lower(email) = ", "((user_key = u.user_key) AND (document = "
	for heading, conditions := range map[string][]string{
		"What was one policy of one person set to, and from when to when?":                   {mail, versions},
		"What changed for this person between March and June, and when did we first see it?": {mail, "((user_key = u.user_key) AND (seen_at >= "},
		"When is a person's line open?":                                                      {mail, "(user_key = "},
		"When was this person there, and when deleted?":                                      {mail, "(user_key = "},
		"Who can call abroad, and who locked that?":                                          {"(policy = 'international_calling'"},
		"Which grants lead to somebody who is gone?":                                         {"(access_user_id = "},
	} {
		plan := planOf(t, conn, heading)
		for _, condition := range conditions {
			if !strings.Contains(plan, "Index Cond: "+condition) {
				t.Errorf("%s: no index finds %s\n%s", heading, condition, plan)
			}
		}
	}
}

// planOf gives the plan of a question of the cookbook.
func planOf(t *testing.T, conn *pgx.Conn, heading string) string {
	t.Helper()
	all, err := questions()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range all {
		if q.Heading != heading {
			continue
		}
		rows, err := conn.Query(t.Context(), "EXPLAIN "+q.SQL)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\n")
	}
	t.Fatalf("the cookbook has no question %q", heading)
	return ""
}
