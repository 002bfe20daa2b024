package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

// removePolicy takes a policy from users, which empties its columns.
func (b *bench) removePolicy(ids ...string) {
	b.t.Helper()
	for _, id := range ids {
		b.change(id, zoomtest.Profile, func(doc map[string]any) { delete(doc["policy"].(map[string]any), "sms") })
	}
}

// withPolicies makes a mirror of users who all have the policy, and gives the active ones.
func withPolicies(t *testing.T, users int, seed uint64) (*bench, []string) {
	t.Helper()
	b := newBench(t, zoomtest.Options{Users: users, Seed: seed})
	ids := b.active()
	for _, id := range ids {
		b.put(id, zoomtest.Profile, "policy.sms.enable", true)
	}
	b.sync(exitComplete)
	return b, ids
}

// count gives the number that a query gives.
func (b *bench) count(query string) int {
	b.t.Helper()
	n, err := strconv.Atoi(b.database.Value(query))
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

const (
	smsPolicies = "SELECT count(*) FROM zoom.policies WHERE policy = 'sms'"
	stillHeld   = "SELECT count(*) FROM zoom.held_users WHERE released_at IS NULL"
)

func TestHold_of_users_whom_a_pass_does_not_see(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 250, Small: true, Seed: 90})
	b.sync(exitComplete)
	const statuses = "SELECT status, count(*) FROM zoom.phone_users GROUP BY 1 ORDER BY 1"
	before := b.database.Query(statuses)
	b.account.SetStatus(zoomtest.Deactivated, b.active()[:60]...)
	b.sync(exitHeld)
	open := []string{"1", "status", "60", "f", "<null>"}

	b.account.SetFaults(zoomtest.Faults{TruncateListAtPage: 1})
	if got := b.sync(exitHeld); !strings.Contains(got.stderr, "see hold 1") {
		t.Errorf("the pass does not name the hold:\n%s", got.stderr)
	}
	b.wantRows(statuses, before...)
	b.wantRows(holdRows, open)
	b.wantRows("SELECT DISTINCT last_error FROM zoom.freshness WHERE status = 'failed'", []string{"held back: see hold 1"})

	b.account.SetFaults(zoomtest.Faults{EmptyList: true})
	b.sync(exitPartial)
	b.wantRows(holdRows, open)

	// All of them are on the list of the deactivated, which is whole.
	b.approve("1")
	b.account.SetFaults(zoomtest.Faults{TruncateListAtPage: 1})
	b.sync(exitPartial)
	b.wantRows(holdRows, []string{"1", "status", "60", "t", "released"})
	b.account.SetFaults(zoomtest.Faults{})
	b.sync(exitComplete)
	b.wantMirror()
}

// Who was seen and is innocent has left the set, whoever was not seen.
func TestApproval_lapses_in_a_pass_that_does_not_see_everybody(t *testing.T) {
	t.Parallel()
	b, ids := withPolicies(t, 225, 97)
	b.removePolicy(ids[:170]...)
	b.sync(exitHeld)
	b.approve("1")
	had := b.database.Value(smsPolicies)
	for _, id := range ids[:45] {
		b.put(id, zoomtest.Profile, "policy.sms.enable", true)
	}
	b.account.SetFaults(zoomtest.Faults{TruncateListAtPage: 2})
	b.sync(exitHeld)
	b.wantRows(smsPolicies, []string{had})
	b.wantRows("SELECT hold_id, outcome FROM zoom.holds ORDER BY 1", []string{"1", "lapsed"}, []string{"2", "<null>"})
}

// An account whose list never adds up can be released from a hold that has become another.
func TestHold_of_an_account_whose_list_never_adds_up_ends(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Small: true, Seed: 98})
	b.account.SetFaults(zoomtest.Faults{TruncateListAtPage: 1})
	b.sync(exitPartial)
	ids := b.active()[:41]
	b.account.SetStatus(zoomtest.Deactivated, ids[:40]...)
	b.sync(exitHeld)
	b.account.SetStatus(zoomtest.Active, ids[:40]...)
	b.account.SetStatus(zoomtest.Deactivated, ids[40])
	b.sync(exitPartial)
	b.wantRows("SELECT status FROM zoom.phone_users WHERE user_id = '"+ids[40]+"'", []string{"deactivate"})
}

