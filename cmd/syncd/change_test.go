package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

// step is one thing that happens to a user at Zoom, and what a pass makes of it.
type step struct {
	name   string
	change func()

	// document is the one that is looked at, and ends how each of its versions ends,
	// the oldest first: with the next one, with a deletion, or not yet.
	document string
	ends     string
	journal  [][]string // document, path, old and new value of what this pass added

	cell string // a query of a view, without its WHERE clause
	want [][]string
}

// Every kind of change there is, one after the other to the same user, and after
// each of them the versions, the journal and every cell of every view.
func TestSync_follows_every_kind_of_change(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 40, Seed: 23})
	b.sync(exitComplete)
	id := b.account.Add(1)[0]
	set := func(kind, path string, value any) func() { return func() { b.put(id, kind, path, value) } }
	replace := func(kind, doc string) func() { return func() { b.replace(id, kind, doc) } }
	nothing := func() {}
	const (
		policy = "SELECT enabled, locked, locked_by, detail FROM zoom.policies"
		access = "SELECT access_user_id, allow_download, document FROM zoom.shared_access"
		device = "SELECT d.status, private_ip, device_status, i.extension_number FROM zoom.devices d JOIN zoom_pii.device_addresses USING (user_id, device_id) JOIN zoom.intercoms i USING (user_id)"
		user   = "SELECT (SELECT count(*) FROM zoom.phone_users n WHERE n.user_id = a.user_id), deleted_at IS NOT NULL FROM zoom.phone_users_all a"
	)
	for _, s := range []step{
		{
			// With few fields, so that what the views hold is known to the letter.
			"add", func() {
				b.replace(id, zoomtest.Profile, `{"policy":{"sms":{"enable":true,"locked":true,"locked_by":"site","allow_copy":true},
					"voicemail_access_members":[{"access_user_id":"a","shared_id":"1"},{"access_user_id":"b","shared_id":"2"}]}}`)
				b.replace(id, zoomtest.Settings, `{"voice_mail":[{"access_user_id":"b","shared_id":"other"},{"access_user_id":"c","shared_id":"3","download":true}],
					"holiday_hours":[{"name":"Easter"},{"name":"Christmas"}],"delegation":{"privileges":[2,1]},"x_ring":["mobile","desk"],
					"desk_phone":{"devices":[{"id":"d1","status":"online","private_ip":"10.0.0.1"}]},
					"intercom":{"audio_intercoms":[{"extension_id":"e1","extension_number":"0801","device_status":"online"}]}}`)
			},
			"profile", "current", nil,
			policy,
			[][]string{{"t", "t", "site", `{"allow_copy": true}`}},
		},
		{
			"twins that the profile has are left out", nothing,
			"settings", "current", nil,
			access,
			[][]string{{"a", "<null>", "profile"}, {"b", "<null>", "profile"}, {"c", "t", "settings"}},
		},
		{
			"change", set(zoomtest.Profile, "policy.sms.enable", false),
			"profile", "next current",
			[][]string{{"profile", "policy.sms.enable", "true", "false"}},
			policy,
			[][]string{{"f", "t", "site", `{"allow_copy": true}`}},
		},
		{
			"change back to an old value", set(zoomtest.Profile, "policy.sms.enable", true),
			"profile", "next next current",
			[][]string{{"profile", "policy.sms.enable", "false", "true"}},
			policy,
			[][]string{{"t", "t", "site", `{"allow_copy": true}`}},
		},
		{
			"type change", set(zoomtest.Profile, "policy.sms.enable", "perhaps"),
			"profile", "next next next current",
			[][]string{{"profile", "policy.sms.enable", "true", `"perhaps"`}},
			policy,
			[][]string{{"<null>", "t", "site", `{"allow_copy": true}`}},
		},
		{
			"new field", set(zoomtest.Profile, "policy.sms.x_new", 1),
			"profile", "next next next next current",
			[][]string{{"profile", "policy.sms.x_new", "<null>", "1"}},
			policy,
			[][]string{{"<null>", "t", "site", `{"x_new": 1, "allow_copy": true}`}},
		},
		{
			"vanished field", func() {
				b.change(id, zoomtest.Profile, func(doc map[string]any) {
					delete(doc["policy"].(map[string]any)["sms"].(map[string]any), "locked_by")
				})
			},
			"profile", "next next next next next current",
			[][]string{{"profile", "policy.sms.locked_by", `"site"`, "<null>"}},
			policy,
			[][]string{{"<null>", "t", "<null>", `{"x_new": 1, "allow_copy": true}`}},
		},
		{
			"array reordering", replace(zoomtest.Settings, `{"x_ring":["mobile","desk"],"delegation":{"privileges":[1,2]},"holiday_hours":[{"name":"Christmas"},{"name":"Easter"}],
				"intercom":{"audio_intercoms":[{"device_status":"online","extension_number":"0801","extension_id":"e1"}]},
				"desk_phone":{"devices":[{"private_ip":"10.0.0.1","id":"d1","status":"online"}]},
				"voice_mail":[{"access_user_id":"c","shared_id":"3","download":true},{"access_user_id":"b","shared_id":"other"}]}`),
			"settings", "current", nil,
			access,
			[][]string{{"a", "<null>", "profile"}, {"b", "<null>", "profile"}, {"c", "t", "settings"}},
		},
		{
			"reordering of plain elements of an array that nobody has documented", set(zoomtest.Settings, "x_ring", []string{"desk", "mobile"}),
			"settings", "next current",
			[][]string{{"settings", "x_ring", `["mobile", "desk"]`, `["desk", "mobile"]`}},
			"SELECT body -> 'x_ring' FROM (SELECT * FROM zoom_pii.documents WHERE document = 'settings') d",
			[][]string{{`["desk", "mobile"]`}},
		},
		{
			"volatile-only change", func() {
				b.put(id, zoomtest.Settings, "desk_phone.devices.0.status", "offline")
				b.put(id, zoomtest.Settings, "desk_phone.devices.0.private_ip", "10.0.0.2")
				b.put(id, zoomtest.Settings, "intercom.audio_intercoms.0.device_status", "no device")
			},
			"settings", "next current", nil,
			device,
			[][]string{{"offline", "10.0.0.2", "no device", "0801"}},
		},
		{
			"delete", func() { b.account.Remove(id) },
			"settings", "next deletion", nil,
			user,
			[][]string{{"0", "t"}},
		},
		{
			"return", func() { b.account.Return(id) },
			"settings", "next deletion current", nil,
			user,
			[][]string{{"1", "f"}},
		},
		{
			"bare boolean", replace(zoomtest.Profile, `{"policy":{"sms":false,"voicemail_access_members":[{"access_user_id":"b","shared_id":"2"},{"access_user_id":"a","shared_id":"1"}]}}`),
			"profile", "next next next next next deletion next current",
			[][]string{{"profile", "policy.sms", `{"x_new": 1, "enable": "perhaps", "locked": true, "allow_copy": true}`, "false"}},
			policy,
			[][]string{{"f", "<null>", "<null>", "<null>"}},
		},
		{
			"twins that the profile lost appear", replace(zoomtest.Profile, `{"policy":{"sms":false,"voicemail_access_members":[{"access_user_id":"a","shared_id":"1"}]}}`),
			"profile", "next next next next next deletion next next current",
			[][]string{
				{"profile", "policy.voicemail_access_members[2].access_user_id", `"b"`, "<null>"},
				{"profile", "policy.voicemail_access_members[2].shared_id", `"2"`, "<null>"},
			},
			access,
			[][]string{{"a", "<null>", "profile"}, {"b", "<null>", "settings"}, {"c", "t", "settings"}},
		},
	} {
		contents := b.contents()
		endsBefore, _ := b.ends(id, s.document)
		before := b.database.Value("SELECT clock_timestamp()")
		s.change()
		after := b.database.Value("SELECT clock_timestamp()")
		b.sync(exitComplete)
		b.wantViewsBut("zoom.unmapped_fields", "zoom.phone_users_all") // which also have what is gone
		b.wantVersionsInOrder(s.name)

		if got := b.database.Query(s.cell + " WHERE user_id = '" + id + "' ORDER BY 1"); !cmp.Equal(s.want, got) {
			t.Errorf("%s: the view (-want +got)\n%s", s.name, cmp.Diff(s.want, got))
		}
		ends, moved := b.ends(id, s.document)
		if ends != s.ends || moved != (ends != endsBefore) {
			t.Errorf("%s: the versions of the %s end with %q, want %q; the last boundary lies in this pass: %t", s.name, s.document, ends, s.ends, moved)
		}

		// The change happened between the two times, and so must the journal say.
		rows := b.database.Query(fmt.Sprintf(`SELECT c.document, path, old_value, new_value, seen_after < seen_at AND seen_after <= '%s' AND seen_at >= '%s' AND seen_at <= v.valid_from
			FROM zoom.setting_changes c LEFT JOIN zoom.version_times v USING (user_id, document)
			WHERE user_id = '%s' AND pass_id = (SELECT max(pass_id) FROM zoom.sync_passes) AND v.valid_to IS NULL ORDER BY path`, before, after, id))
		var want [][]string
		for _, row := range s.journal {
			want = append(want, append(row, "t"))
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s: the journal (-want +got)\n%s", s.name, diff)
		}
		if s.name == "array reordering" {
			if diff := cmp.Diff(contents, b.contents()); diff != "" {
				t.Errorf("%s: rows were written (-before +after)\n%s", s.name, diff)
			}
		}
	}
}

