package db_test

import (
	"net/url"
	"strings"
	"testing"

	"syncd/internal/db"
)

// Whatever a password holds, encoded or not: it is refused without being repeated, or nothing of it is taken for another
// part of the URL, which an error would show.
func FuzzParseURL(f *testing.F) {
	for _, password := range []string{"hunter2", "a@b", "a/b", "1/b", "1?b", "1#b", "a%b", "a b", "a:b", "a,b", "a]b", "a\nb", "", "?sslmode=x&", "pässword"} {
		f.Add(password)
	}
	f.Fuzz(func(t *testing.T, password string) {
		for _, written := range []string{password, url.QueryEscape(password), url.PathEscape(password)} {
			config, err := db.ParseURL("postgres://reader:" + written + "@host.invalid:5433/mirror")
			switch {
			case err != nil && len(password) > 3 && strings.Contains(err.Error(), password) && !strings.Contains(usage, password):
				t.Errorf("%q: the error repeats it: %v", password, err)
			case err == nil && (config.User != "reader" || config.Host != "host.invalid" || config.Port != 5433 || config.Database != "mirror"):
				t.Errorf("%q is taken for %q %q %d %q", password, config.User, config.Host, config.Port, config.Database)
			}
		}
	})
}

// usage is what every refusal says.
const usage = "is not a Postgres URL: write postgres://user:password@host:5432/database, " +
	"with the special characters of the password percent-encoded"

func FuzzCheckURL(f *testing.F) {
	for _, text := range []string{"", "postgres://", "host=a password=b", "host='a", "postgres://a:b@c,d:1,e:2/f?sslmode=disable", "postgres:///d?host=/tmp", "mysql://a:b@c/d", "\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if err := db.CheckURL(text); err != nil && err.Error() != usage {
			t.Errorf("%q: %v", text, err)
		}
	})
}