func TestHold_being_chosen_is_no_way_around(t *testing.T) {
	t.Parallel()
	b, ids := withPolicies(t, 120, 91)
	had := b.database.Value(smsPolicies)
	held, free := ids[:80], ids[85]
	b.removePolicy(held...)
	b.put(held[0], zoomtest.List, "department", "Neu")
	b.sync(exitHeld)
	b.put(held[0], zoomtest.List, "department", "Neuer")
	b.put(free, zoomtest.List, "department", "Neuer")

	for range 2 {
		got := b.run("sync", "--user="+held[0])
		wantOneError(t, got, exitHeld, "see hold 1")
		b.dryRun(exitHeld, "--user="+held[0])
		b.approve("1") // which a pass over chosen users does not release
	}
	if got := b.run("sync", "--user="+free); got.code != exitComplete {
		t.Errorf("a user whom no hold concerns: exit code %d\n%s", got.code, got.stderr)
	}
	b.wantRows(smsPolicies, []string{had})
	b.wantRows("SELECT count(*) FROM zoom.phone_users WHERE department = 'Neuer'", []string{"2"})
	b.wantRows("SELECT document, last_error FROM zoom.freshness WHERE status = 'failed' AND user_id = '"+held[0]+"'", []string{"profile", "held back: see hold 1"})
	b.wantRows("SELECT status FROM zoom.sync_passes WHERE users_requested IS NOT NULL ORDER BY pass_id", []string{"held"}, []string{"held"}, []string{"complete"})

	// Another who has lost the same would be of the set too.
	b.removePolicy(free)
	wantOneError(t, b.run("sync", "--user="+free), exitHeld, "see hold 1")
	b.wantRows(holdRows, []string{"1", "emptied", "80", "t", "<null>"})
}

func TestApproval_outlives_a_user_who_does_not_answer(t *testing.T) {
	t.Parallel()
	b, ids := withPolicies(t, 120, 92)
	had := b.count(smsPolicies)
	b.removePolicy(ids[:80]...)
	b.sync(exitHeld)
	b.approve("1")
	b.account.FailUser(ids[0], zoomtest.Profile, 403)
	b.sync(exitPartial)
	b.wantRows(holdRows, []string{"1", "emptied", "80", "t", "<null>"})
	b.wantRows("SELECT user_id FROM zoom.held_users WHERE released_at IS NULL", []string{ids[0]})
	b.wantRows(smsPolicies, []string{strconv.Itoa(had - 79)})

	b.sync(exitPartial) // nothing new is known
	b.wantRows(holdRows, []string{"1", "emptied", "80", "t", "<null>"})
	b.account.FailUser(ids[0], zoomtest.Profile, 0)
	b.sync(exitComplete)
	b.wantRows(holdRows, []string{"1", "emptied", "80", "t", "released"})
	b.wantMirror()
}

func TestApproval_lapses_when_somebody_is_innocent(t *testing.T) {
	t.Parallel()
	b, ids := withPolicies(t, 120, 93)
	had := b.database.Value(smsPolicies)
	b.removePolicy(ids[:80]...)
	b.sync(exitHeld)
	b.approve("1")
	b.account.FailUser(ids[0], zoomtest.Profile, 403)
	b.put(ids[1], zoomtest.Profile, "policy.sms.enable", true)
	b.dryRun(exitHeld)
	b.sync(exitHeld)
	b.wantRows(smsPolicies, []string{had})
	b.wantRows(holdRows, []string{"1", "emptied", "80", "t", "lapsed"}, []string{"2", "emptied", "79", "f", "<null>"})
}

func TestApproval_of_deletions_outlives_a_probe_that_fails(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 150, Small: true, Seed: 94})
	b.sync(exitComplete)
	gone := b.active()[:40]
	b.account.Remove(gone...)
	b.sync(exitHeld)
	b.approve("1")
	b.answer("/v2/phone/users/"+gone[7], 403, `{"code":403,"message":"No permission."}`)
	b.sync(exitPartial)
	b.wantRows("SELECT count(*) FROM zoom.phone_users", []string{"111"})
	b.wantRows(holdRows, []string{"1", "deletions", "40", "t", "<null>"})
	b.wantRows("SELECT user_id FROM zoom.held_users WHERE released_at IS NULL", []string{gone[7]})
	b.intercept.Store(nil)
	b.sync(exitComplete)
	b.wantRows(holdRows, []string{"1", "deletions", "40", "t", "released"})
	b.wantMirror()
}

