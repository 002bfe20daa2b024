package speed_test

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"syncd/docs"
	"syncd/internal/db/dbtest"
)

// twins are named by a noun of their question, and begin with the question.
//
//go:embed raw/*.sql
var twins embed.FS

// question is one of the cookbook and its twin.
type question struct {
	docs.Question
	raw string // SQL; empty: the documents cannot answer it
}

// untold are the questions that no document answers, and what does.
func untold() map[string]string {
	return map[string]string{
		"What changed for this person between March and June, and when did we first see it?": "seen_after is known to the journal alone",
		"When was this person there, and when deleted?":                                      "documents tell of deletions, and not of users who had none",
		"Who was deleted, and what proves it?":                                               "the evidence is kept beside the documents",
		"How fresh is the mirror?":                                                           "it is about passes",
		"How did the last passes end, and what failed in them?":                              "it is about passes",
		"What does Zoom send that no column holds?":                                          "it is about columns",
	}
}

// questions reads the cookbook with the twins. Each question has one, or a reason not to; each twin has a question.
func questions() ([]question, error) {
	raw := map[string]string{}
	files, err := fs.Glob(twins, "raw/*.sql")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := twins.ReadFile(file)
		if err != nil {
			return nil, err
		}
		heading, sql, _ := strings.Cut(strings.TrimPrefix(string(text), "-- "), "\n")
		raw[heading] = strings.TrimSpace(sql)
	}
	read, err := docs.Questions(docs.Cookbook())
	if err != nil {
		return nil, err
	}
	var all []question
	for _, q := range read {
		twin, has := raw[q.Heading]
		if _, excused := untold()[q.Heading]; has == excused {
			return nil, fmt.Errorf("question %q: want a twin in raw or a reason in untold, not both", q.Heading)
		}
		delete(raw, q.Heading)
		all = append(all, question{q, twin})
	}
	for heading := range raw {
		return nil, fmt.Errorf("the cookbook has no question %q", heading)
	}
	return all, nil
}

// unlimited is a query without the limit that keeps the cookbook short.
func unlimited(sql string) string {
	return regexp.MustCompile(`\nLIMIT \d+;$`).ReplaceAllString(sql, ";")
}

func TestCookbook_gives_the_answers_of_the_documents(t *testing.T) {
	t.Parallel()
	address := dbtest.New(t).URL
	if err := build(t.Context(), address, size{users: 300, versions: 4}); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	all, err := questions()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "BEGIN"); err != nil { // in which now() is the same for both
		t.Fatal(err)
	}
	for _, q := range all {
		if q.raw == "" {
			continue
		}
		columns := len(strings.Split(strings.SplitN(q.Result, "\n", 2)[0], "|"))
		got, err := answer(t.Context(), conn, unlimited(q.SQL), columns)
		if err != nil {
			t.Fatalf("%s: %v", q.Heading, err)
		}
		want, err := answer(t.Context(), conn, unlimited(q.raw), columns)
		if err != nil {
			t.Fatalf("%s, of the documents: %v", q.Heading, err)
		}
		if len(got) == 0 {
			t.Errorf("%s: no rows", q.Heading)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the views say something else than the documents (-documents +views)\n%s", q.Heading, diff)
		}
	}
}

// answer gives the rows of a query as text, sorted, since the cookbook leaves the order of equals open. A twin may select
// more than its question, to tell rows apart: only as many columns as the question has are given.
func answer(ctx context.Context, conn *pgx.Conn, sql string, columns int) ([]string, error) {
	result := conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil).Read()
	if result.Err != nil {
		return nil, result.Err
	}
	rows := make([]string, len(result.Rows))
	for i, row := range result.Rows {
		cells := make([]string, columns)
		for j, cell := range row[:columns] {
			cells[j] = string(cell)
			if cell == nil {
				cells[j] = "NULL"
			}
		}
		rows[i] = strings.Join(cells, " | ")
	}
	slices.Sort(rows)
	return rows, nil
}
