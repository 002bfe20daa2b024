package zoomtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

func TestAccount(t *testing.T) {
	t.Parallel()

	t.Run("refuses what Zoom refuses", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		pending := users(c.account, zoomtest.Pending)[0]
		c.refused(c.get("/phone/user"), 404, 2300, "not recognized")
		c.refused(c.call(http.MethodDelete, "/phone/users", ""), 404, 2300, "not recognized")
		c.refused(c.get("/phone/users/me"), 400, 300, "Invalid user id.")
		c.refused(c.get("/phone/users/abc"), 404, 1001, "User does not exist: abc.")
		c.refused(c.get(path(pending)), 404, 1001, "User does not exist: "+pending)
		c.refused(c.get(path(pending, "/settings")), 404, 1001, "User does not exist")
		c.refused(c.get("/users/"+pending+"/settings"), 404, 1001, "User does not exist")
		c.refused(c.get("/phone/users?next_page_token=abc"), 400, 300, "The next page token is invalid or expired.")
		c.refused(c.get("/phone/users?keyword=a"), 400, 400, "at least 2 valid characters")
		c.refused(c.get("/phone/users?site_id=abc"), 404, 404, "Site does not exist.")
	})

	t.Run("finds a user by every form of his address", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		for _, u := range c.account.Users()[:40] {
			if u.Status == zoomtest.Pending {
				continue
			}
			want, _ := c.account.Document(u.ID, zoomtest.Profile)
			escaped := strings.ReplaceAll(url.PathEscape(strings.ToUpper(u.Email)), "+", "%2B")
			if got := c.get("/phone/users/" + escaped); got.body != string(want) {
				t.Errorf("%s: %d %s", u.Email, got.status, got.body)
			}
			if got := c.get(path(u.ID)); got.body != string(want) {
				t.Errorf("%s: %d %s", u.ID, got.status, got.body)
			}
		}
		if wrong := c.account.ProtocolFaults(); len(wrong) > 0 {
			t.Errorf("protocol faults %q", wrong)
		}
	})

	t.Run("records what a careful client does not do", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		c.get("/phone/users/a+b.2@example.com")
		c.get("/phone/users/me")
		c.get("/phone/users?access_token=x")
		c.call(http.MethodGet, "/phone/sites", "{}")
		r := c.request(http.MethodGet, "/v2/phone/users", "")
		r.Header.Del("Accept")
		if _, err := c.do(r); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(c.account.ProtocolFaults(), "\n")
		for _, want := range []string{"unescaped +", "me with", "token in the query", "body in a GET", "no Accept"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	})

	t.Run("without Phone, without sites", func(t *testing.T) {
		t.Parallel()
		o := open()
		o.NoPhone, o.NoSites = true, true
		c := newClient(t, o)
		c.refused(c.get("/phone/users"), 403, 2031, "Zoom Phone has not been enabled for this account.")
		if got := c.get("/users/" + users(c.account, zoomtest.Active)[0] + "/settings"); got.status != http.StatusOK {
			t.Errorf("general settings: %d %s", got.status, got.body)
		}
		o.NoPhone = false
		c = newClient(t, o)
		c.refused(c.get("/phone/sites"), 400, 300, "Multiple Sites")
		if got := c.get("/phone/users?page_size=100"); strings.Contains(got.body, `"site"`) {
			t.Error("users have sites where there are none")
		}
	})

	t.Run("a good reply carries the category and a tracking id only", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, zoomtest.Options{})
		got := c.get("/phone/users")
		if got.header.Get("x-ratelimit-category") != "Medium" || got.header.Get("x-zm-trackingid") == "" || len(got.header) != 3 {
			t.Errorf("headers %v", got.header)
		}
		c = newClient(t, zoomtest.Options{RateHeaders: true})
		got = c.get(path(users(c.account, zoomtest.Active)[0]))
		if got.header.Get("X-RateLimit-Category") != "Light" || got.header.Get("X-RateLimit-Remaining") != "39" {
			t.Errorf("headers %v", got.header)
		}
	})

	t.Run("works over a connection as in memory", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		server := httptest.NewServer(c.account)
		defer server.Close()
		id := users(c.account, zoomtest.Active)[0]
		get := func() (string, error) {
			r := c.request(http.MethodGet, "", "")
			r.URL, _ = url.Parse(server.URL + "/v2" + path(id, "/settings"))
			r.Header.Set("Authorization", "Bearer "+c.token)
			resp, err := server.Client().Do(r)
			if err != nil {
				return "", err
			}
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			return string(body), err
		}
		want, _ := c.account.Document(id, zoomtest.Settings)
		if got, err := get(); got != string(want) || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
		c.account.SetFaults(zoomtest.Faults{BrokenBody: 1})
		if got, err := get(); err == nil || len(got) >= len(want) {
			t.Errorf("broken body: %s, %v", got, err)
		}
		c.account.SetFaults(zoomtest.Faults{Reset: 1})
		if got, err := get(); err == nil {
			t.Errorf("reset: %s", got)
		}
	})
}

func FuzzAccount(f *testing.F) {
	account := zoomtest.New(open())
	client := &client{account: account}
	f.Add(http.MethodGet, "/v2/phone/users", "page_size=3&status=deactivate", "")
	f.Add(http.MethodGet, "/v2/phone/users/%2e%2e/settings", "next_page_token=%00", "")
	f.Add(http.MethodPatch, "/v2/phone/users/"+account.Users()[0].ID+"/settings/desk_phone", "", `{"desk_phone":{"devices":[null]}}`)
	f.Add(http.MethodPost, "/v2/phone/users/"+account.Users()[0].ID+"/settings/voice_mail", "", `{"voice_mail":{}}`)
	f.Add(http.MethodDelete, "/v2/phone/users/"+account.Users()[0].ID+"/settings/intercom", "intercom_extension_id=%zz", "")
	f.Add(http.MethodPost, "/oauth/token", "", "grant_type=;")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		client.t = t
		if client.token == "" {
			client.login()
		}
		u := &url.URL{Scheme: "https", Host: "zoom.test", Path: path, RawQuery: query}
		r, err := http.NewRequestWithContext(t.Context(), method, u.String(), strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Bearer "+client.token)
		recorder := httptest.NewRecorder()
		account.ServeHTTP(recorder, r)
		if recorder.Code < 200 || recorder.Code > 599 {
			t.Errorf("status %d", recorder.Code)
		}
	})
}
