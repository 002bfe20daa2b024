package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

// sitesAre makes the site list give the sites that users have, each with the edit, and
// so many others.
func (b *bench) sitesAre(own, others int, edit func(site map[string]any)) {
	b.t.Helper()
	sites := []map[string]any{}
	for _, site := range b.account.Sites()[:own] {
		sites = append(sites, map[string]any{"id": site.ID, "name": site.Name, "site_code": 7})
	}
	for i := range others {
		sites = append(sites, map[string]any{"id": fmt.Sprint("other-", i), "name": fmt.Sprint("Other ", i), "site_code": 8})
	}
	for _, site := range sites {
		edit(site)
	}
	page, err := json.Marshal(map[string]any{"total_records": len(sites), "next_page_token": "", "sites": sites})
	if err != nil {
		b.t.Fatal(err)
	}
	b.answer("/v2/phone/sites", 200, string(page))
}

func asTheyAre(map[string]any) {}

const siteCount = "SELECT count(*), count(name) FROM zoom.sites"

func TestHold_sites_that_are_gone(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 120, Seed: 97})
	own := len(b.account.Sites())
	others := own + 2
	both := strconv.Itoa(own + others)
	b.sitesAre(own, others, asTheyAre)
	b.sync(exitComplete)
	b.wantRows(siteCount, []string{both, both})

	b.sitesAre(own, 0, asTheyAre)
	if got := b.dryRun(exitHeld); !strings.Contains(got.stdout, "sites are gone") {
		t.Errorf("the dry run says\n%s", got.stdout)
	}
	for range 2 {
		got := b.sync(exitHeld)
		if want := fmt.Sprintf("%d of %s sites are gone; see hold 1", others, both); !strings.Contains(got.stderr, want) {
			t.Errorf("the pass does not say %q:\n%s", want, got.stderr)
		}
	}
	b.wantRows(siteCount, []string{both, both})
	b.wantRows(holdRows, []string{"1", "sites", strconv.Itoa(others), "f", "<null>"})
	b.wantRows("SELECT count(*), min(change) FROM zoom.held_users JOIN zoom.sites USING (account_id, site_id) WHERE user_id IS NULL", []string{strconv.Itoa(others), "deleted"})
	if got := b.run("status"); !strings.Contains(got.stdout, fmt.Sprintf("(%d sites, since", others)) {
		t.Errorf("the status says\n%s", got.stdout)
	}
	b.answer("/v2/phone/sites", 500, `{}`) // a list that fails says nothing about the hold
	b.sync(exitPartial)
	b.wantRows(holdRows, []string{"1", "sites", strconv.Itoa(others), "f", "<null>"})

	b.sitesAre(own, 0, asTheyAre)
	b.approve("1")
	b.sync(exitComplete)
	b.wantRows(siteCount, []string{strconv.Itoa(own), strconv.Itoa(own)})
	b.wantRows(holdRows, []string{"1", "sites", strconv.Itoa(others), "t", "released"})

	b.sitesAre(own, 1, asTheyAre)
	b.sync(exitComplete)
	b.sitesAre(own, 0, asTheyAre)
	b.sync(exitComplete) // one of many goes unheld
	b.wantRows(siteCount, []string{strconv.Itoa(own), strconv.Itoa(own)})
}

func TestHold_column_of_the_sites(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 98})
	own := len(b.account.Sites())
	b.sitesAre(own, 0, asTheyAre)
	b.sync(exitComplete)
	b.sitesAre(own, 1, func(site map[string]any) { delete(site, "name") })
	b.sync(exitHeld)
	b.wantRows(siteCount, []string{strconv.Itoa(own + 1), strconv.Itoa(own)}) // the new one is written
	b.wantRows("SELECT DISTINCT change FROM zoom.held_users", []string{"sites.name"})
	b.approve("1")
	b.sync(exitComplete)
	b.wantRows(siteCount, []string{strconv.Itoa(own + 1), "0"})
}

func TestSync_keeps_sites_that_users_name(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 120, Seed: 99})
	own := len(b.account.Sites())
	all := strconv.Itoa(own)
	b.sitesAre(own, 0, asTheyAre)
	b.sync(exitComplete)
	for _, listed := range []int{own - 1, 0} {
		b.sitesAre(listed, 0, asTheyAre)
		wantOneError(t, b.sync(exitPartial), exitPartial, fmt.Sprintf("the site list lacks %d sites that users name", own-listed))
		b.wantRows(siteCount, []string{all, all})
	}
	b.wantRows("SELECT count(*) FROM zoom.holds", []string{"0"})
	b.sitesAre(own, 0, asTheyAre)
	b.sync(exitComplete)
}

