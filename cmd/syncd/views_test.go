package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

func TestSync_fills_every_cell_of_every_view(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]zoomtest.Options{
		"as documented":    {Users: 1000, Seed: 21},
		"with other types": {Users: 1000, Seed: 22, Drift: .05},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options)
			b.listable()
			b.sync(exitComplete)
			b.wantViews()
			before := b.contents()
			b.sync(exitComplete)
			if diff := cmp.Diff(before, b.contents()); diff != "" {
				t.Errorf("a pass over unchanged data wrote rows (-before +after):\n%s", diff)
			}
			b.wantViews()
		})
	}
}

// listable mends, of an account that drifts, what a user cannot be listed without:
// the id and the status.
func (b *bench) listable() {
	b.t.Helper()
	for _, u := range b.account.Users() {
		b.set(u.ID, zoomtest.List, "id", u.ID)
		b.set(u.ID, zoomtest.List, "status", u.Status)
	}
}

func (b *bench) set(id, kind, path string, value any) {
	b.t.Helper()
	if err := b.account.Set(id, kind, path, value); err != nil {
		b.t.Fatal(err)
	}
}

// Each step changes one thing at Zoom; after it every cell of every view is right,
// and the profile or the settings of the user have this many versions.
func TestSync_views_follow_changes(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 23})
	// One user with a few fields, so that what the views hold is known to the letter.
	id := b.activeUsers(1)[0]
	b.replace(id, zoomtest.Profile, `{"policy":{"sms":{"enable":true,"locked":true,"locked_by":"site","allow_copy":true},
		"voicemail_access_members":[{"access_user_id":"a","shared_id":"1"},{"access_user_id":"b","shared_id":"2"}]}}`)
	b.replace(id, zoomtest.Settings, `{"voice_mail":[{"access_user_id":"b","shared_id":"other"},{"access_user_id":"c","shared_id":"3","download":true}],
		"desk_phone":{"devices":[{"id":"d1","status":"online","private_ip":"10.0.0.1"},{"id":"d2","status":"offline","device_type":"Poly"}]},
		"intercom":{"audio_intercoms":[{"extension_id":"e1","extension_number":"0801","device_status":"online"}]}}`)
	policy := "SELECT enabled, locked, locked_by, detail FROM zoom.policies WHERE policy = 'sms' AND user_id = '" + id + "'"
	steps := []struct {
		name              string
		change            func()
		query             string
		want              [][]string
		profiles, details string // versions of profile and settings
	}{
		{"first seen", func() {}, policy, [][]string{{"t", "t", "site", `{"allow_copy": true}`}}, "1", "1"},
		{
			"twins that the profile has are left out", func() {},
			"SELECT access_user_id, allow_download, document FROM zoom.shared_access WHERE user_id = '" + id + "' ORDER BY 1",
			[][]string{{"a", "<null>", "profile"}, {"b", "<null>", "profile"}, {"c", "t", "settings"}},
			"1", "1",
		},
		{"type change", func() { b.set(id, zoomtest.Profile, "policy.sms.enable", "perhaps") }, policy, [][]string{{"<null>", "t", "site", `{"allow_copy": true}`}}, "2", "1"},
		{"change back", func() { b.set(id, zoomtest.Profile, "policy.sms.enable", true) }, policy, [][]string{{"t", "t", "site", `{"allow_copy": true}`}}, "3", "1"},
		{"new field", func() { b.set(id, zoomtest.Profile, "policy.sms.x_new", 1) }, policy, [][]string{{"t", "t", "site", `{"x_new": 1, "allow_copy": true}`}}, "4", "1"},
		{
			"vanished field", func() { b.replace(id, zoomtest.Profile, `{"policy":{"sms":{"enable":true}}}`) },
			policy,
			[][]string{{"t", "<null>", "<null>", "<null>"}},
			"5", "1",
		},
		{"bare boolean", func() { b.set(id, zoomtest.Profile, "policy.sms", false) }, policy, [][]string{{"f", "<null>", "<null>", "<null>"}}, "6", "1"},
		{
			"twins that the profile lost appear", func() {},
			"SELECT access_user_id, document FROM zoom.shared_access WHERE user_id = '" + id + "' ORDER BY 1",
			[][]string{{"b", "settings"}, {"c", "settings"}},
			"6", "1",
		},
		{
			"volatile values change in place",
			func() {
				b.set(id, zoomtest.Settings, "desk_phone.devices.0.status", "offline")
				b.set(id, zoomtest.Settings, "desk_phone.devices.0.private_ip", "10.0.0.2")
				b.set(id, zoomtest.Settings, "intercom.audio_intercoms.0.device_status", "no device")
			},
			"SELECT d.status, a.private_ip, i.device_status, i.extension_number FROM zoom.devices d JOIN zoom_pii.device_addresses a USING (user_id, device_id) JOIN zoom.intercoms i USING (user_id) WHERE a.device_id = 'd1' AND user_id = '" + id + "'",
			[][]string{{"offline", "10.0.0.2", "no device", "0801"}},
			"6", "1",
		},
	}
	for _, step := range steps {
		step.change()
		b.sync(exitComplete)
		b.wantViewsBut("zoom.unmapped_fields") // which also has what is gone
		if diff := cmp.Diff(step.want, b.database.Query(step.query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
		for document, want := range map[string]string{"profile": step.profiles, "settings": step.details} {
			if got := b.versions(id, document); got != want {
				t.Errorf("%s: %s versions of the %s, want %s", step.name, got, document, want)
			}
		}
	}

	// Another order of elements and members is no change.
	before := b.contents()
	b.replace(id, zoomtest.Settings, `{"intercom":{"audio_intercoms":[{"device_status":"no device","extension_number":"0801","extension_id":"e1"}]},
		"desk_phone":{"devices":[{"device_type":"Poly","status":"offline","id":"d2"},{"private_ip":"10.0.0.2","id":"d1","status":"offline"}]},
		"voice_mail":[{"access_user_id":"c","shared_id":"3","download":true},{"access_user_id":"b","shared_id":"other"}]}`)
	b.sync(exitComplete)
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("another order wrote rows (-before +after):\n%s", diff)
	}
}