// The database stops the program when it has released a batch, and holds it there until it is killed.
func TestApproval_outlives_a_kill_in_the_middle_of_its_release(t *testing.T) {
	t.Parallel()
	b, ids := withPolicies(t, 250, 95)
	had := b.count(smsPolicies)
	b.removePolicy(ids[:180]...)
	b.sync(exitHeld)
	b.approve("1")
	b.database.Exec(fmt.Sprintf(`
		CREATE FUNCTION syncd.stop() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF (SELECT count(*) FROM syncd.held_users WHERE released_at IS NOT NULL) >= %d THEN PERFORM pg_sleep(60); END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER stop BEFORE UPDATE ON syncd.held_users EXECUTE FUNCTION syncd.stop()`, batch))
	command := b.start(nil, "sync")
	b.killAsleep(command)
	b.wantRows(stillHeld, []string{strconv.Itoa(180 - batch)})
	b.database.Exec("DROP TRIGGER stop ON syncd.held_users; DROP FUNCTION syncd.stop()")
	b.wantRows(smsPolicies, []string{strconv.Itoa(had - batch)}) // what is written is released, and nothing else

	b.sync(exitComplete)
	b.wantRows("SELECT pass_id, status FROM zoom.sync_passes WHERE pass_id >= 3", []string{"3", "complete"})
	b.wantRows(holdRows, []string{"1", "emptied", "180", "t", "released"})
	b.wantMirror()
}

// A few changes meet most of those about whom Zoom answers at all. Of half of the users a pass could say by chance that most
// fail, and stop.
func TestDryRun_comes_to_the_verdict_of_the_pass(t *testing.T) {
	t.Parallel()
	b, ids := withPolicies(t, 200, 96)
	const failing = 50
	for _, id := range ids[:failing] {
		b.account.FailUser(id, zoomtest.Profile, 403)
	}
	lost := (b.count(smsPolicies)-failing)/2 + 1
	b.removePolicy(ids[failing : failing+lost]...)
	b.put(ids[failing], zoomtest.List, "department", "Neu")
	got := b.dryRun(exitHeld)
	changes, summary := lines(got.stdout)
	want := fmt.Sprintf("Of 200 users listed: 1 to write (0 of them new), %d unchanged, %d failed; 0 to mark deleted, %d held. Nothing was written.", 200-failing-lost, failing, lost)
	if summary != want {
		t.Errorf("summary: %s\nwant:    %s", summary, want)
	}
	if wrote := "changed   " + ids[failing] + " list department"; len(changes) != 1+lost || changes[0] != wrote {
		t.Errorf("%d changes, the first %q, want %q", len(changes), changes[0], wrote)
	}
	b.sync(exitHeld)
	b.wantRows("SELECT users_written, users_unchanged, users_failed FROM zoom.sync_passes WHERE pass_id = 2", []string{"1", strconv.Itoa(200 - failing - lost), strconv.Itoa(failing)})
	b.wantRows("SELECT users FROM zoom.holds", []string{strconv.Itoa(lost)})

	// What is held and does not answer is no more innocent than it was, in both.
	for _, id := range ids[:failing] {
		b.account.FailUser(id, zoomtest.Profile, 0)
	}
	for _, id := range ids[failing+1 : failing+lost] {
		b.account.FailUser(id, zoomtest.Profile, 403)
	}
	b.dryRun(exitHeld)
	b.sync(exitHeld)
	b.wantRows("SELECT outcome FROM zoom.holds", []string{"<null>"})
	b.approve("1")
	b.dryRun(exitPartial)
	b.sync(exitPartial)
	b.wantRows("SELECT count(*) FROM zoom.held_users WHERE released_at IS NOT NULL", []string{"1"})
}
