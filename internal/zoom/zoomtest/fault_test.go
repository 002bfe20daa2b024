package zoomtest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/zoom/zoomtest"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	// outcome says how a GET ended, as a client sees it.
	outcome := func(c *client, path string) string {
		r := c.request(http.MethodGet, "/v2"+path, "")
		r.Header.Set("Authorization", "Bearer "+c.token)
		got, err := c.do(r)
		switch {
		case errors.Is(err, syscall.ECONNRESET):
			return "reset"
		case errors.Is(err, io.ErrUnexpectedEOF):
			return "cut"
		case strings.HasPrefix(got.body, "<html>"):
			return "html"
		case !json.Valid([]byte(got.body)):
			return "garbage"
		case got.status == http.StatusOK:
			return "ok"
		case strings.Contains(got.body, "daily"):
			return "daily"
		case strings.Contains(got.body, "per-second"):
			return "throttled"
		case got.status == http.StatusInternalServerError:
			return "500"
		}
		return got.body
	}

	for want, faults := range map[string]zoomtest.Faults{
		"500":       {InternalError: 0.2},
		"html":      {BadGateway: 0.2},
		"cut":       {BrokenBody: 0.2},
		"garbage":   {Garbage: 0.2},
		"reset":     {Reset: 0.2},
		"throttled": {Throttle: 0.2},
		"daily":     {DailyLimit: 0.2},
	} {
		t.Run(want+" happens about as often as asked, and is counted", func(t *testing.T) {
			t.Parallel()
			o := open()
			o.Small = true
			c := newClient(t, o)
			c.account.SetFaults(faults)
			id := users(c.account, zoomtest.Active)[0]
			seen := make(map[string]int)
			for range 1000 {
				seen[outcome(c, path(id))]++
			}
			if len(seen) != 2 || seen[want] < 140 || seen[want] > 260 {
				t.Errorf("outcomes %v, want about 200 %s", seen, want)
			}
			if got := c.account.Requests(zoomtest.PhoneLight); got != 1000 {
				t.Errorf("%d requests counted", got)
			}
			faults.Only = []string{zoomtest.List}
			c.account.SetFaults(faults)
			for range 20 {
				if got := outcome(c, path(id)); got != "ok" {
					t.Errorf("%s outside of Only", got)
				}
			}
		})
	}

	t.Run("Retry-After is what was asked for, or the next day as an ISO datetime", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, zoomtest.Options{})
			time.Sleep(time.Hour - time.Second)
			c.account.SetFaults(zoomtest.Faults{Throttle: 1, ThrottleRetryAfter: "7"})
			if got := c.get("/phone/users").header.Get("Retry-After"); got != "7" {
				t.Errorf("Retry-After %q", got)
			}
			c.account.SetFaults(zoomtest.Faults{DailyLimit: 1})
			if got := c.get("/phone/users").header; got.Get("Retry-After") != "2000-01-02T00:00:00Z" || got.Get("X-RateLimit-Type") != "Daily-limit" {
				t.Errorf("headers %v", got)
			}
		})
	})

	t.Run("a slow body pauses half-way and comes whole", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, zoomtest.Options{Faults: zoomtest.Faults{SlowBody: 1, SlowBodyFor: 3 * time.Second}})
			start := time.Now()
			if got := outcome(c, "/phone/users"); got != "ok" || time.Since(start) != 3*time.Second {
				t.Errorf("%s after %v", got, time.Since(start))
			}
		})
	})

	t.Run("users fail as named", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		active := users(c.account, zoomtest.Active)
		c.account.SetFaults(zoomtest.Faults{Forbidden: active[:1], NotReady: 0.3})
		if got := c.get(path(active[0])); got.status != http.StatusForbidden {
			t.Errorf("forbidden: %d %s", got.status, got.body)
		}
		missing := 0
		for _, id := range active[1:] {
			first, second := c.get(path(id)).status, c.get(path(id, "/settings")).status
			if first != second {
				t.Errorf("%s: profile %d, settings %d", id, first, second)
			}
			if first == http.StatusNotFound {
				missing++
			}
		}
		if share := float64(missing) / float64(len(active)); share < 0.2 || share > 0.4 {
			t.Errorf("%.2f of the users are not ready, want 0.3", share)
		}
		c.account.SetFaults(zoomtest.Faults{})
		for status, code := range map[int]int{400: 300, 401: 124, 403: 403, 404: 1001, 429: 429, 500: 500} {
			c.account.FailUser(active[1], zoomtest.Settings, status)
			c.refused(c.get(path(active[1], "/settings")), status, code, "")
		}
		if got := c.get(path(active[1])); got.status != http.StatusOK {
			t.Errorf("another document: %d", got.status)
		}
		c.account.FailUser(active[1], zoomtest.Settings, 0)
		if got := c.get(path(active[1], "/settings")); got.status != http.StatusOK {
			t.Errorf("after the end: %d", got.status)
		}
	})

	t.Run("a scope is lost and tokens are revoked in mid-course", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		id := users(c.account, zoomtest.Active)[0]
		c.account.SetFaults(zoomtest.Faults{LoseScopeAfter: 2, RevokeEvery: 5})
		for range 2 {
			if got := c.get(path(id, "/settings")); got.status != http.StatusOK {
				t.Fatalf("before: %d %s", got.status, got.body)
			}
		}
		c.refused(c.get(path(id, "/settings")), 400, 104, "does not contain scopes:[phone:read:user_setting:admin]")
		if got := c.get(path(id)); got.status != http.StatusOK {
			t.Errorf("another scope: %d %s", got.status, got.body)
		}
		c.refused(c.get(path(id)), 401, 124, "Invalid access token.")
	})
}