func TestSync_records_what_no_column_holds(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 24})
	id := b.activeUsers(1)[0]
	state := func(path string) [][]string {
		return b.database.Query(`SELECT json_type, last_seen_at > first_seen_at,
			last_seen_at = (SELECT max(finished_at) FROM zoom.sync_passes WHERE status = 'complete') FROM zoom.unmapped_fields WHERE path = '` + path + `' ORDER BY 1`)
	}
	check := func(step, path string, want ...[]string) {
		t.Helper()
		b.wantViewsBut("zoom.unmapped_fields")
		if diff := cmp.Diff(want, state(path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step, diff)
		}
	}
	original, _ := b.account.Document(id, zoomtest.Settings)
	b.sync(exitComplete)

	b.set(id, zoomtest.Settings, "x_note", "new")
	b.set(id, zoomtest.Settings, "country", "Norway")
	b.sync(exitComplete)
	check("new field", "x_note", []string{"string", "t", "t"})
	check("another type", "country", []string{"string", "t", "t"})

	before := b.contents()
	b.sync(exitComplete)
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("a pass over unchanged data wrote rows (-before +after):\n%s", diff)
	}
	check("still there", "x_note", []string{"string", "t", "t"})

	b.set(id, zoomtest.Settings, "x_note", 7)
	b.account.FailUser(b.activeUsers(2)[1], zoomtest.Settings, 403)
	b.sync(exitPartial)
	check("not gone by a partial pass", "x_note", []string{"number", "f", "f"}, []string{"string", "t", "t"})

	b.account.FailUser(b.activeUsers(2)[1], zoomtest.Settings, 0)
	b.sync(exitComplete)
	check("changed its type", "x_note", []string{"number", "t", "t"}, []string{"string", "t", "f"})

	b.replace(id, zoomtest.Settings, string(original))
	b.sync(exitComplete)
	check("vanished", "x_note", []string{"number", "t", "f"}, []string{"string", "t", "f"})
	check("as documented again", "country", []string{"string", "t", "f"})

	b.set(id, zoomtest.Settings, "x_note", "back")
	b.sync(exitComplete)
	check("came back", "x_note", []string{"number", "t", "f"}, []string{"string", "t", "t"})

	// Documents that are not asked for say nothing about their paths.
	b.set(id, zoomtest.UserSettings, "feature", "all")
	b.sync(exitComplete)
	b.environment["SYNCD_USER_SETTINGS"] = "false"
	b.sync(exitComplete)
	check("not asked for", "feature", []string{"string", "t", "t"})
}

// activeUsers gives the ids of some users that have all documents.
func (b *bench) activeUsers(n int) []string {
	var ids []string
	for _, u := range b.account.Users() {
		if u.Status == zoomtest.Active && len(ids) < n {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

func (b *bench) replace(id, kind, doc string) {
	b.t.Helper()
	if err := b.account.SetDocument(id, kind, []byte(doc)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) versions(id, document string) string {
	b.t.Helper()
	return b.database.Value("SELECT count(*) FROM zoom_pii.document_versions WHERE user_id = '" + id + "' AND document = '" + document + "'")
}
