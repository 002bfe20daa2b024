package mirrortest

import "testing"

func TestCompare_tells_documents_apart(t *testing.T) {
	t.Parallel()
	c := comparison{secrets: map[string]bool{"hunter2": true}}
	for _, test := range []struct {
		truth, mirror string
		equal         bool
	}{
		{`{"a":1,"b":[true,null,"x"]}`, `{"b": [true, null, "x"], "a": 1.0}`, true},
		{`{"a":9007199254740993}`, `{"a":9007199254740992}`, false},
		{`{"a":1e2}`, `{"a":100}`, true},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"a":1,"b":2}`, `{"a":1,"c":2}`, false},
		{`{"a":[1,2]}`, `{"a":[2,1]}`, false},
		{`{"a":[1]}`, `{"a":[1,1]}`, false},
		{`{"a":null}`, `{"a":false}`, false},
		{`{"a":""}`, `{"a":null}`, false},
		{`{"a":"hunter2"}`, `{"a":"[redacted]"}`, true},
		{`{"a":"hunter2"}`, `{"a":"hunter2"}`, false},
		{`{"a":"hunter3"}`, `{"a":"[redacted]"}`, false},
	} {
		if err := c.documents([]byte(test.truth), []byte(test.mirror), "u/list"); (err == nil) != test.equal {
			t.Errorf("%s and %s: %v, want equal %v", test.truth, test.mirror, err, test.equal)
		}
	}
}
