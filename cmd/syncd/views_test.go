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
		b.put(u.ID, zoomtest.List, "id", u.ID)
		b.put(u.ID, zoomtest.List, "status", u.Status)
	}
}

func TestSync_records_what_no_column_holds(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 24})
	id := b.active()[0]
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

	b.put(id, zoomtest.Settings, "x_note", "new")
	b.put(id, zoomtest.Settings, "country", "Norway")
	b.sync(exitComplete)
	check("new field", "x_note", []string{"string", "t", "t"})
	check("another type", "country", []string{"string", "t", "t"})

	before := b.contents()
	b.sync(exitComplete)
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("a pass over unchanged data wrote rows (-before +after):\n%s", diff)
	}
	check("still there", "x_note", []string{"string", "t", "t"})

	b.put(id, zoomtest.Settings, "x_note", 7)
	b.account.FailUser(b.active()[1], zoomtest.Settings, 403)
	b.sync(exitPartial)
	check("not gone by a partial pass", "x_note", []string{"number", "f", "f"}, []string{"string", "t", "t"})

	b.account.FailUser(b.active()[1], zoomtest.Settings, 0)
	b.sync(exitComplete)
	check("changed its type", "x_note", []string{"number", "t", "t"}, []string{"string", "t", "f"})

	b.replace(id, zoomtest.Settings, string(original))
	b.sync(exitComplete)
	check("vanished", "x_note", []string{"number", "t", "f"}, []string{"string", "t", "f"})
	check("as documented again", "country", []string{"string", "t", "f"})

	b.put(id, zoomtest.Settings, "x_note", "back")
	b.sync(exitComplete)
	check("came back", "x_note", []string{"number", "t", "f"}, []string{"string", "t", "t"})

	// Documents that are not asked for say nothing about their paths.
	b.put(id, zoomtest.UserSettings, "feature", "all")
	b.sync(exitComplete)
	b.environment["SYNCD_USER_SETTINGS"] = "false"
	b.sync(exitComplete)
	check("not asked for", "feature", []string{"string", "t", "t"})
}

func TestSharedAccess_profile_grant_takes_its_type_from_the_settings(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 34})
	id := b.active()[0]
	b.put(id, zoomtest.Profile, "policy.voicemail_access_members", []any{
		map[string]any{"access_user_id": "a", "shared_id": "1"}, map[string]any{"access_user_id": "b", "shared_id": "2"}, map[string]any{"access_user_id": "c", "shared_id": "3"},
	})
	b.put(id, zoomtest.Settings, "voice_mail", []any{
		map[string]any{"access_user_id": "a", "shared_id": "other", "access_user_type": "commonArea"}, map[string]any{"shared_id": "2", "access_user_type": "user"},
	})
	b.sync(exitComplete)
	for _, source := range []string{"zoom.shared_access", "zoom.shared_access_as_of(now())"} {
		got := b.database.Query("SELECT access_user_id, access_user_type, document FROM " + source + " WHERE kind = 'voicemail' AND user_id = '" + id + "' ORDER BY 1")
		if diff := cmp.Diff([][]string{{"a", "commonArea", "profile"}, {"b", "user", "profile"}, {"c", "<null>", "profile"}}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", source, diff)
		}
	}
}
