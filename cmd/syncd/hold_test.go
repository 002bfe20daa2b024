package main

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

const holdRows = "SELECT hold_id, kind, users, approved_at IS NOT NULL, outcome FROM zoom.holds ORDER BY hold_id"

func (b *bench) wantRows(query string, want ...[]string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.database.Query(query)); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", query, diff)
	}
}

func (b *bench) approve(hold string) {
	b.t.Helper()
	if got := b.run("approve", hold); got.code != exitComplete || !strings.Contains(got.stdout, "Hold "+hold+" is approved") {
		b.t.Fatalf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}

func TestHold_deletions_wait_for_approval_of_exactly_their_set(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Small: true, Seed: 51})
	b.sync(exitComplete)
	ids := b.active()[:80]
	b.account.Remove(ids[:60]...)
	b.put(ids[79], zoomtest.Profile, "policy.sms.enable", "changed")

	got := b.sync(exitHeld)
	for _, words := range []string{"60 of 200 users are gone", "hold 1", "syncd approve 1"} {
		if !strings.Contains(got.stderr, words) {
			t.Errorf("the pass does not say %q:\n%s", words, got.stderr)
		}
	}
	b.wantRows("SELECT count(*) FROM zoom.phone_users", []string{"200"})
	b.wantRows("SELECT new_value FROM zoom.setting_changes", []string{`"changed"`}) // all else is saved
	b.sync(exitHeld)
	b.wantRows(holdRows, []string{"1", "deletions", "60", "f", "<null>"})
	b.wantRows("SELECT count(DISTINCT user_id), min(change) FROM zoom.held_users WHERE hold_id = 1 AND user_id = ANY ('{"+strings.Join(ids[:60], ",")+"}')", []string{"60", "deleted"})
	if status := b.run("status"); !strings.Contains(status.stdout, "syncd approve 1") {
		t.Errorf("the status does not tell of the hold:\n%s%s", status.stdout, status.stderr)
	}

	// Another set than was approved is not released.
	b.approve("1")
	b.account.Return(ids[0])
	b.sync(exitHeld)
	b.wantRows("SELECT count(*) FROM zoom.phone_users", []string{"200"})
	b.wantRows(holdRows, []string{"1", "deletions", "60", "t", "lapsed"}, []string{"2", "deletions", "59", "f", "<null>"})

	b.approve("2")
	b.sync(exitComplete)
	b.wantRows("SELECT count(*) FROM zoom.phone_users", []string{"141"})
	b.wantRows("SELECT outcome, ended_at >= approved_at FROM zoom.holds WHERE hold_id = 2", []string{"released", "t"})
	b.wantMirror()

	// It was released once.
	b.account.Return(ids[1:60]...)
	b.sync(exitComplete)
	b.account.Remove(ids[1:60]...)
	b.sync(exitHeld)
	b.account.Return(ids[1:60]...)
	b.sync(exitComplete)
	b.wantRows("SELECT hold_id, outcome FROM zoom.holds WHERE hold_id > 2", []string{"3", "resolved"})
	for _, hold := range []string{"3", "7"} {
		wantOneError(t, b.run("approve", hold), exitFailed, "hold")
	}
	if got := b.run("approve", "seven"); got.code != exitUsage || !strings.Contains(got.stderr, `HOLD_ID: "seven"`) {
		t.Errorf("exit code %d:\n%s", got.code, got.stderr)
	}
}

func TestHold_site_that_loses_over_half_of_its_users(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 150, Seed: 52})
	b.sync(exitComplete)
	site := b.database.Query("SELECT site_id, count(*) FROM zoom.phone_users WHERE status = 'activate' GROUP BY site_id HAVING count(*) BETWEEN 20 AND 45 ORDER BY 1")[0][0]
	var members []string
	for _, row := range b.database.Query("SELECT user_id FROM zoom.phone_users WHERE site_id = '" + site + "' ORDER BY 1") {
		members = append(members, row[0])
	}
	half := len(members) / 2
	b.account.Remove(members[:half]...)
	b.sync(exitComplete) // half is not over half, and fewer than 25
	b.account.Return(members[:half]...)
	b.sync(exitComplete)
	b.account.Remove(members[:half+1]...)
	if got := b.sync(exitHeld); !strings.Contains(got.stderr, "of site "+site+" are gone") {
		t.Errorf("the pass does not name the site:\n%s", got.stderr)
	}
	b.wantRows("SELECT count(*) FROM zoom.phone_users", []string{"150"})
	b.approve("1")
	b.sync(exitComplete)
	b.wantMirror()
}