func TestListFaults(t *testing.T) {
	t.Parallel()
	list := func(t *testing.T, f zoomtest.Faults) (*client, []listPage) {
		t.Helper()
		o := open()
		o.NoDuplicates, o.Faults = true, f
		c := newClient(t, o)
		return c, c.list(url.Values{"page_size": {"30"}})
	}
	_, whole := list(t, zoomtest.Faults{})
	all, _ := ids(whole)

	t.Run("EmptyList", func(t *testing.T) {
		t.Parallel()
		_, pages := list(t, zoomtest.Faults{EmptyList: true})
		if len(pages) != 1 || len(pages[0].Users) != 0 || *pages[0].Total != 0 {
			t.Errorf("pages %+v", pages)
		}
	})
	t.Run("TruncateListAtPage", func(t *testing.T) {
		t.Parallel()
		_, pages := list(t, zoomtest.Faults{TruncateListAtPage: 2})
		if got, _ := ids(pages); len(pages) != 2 || len(got) != 60 || *pages[1].Total != len(all) {
			t.Errorf("%d pages with %d users", len(pages), len(got))
		}
	})
	t.Run("EmptyPageAt", func(t *testing.T) {
		t.Parallel()
		_, pages := list(t, zoomtest.Faults{EmptyPageAt: 2})
		if got, _ := ids(pages); len(pages[1].Users) != 0 || len(got) != len(all) {
			t.Errorf("%d users on page 2, %d in all", len(pages[1].Users), len(got))
		}
	})
	t.Run("RepeatPageAt", func(t *testing.T) {
		t.Parallel()
		_, pages := list(t, zoomtest.Faults{RepeatPageAt: 3})
		if got, repeated := ids(pages); repeated != 30 || len(got) != len(all)-30 {
			t.Errorf("%d users, %d repeated", len(got), repeated)
		}
	})
	t.Run("RepeatToken", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		c.account.SetFaults(zoomtest.Faults{RepeatToken: true})
		first := c.page(url.Values{})
		if second := c.page(url.Values{"next_page_token": {first.Next}}); second.Next != first.Next {
			t.Errorf("token %q, then %q", first.Next, second.Next)
		}
	})
	t.Run("TrailingPage", func(t *testing.T) {
		t.Parallel()
		_, pages := list(t, zoomtest.Faults{TrailingPage: true})
		if got, _ := ids(pages); len(pages) != len(whole)+1 || len(pages[len(pages)-1].Users) != 0 || len(got) != len(all) {
			t.Errorf("%d pages with %d users", len(pages), len(got))
		}
	})
	t.Run("DropTotalRecords", func(t *testing.T) {
		t.Parallel()
		if _, pages := list(t, zoomtest.Faults{DropTotalRecords: true}); pages[0].Total != nil {
			t.Errorf("total_records %d", *pages[0].Total)
		}
	})
	t.Run("ShuffleList", func(t *testing.T) {
		t.Parallel()
		_, pages := list(t, zoomtest.Faults{ShuffleList: true})
		if got, repeated := ids(pages); len(got) != len(all) || repeated != 0 || pages[0].Users[0].ID == whole[0].Users[0].ID {
			t.Errorf("%d users, %d repeated, first %s", len(got), repeated, pages[0].Users[0].ID)
		}
	})
	t.Run("Hidden", func(t *testing.T) {
		t.Parallel()
		hidden := whole[1].Users[0].ID
		c, pages := list(t, zoomtest.Faults{Hidden: []string{hidden}})
		if got, _ := ids(pages); got[hidden] || *pages[0].Total != len(all)-1 {
			t.Errorf("listed %v, total %d", got[hidden], *pages[0].Total)
		}
		if got := c.get(path(hidden)); got.status != http.StatusOK {
			t.Errorf("profile of the hidden user: %d", got.status)
		}
	})
}
