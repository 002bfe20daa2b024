package main

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

// fresh gives a bench with the same account and an empty database, mirrored once.
func (b *bench) fresh() *bench {
	b.t.Helper()
	other := newBench(b.t, zoomtest.Options{Users: 1, Seed: 1})
	for _, name := range []string{"ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "ZOOM_API_URL", "ZOOM_TOKEN_URL"} {
		other.environment[name] = b.environment[name]
	}
	other.account = b.account
	other.sync(exitComplete)
	return other
}

// wantAsFresh checks that the columns that hold values whole say what those of a fresh mirror do: after a pass, and after
// a rebuild.
func (b *bench) wantAsFresh(when string) {
	b.t.Helper()
	fresh := b.fresh()
	for _, query := range []string{
		"SELECT user_id, policy, detail FROM zoom.policies ORDER BY 1, 2",
		"SELECT user_id, policy, detail FROM zoom.policies_as_of(now()) ORDER BY 1, 2",
		"SELECT user_id, section, setting, value FROM zoom_pii.user_settings ORDER BY 1, 2, 3",
	} {
		if diff := cmp.Diff(fresh.database.Query(query), b.database.Query(query)); diff != "" {
			b.t.Errorf("%s, %s (-fresh +got)\n%s", when, query, diff)
		}
	}
	b.wantAsOfNow()
}

// The order of a documented array means nothing, and columns show every order of it alike. That of an array that nobody has
// documented may be all that it says.
func TestOrder_of_documented_arrays_means_nothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 6, Seed: 34})
	ids := b.active()
	put := func(id string, first, second, third int) {
		t.Helper()
		of := func(values ...any) []any { return []any{values[first], values[second], values[third]} }
		named := func(name string, values ...any) (all []any) {
			for _, value := range of(values...) {
				all = append(all, map[string]any{name: value})
			}
			return all
		}
		b.put(id, zoomtest.List, "phone_numbers", named("number", "14155550101", "14155550102", "14155550103"))
		b.put(id, zoomtest.Settings, "shared_lines_call_setting.shared_line_appearances", map[string]any{"executives": named("display_name", "A", "B", "C")})
		b.put(id, zoomtest.Settings, "holiday_hours", named("name", "Easter", "Whitsun", "Christmas"))
		b.put(id, zoomtest.Profile, "policy.sms", map[string]any{"enable": true, "international_sms_countries": of("US", "DE", "FR"), "x_levels": named("id", 1, 2, 3)})
		b.put(id, zoomtest.Profile, "policy.show_custom_disclaimer_when_using_zoom_phone", map[string]any{"custom_disclaimer_list": named("title", "a", "b", "c")})
		b.put(id, zoomtest.UserSettings, "in_meeting.data_center_regions", of("US", "EU", "BR"))
		b.put(id, zoomtest.UserSettings, "feature.zoom_events_unlimited_capacities", of(1000, 500, 5000))
		b.put(id, zoomtest.UserSettings, "tsp.call_out_countries", named("code", "DE", "US", "FR"))
	}
	put(ids[0], 0, 1, 2)
	put(ids[1], 2, 1, 0)
	for _, id := range ids[2:] {
		b.change(id, zoomtest.UserSettings, func(doc map[string]any) { delete(doc, "in_meeting") })
	}
	b.sync(exitComplete)
	equal := func(when string) {
		t.Helper()
		b.wantRows(`SELECT value, count(*) FROM zoom.user_settings WHERE setting = 'data_center_regions' GROUP BY 1`, []string{`["BR", "EU", "US"]`, "2"})
		b.wantRows(fmt.Sprintf(`SELECT value FROM zoom.user_settings WHERE setting = 'zoom_events_unlimited_capacities' AND user_id IN ('%s', '%s') GROUP BY 1`, ids[0], ids[1]),
			[]string{`[500, 1000, 5000]`})
		b.wantRows(fmt.Sprintf(`SELECT detail FROM zoom.policy_versions WHERE policy = 'sms' AND user_id IN ('%s', '%s') GROUP BY 1`, ids[0], ids[1]),
			[]string{`{"x_levels": [{"id": 1}, {"id": 2}, {"id": 3}], "international_sms_countries": ["DE", "FR", "US"]}`})
		b.wantAsFresh(when)
	}
	equal("the first pass")

	before := b.contents()
	put(ids[0], 1, 2, 0)
	put(ids[1], 0, 1, 2)
	b.sync(exitComplete)
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("a pass over sets in another order wrote rows (-before +after):\n%s", diff)
	}
	equal("another order")
	b.rebuild("0 rows and 0 documents differed")
	equal("a rebuild")

	// What comes among others is one change, and an element that Zoom repeats is none.
	b.put(ids[0], zoomtest.List, "phone_numbers", []any{
		map[string]any{"number": "14155550103"}, map[string]any{"number": "14155550104"}, map[string]any{"number": "14155550101"}, map[string]any{"number": "14155550102"},
	})
	b.put(ids[0], zoomtest.UserSettings, "in_meeting.data_center_regions", []string{"BR", "US", "BR", "EU"})
	b.put(ids[1], zoomtest.Profile, "policy.sms.international_sms_countries", []string{"US", "FR"})
	b.sync(exitComplete)
	b.wantRows(`SELECT document, path, old_value, new_value FROM zoom.setting_changes ORDER BY 1`,
		[]string{"list", "phone_numbers[]", "<null>", `{"number": "14155550104"}`}, []string{"profile", "policy.sms.international_sms_countries[]", `"DE"`, "<null>"})
	b.wantRows(fmt.Sprintf(`SELECT detail -> 'international_sms_countries' FROM zoom.policy_versions WHERE policy = 'sms' AND user_id = '%s' ORDER BY valid_from`, ids[1]),
		[]string{`["DE", "FR", "US"]`}, []string{`["FR", "US"]`})
	b.wantRows(`SELECT value, count(*) FROM zoom.user_settings WHERE setting = 'data_center_regions' GROUP BY 1`, []string{`["BR", "EU", "US"]`, "2"})
	b.wantAsFresh("a change")
}

