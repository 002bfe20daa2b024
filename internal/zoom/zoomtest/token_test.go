package zoomtest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/zoom/zoomtest"
)

func TestToken(t *testing.T) {
	t.Parallel()
	const invalidClient = `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`
	for name, tt := range map[string]struct {
		change func(*http.Request)
		want   string
	}{
		"wrong secret":     {func(r *http.Request) { r.SetBasicAuth(zoomtest.DefaultClientID, "other") }, invalidClient},
		"no Basic header":  {func(r *http.Request) { r.Header.Del("Authorization") }, invalidClient},
		"no form":          {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, "invalid_request"},
		"query parameters": {func(r *http.Request) { r.URL.RawQuery = "grant_type=account_credentials&account_id=x" }, "invalid_request"},
		"other grant type": {body("grant_type=client_credentials&account_id=" + zoomtest.DefaultAccountID), "unsupported_grant_type"},
		"other account":    {body("grant_type=account_credentials&account_id=nobody"), "unsupported_grant_type"},
		"no body at all":   {body(""), "unsupported_grant_type"},
		"a secret in a body": {func(r *http.Request) {
			r.Header.Del("Authorization")
			body("grant_type=account_credentials&client_id=" + zoomtest.DefaultClientID + "&client_secret=" + zoomtest.DefaultClientSecret)(r)
		}, invalidClient},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			t.Parallel()
			c := newClient(t, zoomtest.Options{})
			got := c.oauth(tt.change)
			if got.status != http.StatusBadRequest || !strings.Contains(got.body, tt.want) {
				t.Errorf("got %d %s, want 400 with %s", got.status, got.body, tt.want)
			}
			if n := c.account.TokensIssued(); n != 1 {
				t.Errorf("%d tokens issued, want only the first one", n)
			}
		})
	}

	t.Run("an old token stays valid beside a new one and dies at its time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, zoomtest.Options{})
			first := c.token
			time.Sleep(30 * time.Minute)
			c.login()
			second := c.token
			c.token = first
			if got := c.get("/phone/users"); got.status != http.StatusOK {
				t.Errorf("first token after the second: %d %s", got.status, got.body)
			}
			time.Sleep(30 * time.Minute)
			c.refused(c.get("/phone/users"), 401, 124, "Access token has expired.")
			c.token = second
			if got := c.get("/phone/users"); got.status != http.StatusOK {
				t.Errorf("second token: %d %s", got.status, got.body)
			}
			c.account.RevokeTokens()
			c.refused(c.get("/phone/users"), 401, 124, "Invalid access token.")
			c.token = ""
			c.refused(c.get("/phone/users"), 401, 124, "Invalid access token.")
		})
	})

	t.Run("a deactivated app has no token and gets none", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, zoomtest.Options{})
		c.account.Deactivate()
		c.refused(c.get("/phone/users"), 401, 124, "Invalid access token.")
		if got := c.oauth(nil); got.status != http.StatusBadRequest || !strings.Contains(got.body, "invalid_client") {
			t.Errorf("got %d %s, want 400 with invalid_client", got.status, got.body)
		}
	})

	t.Run("a scope gained needs a new token, one lost is gone at once", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, zoomtest.Options{Scopes: []string{"phone:read:list_users:admin"}})
		site := "does not contain scopes:[phone:read:list_sites:admin]"
		c.refused(c.get("/phone/sites"), 400, 104, site)
		c.account.SetScopes("phone:read:admin")
		c.refused(c.get("/phone/sites"), 400, 104, site)
		c.refused(c.get("/phone/users"), 400, 104, "phone:read:list_users:admin")
		c.login()
		if got := c.get("/phone/sites"); got.status != http.StatusOK {
			t.Errorf("with a new token: %d %s", got.status, got.body)
		}
	})

	t.Run("token faults go through 500, HTML and an empty token", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, zoomtest.Options{})
		c.account.SetFaults(zoomtest.Faults{TokenFaults: 1})
		var all strings.Builder
		for range 3 {
			got := c.oauth(nil)
			all.WriteString(got.body)
		}
		for _, want := range []string{"internal server error", "<html>", `"access_token":""`} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("no %s in %s", want, all.String())
			}
		}
	})
}

// body replaces the form of a token request.
func body(form string) func(*http.Request) {
	return func(r *http.Request) {
		r.Body = http.NoBody
		if form != "" {
			r.Body = newBody(form)
		}
	}
}
