package zoomtest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"syncd/internal/zoom/zoomtest"

	"github.com/google/go-cmp/cmp"
)

func TestChange(t *testing.T) {
	t.Parallel()

	t.Run("users come, go and return with their ids", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		before := len(c.account.Users())
		added := c.account.Add(3)
		if got := c.get(path(added[2])); got.status != http.StatusOK {
			t.Errorf("added: %d %s", got.status, got.body)
		}
		if listed, _ := ids(c.list(nil)); !listed[added[0]] || !listed[added[2]] {
			t.Error("added users are not listed")
		}
		want, _ := c.account.Document(added[0], zoomtest.Settings)
		c.account.Remove(added...)
		c.refused(c.get(path(added[0])), 404, 1001, added[0])
		if listed, _ := ids(c.list(nil)); listed[added[0]] || len(c.account.Users()) != before {
			t.Error("removed users are still there")
		}
		c.account.Return(added[0])
		if got := c.get(path(added[0], "/settings")); got.body != string(want) {
			t.Errorf("returned: %s, want %s", got.body, want)
		}
	})

	t.Run("a status shows in every document, changed or not", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		active := users(c.account, zoomtest.Active)
		if err := c.account.Set(active[0], zoomtest.Settings, "area_code", "999"); err != nil {
			t.Fatal(err)
		}
		c.account.SetStatus(zoomtest.Deactivated, active[:2]...)
		for _, id := range active[:2] {
			for kind, want := range map[string]string{zoomtest.List: "deactivate", zoomtest.Profile: "deactivate", zoomtest.Settings: "Inactive"} {
				if got := decode(t, c.account, id, kind)["status"]; got != want {
					t.Errorf("%s of %s: %v", kind, id, got)
				}
			}
		}
		if listed, _ := ids(c.list(nil)); listed[active[0]] {
			t.Error("a deactivated user is in the unfiltered list")
		}
	})

	t.Run("a site's name shows in its row and in those of its users, changed or not", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		site, other := c.account.Sites()[2], c.account.Sites()[3]
		var members []string
		for _, u := range c.account.Users() {
			if s, _ := decode(t, c.account, u.ID, zoomtest.List)["site"].(map[string]any); s["id"] == site.ID {
				members = append(members, u.ID)
			}
		}
		if err := c.account.Set(members[0], zoomtest.List, "department", "Moved"); err != nil {
			t.Fatal(err)
		}
		c.account.RenameSite(site.ID, "Elsewhere")
		for _, id := range members {
			if got := decode(t, c.account, id, zoomtest.List)["site"].(map[string]any)["name"]; got != "Elsewhere" {
				t.Errorf("the site of %s is %v", id, got)
			}
		}
		if got := c.account.Sites(); got[2].Name != "Elsewhere" || got[3] != other {
			t.Errorf("sites %v", got)
		}
		if got := c.get("/phone/sites?site_name=Elsewhere").body; !strings.Contains(got, site.ID) || strings.Contains(got, other.ID) {
			t.Errorf("the list of sites: %s", got)
		}
	})

	t.Run("an edit leaves the rest as it is, digit by digit", func(t *testing.T) {
		t.Parallel()
		a := zoomtest.New(open())
		id := users(a, zoomtest.Active)[0]
		before := decode(t, a, id, zoomtest.Profile)
		if err := a.Set(id, zoomtest.Profile, "policy.new_policy.enable", true); err != nil {
			t.Fatal(err)
		}
		if err := a.Change(id, zoomtest.Profile, func(doc map[string]any) { doc["x"] = json.RawMessage(`1.0000000000000000000000001`) }); err != nil {
			t.Fatal(err)
		}
		after := decode(t, a, id, zoomtest.Profile)
		if after["x"] != json.Number("1.0000000000000000000000001") {
			t.Errorf("x is %v", after["x"])
		}
		delete(after, "x")
		delete(after["policy"].(map[string]any), "new_policy")
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		if err := a.Set(id, zoomtest.Profile, "id.more", 1); err == nil {
			t.Error("set below a string: no error")
		}
		if err := a.SetDocument(id, zoomtest.Profile, []byte(`{"id":1,"id":2}`)); err != nil {
			t.Fatal(err)
		}
		if doc, _ := a.Document(id, zoomtest.Profile); string(doc) != `{"id":1,"id":2}` {
			t.Errorf("document %s", doc)
		}
		if err := a.Set("nobody", zoomtest.Profile, "x", 1); err == nil {
			t.Error("set on an unknown user: no error")
		}
	})

	t.Run("churn changes what it tells", func(t *testing.T) {
		t.Parallel()
		o := open()
		o.Users = 80
		a, untouched := zoomtest.New(o), zoomtest.New(o)
		edits := a.Churn(50)
		if len(edits) != 50 {
			t.Fatalf("%d edits", len(edits))
		}
		differing, told := make(map[string]bool), make(map[string]bool)
		for _, e := range edits {
			told[e.UserID+e.Kind] = true
		}
		for _, u := range a.Users() {
			for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
				if !cmp.Equal(decode(t, a, u.ID, kind), decode(t, untouched, u.ID, kind)) {
					differing[u.ID+kind] = true
				}
			}
		}
		for key := range differing {
			if !told[key] {
				t.Errorf("%s changed in silence", key)
			}
		}
		if len(differing) < 30 {
			t.Errorf("only %d documents differ", len(differing))
		}
	})

	t.Run("volatile and shuffled reads differ in nothing else", func(t *testing.T) {
		t.Parallel()
		o := open()
		o.Volatile = true
		c := newClient(t, o)
		differs := false
		for _, id := range users(c.account, zoomtest.Active)[:20] {
			first, second := c.get(path(id, "/settings")).body, c.get(path(id, "/settings")).body
			differs = differs || first != second
			if got, want := c.get(path(id)).body, decode(t, c.account, id, zoomtest.Profile); !cmp.Equal(parse(t, got), want) {
				t.Error("a profile is volatile")
			}
		}
		if !differs {
			t.Error("volatile settings never differ")
		}
		c.account.SetVolatile(false)
		c.account.SetFaults(zoomtest.Faults{ShuffleDocuments: true})
		differs = false
		for _, id := range users(c.account, zoomtest.Active)[:20] {
			first, second := c.get(path(id, "/settings")).body, c.get(path(id, "/settings")).body
			differs = differs || first != second
			if len(first) != len(second) {
				t.Errorf("shuffled reads of %s have %d and %d bytes", id, len(first), len(second))
			}
		}
		if !differs {
			t.Error("shuffled settings never differ")
		}
	})

	t.Run("it is safe while serving", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, open())
		var wg sync.WaitGroup
		for _, work := range []func(){
			func() { c.account.Remove(c.account.Add(2)...) },
			func() { c.account.Churn(3) },
			func() { c.account.SetFaults(zoomtest.Faults{ShuffleList: true}) },
			func() { c.account.Secrets() },
			func() {
				r := c.request(http.MethodGet, "/v2/phone/users?page_size=100", "")
				r.Header.Set("Authorization", "Bearer "+c.token)
				if got, err := c.do(r); err != nil || got.status != http.StatusOK {
					t.Errorf("%d, %v", got.status, err)
				}
			},
		} {
			wg.Go(func() {
				for range 20 {
					work()
				}
			})
		}
		wg.Wait()
	})
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	o := open()
	c := newClient(t, o)
	if got := c.account.Secrets(); len(got) != 0 {
		t.Errorf("secrets before any read: %q", got)
	}
	var served strings.Builder
	active := users(c.account, zoomtest.Active)
	for _, id := range active[:50] {
		served.WriteString(c.get(path(id, "/settings")).body)
		served.WriteString(c.get("/users/" + id + "/settings").body)
	}
	found := 0
	for _, secret := range c.account.Secrets() {
		quoted, _ := json.Marshal(secret)
		if strings.Contains(served.String(), strings.Trim(string(quoted), `"`)) {
			found++
		}
	}
	if got := c.account.Secrets(); found < 100 || found < len(got)*8/10 {
		t.Errorf("%d of %d secrets were served", found, len(got))
	}
	if err := c.account.Set(active[0], zoomtest.Settings, "desk_phone.pin_code", "90210-secret"); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(c.account.Secrets(), "90210-secret") {
		t.Error("a changed PIN is no secret")
	}
}

func parse(t *testing.T, doc string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(doc))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return v
}
