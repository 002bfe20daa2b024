package sync

import (
	"strings"
	"testing"

	"syncd/internal/db"
)

func TestShape_unordered(t *testing.T) {
	t.Parallel()
	documented := &shape{set: true}
	for _, test := range []struct {
		name  string
		shape *shape
		array string
		want  bool
	}{
		{"nothing", nil, `[]`, true},
		{"plain_values", nil, `["a",1,null]`, false},
		{"arrays", nil, `[["a"],["b"]]`, false},
		{"documented", documented, `["a",1,null,["b"],{"weekday":1},{}]`, true},
		{"objects_with_an_id", nil, `[{"id":"a"},{"id":1}]`, true},
		{"objects_with_another_id", nil, `[{"device_id":"x"},{"device_id":"y"}]`, false},
		{"objects_without_an_id", nil, `[{"name":"a"},{"name":"b"}]`, false},
		{"an_object_without_its_id", nil, `[{"id":"a"},{}]`, false},
		{"an_object_with_an_empty_id", nil, `[{"id":"a"},{"id":""}]`, false},
		{"something_else_among_objects_with_an_id", nil, `[{"id":"a"},"b"]`, false},
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

// TestShapes_know_every_documented_array: one that is not known would make a version
// whenever Zoom gives it in another order.
func TestShapes_know_every_documented_array(t *testing.T) {
	t.Parallel()
	all, arrays := shapes(), 0
	for kind, root := range fields() {
		eachArray("", root, func(path string) {
			arrays++
			if s := all[kind].at(path); !s.set || !s.unordered(mustParse(t, `{"v":[{"n":1},"x"]}`).get("v").items) {
				t.Errorf("%s: the order of %s counts", kind, path)
			}
		})
	}
	for _, d := range readDecisions(t) {
		for path := d.path; strings.Contains(path, "[]"); {
			path = path[:strings.LastIndex(path, "[]")]
			if s := all[d.kind].at(path); !s.set {
				t.Errorf("%s: %s is no array in the table of fields", d.kind, path)
			}
		}
	}
	if arrays < 40 {
		t.Errorf("only %d arrays are documented", arrays)
	}
}

// eachArray visits the paths of all arrays below a field.
func eachArray(path string, f *field, visit func(path string)) {
	if f.kind == "array" || f.elements != nil {
		visit(path)
		if f.elements != nil {
			eachArray(path+"[]", f.elements, visit)
		}
	}
	for name, member := range f.members {
		if name != anyMember {
			eachArray(strings.TrimPrefix(path+"."+name, "."), member, visit)
		}
	}
}
