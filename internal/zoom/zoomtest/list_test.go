package zoomtest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/zoom/zoomtest"
)

func TestList(t *testing.T) {
	t.Parallel()
	sized := func(n string) url.Values { return url.Values{"page_size": {n}} }

	t.Run("holds the active users, some of them twice, and counts them once", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		pages := c.list(sized("20"))
		got, repeated := ids(pages)
		want := users(c.account, zoomtest.Active)
		for _, id := range want {
			if !got[id] {
				t.Errorf("%s is missing", id)
			}
		}
		if len(got) != len(want) || *pages[0].Total != len(want) || repeated == 0 {
			t.Errorf("%d users, total %d, %d repeated; want %d users and a repeated one", len(got), *pages[0].Total, repeated, len(want))
		}
		for _, p := range pages {
			if len(p.Users) > 20 || p.Size != 20 {
				t.Errorf("%d users on a page of %d", len(p.Users), p.Size)
			}
		}
	})

	t.Run("filters by status and ignores a status that it does not know", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		for _, status := range []string{zoomtest.Active, zoomtest.Deactivated, zoomtest.Pending} {
			got, _ := ids(c.list(url.Values{"status": {status}}))
			if want := users(c.account, status); len(got) != len(want) || len(want) == 0 {
				t.Errorf("%s: %d users, want %d", status, len(got), len(want))
			}
		}
		if p := c.page(url.Values{"status": {"Active"}}); *p.Total != len(users(c.account, zoomtest.Active)) {
			t.Errorf("status=Active: %d users", *p.Total)
		}
		site := c.account.Sites()[2]
		got, _ := ids(c.list(url.Values{"site_id": {site.ID}}))
		for id := range got {
			if doc, _ := c.account.Document(id, zoomtest.List); !strings.Contains(string(doc), site.ID) {
				t.Errorf("%s is not of site %s", id, site.Name)
			}
		}
		if len(got) == 0 {
			t.Error("no user has the site")
		}
	})

	t.Run("filters by what the row says", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		for filter, want := range map[string]string{
			"department=Finance%2FLegal": `"department":"Finance/Legal"`,
			"cost_center=0042":           `"cost_center":"0042"`,
			"calling_type=200":           `"type":200`,
			"keyword=zoë":                `"name":"Zoë`,
		} {
			query, err := url.ParseQuery(filter)
			if err != nil {
				t.Fatal(err)
			}
			matching := 0
			for _, id := range users(c.account, zoomtest.Active) {
				if doc, _ := c.account.Document(id, zoomtest.List); strings.Contains(string(doc), want) {
					matching++
				}
			}
			if p := c.page(query); *p.Total != matching || matching == 0 {
				t.Errorf("%s: %d users, want %d", filter, *p.Total, matching)
			}
		}
	})

	t.Run("clamps the page size and says so", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		if p := c.page(sized("300")); p.Size != 100 || len(p.Users) != 100 {
			t.Errorf("page_size %d with %d users", p.Size, len(p.Users))
		}
		if p := c.page(nil); p.Size != 30 {
			t.Errorf("default page_size %d", p.Size)
		}
	})

	t.Run("a token dies after 15 minutes, with another query, and on request", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, zoomtest.Options{})
			token := c.page(sized("50")).Next
			bad := "The next page token is invalid or expired."
			c.refused(c.get("/phone/users?page_size=40&next_page_token="+token), 400, 300, bad)
			if got := c.account.ProtocolFaults(); len(got) != 1 {
				t.Errorf("protocol faults %q, want the other query", got)
			}
			time.Sleep(15*time.Minute - time.Nanosecond)
			if got := c.get("/phone/users?page_size=50&next_page_token=" + token); got.status != http.StatusOK {
				t.Errorf("in time: %d %s", got.status, got.body)
			}
			time.Sleep(time.Nanosecond)
			c.refused(c.get("/phone/users?page_size=50&next_page_token="+token), 400, 300, bad)
			token = c.page(sized("50")).Next
			c.account.ExpirePageTokens()
			c.refused(c.get("/phone/users?page_size=50&next_page_token="+token), 400, 300, bad)
		})
	})

	t.Run("a removal between two pages loses a row", func(t *testing.T) {
		t.Parallel()
		o := open()
		o.NoDuplicates = true
		c := newClient(t, o)
		first := c.page(sized("50"))
		c.account.Remove(first.Users[0].ID)
		rest := c.list(url.Values{"page_size": {"50"}, "next_page_token": {first.Next}})
		got, _ := ids(append(rest, first))
		if want := len(users(c.account, zoomtest.Active)); len(got) != want {
			t.Errorf("%d users, want %d: the removed one seen, another one lost", len(got), want)
		}
	})

	t.Run("sites come in pages as well", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		var p struct {
			Next  string                `json:"next_page_token"`
			Sites []struct{ ID string } `json:"sites"`
			Total int                   `json:"total_records"`
		}
		for n, query := 0, "?page_size=3"; ; n += len(p.Sites) {
			p.Next, p.Sites = "", nil
			if err := json.Unmarshal([]byte(c.get("/phone/sites"+query).body), &p); err != nil {
				t.Fatal(err)
			}
			if p.Next == "" {
				if n+len(p.Sites) != len(c.account.Sites()) || p.Total != len(c.account.Sites()) {
					t.Errorf("%d sites of %d", n+len(p.Sites), p.Total)
				}
				break
			}
			query = "?page_size=3&next_page_token=" + p.Next
		}
	})
}
