package zoom

import (
	"encoding/json"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// What encoding/json makes of the same bytes is what they mean.
func FuzzReadObject(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"a":1}`, ` {"a" : [1, {"b":null}] , "a":"x"} `, `{"\u0061":1,"a":2}`, `{"a":1}x`, `{"a":1}{}`, `{"a"}`, `{"a":}`, `{1:2}`, `[]`, `null`, ``, `{`, `{"a":1`,
		"{\"\xff\":\"\xff\"}", `{"a":1,}`, `{"a":tru}`, `{"a":"\ud800"}`, "\ufeff{}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, ok := readObject(body)
		value := jsontext.Value(body)
		if want := value.Kind() == '{' && value.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); ok != want {
			t.Fatalf("%q is an object: %v, want %v", body, ok, want)
		}
		var want map[string]json.RawMessage
		if !ok || json.Unmarshal(body, &want) != nil {
			return
		}
		for _, m := range o.members {
			if got := string(o.get(m.name)); got != string(want[m.name]) {
				t.Errorf("member %q of %q is %s, want %s", m.name, body, got, want[m.name])
			}
		}
		for name := range want {
			if o.get(name) == nil {
				t.Errorf("%q has no member %q", body, name)
			}
		}
	})
}
