package main

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

// A B-tree takes no text of more than a third of a page, and compresses none of these.
func TestSync_mirrors_texts_of_any_length(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 12, Seed: 104})
	id := b.active()[0]
	rng := rand.New(rand.NewPCG(104, 1)) //nolint:gosec // nobody is to guess
	long := func(prefix string) string {
		text := []byte(prefix)
		for len(text) < 9000 {
			text = append(text, byte('a'+rng.IntN(26)), byte('0'+rng.IntN(10)))
		}
		return string(text)
	}
	mail, site, policy, setting, section, grantee, device := long("m"), long("s"), long("p"), long("g"), long("n"), long("u"), long("d")
	b.sync(exitComplete)
	for range 2 { // the second time, only one value is another
		b.put(id, zoomtest.List, "email", mail)
		b.put(id, zoomtest.List, "site", map[string]any{"id": site, "name": long("n")})
		b.put(id, zoomtest.Profile, "policy."+policy, map[string]any{"enable": true, "locked": false})
		b.put(id, zoomtest.Profile, "policy.voicemail_access_members", []any{map[string]any{"access_user_id": grantee, "shared_id": long("i")}})
		b.put(id, zoomtest.Settings, "desk_phone.devices", []any{map[string]any{"id": device, "device_type": long("t")}})
		b.put(id, zoomtest.Settings, "delegation.assistants", []any{map[string]any{"id": grantee, "extension_id": device}})
		b.put(id, zoomtest.UserSettings, section, map[string]any{setting: long("v")})
		b.put(id, zoomtest.UserSettings, "feature."+setting, long("v"))
		b.sync(exitComplete)
		b.wantViewsBut("zoom.unmapped_fields")
	}
	for _, question := range []string{
		"zoom.phone_users WHERE lower(email) = '" + mail + "' AND site_id = '" + site + "'",
		"zoom.policies WHERE policy = '" + policy + "' AND enabled",
		"zoom.shared_access WHERE access_user_id = '" + grantee + "'",
		"zoom.devices WHERE device_id = '" + device + "'",
		"zoom.user_settings WHERE section = '" + section + "' AND setting = '" + setting + "'",
		"zoom.user_settings WHERE section = 'feature' AND setting = '" + setting + "'",
	} {
		if got := b.database.Value("SELECT count(*) FROM " + question); got != "1" {
			t.Errorf("%s rows of %s", got, question[:60])
		}
	}
	if got := b.run("rebuild"); got.code != exitComplete {
		t.Fatalf("%+v", got)
	}
	b.wantViewsBut("zoom.unmapped_fields")
	if got := b.database.Value(fmt.Sprintf("SELECT count(*) FROM zoom.sync_failures WHERE user_id = '%s'", id)); got != "0" {
		t.Errorf("%s documents failed", got)
	}
}
