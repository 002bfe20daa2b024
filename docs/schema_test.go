package docs_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// A golden file is the way of Go tests for a page that is written by a program and read by people: with the flag the
// test writes it, without it the test compares. "make docs" sets the flag. It needs no program of its own, since only
// a test has a freshly migrated database at hand.
var update = flag.Bool("update", false, "write docs/schema.md instead of comparing it")

func TestSchema_page_is_that_of_the_database(t *testing.T) {
	t.Parallel()
	want, faults := schemaPage(readSchema(dbtest.New(t)))
	for _, fault := range faults {
		t.Error(fault)
	}
	if t.Failed() {
		return
	}
	if *update {
		if err := os.WriteFile("schema.md", []byte(want), 0o644); err != nil { //nolint:gosec // a page for everybody
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile("schema.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(have), "\n"), strings.Split(want, "\n")); diff != "" {
		t.Errorf("docs/schema.md is out of date; \"make docs\" writes it (-page +database)\n%s", diff)
	}
}

func TestSchema_page_wants_a_comment_on_everything(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	database.Exec(`
		CREATE VIEW zoom.news AS SELECT account_id, user_id, email FROM zoom.phone_users;
		COMMENT ON COLUMN zoom.news.account_id IS 'x';
		COMMENT ON COLUMN zoom.news.user_id IS 'x';
		CREATE FUNCTION zoom.news_as_of(as_of timestamptz) RETURNS TABLE (email text, other text) LANGUAGE sql AS $$ SELECT '', '' $$;
		COMMENT ON COLUMN zoom.sites.name IS NULL;
		COMMENT ON VIEW zoom.sites IS NULL`)
	_, faults := schemaPage(readSchema(database))
	want := []string{
		"zoom.news has no comment",
		"zoom.news.email has no comment",
		"zoom.news_as_of(as_of timestamptz) has no comment",
		"zoom.news_as_of(as_of timestamptz).email has no comment; it would be that of the column in zoom.news",
		"zoom.news_as_of(as_of timestamptz).other has no comment; it would be that of the column in zoom.news",
		"zoom.sites has no comment",
		"zoom.sites.name has no comment",
	}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Errorf("faults (-want +got)\n%s", diff)
	}
}

func TestSchema_page_takes_in_a_new_view(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	database.Exec(`
		CREATE VIEW zoom.news AS SELECT account_id, user_id, 1::bigint AS pass_id FROM zoom.phone_users;
		COMMENT ON VIEW zoom.news IS 'One row per a | b.';
		COMMENT ON COLUMN zoom.news.account_id IS 'x';
		COMMENT ON COLUMN zoom.news.user_id IS 'y';
		COMMENT ON COLUMN zoom.news.pass_id IS 'a | b'`)
	page, faults := schemaPage(readSchema(database))
	if len(faults) > 0 {
		t.Error(faults)
	}
	for _, want := range []string{
		"[zoom.news](#zoomnews)", "### zoom.news\n\nOne row per a | b.", "| `pass_id` | bigint | a \\| b |", "sync_passes ||--o{ news : pass_id", "phone_users ||--o{ news : user_id",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

func TestSchema_picture_wants_columns_that_are_there(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	database.Exec(`
		DROP VIEW zoom.shared_line_appearances;
		ALTER VIEW zoom.shared_access RENAME COLUMN access_user_id TO friend;
		ALTER VIEW zoom.sites RENAME COLUMN site_id TO place`)
	_, faults := schemaPage(readSchema(database))
	for _, want := range []string{
		"the picture names zoom.shared_line_appearances, which is not there",
		"the picture names zoom.shared_access.access_user_id, which is not there",
		"the picture names zoom.sites.site_id, which is not there",
	} {
		if !slices.Contains(faults, want) {
			t.Errorf("%q is missing in %q", want, faults)
		}
	}
}