// Each fault meets most users at once. What the mirror has is kept until the hold is
// approved; what is new beside it is written.
func TestHold_mass_changes(t *testing.T) {
	t.Parallel()
	const oddName = "x]\n\t\",'{y"
	each := func(kind string, edit func(doc map[string]any)) func(b *bench, ids []string) {
		return func(b *bench, ids []string) {
			for _, id := range ids {
				b.change(id, kind, edit)
			}
		}
	}
	for _, test := range []struct {
		name  string
		users int // of 100 that change
		fault func(b *bench, ids []string)
		kind  string
		query string // what is kept
	}{
		{
			name: "status", users: 20, kind: "status", query: "SELECT status, count(*) FROM zoom.phone_users GROUP BY 1 ORDER BY 1",
			fault: func(b *bench, ids []string) { b.account.SetStatus(zoomtest.Deactivated, ids...) },
		},
		{
			name: "pending", users: 20, kind: "status", query: "SELECT user_id, settings_status FROM zoom.phone_users ORDER BY 1",
			fault: func(b *bench, ids []string) { b.account.SetStatus(zoomtest.Pending, ids...) },
		},
		{
			name: "pending without a status", users: 20, kind: "status", query: "SELECT user_id, settings_status FROM zoom.phone_users ORDER BY 1",
			fault: func(b *bench, ids []string) {
				b.account.SetStatus(zoomtest.Pending, ids...)
				for _, id := range ids {
					b.change(id, zoomtest.List, func(doc map[string]any) { delete(doc, "status") })
				}
			},
		},
		{
			name: "column of the list", users: 75, kind: "emptied", query: "SELECT count(department) FROM zoom.phone_users",
			fault: each(zoomtest.List, func(doc map[string]any) { delete(doc, "department") }),
		},
		{
			name: "numbers", users: 75, kind: "emptied", query: "SELECT count(*) FROM zoom.phone_numbers",
			fault: each(zoomtest.List, func(doc map[string]any) { doc["phone_numbers"] = []any{} }),
		},
		{
			name: "one policy", users: 75, kind: "emptied", query: "SELECT count(*) FROM zoom.policies WHERE policy = 'sms'",
			fault: each(zoomtest.Profile, func(doc map[string]any) { delete(doc["policy"].(map[string]any), "sms") }),
		},
		{
			name: "all policies", users: 75, kind: "emptied", query: "SELECT count(*) FROM zoom.policies",
			fault: each(zoomtest.Profile, func(doc map[string]any) { delete(doc, "policy") }),
		},
		{
			name: "policy of an odd name", users: 75, kind: "emptied", query: "SELECT count(*) FROM zoom.policies WHERE policy LIKE 'x%y'",
			fault: each(zoomtest.Profile, func(doc map[string]any) { delete(doc["policy"].(map[string]any), oddName) }),
		},
		{
			name: "type of a member", users: 75, kind: "emptied", query: "SELECT count(locked) FROM zoom.policies WHERE policy = 'sms'",
			fault: each(zoomtest.Profile, func(doc map[string]any) { doc["policy"].(map[string]any)["sms"] = map[string]any{"enable": true} }),
		},
		{
			name: "empty settings", users: 75, kind: "emptied", query: "SELECT count(country_code), count(audio_prompt_language) FROM zoom.phone_users",
			fault: each(zoomtest.Settings, func(doc map[string]any) {
				phone := doc["desk_phone"]
				clear(doc)
				doc["desk_phone"] = phone // nothing at all would be no document
			}),
		},
		{
			name: "volatile values", users: 75, kind: "emptied", query: "SELECT count(status) FROM zoom.devices",
			fault: each(zoomtest.Settings, func(doc map[string]any) {
				for _, device := range doc["desk_phone"].(map[string]any)["devices"].([]any) {
					delete(device.(map[string]any), "status")
				}
			}),
		},
		{
			name: "section of the general settings", users: 75, kind: "emptied", query: "SELECT count(*) FROM zoom.user_settings WHERE section = 'recording'",
			fault: each(zoomtest.UserSettings, func(doc map[string]any) { delete(doc, "recording") }),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 100, Seed: 53})
			for _, u := range b.account.Users() { // all have what is to be lost
				if u.Status == zoomtest.Active {
					b.put(u.ID, zoomtest.List, "department", "Sales")
					b.put(u.ID, zoomtest.Profile, "policy.sms.enable", true)
					b.put(u.ID, zoomtest.Profile, "policy.sms.locked", false)
					b.put(u.ID, zoomtest.Profile, "policy."+oddName+".enable", true)
					b.put(u.ID, zoomtest.Settings, "desk_phone.devices", []any{map[string]any{"id": "phone-of-" + u.ID, "status": "online"}})
				}
			}
			b.sync(exitComplete)
			ids := b.active()[:test.users]
			kept := b.database.Query(test.query)
			b.put(ids[0], zoomtest.Profile, "x_beside", "new")
			b.put(ids[0], zoomtest.Settings, "x_beside", "new")
			test.fault(b, ids)

			got := b.sync(exitHeld)
			if !strings.Contains(got.stderr, "syncd approve 1") {
				t.Errorf("the pass does not say how to go on:\n%s", got.stderr)
			}
			b.wantRows(test.query, kept...)
			b.wantRows("SELECT kind FROM zoom.holds", []string{test.kind})
			b.wantRows("SELECT count(*) FROM syncd.parked_documents", []string{"0"})
			b.wantRows("SELECT count(*) FROM zoom.freshness WHERE status = 'failed' AND last_error NOT LIKE 'held back: see hold 1'", []string{"0"})
			if beside := b.database.Value("SELECT count(*) FROM zoom.setting_changes WHERE path = 'x_beside'"); !strings.HasPrefix(test.name, "pending") && beside == "0" {
				t.Error("nothing that is new beside it was written")
			}
			b.sync(exitHeld)
			b.wantRows(test.query, kept...)
			b.wantRows("SELECT count(*) FROM zoom.holds", []string{"1"})

			b.approve("1")
			b.sync(exitComplete)
			b.wantRows("SELECT outcome FROM zoom.holds", []string{"released"})
			b.wantMirror()
			if diff := cmp.Diff(kept, b.database.Query(test.query)); diff == "" {
				t.Error("what was approved is not written")
			}
		})
	}
}

