package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

// journal gives what zoom_pii.setting_changes says of a pass, in the order of the paths.
func (b *bench) journal(passID int) [][]string {
	b.t.Helper()
	return b.database.Query(fmt.Sprintf(`SELECT user_id, document, path, old_value, new_value, private FROM zoom_pii.setting_changes WHERE pass_id = %d
		ORDER BY user_id, document, path, old_value`, passID))
}

func TestJournal_of_an_account(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 21, Limits: fastLimits(), Faults: zoomtest.Faults{ShuffleDocuments: true}})
	id := b.active()[0]
	b.change(id, zoomtest.List, func(doc map[string]any) {
		doc["department"] = "Sales"
		doc["phone_numbers"] = []any{map[string]any{"id": "---M1padRvSUtw7YihN7sA", "number": "+1"}, map[string]any{"id": "n2", "number": "+2"}}
	})
	b.put(id, zoomtest.Profile, "policy.sms", map[string]any{"enable": true})
	b.put(id, zoomtest.Profile, "emergency_address.city", "Ulm")
	b.put(id, zoomtest.Settings, "desk_phone.devices", []any{map[string]any{"id": "d1", "status": "online", "mac_address": "64167f37aa60"}})
	b.sync(exitComplete)
	if got := b.journal(1); len(got) > 0 {
		t.Errorf("the first pass made rows: %v", got)
	}

	b.sync(exitComplete)
	if got := b.journal(2); len(got) > 0 {
		t.Errorf("a pass over documents in another order made rows: %v", got)
	}

	b.change(id, zoomtest.List, func(doc map[string]any) {
		doc["department"] = "Service"
		doc["phone_numbers"] = []any{map[string]any{"id": "n2", "number": "+2"}, map[string]any{"id": "---M1padRvSUtw7YihN7sA", "number": "+3"}}
	})
	b.put(id, zoomtest.Profile, "policy.sms", map[string]any{"enable": "perhaps", "new": []any{}})
	b.put(id, zoomtest.Profile, "emergency_address.city", "Bonn")
	b.put(id, zoomtest.Settings, "desk_phone.devices", []any{map[string]any{"id": "d1", "status": "offline", "mac_address": "64167f37aa61"}})
	b.sync(exitComplete)
	want := [][]string{
		{id, "list", "department", `"Sales"`, `"Service"`, "f"},
		{id, "list", "phone_numbers[---M1padRvSUtw7YihN7sA].number", `"+1"`, `"+3"`, "f"},
		{id, "profile", "emergency_address.city", `"Ulm"`, `"Bonn"`, "t"},
		{id, "profile", "policy.sms.enable", `true`, `"perhaps"`, "f"},
		{id, "profile", "policy.sms.new", "<null>", `[]`, "f"},
		{id, "settings", "desk_phone.devices[d1].mac_address", `"64167f37aa60"`, `"64167f37aa61"`, "t"},
	}
	if diff := cmp.Diff(want, b.journal(3)); diff != "" {
		t.Errorf("journal (-want +got)\n%s", diff)
	}
	inside := b.database.Value(`SELECT bool_and(seen_after BETWEEN p.started_at AND p.finished_at AND seen_at > p.finished_at)
		FROM zoom.setting_changes JOIN zoom.sync_passes p ON p.pass_id = 2`)
	if inside != "t" {
		t.Error("the changes do not lie between the second pass, which saw the old values last, and the third")
	}

	b.put(id, zoomtest.List, "department", "Sales") // back to the old value
	b.put(id, zoomtest.Settings, "desk_phone.devices.0.status", "online")
	b.sync(exitComplete)
	if diff := cmp.Diff([][]string{{id, "list", "department", `"Service"`, `"Sales"`, "f"}}, b.journal(4)); diff != "" {
		t.Errorf("journal of a change back (-want +got)\n%s", diff)
	}

	b.account.Remove(id)
	b.sync(exitComplete)
	b.account.Return(id)
	b.put(id, zoomtest.Settings, "area_code", "999")
	b.sync(exitComplete)
	got := b.journal(6)
	if len(got) != 1 || got[0][2] != "area_code" || got[0][4] != `"999"` {
		t.Errorf("journal of a return: %v", got)
	}
	if n := b.database.Value(`SELECT count(*) FROM zoom.setting_changes WHERE (old_value IS NOT NULL OR new_value IS NOT NULL) AND private`); n != "0" {
		t.Errorf("%s personal values can be read in schema zoom", n)
	}
}

