package zoom

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"User does not exist: -GHFnf5WQe-H-_r0Wwx9iQ.":           "User does not exist: -GHFnf5WQe-H-_r0Wwx9iQ.",
		"No user ann.o'hara+x@example.co.uk here":                "No user [email] here",
		"Number +1 (202) 555-0143 is taken, 14232058798 too":     "Number [number] is taken, [number] too",
		"line one\r\nline\ttwo\x00\u2028three":                   "line one  line two  three",
		"broken \xff utf-8":                                      "broken � utf-8",
		"dial tcp 203.0.113.17:443: connect: connection refused": "dial tcp 203.0.113.17:443: connect: connection refused",
		"Authorization: Bearer abc.def-123=":                     "Authorization: [secret]",
		"token eyJhbGciOiJIUzUxMiJ9.eyJhdWQi.sig-_ is bad":       "token [secret] is bad",
		"basic Y2xpZW50LWlkOnMzY3IzdA==":                         "[secret]",
		"Please enter at least 3 valid characters.":              "Please enter at least 3 valid characters.",
	}
	for text, want := range tests {
		if got := redact(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if got := redact(strings.Repeat("ä", 5000)); len(got) > maxMessage+len("…") || !utf8.ValidString(got) {
		t.Errorf("%d bytes are left of a long message: %s", len(got), got)
	}
}

func TestTrackingID_is_bounded(t *testing.T) {
	t.Parallel()
	if got := trackingID(http.Header{"X-Zm-Trackingid": {strings.Repeat("x", 5000)}}); len(got) != maxTrackingID {
		t.Errorf("%d bytes", len(got))
	}
}

func FuzzRedact(f *testing.F) {
	for _, text := range []string{"a@b", "@@", "+1 202 555 0143", "Bearer abcdefgh", "\xff\x00", strings.Repeat("1 ", 400)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := redact(text)
		if !utf8.ValidString(got) || len(got) > maxMessage+len("…") || emailAddress.MatchString(got) || strings.ContainsAny(got, "\r\n\x00") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