func TestHold_few_changes_are_written_in_the_same_pass(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Seed: 54})
	b.sync(exitComplete)
	ids := b.active()[:20]
	b.account.SetStatus(zoomtest.Deactivated, ids[:10]...)
	for _, id := range ids[10:] {
		b.change(id, zoomtest.List, func(doc map[string]any) { delete(doc, "department") })
		b.change(id, zoomtest.Profile, func(doc map[string]any) { delete(doc, "policy") })
	}
	b.sync(exitComplete)
	b.wantMirror()
	b.wantRows("SELECT count(*) FROM zoom.holds", []string{"0"})
	b.wantRows("SELECT count(*) FROM syncd.parked_documents", []string{"0"})
	b.wantRows("SELECT users_written FROM zoom.sync_passes WHERE pass_id = 2", []string{"20"})
}

// Of pending users Zoom has no profile. That it has none is no proof that they are gone.
func TestHold_pending_users_whom_no_list_has(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Seed: 150})
	b.sync(exitComplete)
	const current = "SELECT count(*) FROM zoom.phone_users"
	had := b.count(current)
	empty := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/phone/users") || r.URL.Query().Get("status") != "pending" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"total_records":0,"next_page_token":"","page_size":100,"users":[]}`)
		return true
	}
	b.intercept.Store(&empty)
	gone := b.active()[0] // which is proven
	b.account.Remove(gone)
	if got := b.sync(exitHeld); !strings.Contains(got.stderr, "no answer proves them gone") {
		t.Errorf("the pass does not say why:\n%s", got.stderr)
	}
	b.wantRows(current, []string{strconv.Itoa(had - 1)})
	b.wantRows("SELECT DISTINCT change FROM zoom.held_users", []string{"vanished"})
	b.intercept.Store(nil)
	b.sync(exitComplete)
	b.wantMirror()

	b.intercept.Store(&empty) // and now it is true
	b.sync(exitHeld)
	b.approve("2")
	b.sync(exitComplete)
	b.wantRows("SELECT count(*) FROM zoom.phone_users WHERE status = 'pending'", []string{"0"})
}

// An account in which a document always fails has no complete pass, and a guard all the same.
func TestHold_account_whose_passes_are_always_partial(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 120, Seed: 55})
	ids := b.active()
	b.account.FailUser(ids[0], zoomtest.UserSettings, 403)
	b.sync(exitPartial)
	b.account.Remove(ids[1:61]...)
	b.sync(exitHeld)
	b.wantRows("SELECT count(*) FROM zoom.phone_users", []string{"120"})
}

// An account whose list never adds up has a guard for its documents all the same, and a way to let a change through.
func TestHold_account_whose_list_never_adds_up(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Seed: 63})
	b.account.SetFaults(zoomtest.Faults{TruncateListAtPage: 1})
	b.sync(exitPartial)
	had := b.database.Value("SELECT count(*) FROM zoom.policies")
	for _, id := range b.active() {
		b.change(id, zoomtest.Profile, func(doc map[string]any) { delete(doc, "policy") })
	}
	b.sync(exitHeld)
	b.wantRows("SELECT count(*) FROM zoom.policies", []string{had})
	b.approve("1")
	b.sync(exitPartial)
	b.wantRows("SELECT count(*) FROM zoom.policies JOIN zoom.phone_users USING (account_id, user_id) WHERE status = 'activate'", []string{"0"})
}

// What users had ended with their deletion: when they come back with less, that is no loss.
func TestHold_is_not_of_users_who_come_back(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 120, Seed: 96})
	b.sync(exitComplete)
	ids := b.active()[5:]
	b.account.Remove(ids...)
	b.sync(exitHeld)
	b.approve("1")
	b.sync(exitComplete)
	b.account.Return(ids...)
	for _, id := range ids {
		b.change(id, zoomtest.Profile, func(doc map[string]any) { delete(doc, "policy") })
	}
	b.sync(exitComplete)
	b.wantMirror()
	const ended = "SELECT count(*) FROM zoom_pii.document_versions WHERE document = 'profile' AND body ? 'policy' AND valid_to IS NOT NULL"
	b.wantRows(ended, []string{strconv.Itoa(len(ids))})
}
