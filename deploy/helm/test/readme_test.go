package test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"syncd/deploy/helm/test/render"
)

// TestReadme_has_every_value: the table is written from the comments of values.yaml. -update writes it.
func TestReadme_has_every_value(t *testing.T) {
	t.Parallel()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(read(t, "helm", "syncd", "values.yaml")), &document); err != nil {
		t.Fatal(err)
	}
	table := "| value | default | |\n|---|---|---|\n"
	for _, row := range rows(t, "", document.Content[0]) {
		table += row + "\n"
	}
	const begin, end = "<!-- written from values.yaml by \"make manifests\" -->\n", "<!-- end -->\n"
	page := read(t, "helm", "syncd", "README.md")
	before, rest, found := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("README.md has no place for the table")
	}
	want := before + begin + table + end + after
	if *update {
		if err := os.WriteFile(render.Deploy("helm", "syncd", "README.md"), []byte(want), 0o644); err != nil { //nolint:gosec // everybody may read it
			t.Fatal(err)
		}
		page = want
	}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Errorf("run \"make manifests\" (-want +got):\n%s", diff)
	}
}

// rows gives a row for each value that has a comment, and fails for one that neither has one nor parts that do.
func rows(t *testing.T, path string, object *yaml.Node) []string {
	t.Helper()
	var all []string
	for i := 0; i+1 < len(object.Content); i += 2 {
		key, value := object.Content[i], object.Content[i+1]
		name := strings.TrimPrefix(path+"."+key.Value, ".")
		if comment, ok := description(key.HeadComment); ok {
			all = append(all, fmt.Sprintf("| `%s` | %s | %s |", name, fallback(t, value), strings.ReplaceAll(comment, "|", "\\|")))
			continue
		}
		below := []string(nil)
		if value.Kind == yaml.MappingNode {
			below = rows(t, name, value)
		}
		if len(below) == 0 {
			t.Errorf("values.yaml says nothing about %s", name)
		}
		all = append(all, below...)
	}
	return all
}

// description gives the part of a comment from its "--".
func description(comment string) (string, bool) {
	_, text, found := strings.Cut(comment, "# -- ")
	return strings.ReplaceAll(text, "\n# ", " "), found
}

func fallback(t *testing.T, value *yaml.Node) string {
	t.Helper()
	var v any
	if err := value.Decode(&v); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	switch string(text) {
	case `""`, `[]`, `{}`:
		return ""
	}
	return "`" + strings.Trim(string(text), `"`) + "`"
}
