package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

// put changes a value at Zoom.
func (b *bench) put(id, kind, path string, value any) {
	b.t.Helper()
	if err := b.account.Set(id, kind, path, value); err != nil {
		b.t.Fatal(err)
	}
}

// change edits a document at Zoom.
func (b *bench) change(id, kind string, edit func(doc map[string]any)) {
	b.t.Helper()
	if err := b.account.Change(id, kind, edit); err != nil {
		b.t.Fatal(err)
	}
}

// active gives the ids of the account's active users.
func (b *bench) active() []string {
	var ids []string
	for _, u := range b.account.Users() {
		if u.Status == zoomtest.Active {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

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

// asOf and now are the two sides that must be alike.
const (
	userColumns = `account_id, user_id, phone_user_id, email, name, status, activation_status, settings_status, extension_id, extension_number, site_id, site_name,
		department, cost_center, site_admin, area_code, country_code, company_number, outbound_caller_number, audio_prompt_language, first_seen_at, changed_at, verified_at`
	policyColumns = `account_id, user_id, policy, enabled, locked, locked_by, modified, detail`
	accessColumns = `account_id, user_id, kind, access_user_id, allow_download, allow_delete, allow_sharing, shared_id`
)

// wantSame compares two queries of the same columns, row by row.
func (b *bench) wantSame(what, one, other string) {
	b.t.Helper()
	if rows := b.database.Query(fmt.Sprintf(`(SELECT 'only the first', x::text FROM ((%[1]s) EXCEPT ALL (%[2]s)) x LIMIT 3)
		UNION ALL (SELECT 'only the second', x::text FROM ((%[2]s) EXCEPT ALL (%[1]s)) x LIMIT 3)`, one, other)); len(rows) > 0 {
		b.t.Errorf("%s: %v", what, rows)
	}
}

// snapshot keeps what the functions say of now, under a name, and gives the time.
func (b *bench) snapshot(name string) string {
	b.t.Helper()
	b.database.Exec(fmt.Sprintf(`CREATE SCHEMA IF NOT EXISTS kept;
		CREATE TABLE kept.users_%[1]s AS SELECT %[2]s FROM zoom.phone_users;
		CREATE TABLE kept.policies_%[1]s AS SELECT %[3]s FROM zoom.policies_as_of(now());
		CREATE TABLE kept.access_%[1]s AS SELECT %[4]s FROM zoom.shared_access_as_of(now());
		ANALYZE`, name, userColumns, policyColumns, accessColumns))
	return b.database.Value(`SELECT clock_timestamp()`)
}

func (b *bench) wantAsOf(name, at string) {
	b.t.Helper()
	// changed_at and verified_at of the past are those of the versions.
	columns := strings.ReplaceAll(userColumns, ", changed_at, verified_at", "")
	b.wantSame("phone_users "+name, fmt.Sprintf("SELECT %s FROM kept.users_%s", columns, name), fmt.Sprintf("SELECT %s FROM zoom.phone_users_as_of('%s')", columns, at))
	b.wantSame("policies "+name, fmt.Sprintf("SELECT %s FROM kept.policies_%s", policyColumns, name), fmt.Sprintf("SELECT %s FROM zoom.policies_as_of('%s')", policyColumns, at))
	b.wantSame("shared_access "+name, fmt.Sprintf("SELECT %s FROM kept.access_%s", accessColumns, name), fmt.Sprintf("SELECT %s FROM zoom.shared_access_as_of('%s')", accessColumns, at))
	if got := b.database.Value(fmt.Sprintf("SELECT count(*) FROM zoom.phone_users_as_of('%[1]s') WHERE changed_at > '%[1]s' OR verified_at > '%[1]s' OR changed_at IS NULL", at)); got != "0" {
		b.t.Errorf("%s: %s users were changed or verified later than that", name, got)
	}
}

func TestAsOf_is_what_stood_then(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1000, Seed: 22, Drift: .01})
	before := b.database.Value(`SELECT clock_timestamp()`)
	b.sync(exitComplete)
	ids := b.active()
	moments := map[string]string{"first": b.snapshot("first")}
	for _, now := range []string{"now()", "'infinity'"} {
		b.wantSame("now", "SELECT "+userColumns+" FROM zoom.phone_users", "SELECT "+userColumns+" FROM zoom.phone_users_as_of("+now+")")
	}
	if got := b.database.Value("SELECT count(*) FROM zoom.phone_users_as_of('" + before + "')"); got != "0" {
		t.Errorf("%s users were there before the first pass", got)
	}
	if got := b.database.Value("SELECT count(*) > 1000 FROM kept.policies_first"); got != "t" {
		t.Error("there are hardly any policies")
	}

	b.account.Churn(200)
	b.account.SetStatus(zoomtest.Pending, ids[10])
	b.account.SetStatus(zoomtest.Deactivated, ids[11])
	b.account.Add(5)
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
	b.wantSame("now", "SELECT "+userColumns+" FROM zoom.phone_users", "SELECT "+userColumns+" FROM zoom.phone_users_as_of(now())")
	there := b.database.Query(fmt.Sprintf(`SELECT (SELECT count(*) FROM zoom.phone_users_as_of('%[2]s') WHERE user_id = '%[1]s'), (SELECT count(*) FROM zoom.policies_as_of('%[3]s') WHERE user_id = '%[1]s') > 0,
		(SELECT count(*) FROM zoom.policies_as_of('%[2]s') WHERE user_id = '%[1]s'), (SELECT department FROM zoom.phone_users_as_of('%[3]s') WHERE user_id = '%[1]s'), (SELECT count(*) FROM zoom.phone_users_as_of('%[4]s') WHERE user_id = '%[1]s')`,
		ids[0], moments["changed"], moments["returned"], moments["last"]))
	if diff := cmp.Diff([][]string{{"0", "t", "0", "back again", "0"}}, there); diff != "" {
		t.Errorf("a user who went, came back and went (-want +got)\n%s", diff)
	}
	b.wantPoliciesOfDocuments()
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
				if by == "" {
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
