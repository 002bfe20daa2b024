package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"syncd/docs"
	"syncd/internal/db/dbtest"
	"syncd/internal/zoom/zoomtest"
)

// A golden file is the way of Go tests for a page that is written by a program and read by people: with the flag the
// test writes it, without it the test compares. "make docs" sets the flag.
var update = flag.Bool("update", false, "write the results into docs/cookbook.md instead of comparing them")

// moment is a time that depends on when the mirror was made.
var moment = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00`)

func timeless(result string) string { return moment.ReplaceAllString(result, "(some time)         ") }

func TestCookbook_has_the_results_of_the_demo(t *testing.T) {
	t.Parallel()
	conn := connect(t, mirrored(t))
	wantReadme(t, conn)
	page := docs.Cookbook()
	questions, err := docs.Questions(page)
	if err != nil {
		t.Fatal(err)
	}
	results := make([]string, len(questions))
	for i, q := range questions {
		got, err := query(t.Context(), conn, q.SQL)
		switch {
		case err != nil:
			t.Errorf("%s: %v", q.Heading, err)
		case timeless(got) == timeless(q.Result):
			got = q.Result // the times that stand there are as good
		case !*update:
			t.Errorf("%s: the result is another now; \"make docs\" writes it (-page +got)\n%s", q.Heading,
				cmp.Diff(strings.Split(timeless(q.Result), "\n"), strings.Split(timeless(got), "\n")))
		}
		results[i] = got
	}
	if !*update || t.Failed() {
		return
	}
	if page, err = docs.WithResults(page, results); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("..", "..", "docs", "cookbook.md"), []byte(page), 0o644); err != nil { //nolint:gosec // a page for everybody
		t.Fatal(err)
	}
}

// wantReadme checks the query that the README begins with, and what it shows of the answer.
func wantReadme(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```sql\n(.*?)\n```\n```\n(.*?)\n```").FindStringSubmatch(string(readme))
	if shown == nil {
		t.Fatal("the README has no query with its result")
	}
	got, err := query(t.Context(), conn, shown[1])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(shown[2], got[:strings.LastIndex(got, "\n")]); diff != "" {
		t.Errorf("the README's result is another now (-README +got)\n%s", diff)
	}
}

func TestCookbook_shows_something_for_every_question(t *testing.T) {
	t.Parallel()
	questions, err := docs.Questions(docs.Cookbook())
	if err != nil {
		t.Fatal(err)
	}
	if len(questions) < 20 {
		t.Errorf("%d questions", len(questions))
	}
	for _, q := range questions {
		if strings.HasSuffix(q.Result, "(0 rows)") {
			t.Errorf("%s: the demo has nothing to show", q.Heading)
		}
	}
}

// mirrored gives the address of a mirror made as the demo makes it, by the real program, only faster.
func mirrored(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "syncd")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "syncd/cmd/syncd").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	const fast = 1000
	options := accountOptions(defaultUsers)
	options.Limits = map[string]float64{zoomtest.PhoneLight: fast, zoomtest.PhoneMedium: fast, zoomtest.CoreMedium: fast}
	simulated := zoomtest.New(options)
	environment, err := serve(t.Context(), simulated)
	if err != nil {
		t.Fatal(err)
	}
	address := dbtest.New(t).URL
	environment = append(environment, "DATABASE_URL="+address, fmt.Sprintf("ZOOM_POOLS=phone-light=%[1]d,phone-medium=%[1]d,core-medium=%[1]d", fast))
	d := demo{out: t.Output(), log: t.Output(), program: program, users: defaultUsers}
	if err := d.mirror(t.Context(), environment, simulated); err != nil {
		t.Fatal(err)
	}
	return address
}

// connect opens a session whose times are UTC, whatever the server's zone.
func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["timezone"] = "UTC"
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