// A field that nobody has documented yet may be a sequence.
func TestOrder_of_unknown_arrays_is_followed(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 4, Seed: 35})
	id := b.active()[0]
	put := func(order ...string) {
		t.Helper()
		b.put(id, zoomtest.Settings, "ring_order", order)
		b.put(id, zoomtest.Settings, "ring_devices", []any{map[string]any{"device_id": order[0]}, map[string]any{"device_id": order[1]}})
		b.put(id, zoomtest.Profile, "policy.ring", map[string]any{"order": order})
		b.put(id, zoomtest.UserSettings, "feature.ring_order", order)
	}
	put("mobile", "desk")
	b.sync(exitComplete)
	put("desk", "mobile")
	b.sync(exitComplete)
	const was, is = `["mobile", "desk"]`, `["desk", "mobile"]`
	b.wantRows(`SELECT document, path, old_value, new_value FROM zoom.setting_changes ORDER BY 1, 2`,
		[]string{"profile", "policy.ring.order", was, is},
		[]string{"settings", "ring_devices", `[{"device_id": "mobile"}, {"device_id": "desk"}]`, `[{"device_id": "desk"}, {"device_id": "mobile"}]`},
		[]string{"settings", "ring_order", was, is}, []string{"user_settings", "feature.ring_order", was, is})
	b.wantRows(`SELECT document, count(*) FROM zoom_pii.document_versions WHERE user_id = '`+id+`' GROUP BY 1 ORDER BY 1`,
		[]string{"list", "1"}, []string{"profile", "2"}, []string{"settings", "2"}, []string{"user_settings", "2"})
	b.wantRows(`SELECT detail FROM zoom.policies WHERE policy = 'ring'`, []string{`{"order": ` + is + `}`})
	b.wantRows(`SELECT detail FROM zoom.policy_versions WHERE policy = 'ring' ORDER BY valid_from`, []string{`{"order": ` + was + `}`}, []string{`{"order": ` + is + `}`})
	b.wantRows(`SELECT value FROM zoom.user_settings WHERE setting = 'ring_order'`, []string{is})
	b.wantRows(`SELECT body -> 'ring_order' FROM zoom_pii.documents WHERE document = 'settings' AND user_id = '`+id+`'`, []string{is})
	b.wantAsFresh("another order")
	b.rebuild("0 rows and 0 documents differed")
}

// A release before this one took other arrays for sets: the digests that it left differ, and nothing else does.
func TestOrder_another_rule_makes_no_versions(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 6, Seed: 37})
	id := b.active()[0]
	b.put(id, zoomtest.Profile, "policy.sms", map[string]any{"enable": true, "international_sms_countries": []string{"US", "DE"}})
	b.sync(exitComplete)
	before := func() [][]string {
		return b.database.Query(`SELECT user_id, document, valid_from, valid_to FROM zoom_pii.document_versions UNION ALL SELECT user_id, 'user', changed_at, NULL FROM zoom.phone_users ORDER BY 1, 2, 3`)
	}
	versions := before()
	// As that release wrote them: in no column is a set sorted, and every digest is another one.
	earlier := `
		UPDATE syncd.documents SET full_digest = decode(md5(full_digest), 'hex'), stable_digest = decode(md5(stable_digest), 'hex'), arranged_policies = NULL;
		UPDATE syncd.policies SET detail = '{"international_sms_countries": ["US", "DE"]}' WHERE policy = 'sms' AND detail ->> 'international_sms_countries' LIKE '%US%'`
	b.database.Exec(earlier)
	b.wantRows(`SELECT detail -> 'international_sms_countries' FROM zoom.policies_as_of(now()) WHERE policy = 'sms' AND user_id = '`+id+`'`, []string{`["US", "DE"]`})
	for _, refresh := range []func(){
		func() { b.sync(exitComplete) },
		func() { b.rebuild("24 documents differed") },
	} {
		refresh()
		if diff := cmp.Diff(versions, before()); diff != "" {
			t.Errorf("versions began or ended (-before +after)\n%s", diff)
		}
		b.wantRows(`SELECT count(*) FROM zoom.setting_changes`, []string{"0"})
		b.wantAsFresh("under this release's rule")
		contents := b.contents()
		b.sync(exitComplete)
		if diff := cmp.Diff(contents, b.contents()); diff != "" {
			t.Errorf("the pass after that wrote rows (-before +after):\n%s", diff)
		}
		b.database.Exec(earlier)
	}

	// What differs is a version all the same.
	b.put(id, zoomtest.Profile, "policy.sms.enable", false)
	b.sync(exitComplete)
	b.wantRows(`SELECT user_id, path FROM zoom.setting_changes`, []string{id, "policy.sms.enable"})
	b.wantRows(`SELECT count(*) FROM zoom_pii.document_versions WHERE valid_to IS NOT NULL`, []string{"1"})

	// An old version of that release shows its sets sorted after a rebuild, which does not call that a secret.
	b.database.Exec(`UPDATE syncd.document_history SET arranged_policies = NULL`)
	b.rebuild("\n1 old versions and 0 rows of the journal were judged anew")
	b.wantRows(`SELECT detail FROM zoom.policy_versions WHERE policy = 'sms' AND user_id = '`+id+`' GROUP BY 1`, []string{`{"international_sms_countries": ["DE", "US"]}`})
}
