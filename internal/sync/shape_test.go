package sync

import (
	"slices"
	"strings"
	"testing"

	"syncd/internal/db"
)

func TestShape_unordered(t *testing.T) {
	t.Parallel()
	keyed := &shape{key: "weekday"}
	for _, test := range []struct {
		name  string
		shape *shape
		array string
		want  bool
	}{
		{"nothing", nil, `[]`, true},
		{"plain_values", nil, `["a",1,null]`, true},
		{"arrays", nil, `[["a"],["b"]]`, false},
		{"objects_with_an_id", nil, `[{"id":"a"},{"id":1}]`, true},
		{"objects_with_another_id", nil, `[{"a_id":"","b_id":"x"},{"b_id":"y"}]`, true},
		{"objects_without_an_id", nil, `[{"name":"a"},{"name":"b"}]`, false},
		{"objects_with_the_key", keyed, `[{"weekday":1},{"weekday":2}]`, true},
		{"objects_with_an_id_for_the_key", keyed, `[{"id":1},{"id":2}]`, true},
		{"objects_of_which_one_has_no_key", keyed, `[{"weekday":1},{"from":"08:00"}]`, true},
		{"an_object_without_its_id", nil, `[{"id":"a"},{}]`, true},
		{"an_object_with_an_empty_id", nil, `[{"id":"a"},{"id":""}]`, true},
		{"objects_with_an_id_that_is_an_object", nil, `[{"id":{}},{"id":{}}]`, false},
		{"a_name_that_only_ends_like_an_id", nil, `[{"paid":1},{"paid":2}]`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			items := mustParse(t, `{"v":`+test.array+`}`).get("v").items
			if got := test.shape.unordered(items); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

// TestShapes_name_documented_paths holds against typing errors in the tables,
// which would change nothing and say nothing.
func TestShapes_name_documented_paths(t *testing.T) {
	t.Parallel()
	documented := map[db.Document][]string{}
	for _, d := range readDecisions(t) {
		documented[d.kind] = append(documented[d.kind], d.path)
	}
	check := func(kind db.Document, path string) {
		for _, known := range documented[kind] {
			rest, ok := strings.CutPrefix(known, path)
			if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				return
			}
		}
		t.Errorf("%s has no %s", kind, path)
	}
	for kind, keys := range keyPaths {
		for path, key := range keys {
			check(kind, path+"[]."+key)
		}
	}
}

// TestShapes_know_every_documented_array: one whose elements have no identity
// would make a version whenever Zoom gives it in another order.
func TestShapes_know_every_documented_array(t *testing.T) {
	t.Parallel()
	arrays := map[db.Document]map[string][]string{} // path -> names of the elements' members
	for _, d := range readDecisions(t) {
		if arrays[d.kind] == nil {
			arrays[d.kind] = map[string][]string{}
		}
		for at := 0; ; {
			i := strings.Index(d.path[at:], "[]")
			if i < 0 {
				break
			}
			at += i + 2
			name, _, _ := strings.Cut(strings.TrimPrefix(d.path[at:], "."), ".")
			arrays[d.kind][d.path[:at-2]] = append(arrays[d.kind][d.path[:at-2]], name)
		}
	}
	all := shapes()
	for kind, paths := range arrays {
		for path, names := range paths {
			element := value{kind: '{'}
			for _, name := range names {
				element.members = append(element.members, member{name: name, value: value{kind: '"', text: "x"}})
			}
			element.members = sortMembers(element.members)
			s := &shape{}
			if all[kind] != nil {
				s = all[kind].at(path)
			}
			if slices.Equal(slices.Compact(names), []string{""}) {
				element = value{kind: '"', text: "x"}
			}
			if !s.unordered([]value{element}) {
				t.Errorf("%s: the order of %s counts", kind, path)
			}
		}
	}
}
