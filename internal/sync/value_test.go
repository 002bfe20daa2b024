package sync

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func mustParse(t *testing.T, body string) value {
	t.Helper()
	v, err := parse(nil, []byte(body), checkNumber)
	if err != nil {
		t.Fatalf("parse(%.200q): %v", body, err)
	}
	return v
}

func diffValues(a, b value) string {
	return cmp.Diff(a, b, cmp.AllowUnexported(value{}, member{}), cmpopts.IgnoreFields(value{}, "plain"), cmpopts.IgnoreFields(member{}, "shape"))
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, want string }{
		{"members_are_sorted", `{"b": 1, "a": {"d": [ ], "c": { } }}`, `{"a":{"c":{},"d":[]},"b":1}`},
		{"unknown_fields_survive", `{"brand_new":{"deep":[[null,true,false]]}}`, `{"brand_new":{"deep":[[null,true,false]]}}`},
		{"big_integers_keep_every_digit", `{"n":12345678901234567890,"m":-98765432109876543210}`, `{"m":-98765432109876543210,"n":12345678901234567890}`},
		{"decimals_keep_every_digit", `{"n":0.1000000000000000055511151231257827021181583404541015625}`, `{"n":0.1000000000000000055511151231257827021181583404541015625}`},
		{"numbers_stay_as_written", `{"n":[1,1.0,1.00,-0,1e2,1E+2,1e-7]}`, `{"n":[1,1.0,1.00,-0,1e2,1E+2,1e-7]}`},
		{"last_of_a_repeated_name_counts", `{"a":{"x":1,"x":[2]},"b":0,"a":{"x":1,"x":{"y":3}}}`, `{"a":{"x":{"y":3}},"b":0}`},
		{"a_name_repeated_by_an_escape_is_the_same", `{"a":1,"\u0061":2}`, `{"a":2}`},
		{"all_scripts_survive", `{"имя":"Łódź 東京 שלום مرحبا ไทย e\u0301 👩‍👩‍👧"}`, `{"имя":"Łódź 東京 שלום مرحبا ไทย ` + "e\u0301" + ` 👩‍👩‍👧"}`},
		{"escapes_mean_what_they_say", `{"s":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u007f"}`, `{"s":"\"\\/\b\f\n\r\té😀` + "\x7f" + `"}`},
		{"control_characters_are_escaped", `{"s":"\u0001\u001f\u2028"}`, `{"s":"\u0001\u001f` + "\u2028" + `"}`},
		{"noncharacters_survive", `{"s":"\uffff\ufffd\ufeff"}`, `{"s":"` + "\uffff\ufffd\ufeff" + `"}`},
		{"empty_names_and_texts_survive", `{"":{"":""}}`, `{"":{"":""}}`},
		{"white_space_around_is_ignored", " \r\n\t{} \r\n\t", `{}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := mustParse(t, test.body)
			got := string(appendJSON(nil, v))
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if diff := diffValues(v, mustParse(t, got)); diff != "" {
				t.Errorf("written and read again it differs: %s", diff)
			}
		})
	}
}

// parseErrors is every text that an error of parse can have.
var parseErrors = regexp.MustCompile(`^json: (empty|not an object|more than one value|not well-formed at byte \d+` +
	`|(nested deeper than 500|a string holds the character U\+0000|a number is out of range): not storable as jsonb)$`)

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	nested := func(brackets int) string {
		return `{"hunter2":` + strings.Repeat("[", brackets-1) + "0" + strings.Repeat("]", brackets-1) + "}"
	}
	digits := strings.Repeat("7", maxDigits)
	for _, test := range []struct {
		name, body string
		storable   bool // well-formed JSON, but nothing for Postgres
	}{
		{"U+0000_in_a_text", `{"a":"hunter2\u0000"}`, true},
		{"U+0000_in_a_name", `{"hunter2\u0000":1}`, true},
		{"U+0000_in_a_repeated_name", `{"a":"hunter2\u0000","a":1}`, true},
		{"a_huge_exponent", `{"hunter2":1e10001}`, true},
		{"a_tiny_exponent", `{"hunter2":1E-10001}`, true},
		{"an_exponent_beyond_64_bits", `{"hunter2":1e+99999999999999999999}`, true},
		{"too_many_digits", `{"hunter2":` + digits + `7}`, true},
		{"too_many_decimals", `{"hunter2":0.` + digits + `}`, true},
		{"too_deep", nested(maxDepth + 1), true},
		{"far_too_deep", nested(9000), true},

		{"a_lone_high_surrogate", `{"a":"hunter2\ud800"}`, false},
		{"a_lone_low_surrogate", `{"a":"hunter2\udc00 "}`, false},
		{"a_lone_surrogate_in_a_name", `{"hunter2\ud800":1}`, false},
		{"invalid_UTF-8", "{\"a\":\"hunter2\xff\"}", false},
		{"invalid_UTF-8_in_a_name", "{\"hunter2\xc3\":1}", false},
		{"nothing", ``, false},
		{"white_space", ` `, false},
		{"a_cut_off_text", `{"a":"hunter2`, false},
		{"a_cut_off_object", `{"hunter2":1`, false},
		{"a_cut_off_array", `{"hunter2":[1,`, false},
		{"a_missing_value", `{"hunter2":}`, false},
		{"a_trailing_comma", `{"hunter2":1,}`, false},
		{"a_number_with_a_leading_zero", `{"hunter2":01}`, false},
		{"NaN", `{"hunter2":NaN}`, false},
		{"single_quotes", `{'hunter2':1}`, false},
		{"a_raw_control_character", "{\"hunter2\":\"\x01\"}", false},
		{"a_byte_order_mark", "\ufeff{\"hunter2\":1}", false},
		{"two_objects", `{"hunter2":1} {"hunter2":2}`, false},
		{"garbage_after_the_object", `{"hunter2":1} hunter2`, false},
		{"an_array", `["hunter2"]`, false},
		{"a_text", `"hunter2"`, false},
		{"null", `null`, false},
		{"a_page_of_HTML", `<html>hunter2</html>`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(nil, []byte(test.body), checkNumber)
			if err == nil {
				t.Fatal("accepted")
			}
			if errors.Is(err, errNotStorable) != test.storable {
				t.Errorf("errors.Is(%q, errNotStorable) is %t", err, !test.storable)
			}
			if !parseErrors.MatchString(err.Error()) {
				t.Errorf("error %q may show what the document holds", err)
			}
		})
	}

	t.Run("not_what_is_just_within_the_limits", func(t *testing.T) {
		t.Parallel()
		for _, body := range []string{nested(maxDepth), `{"n":1e10000}`, `{"n":1e-10000}`, `{"n":` + digits + `}`, `{"n":-0.` + digits[3:] + `e-10000}`} {
			mustParse(t, body)
		}
	})
}

func TestParse_of_many_repeated_names(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for i := range 300 {
		fmt.Fprintf(&body, `,"n%d":%d`, i%3, i)
	}
	got := string(appendJSON(nil, mustParse(t, "{"+body.String()[1:]+"}")))
	if want := `{"n0":297,"n1":298,"n2":299}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestValue_get(t *testing.T) {
	t.Parallel()
	v := mustParse(t, `{"a":{"b":{"c":"deep"}},"z":[{"id":"x"}],"":1}`)
	if got := text(v.get("a", "b", "c").str()); got != "deep" {
		t.Errorf("got %q, want deep", got)
	}
	for _, path := range [][]string{{"b"}, {"a", "c"}, {"a", "b", "c", "d"}, {"z", "id"}, {"A"}} {
		if got := v.get(path...); got.kind != 0 {
			t.Errorf("get(%q) found %v", path, got)
		}
	}
}

func TestValue_typed(t *testing.T) {
	t.Parallel()
	type row struct {
		Str                *string
		Boolean            *bool
		Integer, Extension *int64
	}
	for body, want := range map[string]row{
		`"text"`:               {Str: new("text")},
		`" kept as sent "`:     {Str: new(" kept as sent ")},
		`""`:                   {},
		`null`:                 {},
		`[]`:                   {},
		`{}`:                   {},
		`["text"]`:             {},
		`true`:                 {Boolean: new(true)},
		`false`:                {Boolean: new(false)},
		`"true"`:               {Str: new("true")},
		`0`:                    {Integer: new(int64(0)), Extension: new(int64(0))},
		`1001`:                 {Integer: new(int64(1001)), Extension: new(int64(1001))},
		`"1001"`:               {Str: new("1001"), Extension: new(int64(1001))},
		`"0042"`:               {Str: new("0042"), Extension: new(int64(42))},
		`9223372036854775807`:  {Integer: new(int64(1<<63 - 1)), Extension: new(int64(1<<63 - 1))},
		`9223372036854775808`:  {},
		`"800123456789012345"`: {Str: new("800123456789012345"), Extension: new(int64(800123456789012345))},
		`"9223372036854775808"`: {
			Str: new("9223372036854775808"),
		},
		`"-5"`:    {Str: new("-5")},
		`"+5"`:    {Str: new("+5")},
		`"10 01"`: {Str: new("10 01")},
		`"x1001"`: {Str: new("x1001")},
		`"١٠٠١"`:  {Str: new("١٠٠١")},
		`1.5`:     {},
		`1001.0`:  {},
		`1e3`:     {Integer: new(int64(1000)), Extension: new(int64(1000))}, // as Postgres stores it
		`-0`:      {Integer: new(int64(0)), Extension: new(int64(0))},
		`1e-1`:    {},
	} {
		v := mustParse(t, `{"v":`+body+`}`).get("v")
		if diff := cmp.Diff(want, row{v.str(), v.boolean(), v.integer(), v.extension()}); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", body, diff)
		}
	}
	if v := (value{}); v.str() != nil || v.boolean() != nil || v.integer() != nil || v.extension() != nil {
		t.Error("an absent value has a value")
	}
}

// FuzzParse holds that what parse accepts means the same when it is written and
// read again, to us and to encoding/json, and that its errors say nothing of the
// document.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":[1,2.50,-3e-7,true,null,"\u00e9\ud83d\ude00"],"a":{"b":""}}`, `{"n":12345678901234567890}`,
		`{"a":"\ud800"}`, `{"a":"\u0000"}`, "{\"a\":\"\xff\"}", `{"a":1e99999}`, `[{}]`, `{"a":`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := parse(nil, body, checkNumber)
		if err != nil {
			if !parseErrors.MatchString(err.Error()) {
				t.Fatalf("error %q may show what the document holds", err)
			}
			return
		}
		written := appendJSON(nil, v)
		if diff := diffValues(v, mustParse(t, string(written))); diff != "" {
			t.Fatalf("written and read again it differs: %s", diff)
		}
		if want, got := decode(t, body), decode(t, written); !reflect.DeepEqual(want, got) {
			t.Fatalf("%s became %s", body, written)
		}
	})
}

// decode reads JSON the way of another parser.
func decode(t *testing.T, body []byte) (v any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("encoding/json refuses %s: %v", body, err)
	}
	return v
}
