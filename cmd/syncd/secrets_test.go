package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"syncd/internal/db/dbtest"
	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

// At the level that tells most, with every kind of error, and before servers that repeat what they were sent: no
// password, no client secret and no token is shown.
func TestSyncd_shows_no_secret_at_debug_level(t *testing.T) {
	t.Parallel()
	const password = "correct-horse-battery"
	server := dbtest.Private(t, dbtest.Options{TCP: true})
	with := func(change func(*url.URL)) string {
		address, err := url.Parse(server.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		address.User = url.UserPassword("postgres", password)
		change(address)
		return address.String()
	}
	databases := map[string]string{
		"wrong password":      with(func(*url.URL) {}),
		"no such host":        with(func(u *url.URL) { u.Host = "database.invalid:5432" }),
		"nobody answers":      with(func(u *url.URL) { u.Host = porttest.Nobody }),
		"no such parameter":   with(func(u *url.URL) { u.RawQuery = "sslmode=disable&nonsense=1" }),
		"no TLS there":        with(func(u *url.URL) { u.RawQuery = "sslmode=require" }),
		"another scheme":      "mysql://syncd:" + password + "@host/mirror",
		"password with @":     "postgres://syncd:x@" + password + "@host/mirror",
		"password with slash": "postgres://syncd:12/" + password + "@host/mirror",
		"broken words":        "host=x password='" + password,
		"right":               "",
	}
	for name, address := range databases {
		t.Run("database, "+name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 5})
			changes := map[string]string{"SYNCD_LOG_LEVEL": "debug"}
			if address != "" {
				changes["DATABASE_URL"] = address
			}
			b.wantHidden(changes, []string{password}, address == "", "sync", "doctor", "migrate")
		})
	}

	for _, status := range []int{200, 302, 400, 401, 403, 404, 429, 500} {
		t.Run(fmt.Sprintf("zoom repeats the request, %d", status), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 5})
			basic := base64.StdEncoding.EncodeToString([]byte(b.account.ClientID() + ":" + b.account.ClientSecret()))
			const token = "eyJhbGciOiJub25lIn0.opaque-access-token.signature"
			answer := func(w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("Content-Type", "application/json")
				if r.URL.Path == "/oauth/token" {
					fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":3600,"scope":"a"}`, token)
					return true
				}
				if !strings.HasPrefix(r.URL.Path, "/v2/") {
					return false
				}
				sent := r.Header.Get("Authorization")
				w.Header().Set("Location", "https://elsewhere.example/"+sent)
				w.Header().Set("X-Ratelimit-Category", sent)
				w.WriteHeader(status)
				fmt.Fprintf(w, `{"code":300,"message":"not for %s, %s"}`, sent, strings.TrimPrefix(sent, "Bearer "))
				return true
			}
			b.intercept.Store(&answer)
			b.wantHidden(map[string]string{"SYNCD_LOG_LEVEL": "debug"}, []string{token, basic, "opaque-access-token"}, false, "sync", "doctor")
		})
		t.Run(fmt.Sprintf("token endpoint repeats the request, %d", status), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 5})
			basic := base64.StdEncoding.EncodeToString([]byte(b.account.ClientID() + ":" + b.account.ClientSecret()))
			answer := func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/oauth/token" {
					return false
				}
				sent := r.Header.Get("Authorization")
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Location", "https://elsewhere.example/"+sent)
				w.WriteHeader(status)
				fmt.Fprintf(w, `{"reason":"not for %s, %s","error":"%s"}`, sent, b.account.ClientSecret(), basic)
				return true
			}
			b.intercept.Store(&answer)
			b.wantHidden(map[string]string{"SYNCD_LOG_LEVEL": "debug"}, []string{basic}, false, "sync", "doctor")
		})
	}
}

// wantHidden runs commands, for a moment if they are to fail, and checks that they end as wanted and show none of the secrets,
// nor the account's own.
func (b *bench) wantHidden(changes map[string]string, secrets []string, good bool, commands ...string) {
	b.t.Helper()
	for _, command := range commands {
		limit := 2 * time.Second // retries would go on for minutes
		if good {
			limit = time.Minute
		}
		ctx, cancel := context.WithTimeout(b.t.Context(), limit)
		got := b.runWith(ctx, maps.Clone(changes), command)
		cancel()
		if (got.code == exitComplete) != good || got.stdout+got.stderr == "" {
			b.t.Errorf("syncd %s: exit code %d\n%s%s", command, got.code, got.stdout, got.stderr)
		}
		for _, secret := range secrets {
			if strings.Contains(got.stdout+got.stderr, secret) {
				b.t.Errorf("syncd %s shows %q:\n%s%s", command, secret, got.stdout, got.stderr)
			}
		}
	}
}
