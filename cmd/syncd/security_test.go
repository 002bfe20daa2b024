package main

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

// The page on security says which requests are sent, and which scopes that takes: no more and no less.
func TestSecurity_page_has_every_request_and_scope(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	var requests, scopes []string
	for _, row := range regexp.MustCompile("(?m)^\\| (GET|POST|PUT|PATCH|DELETE) \\| `([^`]+)` \\|[^|]+\\| (?:`([^`]+)`)? ?\\|").FindAllStringSubmatch(string(page), -1) {
		requests = append(requests, row[1]+" "+row[2])
		if row[3] != "" {
			scopes = append(scopes, row[3])
		}
	}
	slices.Sort(requests)

	b := newBench(t, zoomtest.Options{Users: 30, Seed: 84})
	var mu sync.Mutex
	sent := map[string]bool{}
	user := regexp.MustCompile(`/users/[^/]+`)
	record := func(_ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		sent[r.Method+" "+user.ReplaceAllString(strings.TrimPrefix(r.URL.Path, "/v2"), "/users/{userId}")] = true
		return false
	}
	b.intercept.Store(&record)
	b.sync(exitComplete)
	b.account.Remove(b.active()[0])
	b.sync(exitComplete)
	for _, args := range [][]string{{"doctor"}, {"sync", "--dry-run"}, {"sync", "--user=" + b.active()[0]}, {"rebuild"}, {"prune", "--history=400d"}, {"status"}} {
		if got := b.run(args...); got.code != exitComplete {
			t.Errorf("syncd %v: exit code %d\n%s%s", args, got.code, got.stdout, got.stderr)
		}
	}
	var have []string
	for request := range sent {
		have = append(have, request)
	}
	slices.Sort(have)
	if diff := cmp.Diff(requests, have); diff != "" {
		t.Errorf("requests (-page +sent)\n%s", diff)
	}

	// The simulated account grants these scopes and no others.
	if diff := cmp.Diff(slices.Sorted(slices.Values(zoomtest.DefaultScopes())), slices.Sorted(slices.Values(scopes))); diff != "" {
		t.Errorf("scopes (-enough +page)\n%s", diff)
	}
	for _, other := range []string{"../../README.md", "../../docs/operations.md"} {
		text, err := os.ReadFile(other)
		if err != nil {
			t.Fatal(err)
		}
		for _, scope := range scopes {
			if !strings.Contains(string(text), "`"+scope+"`") {
				t.Errorf("%s does not name the scope %s", other, scope)
			}
		}
		if extra := regexp.MustCompile("`(?:phone|user):(?:write|update|delete)[^`]*`").FindString(string(text)); extra != "" {
			t.Errorf("%s asks for %s", other, extra)
		}
	}
	for _, scope := range scopes { // none is too many
		b.account.SetScopes(slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == scope })...)
		if got := b.run("doctor"); got.code != exitFailed || !strings.Contains(got.stdout, scope) {
			t.Errorf("without %s doctor says (exit code %d)\n%s", scope, got.code, got.stdout)
		}
	}
	b.account.SetScopes("phone:read:admin", "user:read:admin") // the classic ones
	if got := b.run("doctor"); got.code != exitComplete {
		t.Errorf("with the classic scopes doctor says (exit code %d)\n%s", got.code, got.stdout)
	}
}

// The page on operations plans as syncd plan does.
func TestOperations_page_has_the_floors_of_syncd_plan(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	columns := [][]string{{"--plan=pro", "--share=0.8"}, {"--plan=pro", "--share=1"}, {"--plan=business", "--share=0.8"}, {"--plan=business", "--share=1"}}
	rows := regexp.MustCompile(`(?m)^\| ([\d,]+) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$`).FindAllStringSubmatch(string(page), -1)
	if len(rows) < 5 {
		t.Fatalf("only %d rows were found", len(rows))
	}
	for _, row := range rows {
		for i, column := range columns {
			got := runPlan(t, nil, append([]string{"--users=" + strings.ReplaceAll(row[1], ",", ""), "--interval=1000h"}, column...)...)
			if want := "\nfloor         " + row[2+i] + ": "; !strings.Contains(got.stdout, want) {
				t.Errorf("%s users, %v: want %q\n%s", row[1], column, want, got.stdout)
			}
		}
	}
}