// What somebody who comes back may do is not what they could before they went, unless Zoom says so.
func TestHistory_of_who_comes_back_without_an_answer(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 57})
	b.sync(exitComplete)
	id := b.active()[0]
	rights := "SELECT count(*) FROM zoom.policies WHERE user_id = '" + id + "'"
	if b.database.Value(rights) == "0" {
		t.Fatal("the user has no policy")
	}
	versions := "SELECT count(*), count(*) FILTER (WHERE valid_to IS NULL) FROM zoom_pii.document_versions WHERE document = 'profile' AND user_id = '" + id + "'"
	b.account.Remove(id)
	b.sync(exitComplete)
	b.account.Return(id)
	b.put(id, zoomtest.Profile, "policy.sms.enable", "as never before")
	b.account.FailUser(id, zoomtest.Profile, http.StatusBadRequest)
	b.sync(exitPartial)
	b.wantRows(rights, []string{"0"})
	b.wantRows(versions, []string{"1", "0"})
	b.wantRows("SELECT count(*) FROM zoom.setting_changes", []string{"0"})
	b.wantRows("SELECT count(*) FROM zoom.phone_users WHERE user_id = '"+id+"'", []string{"1"})
	b.wantAsOfNow()

	b.account.FailUser(id, zoomtest.Profile, 0)
	b.sync(exitComplete)
	b.wantMirror()
	b.wantAsOfNow()
	b.wantRows(versions, []string{"2", "1"})
	b.wantRows(`SELECT path, new_value, seen_after BETWEEN p.started_at AND p.finished_at, seen_at > l.started_at
		FROM zoom.setting_changes
		JOIN zoom.sync_passes p ON p.pass_id = 1
		JOIN zoom.sync_passes l ON l.pass_id = 4`, []string{"policy.sms.enable", `"as never before"`, "t", "t"})
}

// That a document ceased to apply is in the journal; when that is pruned, what comes after is compared with nothing.
func TestHistory_of_who_comes_back_pending_and_pruned(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 57})
	b.sync(exitComplete)
	id := b.active()[0]
	b.account.Remove(id)
	b.sync(exitComplete)
	b.account.SetStatus(zoomtest.Pending, id)
	b.account.Return(id)
	b.sync(exitComplete)
	const profile = "FROM zoom_pii.setting_changes WHERE document = 'profile'"
	b.wantRows("SELECT count(*) > 0, count(new_value) "+profile, []string{"t", "0"})
	b.database.Exec(`
		INSERT INTO syncd.history_limits (account_id, begins_at, pruned_at) SELECT account_id, now(), now() FROM syncd.passes LIMIT 1;
		DELETE FROM syncd.setting_changes`)
	b.account.SetStatus(zoomtest.Active, id)
	b.sync(exitComplete)
	b.wantMirror()
	b.wantRows("SELECT count(*) > 0, count(old_value) "+profile, []string{"t", "0"})
}

// asOfViews are the views of schema zoom that have a function which shows them as
// they stood at a time.
func asOfViews() []string { return []string{"phone_users", "policies", "shared_access"} }

// wantSame compares two queries of one column, row by row.
func (b *bench) wantSame(what, one, other string) {
	b.t.Helper()
	if rows := b.database.Query(fmt.Sprintf(`(SELECT 'only the first', x::text FROM ((%[1]s) EXCEPT ALL (%[2]s)) x LIMIT 3)
		UNION ALL (SELECT 'only the second', x::text FROM ((%[2]s) EXCEPT ALL (%[1]s)) x LIMIT 3)`, one, other)); len(rows) > 0 {
		b.t.Errorf("%s: %v", what, rows)
	}
}

// wantAsOfNow checks that each function shows of now what its view shows: whole
// rows as JSON, so that no column can lack on either side.
func (b *bench) wantAsOfNow() {
	b.t.Helper()
	for _, view := range asOfViews() {
		for _, now := range []string{"now()", "'infinity'"} {
			b.wantSame(view+" as of "+now, "SELECT to_jsonb(v) FROM zoom."+view+" v", "SELECT to_jsonb(v) FROM zoom."+view+"_as_of("+now+") v")
		}
	}
}

