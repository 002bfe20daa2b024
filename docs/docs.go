// Package docs holds the pages for the readers of the mirror, and reads the cookbook: questions, each with its SQL and
// its result.
//
// It owns the pages and their form. It never talks to a database: schema.md is written by this package's test from the
// COMMENTs of a freshly migrated database, and the results in cookbook.md by the test of cmd/demo, which is the only
// program that shows them. "make docs" runs both with -update; without it they fail when a page is out of date.
package docs

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

//go:embed cookbook.md
var cookbook string

// Question is one of the cookbook.
type Question struct {
	Section string // heading of the part of the cookbook that it is in
	Heading string // the question itself
	SQL     string // one statement, with its semicolon
	Result  string // what the demo's mirror answers, in the form of psql, without a newline at the end
	Slow    bool   // the page says, and why, that a large mirror does not answer within a second

	begin, end int // where the result is in the page
}

// slow is how the page says so, wherever its lines break.
const slow = "takes more than a second at 100,000 users, because"

// Cookbook returns the page cookbook.md.
func Cookbook() string { return cookbook }

// Questions reads a page in the form of the cookbook: below headings "## section", headings "### question", each with
// one block of SQL and one block of text, its result. Whatever else stands there is left alone.
func Questions(page string) ([]Question, error) {
	heading := regexp.MustCompile(`(?m)^(##|###) (.+)\n`)
	blocks := regexp.MustCompile("(?ms)^```sql\n(.*?)\n```\n.*?^```text\n(.*?)\n```$")
	found := heading.FindAllStringSubmatchIndex(page, -1)
	var questions []Question
	section := ""
	for i, h := range found {
		text := page[h[4]:h[5]]
		if page[h[2]:h[3]] == "##" {
			section = text
			continue
		}
		end := len(page)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		body := page[h[1]:end]
		b := blocks.FindStringSubmatchIndex(body)
		if b == nil || strings.Count(body, "\n```sql\n") != 1 || strings.Count(body, "\n```text\n") != 1 {
			return nil, fmt.Errorf("question %q: want one block of SQL and after it one of text, its result", text)
		}
		questions = append(questions, Question{
			Section: section, Heading: text, SQL: body[b[2]:b[3]], Result: body[b[4]:b[5]],
			Slow:  strings.Contains(strings.ReplaceAll(body[:b[0]], "\n", " "), slow),
			begin: h[1] + b[4], end: h[1] + b[5],
		})
	}
	return questions, nil
}

// WithResults returns the page with the results in place of its own, one for each question and in their order.
func WithResults(page string, results []string) (string, error) {
	questions, err := Questions(page)
	if err != nil {
		return "", err
	}
	if len(results) != len(questions) {
		return "", fmt.Errorf("results: got %d, want %d, one for each question", len(results), len(questions))
	}
	var filled strings.Builder
	at := 0
	for i, q := range questions {
		filled.WriteString(page[at:q.begin])
		filled.WriteString(results[i])
		at = q.end
	}
	filled.WriteString(page[at:])
	return filled.String(), nil
}
