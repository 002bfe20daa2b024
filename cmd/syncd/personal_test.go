package main

import (
	"slices"
	"strings"

	"syncd/internal/zoom/zoomtest"
)

// personal gives what the account knows of people: names, addresses of every kind, numbers and
// secrets. What is shorter than any of these would be found by chance.
func (b *bench) personal() []string {
	b.t.Helper()
	const shortest = 6
	telling := []string{
		"email", "number", "mac_address", "private_ip", "public_ip", "address_line1", "address_line2", "city", "zip",
		"first_name", "last_name", "display_name", "pin_code", "company_number",
	}
	words := b.account.Secrets()
	var collect func(v any, top bool)
	collect = func(v any, top bool) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				collect(item, false)
			}
		case map[string]any:
			for name, value := range v {
				text, _ := value.(string)
				if len(text) >= shortest && (slices.Contains(telling, name) || top && name == "name") {
					words = append(words, text, jsonText(text))
				}
				collect(value, false)
			}
		}
	}
	for _, u := range b.account.Users() {
		for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
			if body, ok := b.account.Document(u.ID, kind); ok {
				collect(decode(b.t, body), kind == zoomtest.List)
			}
		}
	}
	words = append(words, b.account.ClientSecret())
	slices.Sort(words)
	return slices.Compact(words)
}

// wantNothingPersonal looks for any of the words in what the program shows.
func (b *bench) wantNothingPersonal(shown string, words []string) {
	b.t.Helper()
	if len(words) < 5*len(b.account.Users()) {
		b.t.Fatalf("hardly anything to look for: %d words", len(words))
	}
	for _, word := range words {
		if at := strings.Index(shown, word); at >= 0 {
			b.t.Errorf("%q is shown: %s", word, shown[max(0, at-200):min(len(shown), at+200)])
		}
	}
}