// snapshot keeps what the views say now, under a name, and gives the time.
func (b *bench) snapshot(name string) string {
	b.t.Helper()
	b.wantAsOfNow()
	b.database.Exec("CREATE SCHEMA IF NOT EXISTS kept")
	for _, view := range asOfViews() {
		b.database.Exec(fmt.Sprintf("CREATE TABLE kept.%[1]s_%[2]s AS SELECT to_jsonb(v) AS row FROM zoom.%[1]s v", view, name))
	}
	b.database.Exec("ANALYZE")
	return b.database.Value("SELECT clock_timestamp()")
}

// wantAsOf checks that the functions show of a time what the views showed then, in
// every column but verified_at, of which the past is not kept.
func (b *bench) wantAsOf(name, at string) {
	b.t.Helper()
	for _, view := range asOfViews() {
		b.wantSame(view+" "+name, fmt.Sprintf("SELECT row - 'verified_at' FROM kept.%s_%s", view, name),
			fmt.Sprintf("SELECT to_jsonb(v) - 'verified_at' FROM zoom.%s_as_of('%s') v", view, at))
	}
	if got := b.database.Value(fmt.Sprintf(`SELECT count(*) FROM zoom.phone_users_as_of('%[1]s') v JOIN kept.phone_users_%[2]s k ON k.row ->> 'user_id' = v.user_id
		WHERE v.verified_at > '%[1]s' OR v.verified_at IS NULL AND k.row ->> 'verified_at' IS NOT NULL`, at, name)); got != "0" {
		b.t.Errorf("%s: %s users were verified later than that, or never", name, got)
	}
}

func TestAsOf_is_what_stood_then(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1000, Seed: 22, Drift: .05})
	before := b.database.Value("SELECT clock_timestamp()")
	b.listable()
	ids := b.active()
	b.putOddValues(ids[20:])
	b.sync(exitComplete)
	moments := map[string]string{"first": b.snapshot("first")}
	if got := b.database.Value("SELECT count(*) FROM zoom.phone_users_as_of('" + before + "')"); got != "0" {
		t.Errorf("%s users were there before the first pass", got)
	}
	for view, least := range map[string]int{"phone_users": 1000 - 1, "policies": 10000, "shared_access": 100} {
		if got := b.database.Value(fmt.Sprintf("SELECT count(*) > %d FROM kept.%s_first", least, view)); got != "t" {
			t.Errorf("there are hardly any %s", view)
		}
	}

	b.account.Churn(200)
	b.account.SetStatus(zoomtest.Pending, ids[10])
	b.account.SetStatus(zoomtest.Deactivated, ids[11])
	b.account.Add(5)
	b.listable()
	b.account.Remove(ids[0], ids[1])
	b.put(ids[2], zoomtest.List, "extension_number", "12345678901234567890")
	b.put(ids[3], zoomtest.Profile, "policy", "none")
	b.put(ids[4], zoomtest.Profile, "policy.voicemail_access_members", []any{map[string]any{"access_user_id": ids[5], "shared_id": "s1", "allow_download": true}})
	b.put(ids[4], zoomtest.Settings, "voice_mail", []any{
		map[string]any{"access_user_id": ids[5], "shared_id": "other", "delete": true},
		map[string]any{"access_user_id": ids[6], "shared_id": "s2", "delete": true, "download": "yes"},
		map[string]any{"access_user_id": ids[6], "shared_id": "s2", "delete": true, "download": "yes"},
	})
	b.sync(exitComplete)
	moments["changed"] = b.snapshot("changed")
	grants := b.database.Query("SELECT kind, access_user_id, allow_download, allow_delete, shared_id FROM zoom.shared_access_as_of(now()) WHERE user_id = '" + ids[4] + "' AND kind = 'voicemail' ORDER BY shared_id")
	if diff := cmp.Diff([][]string{{"voicemail", ids[5], "t", "<null>", "s1"}, {"voicemail", ids[6], "<null>", "t", "s2"}}, grants); diff != "" {
		t.Errorf("shared access (-want +got)\n%s", diff)
	}

	b.account.Return(ids[0])
	b.account.SetStatus(zoomtest.Active, ids[10])
	b.account.Churn(50)
	b.put(ids[0], zoomtest.List, "department", "back again")
	b.sync(exitComplete)
	moments["returned"] = b.snapshot("returned")
	b.account.Remove(ids[0])
	b.sync(exitComplete)
	moments["last"] = b.snapshot("last")

	for name, at := range moments {
		b.wantAsOf(name, at)
	}
	there := b.database.Query(fmt.Sprintf(`SELECT (SELECT count(*) FROM zoom.phone_users_as_of('%[2]s') WHERE user_id = '%[1]s'), (SELECT count(*) FROM zoom.policies_as_of('%[3]s') WHERE user_id = '%[1]s') > 0,
		(SELECT count(*) FROM zoom.policies_as_of('%[2]s') WHERE user_id = '%[1]s'), (SELECT department FROM zoom.phone_users_as_of('%[3]s') WHERE user_id = '%[1]s'), (SELECT count(*) FROM zoom.phone_users_as_of('%[4]s') WHERE user_id = '%[1]s')`,
		ids[0], moments["changed"], moments["returned"], moments["last"]))
	if diff := cmp.Diff([][]string{{"0", "t", "0", "back again", "0"}}, there); diff != "" {
		t.Errorf("a user who went, came back and went (-want +got)\n%s", diff)
	}
	b.wantPoliciesOfDocuments()
}