// ends tells how each version of a document ends, and whether the last boundary
// of them, beginning or end, lies in the last pass.
func (b *bench) ends(id, document string) (ends string, moved bool) {
	b.t.Helper()
	rows := b.database.Query(fmt.Sprintf(`
		SELECT
			CASE
				WHEN valid_to IS NULL THEN 'current'
				WHEN valid_to = lead(valid_from) OVER (ORDER BY valid_from) THEN 'next'
				WHEN valid_to IN (SELECT present_to FROM zoom.user_presence WHERE user_id = '%[1]s') THEN 'deletion'
				ELSE 'at ' || valid_to
			END,
			coalesce(valid_to, valid_from) BETWEEN p.started_at AND p.finished_at
		FROM zoom_pii.document_versions
		JOIN zoom.sync_passes p ON pass_id = (SELECT max(pass_id) FROM zoom.sync_passes)
		WHERE user_id = '%[1]s' AND document = '%[2]s'
		ORDER BY valid_from`, id, document))
	var all []string
	for _, row := range rows {
		all = append(all, row[0])
		moved = row[1] == "t"
	}
	return strings.Join(all, " "), moved
}

// wantVersionsInOrder checks that no versions of a document overlap, of any user,
// that each has an end after its beginning, and that only the last has none.
func (b *bench) wantVersionsInOrder(when string) {
	b.t.Helper()
	rows := b.database.Query(`
		SELECT user_id, document, valid_from, valid_to, next
		FROM (SELECT *, lead(valid_from) OVER (PARTITION BY user_id, document ORDER BY valid_from) AS next FROM zoom_pii.document_versions) v
		WHERE valid_from >= valid_to OR valid_to > next OR next IS NOT NULL AND valid_to IS NULL
		LIMIT 3`)
	if len(rows) > 0 {
		b.t.Errorf("%s: versions that are not in order: %v", when, rows)
	}
}
