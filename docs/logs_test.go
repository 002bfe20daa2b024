package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// sources gives the files of the program by their paths.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, folder := range []string{"../cmd/syncd", "../internal"} {
		err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test/") {
				return err
			}
			files[folder+"/"+path], err = os.ReadFile(folder + "/" + path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

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
	call := regexp.MustCompile(`(?:\.(?:Debug|Info|Warn|Error)Context\([\w.()]+, |\.LogAttrs\(\w+, [\w.]+, |\bwarn\(\w+, |\.(?:Debug|Info|Warn|Error)\(|\btell\()"([^"]+)"`)
	logged := map[string]bool{}
	for _, source := range sources(t) {
		for _, found := range call.FindAllSubmatch(source, -1) {
			logged[string(found[1])] = true
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

// The page names the fields that stand beside the message of an event in the program. Those of an error are named once.
func TestLogs_page_has_the_fields_of_its_events(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("logs.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{} // the fields of an event
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| (?:debug|info|warn|error)[^|]* \| ([^|]*)\|`).FindAllSubmatch(page, -1) {
		documented[string(row[1])] = string(row[2])
	}
	text := func(e ast.Expr) string {
		literal, ok := e.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return ""
		}
		s, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	found := 0
	for path, source := range sources(t) {
		file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for _, argument := range call.Args {
				event := text(argument)
				fields, ok := documented[event]
				if !ok {
					continue
				}
				for _, beside := range call.Args {
					ast.Inspect(beside, func(n ast.Node) bool {
						attr, ok := n.(*ast.CallExpr)
						if !ok || len(attr.Args) != 2 {
							return true
						}
						maker, ok := attr.Fun.(*ast.SelectorExpr)
						if !ok {
							return true
						}
						if of, ok := maker.X.(*ast.Ident); !ok || of.Name != "slog" {
							return true
						}
						if key := text(attr.Args[0]); key != "error" {
							found++
							if !regexp.MustCompile(`\b` + key + `\b`).MatchString(fields) {
								t.Errorf("%s: %q has the field %q, which logs.md lacks", path, event, key)
							}
						}
						return true
					})
				}
			}
			return true
		})
	}
	if found < 30 {
		t.Errorf("only %d fields were found", found)
	}
}
