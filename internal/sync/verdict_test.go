package sync

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// checkVerdict checks that a row of the journal is what it would become.
func checkVerdict(t *testing.T, r *reader, kind db.Document, c change) {
	t.Helper()
	row := recorded(kind, c.path, string(jsonOrNil(c.old)), string(jsonOrNil(c.new)), c.personal)
	got, err := r.judgeChange(row)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written(row), written(got)); diff != "" {
		t.Fatalf("a row of this release would be written anew (-before +after):\n%s", diff)
	}
}

// recorded is a row of the journal; "" is an absent value.
func recorded(kind db.Document, path, before, after string, private bool) db.StoredChange {
	row := db.StoredChange{Document: kind, SettingChange: db.SettingChange{Path: path, Private: private}}
	if before != "" {
		row.Old = []byte(before)
	}
	if after != "" {
		row.New = []byte(after)
	}
	return row
}

func written(row db.StoredChange) string {
	text := func(json []byte) string {
		if json == nil {
			return "absent"
		}
		return string(json)
	}
	return row.Path + ": " + text(row.Old) + " -> " + text(row.New) + ", private " + strconv.FormatBool(row.Private)
}

func TestVerdict_of_a_recorded_change(t *testing.T) {
	t.Parallel()
	r := newReader()
	for _, test := range []struct {
		kind          db.Document
		path          string
		before, after string
		private       bool
		want          string
	}{
		{db.DocumentSettings, "area_code", `"1"`, `"2"`, false, `area_code: "1" -> "2", private false`},
		{db.DocumentSettings, "x_note.a_pin", `"1111"`, `"2222"`, false, `x_note.a_pin: "[redacted]" -> "[redacted]", private false`},
		{db.DocumentSettings, "x_note.a_pin", ``, `true`, false, `x_note.a_pin: absent -> true, private false`},
		{db.DocumentSettings, "x", `{"a_pin": 1, "b": 1.50}`, `null`, false, `x: {"a_pin":"[redacted]","b":1.50} -> null, private false`},
		{db.DocumentSettings, "x", `{"b": 1}`, ``, false, `x: {"b": 1} -> absent, private false`},
		{db.DocumentSettings, "x_tokens.hunter2", ``, `"4711"`, false, `x_tokens.*: absent -> "[redacted]", private false`},
		{db.DocumentSettings, "x_tokens[hunter2].until", ``, `7`, false, `x_tokens[*].*: absent -> "[redacted]", private false`},
		{db.DocumentSettings, "x[7]", `{"pin_id": "7", "n": 1}`, ``, false, `x[*]: {"n":1,"pin_id":"[redacted]"} -> absent, private false`},
		{db.DocumentSettings, "more[]", `{"key":"voicemail_pin","value":"4711"}`, ``, false, `more[]: {"key":"voicemail_pin","value":"[redacted]"} -> absent, private false`},
		{db.DocumentSettings, "x_note.b_address", `"12 Main"`, `"13 Main"`, false, `x_note.b_address: "12 Main" -> "13 Main", private true`},
		{db.DocumentSettings, `x.b_address."12. Main"[3].n`, `1`, ``, false, `x.b_address.*[*].*: 1 -> absent, private true`},
		{db.DocumentSettings, "x[0a1b]", `{"mac_id":"0a1b"}`, ``, false, `x[*]: {"mac_id":"0a1b"} -> absent, private true`},
		{db.DocumentSettings, "x[1]", `{"id":1,"userIP":"10.0.0.1"}`, ``, false, `x[1]: {"id":1,"userIP":"10.0.0.1"} -> absent, private true`},
		{db.DocumentSettings, `x_phones."10.0.0.1".n`, `1`, ``, false, `x_phones.*.*: 1 -> absent, private true`},
		{db.DocumentSettings, "x_phones.64:16:7f:aa:bb:cc", ``, `{"n":1}`, false, `x_phones.*: absent -> {"n":1}, private true`},
		{db.DocumentProfile, "emergency_address.city", `"a"`, `"b"`, false, `emergency_address.city: "a" -> "b", private true`},
		{db.DocumentProfile, "emergency_address.x", `"a"`, `"b"`, false, `emergency_address.*: "a" -> "b", private true`},

		// Documented, and of the documented type, is shown whatever the name.
		{db.DocumentProfile, "policy.emergency_address_management.enable", `true`, `false`, true, `policy.emergency_address_management.enable: true -> false, private false`},
		{db.DocumentProfile, "policy.emergency_address_management.enable", `true`, `false`, false, `policy.emergency_address_management.enable: true -> false, private false`},

		// What the path does not tell stays as it is; what is no path is hidden.
		{db.DocumentSettings, "more[7].value", `"a"`, `"b"`, true, `more[7].value: "a" -> "b", private true`},
		{db.DocumentSettings, "more.*", `"a"`, `"b"`, true, `more.*: "a" -> "b", private true`},
		{db.DocumentSettings, "more.x", `"a"`, `"b"`, true, `more.x: "a" -> "b", private false`},
		{db.DocumentSettings, "more[", `{"pin":1}`, `"b"`, false, `more[: {"pin":"[redacted]"} -> "b", private true`},
	} {
		row := recorded(test.kind, test.path, test.before, test.after, test.private)
		got, err := r.judgeChange(row)
		if err != nil {
			t.Fatal(err)
		}
		if written(got) != test.want {
			t.Errorf("%s\nbecame %s\nwant   %s", written(row), written(got), test.want)
		}
		again, err := r.judgeChange(got)
		if err != nil {
			t.Fatal(err)
		}
		if written(again) != written(got) {
			t.Errorf("%s\nbecame %s the second time", written(got), written(again))
		}
	}
}

