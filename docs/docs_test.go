package docs_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"syncd/docs"
	"syncd/internal/db/dbtest"
)

const page = "# Title\n\n## Section\n\n### First?\n\nWords.\n\n```sql\nSELECT 1;\n```\n\n```text\nold\n```\n\n" +
	"## Other\n\nWords.\n\n### Second?\n\nIt takes more than a\nsecond at 100,000 users, because.\n\n```sql\nSELECT\n  2;\n```\n\nSo:\n\n```text\nold\nolder\n```\n"

func TestQuestions_reads_a_page(t *testing.T) {
	t.Parallel()
	got, err := docs.Questions(page)
	if err != nil {
		t.Fatal(err)
	}
	want := []docs.Question{
		{Section: "Section", Heading: "First?", SQL: "SELECT 1;", Result: "old"},
		{Section: "Other", Heading: "Second?", SQL: "SELECT\n  2;", Result: "old\nolder", Slow: true},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(docs.Question{})); diff != "" {
		t.Errorf("questions (-want +got)\n%s", diff)
	}
}

func TestQuestions_wants_one_statement_and_one_result_each(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]string{
		"no result":   strings.Replace(page, "```text\nold\n```\n\n", "", 1),
		"no SQL":      strings.Replace(page, "```sql\nSELECT 1;\n```\n\n", "", 1),
		"two results": strings.Replace(page, "```text\nold\n```\n\n", "```text\nold\n```\n\n```text\nold\n```\n\n", 1),
		"wrong order": strings.Replace(page, "```sql\nSELECT 1;\n```\n\n```text\nold\n```\n\n", "```text\nold\n```\n\n```sql\nSELECT 1;\n```\n\n", 1),
	} {
		if _, err := docs.Questions(broken); err == nil || !strings.Contains(err.Error(), `"First?"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The benchmark holds that these are slow on a large mirror, and no others.
func TestCookbook_says_of_two_questions_that_they_are_slow(t *testing.T) {
	t.Parallel()
	questions, err := docs.Questions(docs.Cookbook())
	if err != nil {
		t.Fatal(err)
	}
	var slow []string
	for _, q := range questions {
		if q.Slow {
			slow = append(slow, q.Heading)
		}
	}
	want := []string{
		"Who deviates from the usual policy of their site?", "Which policies have changed since a day, and for how many users?",
	}
	if diff := cmp.Diff(want, slow); diff != "" {
		t.Errorf("slow questions (-want +got)\n%s", diff)
	}
	const all = "All but two are answered within a second at 100,000 users"
	if !strings.Contains(docs.Cookbook(), all) {
		t.Errorf("the page does not say %q", all)
	}
}

// The page of times is written by a benchmark of its own, which is easily forgotten when a question comes or goes.
func TestSpeed_page_has_the_questions_of_the_cookbook(t *testing.T) {
	t.Parallel()
	questions, err := docs.Questions(docs.Cookbook())
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("cookbook-speed.md")
	if err != nil {
		t.Fatal(err)
	}
	var asked, measured []string
	for _, q := range questions {
		asked = append(asked, q.Heading)
	}
	for _, row := range regexp.MustCompile(`(?m)^\| (.+\?) \| \d+ \| `).FindAllStringSubmatch(string(page), -1) {
		measured = append(measured, row[1])
	}
	slices.Sort(asked)
	slices.Sort(measured)
	if diff := cmp.Diff(asked, measured); diff != "" {
		t.Errorf("questions (-cookbook.md +cookbook-speed.md): run make bench-queries\n%s", diff)
	}
}

func TestWithResults_changes_the_results_alone(t *testing.T) {
	t.Parallel()
	got, err := docs.WithResults(page, []string{"new\n$1", "newer"})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(strings.Replace(page, "old\nolder", "newer", 1), "```text\nold\n", "```text\nnew\n$1\n", 1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("page (-want +got)\n%s", diff)
	}
	if _, err := docs.WithResults(page, []string{"new"}); err == nil {
		t.Error("one result is enough for two questions")
	}
}

// A name with a dot in it is quoted in a path, and is one name.
func TestCookbook_tells_fields_that_have_a_dot(t *testing.T) {
	t.Parallel()
	questions, err := docs.Questions(docs.Cookbook())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(questions, func(q docs.Question) bool { return q.Heading == "What does Zoom send that no column holds?" })
	database := dbtest.New(t)
	database.Exec(`INSERT INTO syncd.unmapped_fields (account_id, document, path, json_type) VALUES
		('a', 1, 'x."a.b"', 'number'), ('a', 2, '"say \"a.b\"".c[]', 'number'), ('a', 3, 'break_hours[].note', 'number'), ('a', 4, '"a.b"."c.d"[]', 'number'), ('a', 5, 'new', 'number')`)
	var got []string
	for _, row := range database.Query(questions[i].SQL) {
		got = append(got, row[0]+" "+row[1])
	}
	want := []string{`list "a.b"`, "profile c[]", "settings note", "site new", `user_settings "c.d"[]`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got)\n%s", diff)
	}
}
