package zoomtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

// client speaks to an account in memory, as a careful program does.
type client struct {
	t       *testing.T
	account *zoomtest.Account
	token   string
}

// answer is a whole response.
type answer struct {
	status int
	header http.Header
	body   string
}

func newClient(t *testing.T, o zoomtest.Options) *client {
	t.Helper()
	c := &client{t: t, account: zoomtest.New(o)}
	c.login()
	return c
}

// open is an account without limits, with every scope that its endpoints ask for.
func open() zoomtest.Options {
	return zoomtest.Options{
		Scopes: append(zoomtest.DefaultScopes(), zoomtest.WriteScopes()...),
		Limits: map[string]float64{zoomtest.PhoneLight: 0, zoomtest.PhoneMedium: 0, zoomtest.CoreMedium: 0},
	}
}

func (c *client) login() {
	c.t.Helper()
	got := c.oauth(nil)
	var reply struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(got.body), &reply); err != nil || reply.Token == "" {
		c.t.Fatalf("token: %d %s", got.status, got.body)
	}
	c.token = reply.Token
}

// oauth asks for a token; change may spoil the request.
func (c *client) oauth(change func(*http.Request)) answer {
	c.t.Helper()
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {c.account.AccountID()}}
	r := c.request(http.MethodPost, "/oauth/token", form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(c.account.ClientID(), c.account.ClientSecret())
	if change != nil {
		change(r)
	}
	got, err := c.do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

func (c *client) request(method, path, body string) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, "https://zoom.test"+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	return r
}

func (c *client) do(r *http.Request) (answer, error) {
	resp, err := c.account.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}

// call makes an authorized request below /v2.
func (c *client) call(method, path, body string) answer {
	c.t.Helper()
	r := c.request(method, "/v2"+path, body)
	r.Header.Set("Authorization", "Bearer "+c.token)
	got, err := c.do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

func (c *client) get(path string) answer {
	c.t.Helper()
	return c.call(http.MethodGet, path, "")
}

// listPage is one page of GET /phone/users.
type listPage struct {
	Next  string `json:"next_page_token"`
	Size  int    `json:"page_size"`
	Total *int   `json:"total_records"`
	Users []struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	} `json:"users"`
}

func (c *client) page(query url.Values) listPage {
	c.t.Helper()
	got := c.get("/phone/users?" + query.Encode())
	var p listPage
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != http.StatusOK {
		c.t.Fatalf("list %v: %d %s", query, got.status, got.body)
	}
	return p
}

// list follows the token chain to its end.
func (c *client) list(query url.Values) []listPage {
	c.t.Helper()
	if query == nil {
		query = url.Values{}
	}
	var pages []listPage
	for {
		p := c.page(query)
		pages = append(pages, p)
		if p.Next == "" {
			return pages
		}
		if len(pages) > 500 {
			c.t.Fatal("a list without end")
		}
		query.Set("next_page_token", p.Next)
	}
}

// ids returns the distinct ids of pages and how many rows repeat one.
func ids(pages []listPage) (distinct map[string]bool, repeated int) {
	distinct = make(map[string]bool)
	for _, p := range pages {
		for _, u := range p.Users {
			if distinct[u.ID] {
				repeated++
			}
			distinct[u.ID] = true
		}
	}
	return distinct, repeated
}

// users returns the ids with a status.
func users(a *zoomtest.Account, status string) []string {
	var found []string
	for _, u := range a.Users() {
		if u.Status == status {
			found = append(found, u.ID)
		}
	}
	return found
}

func (c *client) refused(got answer, status, code int, message string) {
	c.t.Helper()
	var body struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal([]byte(got.body), &body)
	if got.status != status || body.Code != code || !strings.Contains(body.Message, message) {
		c.t.Errorf("got %d %s, want %d/%d %q", got.status, got.body, status, code, message)
	}
}

func path(id string, rest ...string) string {
	return fmt.Sprintf("/phone/users/%s%s", url.PathEscape(id), strings.Join(rest, ""))
}

func newBody(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }
