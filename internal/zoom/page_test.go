package zoom

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

const expiredPage = `{"code":300,"message":"The next page token is invalid or expired."}`

// listed is what a listing gave: the ids, with "|" before each first page.
func listed(t *testing.T, c *Client, status string) (string, error) {
	t.Helper()
	var ids []string
	for page, err := range c.PhoneUsers(t.Context(), status) {
		if err != nil {
			return strings.Join(ids, " "), err
		}
		if page.First {
			ids = append(ids, "|")
		}
		for _, item := range page.Items {
			ids = append(ids, item.ID)
		}
	}
	return strings.Join(ids, " "), nil
}

func pageBody(next string, ids ...string) string {
	var users []string
	for _, id := range ids {
		users = append(users, `{"id":"`+id+`"}`)
	}
	return fmt.Sprintf(`{"next_page_token":%q,"page_size":100,"total_records":3,"users":[%s]}`, next, strings.Join(users, ","))
}

// byToken answers a listing by its page token.
func byToken(bodies map[string]string) func(*http.Request, int) reply {
	return func(r *http.Request, _ int) reply {
		body, ok := bodies[r.URL.Query().Get("next_page_token")]
		if !ok {
			return reply{status: 400, body: expiredPage}
		}
		return reply{body: body}
	}
}

func TestPages_walks_to_the_end_with_the_same_query(t *testing.T) {
	t.Parallel()
	for last, body := range map[string]string{
		"empty token": pageBody("", "u4"), "no token": `{"users":[{"id":"u4"}]}`, "null token": `{"next_page_token":null,"users":[{"id":"u4"}]}`,
	} {
		t.Run(last, func(t *testing.T) {
			t.Parallel()
			zoom := &script{answer: byToken(map[string]string{"": pageBody("a+/=&b", "u1", "u2"), "a+/=&b": pageBody("c", "u2", "u3"), "c": body})}
			got, err := listed(t, newTestClient(t, zoom), StatusDeactivate)
			if err != nil || got != "| u1 u2 u2 u3 u4" {
				t.Errorf("got %s, %v", got, err)
			}
			var uris []string
			for _, r := range zoom.sent() {
				uris = append(uris, strings.TrimPrefix(r.uri, "/base/v2/phone/users?"))
			}
			want := []string{"page_size=100&status=deactivate", "next_page_token=a%2B%2F%3D%26b&page_size=100&status=deactivate", "next_page_token=c&page_size=100&status=deactivate"}
			if diff := cmp.Diff(want, uris); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPages_hands_elements_on_as_they_are(t *testing.T) {
	t.Parallel()
	elements := []string{
		`{"id":"u1", "big":123456789012345678901234567890,"a":1,"a":2}`, `{ "ID":"x","id":"u2","s":"\u00e9<é>" }`, `{"id":7}`, `{"name":"none"}`, `"text"`, `null`, `{"id":null}`, `{"id":"a","id":"u\u0033"}`, `[{"id":"u"}]`,
	}
	body := `{"page_size":30,"total_records":7,"users":[` + strings.Join(elements, " ,\n") + `]}`
	c := newTestClient(t, &script{answer: always(reply{body: body})})
	for page, err := range c.PhoneUsers(t.Context(), StatusAny) {
		if err != nil {
			t.Fatal(err)
		}
		var ids, raw []string
		for _, item := range page.Items {
			ids, raw = append(ids, item.ID), append(raw, string(item.Raw))
		}
		if diff := cmp.Diff(elements, raw); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"u1", "u2", "", "", "", "", "", "u3", ""}, ids); diff != "" {
			t.Error(diff)
		}
		if page.Total != 7 || page.Size != 30 || !page.First {
			t.Errorf("page is %+v", page)
		}
	}
}

func TestPages_without_counts(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, &script{answer: always(reply{body: `{"sites":[{"id":"s1","level":"main"}],"total_records":null,"page_size":-1}`})})
	for page, err := range c.PhoneSites(t.Context()) {
		if err != nil || page.Total != -1 || page.Size != -1 || len(page.Items) != 1 {
			t.Errorf("page is %+v, %v", page, err)
		}
	}
}

func TestPages_expired_token_restarts_the_listing(t *testing.T) {
	t.Parallel()
	zoom := &script{}
	zoom.answer = func(r *http.Request, n int) reply {
		switch token := r.URL.Query().Get("next_page_token"); {
		case n == 2:
			return reply{status: 400, body: expiredPage}
		case token == "":
			return reply{body: pageBody("a", "u1")}
		default:
			return reply{body: pageBody("", "u2")}
		}
	}
	got, err := listed(t, newTestClient(t, zoom), StatusAny)
	if err != nil || got != "| u1 | u1 u2" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestPages_token_that_always_expires_is_an_error(t *testing.T) {
	t.Parallel()
	zoom := &script{answer: byToken(map[string]string{"": pageBody("a", "u1")})}
	got, err := listed(t, newTestClient(t, zoom), StatusAny)
	if !errors.Is(err, ErrPageToken) || strings.Count(got, "|") != maxRestarts+1 {
		t.Errorf("got %s, %v", got, err)
	}
}

// A listing that breaks off says so; it never looks like one that ended.
func TestPages_fault_in_the_middle_is_an_error(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]reply{
		"400":           zoomError(400, 300, "Validation Failed."),
		"401":           zoomError(401, 124, "Invalid access token."),
		"404":           zoomError(404, 1001, "User does not exist."),
		"403":           zoomError(403, 403, "No permission."),
		"lost scope":    zoomError(400, 104, "Invalid access token, does not contain scopes:[phone:read:list_users:admin]"),
		"5xx":           {status: 500},
		"204":           {status: 204},
		"empty object":  {body: `{}`},
		"null list":     {body: `{"users":null,"total_records":3}`},
		"no list":       {body: `{"total_records":3,"next_page_token":""}`},
		"odd list":      {body: `{"users":{"id":"u2"}}`},
		"odd token":     {body: `{"users":[],"next_page_token":5}`},
		"cut in middle": {body: `{"users":[{"id":"u2"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				zoom := &script{answer: inTurn(reply{body: pageBody("a", "u1")}, second)}
				got, err := listed(t, newTestClient(t, zoom), StatusAny)
				if err == nil || got != "| u1" {
					t.Errorf("got %s, %v", got, err)
				}
			})
		})
	}
}

func TestPages_broken_page_is_asked_for_again(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: inTurn(
			reply{body: `{"users":[{"id":"u1"`}, reply{body: pageBody("a", "u1")}, reply{status: 502}, reply{body: `{}`}, reply{body: pageBody("", "u2")},
		)}
		got, err := listed(t, newTestClient(t, zoom), StatusAny)
		if err != nil || got != "| u1 u2" {
			t.Errorf("got %s, %v", got, err)
		}
	})
}

func TestPages_tokens_that_lead_nowhere(t *testing.T) {
	t.Parallel()
	endless := func(_ *http.Request, n int) reply { return reply{body: pageBody(fmt.Sprint("t", n))} }
	for name, test := range map[string]struct {
		answer func(*http.Request, int) reply
		pages  int
	}{
		"the same token again":    {always(reply{body: pageBody("a", "u1")}), 2},
		"a circle":                {byToken(map[string]string{"": pageBody("a"), "a": pageBody("b"), "b": pageBody("a")}), 3},
		"empty pages without end": {endless, maxEmptyPages},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				zoom := &script{answer: test.answer}
				_, err := listed(t, newTestClient(t, zoom), StatusAny)
				if !errors.Is(err, ErrMalformed) || len(zoom.sent()) != test.pages {
					t.Errorf("error is %v after %d pages, want %d", err, len(zoom.sent()), test.pages)
				}
			})
		})
	}
}

func TestPages_an_empty_page_in_between_is_no_end(t *testing.T) {
	t.Parallel()
	zoom := &script{answer: byToken(map[string]string{"": pageBody("a", "u1"), "a": pageBody("b"), "b": pageBody("c", "u2"), "c": pageBody("")})}
	got, err := listed(t, newTestClient(t, zoom), StatusAny)
	if err != nil || got != "| u1 u2" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestPages_empty_account(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"total_records":0,"users":[]}`, `{"total_records":0}`, `{"total_records":0,"users":null}`} {
		got, err := listed(t, newTestClient(t, &script{answer: always(reply{body: body})}), StatusAny)
		if err != nil || got != "|" {
			t.Errorf("%s: got %s, %v", body, got, err)
		}
	}
}

func TestPages_consumer_may_leave(t *testing.T) {
	t.Parallel()
	zoom := &script{answer: byToken(map[string]string{"": pageBody("a", "u1"), "a": pageBody("", "u2")})}
	for _, err := range newTestClient(t, zoom).PhoneUsers(t.Context(), StatusAny) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if got := len(zoom.sent()); got != 1 {
		t.Errorf("%d pages were asked for", got)
	}
}

func TestPages_can_be_walked_again(t *testing.T) {
	t.Parallel()
	zoom := &script{answer: byToken(map[string]string{"": pageBody("a", "u1"), "a": pageBody("", "u2")})}
	pages := newTestClient(t, zoom).PhoneUsers(t.Context(), StatusPending)
	for range 2 {
		var ids []string
		for page, err := range pages {
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				ids = append(ids, item.ID)
			}
		}
		if !slices.Equal(ids, []string{"u1", "u2"}) {
			t.Errorf("ids are %v", ids)
		}
	}
}

func FuzzDecodePage(f *testing.F) {
	for _, body := range []string{
		pageBody("a", "u1", "u2"), `{"users":[1,null,{"id":{}}],"next_page_token":null}`, `{"total_records":0}`, `{"users":[{"id":"a","id":"b"}],"users":[]}`, `[]`, ``, "{\"users\":[\"\xff\"]}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answered, isObject := readObject(body)
		page, err := decodePage(answered, "users")
		if err != nil || !isObject {
			return
		}
		if page.total < -1 || page.size < -1 {
			t.Errorf("counts are %d and %d", page.total, page.size)
		}
		if page.total != 0 && !strings.Contains(string(body), `users`) && !strings.Contains(string(body), `\u`) {
			t.Errorf("%q is taken for a page", body)
		}
		for _, item := range page.items {
			if !strings.Contains(string(body), string(item.Raw)) {
				t.Errorf("%q is not in %q", item.Raw, body)
			}
		}
	})
}

func TestPages_total_that_cannot_be_read_is_asked_for_again(t *testing.T) {
	t.Parallel()
	for total, want := range map[string]int{
		`7`: 7, `7.0`: 7, `7e0`: 7, `"7"`: 7, `"007"`: 7, `0`: 0, `null`: -1,
		`"600 "`: -2, `""`: -2, `"-7"`: -2, `"seven"`: -2, `-7`: -2, `7.5`: -2, `1e400`: -2, `"99999999999999999999"`: -2, `true`: -2, `[7]`: -2, `{}`: -2,
	} {
		t.Run(total, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				body := `{"users":[{"id":"u1"}],"total_records":` + total + `}`
				c := newTestClient(t, &script{answer: always(reply{body: body})}, func(cfg *Config) { cfg.Attempts = 2 })
				for page, err := range c.PhoneUsers(t.Context(), StatusAny) {
					switch {
					case want == -2 && (!errors.Is(err, ErrMalformed) || c.Usage().Requests != 2):
						t.Errorf("got %d, %v after %d requests", page.Total, err, c.Usage().Requests)
					case want != -2 && (err != nil || page.Total != want):
						t.Errorf("got %d, %v, want %d", page.Total, err, want)
					}
				}
			})
		})
	}
}