// putOddValues gives users what the projection has a rule for, one value each.
func (b *bench) putOddValues(ids []string) {
	b.t.Helper()
	odd := map[string][]any{
		"company_number": {
			"+14155550100", "14155550100", " +1 (415) 555-01.00\n", "\u00a0+1\u00a0415 555 0100\u3000", "1 415 555 0100", "+", "++14155550100", "+0123456789",
			"123456", "1234567", "123456789012345", "1234567890123456", "+1415555010x", "+\u0661\u0664\u0661\u0665\u0665\u0665\u0665", "\v14155550100", "\u200b14155550100", "14155550100+", 14155550100,
		},
		"delegation": {
			map[string]any{"privileges": []any{3, 1, 1, "2", nil, 2.5, json.RawMessage("4.0"), json.RawMessage("5e0"), json.RawMessage("50e-1"), json.RawMessage("9223372036854775808"), -1, []any{7}}},
			map[string]any{"privileges": []any{}, "privacy": "true", "locked": 1},
			map[string]any{"privileges": map[string]any{"0": 1}},
			[]any{map[string]any{"privacy": true}},
			nil,
		},
		"business_hours_settings.business_hour_type": {json.RawMessage("1e0"), json.RawMessage("2.0"), "2", json.RawMessage("-9223372036854775808"), json.RawMessage("1e19"), true, json.RawMessage("-0")},
		"music_on_hold_id":                           {"", "0", 0, nil},
		"desk_phone.keys_positions":                  {"x", []any{"+14155550100"}, map[string]any{"primary_number": "+49 89 1234567"}},
	}
	for path, values := range odd {
		for i, value := range values {
			b.change(ids[i], zoomtest.Settings, func(doc map[string]any) {
				at := doc
				names := strings.Split(path, ".")
				for _, name := range names[:len(names)-1] {
					inner := map[string]any{}
					at[name] = inner
					at = inner
				}
				at[names[len(names)-1]] = value
			})
		}
	}
}

// A row of the list need not say a status. That of a pending user is told then by
// the list that has it, in every view, at every time.
func TestAsOf_knows_pending_users_by_their_list(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 40, Seed: 26})
	ids := b.active()
	state := func(status string, ids ...string) {
		b.account.SetStatus(status, ids...)
		for i, id := range ids {
			b.change(id, zoomtest.List, func(doc map[string]any) {
				delete(doc, "status")
				if i > 0 {
					doc["status"] = []any{nil, "", 7}[i-1]
				}
			})
		}
	}
	statuses := func() [][]string {
		b.t.Helper()
		return b.database.Query("SELECT count(*), status FROM zoom.phone_users WHERE user_id IN ('" + strings.Join(ids[:4], "','") + "') GROUP BY 2")
	}
	moments := map[string]string{}
	for _, step := range []struct {
		name, zoom, want string
	}{{"pending", zoomtest.Pending, "pending"}, {"active", zoomtest.Active, "<null>"}, {"again", zoomtest.Pending, "pending"}} {
		state(step.zoom, ids[:4]...)
		b.sync(exitComplete)
		b.wantMirror()
		moments[step.name] = b.snapshot(step.name)
		if diff := cmp.Diff([][]string{{"4", step.want}}, statuses()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, diff)
		}
		before := b.contents()
		b.sync(exitComplete)
		if diff := cmp.Diff(before, b.contents()); diff != "" {
			t.Errorf("%s: a pass over unchanged data wrote rows (-before +after):\n%s", step.name, diff)
		}
	}
	b.account.Remove(ids[0])
	b.sync(exitComplete)
	for name, at := range moments {
		b.wantAsOf(name, at)
	}
}