// What the site list says of the whole account costs the sites alone.
func TestSync_is_partial_when_the_site_list_fails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct {
		status int
		body   string
		words  string
	}{
		"account":     {404, `{"code":2001,"message":"Account does not exist."}`, "account not found"},
		"phone":       {403, `{"code":2031,"message":"Phone has not been enabled for this account."}`, "phone not enabled"},
		"credentials": {400, `{"code":200,"message":"No permission."}`, "credentials refused"},
		"daily limit": {429, `{"code":429,"message":"You have reached the maximum daily rate limit for this API."}`, "daily limit reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 40, Seed: 100})
			b.answer("/v2/phone/sites", fault.status, fault.body)
			wantOneError(t, b.sync(exitPartial), exitPartial, "phone sites: ", fault.words)
			if got := b.database.Value("SELECT count(*) FROM zoom.phone_users"); got != "40" {
				t.Errorf("%s users of 40 are mirrored", got)
			}
			if name != "account" {
				return
			}
			b.account.Remove(b.active()[:25]...)
			b.sync(exitHeld) // the pass before was the first
		})
	}
}

func TestSync_lets_sites_go_that_nobody_names_when_the_list_is_refused(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 102})
	own := strconv.Itoa(len(b.account.Sites()))
	b.sync(exitComplete)
	b.answer("/v2/phone/sites", 400, `{"code":400,"message":"Multiple sites is not enabled."}`)
	wantOneError(t, b.sync(exitPartial), exitPartial, "phone sites: rejected: http 400")
	b.wantRows("SELECT count(*) FROM zoom.sites", []string{own})

	for _, u := range b.account.Users() {
		b.change(u.ID, zoomtest.List, func(list map[string]any) { delete(list, "site") })
	}
	b.sync(exitHeld) // the users' sites, and the list is refused while they stand
	b.approve("1")
	for range 2 {
		b.sync(exitHeld)
		b.wantRows("SELECT count(*) FROM zoom.sites", []string{own})
	}
	b.wantRows("SELECT hold_id, kind, users FROM zoom.holds WHERE outcome IS NULL", []string{"2", "sites", own})
	b.approve("2")
	for range 2 {
		b.sync(exitComplete)
		b.wantRows("SELECT count(*) FROM zoom.sites", []string{"0"})
	}
}

func TestSync_records_drift_of_sites(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 103})
	own := len(b.account.Sites())
	drift := "SELECT path, json_type, last_seen_at > first_seen_at, last_seen_at = (SELECT max(finished_at) FROM zoom.sync_passes) FROM zoom.unmapped_fields WHERE document = 'site' ORDER BY 1"
	b.sitesAre(own, 0, asTheyAre)
	b.sync(exitComplete)
	b.wantRows(drift)

	b.sitesAre(own, 0, func(site map[string]any) {
		site["x_new"] = map[string]any{"depth": 1}
		site["country"], site["site_code"] = "DE", "twelve"
		site["sip_password"] = "hunter2"
	})
	b.sync(exitHeld) // the column of the code goes empty for all of them
	b.approve("1")
	for range 2 {
		b.sync(exitComplete)
		b.wantRows(drift,
			[]string{"country", "string", "t", "t"}, []string{"sip_password", "string", "t", "t"}, []string{"site_code", "string", "t", "t"},
			[]string{"x_new", "object", "t", "t"}, []string{"x_new.depth", "number", "t", "t"})
	}
	b.wantRows("SELECT count(*), count(site_code), count(country_code) FROM zoom.sites", []string{strconv.Itoa(own), "0", "0"})
	b.wantRows("SELECT DISTINCT body - 'id' - 'name' FROM zoom_pii.site_documents JOIN zoom.sites USING (account_id, site_id)",
		[]string{`{"x_new": {"depth": 1}, "country": "DE", "site_code": "twelve", "sip_password": "[redacted]"}`})

	b.database.Exec("DELETE FROM syncd.unmapped_fields")
	if got := b.run("rebuild"); got.code != exitComplete {
		t.Fatalf("%+v", got)
	}
	b.wantRows("SELECT path FROM zoom.unmapped_fields WHERE document = 'site' ORDER BY 1", []string{"country"}, []string{"sip_password"}, []string{"site_code"}, []string{"x_new"}, []string{"x_new.depth"})

	b.sitesAre(own, 0, asTheyAre)
	b.sync(exitComplete)
	b.wantRows("SELECT DISTINCT last_seen_at < (SELECT max(finished_at) FROM zoom.sync_passes) FROM zoom.unmapped_fields WHERE document = 'site'", []string{"t"})
	b.wantRows("SELECT DISTINCT body - 'id' - 'name' FROM zoom_pii.site_documents", []string{`{"site_code": 7}`})
}
