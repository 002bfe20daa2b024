package zoom

import (
	"bufio"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is documented stands once more in the tables of the simulated account.
func TestDocuments_are_known_by_every_documented_member(t *testing.T) {
	t.Parallel()
	for document, members := range map[string][]string{
		"profile": profileMembers, "settings": phoneSettingsMembers, "user_settings": userSettingsMembers,
	} {
		table, err := os.Open("zoomtest/shape/" + document + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		documented := map[string]bool{}
		for lines := bufio.NewScanner(table); lines.Scan(); {
			path, _, _ := strings.Cut(lines.Text(), " ")
			name, _, _ := strings.Cut(path, ".")
			documented[strings.TrimSuffix(name, "[]")] = true
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(documented)), members); diff != "" {
			t.Errorf("%s (-documented +known):\n%s", document, diff)
		}
	}
}
