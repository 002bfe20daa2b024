package main

import (
	"strconv"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

// withHeldSettings makes a hold of general settings, and approves it.
func withHeldSettings(t *testing.T, seed uint64) *bench {
	t.Helper()
	b := newBench(t, zoomtest.Options{Users: 120, Seed: seed})
	b.sync(exitComplete)
	for _, id := range b.active() {
		b.change(id, zoomtest.UserSettings, func(doc map[string]any) { delete(doc, "recording") })
	}
	b.sync(exitHeld)
	b.approve("1")
	return b
}

func (b *bench) wantStatus(words string) {
	b.t.Helper()
	if got := b.run("status").stdout; !strings.Contains(got, words) {
		b.t.Errorf("the status does not say %q:\n%s", words, got)
	}
}

const recordings = "SELECT count(*) FROM zoom.user_settings WHERE section = 'recording'"

func TestHold_of_documents_that_nobody_asks_for_ends(t *testing.T) {
	t.Parallel()
	b := withHeldSettings(t, 95)
	had := b.database.Value(recordings)
	held := strconv.Itoa(b.count("SELECT users FROM zoom.holds"))
	b.environment["SYNCD_USER_SETTINGS"] = "false"
	b.wantStatus(holdAbandoned)
	if got := b.run("approve", "1"); !strings.Contains(got.stdout, holdAbandoned) {
		t.Errorf("the approval promises otherwise:\n%s", got.stdout)
	}
	b.run("sync", "--user="+b.active()[0]) // says nothing of others
	b.wantRows(holdRows, []string{"1", "emptied", held, "t", "<null>"})
	b.account.SetFaults(zoomtest.Faults{TruncateListAtPage: 1})
	b.sync(exitPartial)
	b.account.SetFaults(zoomtest.Faults{})
	b.wantRows(holdRows, []string{"1", "emptied", held, "t", "lapsed"})
	b.sync(exitComplete)
	b.wantStatus("open holds          none")

	// Asked for again, it is judged anew.
	delete(b.environment, "SYNCD_USER_SETTINGS")
	b.sync(exitHeld)
	b.wantRows(recordings, []string{had})
	b.wantRows(holdRows, []string{"1", "emptied", held, "t", "lapsed"}, []string{"2", "emptied", held, "f", "<null>"})
}

func TestHold_of_more_than_nobody_asks_for_is_released_without_it(t *testing.T) {
	t.Parallel()
	b, ids := withPolicies(t, 120, 97)
	had := b.count(smsPolicies)
	b.removePolicy(ids...)
	for _, id := range ids {
		b.change(id, zoomtest.UserSettings, func(doc map[string]any) { delete(doc, "recording") })
	}
	b.sync(exitHeld)
	b.approve("1")
	kept := b.database.Value(recordings)
	b.environment["SYNCD_USER_SETTINGS"] = "false"
	b.sync(exitComplete)
	b.wantRows(smsPolicies, []string{strconv.Itoa(had - len(ids))})
	b.wantStatus(holdAbandoned)
	b.sync(exitComplete)
	b.wantRows("SELECT outcome FROM zoom.holds", []string{"lapsed"})
	b.wantRows(recordings, []string{kept})
}

func TestHold_waits_for_a_scope_that_is_missing(t *testing.T) {
	t.Parallel()
	b := withHeldSettings(t, 98)
	held := strconv.Itoa(b.count("SELECT users FROM zoom.holds"))
	scopes := []string{"phone:read:list_users:admin", "phone:read:user:admin", "phone:read:user_setting:admin", "phone:read:list_sites:admin"}
	b.account.SetScopes(scopes...)
	b.sync(exitPartial)
	b.wantRows(holdRows, []string{"1", "emptied", held, "t", "<null>"})
	b.wantStatus("it waits for the user_settings of " + held + " users")
	b.account.SetScopes(append(scopes, "user:read:settings:admin")...)
	b.sync(exitComplete)
	b.wantRows(holdRows, []string{"1", "emptied", held, "t", "released"})
}
