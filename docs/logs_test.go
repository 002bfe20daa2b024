package docs_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every event that the program logs is in the page, and the page has no other.
func TestLogs_page_has_every_event(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("logs.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| (?:debug|info|warn|error|as above)`).FindAllSubmatch(page, -1) {
		documented[string(row[1])] = true
	}
	// A constant message stands right after the context or the level, or is what a function of its own is told.
	call := regexp.MustCompile(`(?:\.(?:Debug|Info|Warn|Error)Context\(\w+, |\.LogAttrs\(\w+, [\w.]+, |\bwarn\(\w+, |\.(?:Debug|Info|Warn|Error)\(|\btell\()"([^"]+)"`)
	logged := map[string]bool{}
	for _, folder := range []string{"../cmd/syncd", "../internal"} {
		err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test/") {
				return err
			}
			source, err := os.ReadFile(folder + "/" + path)
			for _, found := range call.FindAllSubmatch(source, -1) {
				logged[string(found[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(logged) < 35 {
		t.Fatalf("only %d events were found", len(logged))
	}
	for event := range logged {
		if !documented[event] {
			t.Errorf("logs.md lacks %q", event)
		}
	}
	for event := range documented {
		if !logged[event] {
			t.Errorf("logs.md has %q, which nothing logs", event)
		}
	}
}