func TestVerdict_of_an_unmapped_field(t *testing.T) {
	t.Parallel()
	r := newReader()
	for path, want := range map[string]bool{
		"x_note.b_address": false, "x_note.b_address.*": false, "x_note.b_address[].*": false, "emergency_address.city": false, "a[].b": false, `a"b`: false,
		"x_note.b_address.12 Main": true, "x_note.b_address[].n": true, "emergency_address.x": true, "x_tokens.hunter2": true, "x_tokens[].*.hunter2": true,
	} {
		if got := r.hides(db.DocumentProfile, path); got != want {
			t.Errorf("%s is hidden: %t", path, got)
		}
	}
}

func TestVerdict_of_a_stored_version(t *testing.T) {
	t.Parallel()
	r := newReader()
	for _, test := range []struct {
		kind db.Document
		body string
		want db.Judged
	}{
		{db.DocumentSettings, `{"b": [2, 1.50], "a_pin": "[redacted]", "c": 1e2}`, db.Judged{}},
		{db.DocumentSettings, `{"b": [2, 1.50], "a_pin": "1111"}`, db.Judged{Body: []byte(`{"a_pin":"[redacted]","b":[2,1.50]}`)}},
		{db.DocumentProfile, `{"policy": {"sms": true}}`, db.Judged{Policies: []db.Policy{{Name: "sms", Enabled: new(true)}}}},
		{
			db.DocumentProfile, `{"policy": {"sms": {"userIP": "10.0.0.1"}, "home_address": "a", "pin": 1}}`,
			db.Judged{Body: []byte(`{"policy":{"home_address":"a","pin":"[redacted]","sms":{"userIP":"10.0.0.1"}}}`), Policies: []db.Policy{
				{Name: "home_address", Detail: []byte(`"a"`), Personal: true},
				{Name: "pin", Detail: []byte(`"[redacted]"`)},
				{Name: "sms", Detail: []byte(`{"userIP":"10.0.0.1"}`), Personal: true},
			}},
		},
		{
			db.DocumentProfile, `{"policy": {"sms": {"international_sms_countries": ["US", "EU"], "n": 1}}}`,
			db.Judged{Policies: []db.Policy{{
				Name: "sms", Detail: []byte(`{"international_sms_countries":["EU","US"],"n":1}`), Arranged: []byte(`{"international_sms_countries":["EU","US"]}`),
			}}},
		},
	} {
		got, err := r.judgeVersion(db.StoredVersion{Document: test.kind, Body: []byte(test.body)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.body, diff)
		}
	}
}