// wantPoliciesOfDocuments compares the policies with the account's own documents.
func (b *bench) wantPoliciesOfDocuments() {
	b.t.Helper()
	got := map[string][]string{}
	for _, row := range b.database.Query("SELECT user_id || '/' || policy, enabled, locked, locked_by, modified, detail FROM zoom.policies_as_of(now())") {
		got[row[0]] = row[1:]
	}
	boolean := func(v any) string {
		switch v {
		case true:
			return "t"
		case false:
			return "f"
		default:
			return "<null>"
		}
	}
	checked := 0
	for _, u := range b.account.Users() {
		raw, ok := b.account.Document(u.ID, zoomtest.Profile)
		if !ok {
			continue
		}
		profile, _ := decode(b.t, raw).(map[string]any)
		policies, _ := profile["policy"].(map[string]any)
		for name, v := range policies {
			row, found := got[u.ID+"/"+name]
			if strings.HasSuffix(name, "_access_members") {
				if found {
					b.t.Errorf("%s of %s counts as a policy", name, u.ID)
				}
				continue
			}
			delete(got, u.ID+"/"+name)
			want := []string{boolean(v), "<null>", "<null>", "<null>"}
			if object, ok := v.(map[string]any); ok {
				by, _ := object["locked_by"].(string)
				want = []string{boolean(object["enable"]), boolean(object["locked"]), by, boolean(object["modified"])}
				if by == "" || !isLevel(by) && hasPersonal(map[string]any{name: v}) {
					want[2] = "<null>"
				}
			}
			if !found || !cmp.Equal(want, row[:4]) {
				b.t.Fatalf("%s of %s: got %v, want %v", name, u.ID, row, want)
			}
			checked++
		}
	}
	if checked < 10_000 || len(got) > 0 {
		b.t.Errorf("%d policies were compared, %d are left over", checked, len(got))
	}
}

// A user who becomes pending loses the details, and gets others on the way back: the
// journal has each of their values going and coming.
func TestJournal_of_a_user_who_becomes_pending_and_returns(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 35})
	id := b.active()[0]
	b.replace(id, zoomtest.Profile, `{"policy":{"sms":{"enable":true,"locked":false}}}`)
	b.sync(exitComplete)
	step := func(status string, details func()) (before, after string) {
		t.Helper()
		before = b.database.Value("SELECT clock_timestamp()")
		b.account.SetStatus(status, id)
		details()
		after = b.database.Value("SELECT clock_timestamp()")
		b.sync(exitComplete)
		return before, after
	}
	profile := func(pass int, before, after string) [][]string {
		t.Helper()
		return b.database.Query(fmt.Sprintf(`SELECT path, old_value, new_value, seen_after < '%s' AND seen_at > '%s' FROM zoom.setting_changes
			WHERE user_id = '%s' AND document = 'profile' AND pass_id = %d ORDER BY path`, before, after, id, pass))
	}
	before, after := step(zoomtest.Pending, func() {})
	if diff := cmp.Diff([][]string{{"policy.sms.enable", "true", "<null>", "t"}, {"policy.sms.locked", "false", "<null>", "t"}}, profile(2, before, after)); diff != "" {
		t.Errorf("becoming pending (-want +got)\n%s", diff)
	}
	b.sync(exitComplete) // still pending
	before, after = step(zoomtest.Active, func() { b.replace(id, zoomtest.Profile, `{"policy":{"sms":{"enable":true}}}`) })
	if diff := cmp.Diff([][]string{{"policy.sms.enable", "<null>", "true", "t"}}, profile(4, before, after)); diff != "" {
		t.Errorf("coming back (-want +got)\n%s", diff)
	}
	late := b.database.Value(`SELECT bool_and(c.seen_after >= p.started_at) FROM zoom.setting_changes c JOIN zoom.sync_passes p ON p.pass_id = 3
		WHERE c.pass_id = 4 AND c.document IN ('profile', 'settings', 'user_settings')`)
	if late != "t" {
		t.Error("the pass that saw them absent last does not bound the return")
	}
}
