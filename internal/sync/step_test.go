package sync

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSteps(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]step{
		`name`:                {{"name", "name", false}},
		`policy.sms.enable`:   {{"policy", "policy", false}, {"sms", "sms", false}, {"enable", "enable", false}},
		`numbers[---M1=].n`:   {{"numbers", "numbers", false}, {"[---M1=]", "---M1=", true}, {"n", "n", false}},
		`privileges[]`:        {{"privileges", "privileges", false}, {"[]", "", true}},
		`a[x.y][*].*`:         {{"a", "a", false}, {"[x.y]", "x.y", true}, {"[*]", "*", true}, {"*", "*", false}},
		`"a.b"."\"[]"["x]"]`:  {{`"a.b"`, "a.b", false}, {`"\"[]"`, `"[]`, false}, {`["x]"]`, "x]", true}},
		`"".12 Main Street\n`: {{`""`, "", false}, {`12 Main Street\n`, `12 Main Street\n`, false}},
		``:                    nil,
		`a.`:                  nil,
		`.a`:                  nil,
		`a..b`:                nil,
		`a[b`:                 nil,
		`a[b]c`:               nil,
		`a]`:                  nil,
		`a"b"`:                nil,
		`"a`:                  nil,
		`"a"b`:                nil,
		`a["b"c]`:             nil,
	} {
		got, ok := steps(path)
		if ok != (want != nil) {
			t.Errorf("%s: a path: %t", path, ok)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(step{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if ok && joined(got) != path {
			t.Errorf("%s is written as %s", path, joined(got))
		}
	}
}
