package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

// A request may wait long for its answer, and Zoom may be changed meanwhile: what is
// new did not hold before the answer, and what is confirmed may hold no longer.
func TestJournal_change_during_a_request_lies_in_its_interval(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 31})
	id := b.active()[0]
	b.put(id, zoomtest.Profile, "policy.sms.enable", true)
	b.sync(exitComplete)

	var before, after string
	var asked atomic.Int32
	change := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/phone/users/"+id) {
			return false
		}
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		before = b.database.Value("SELECT clock_timestamp()")
		b.put(id, zoomtest.Profile, "policy.sms.enable", false)
		after = b.database.Value("SELECT clock_timestamp()")
		return false
	}
	b.intercept.Store(&change)
	b.sync(exitComplete)
	got := b.database.Query(fmt.Sprintf(`SELECT c.seen_after < '%[1]s', c.seen_at >= '%[2]s', v.valid_from = c.seen_at, u.changed_at >= '%[2]s', f.verified_at < '%[1]s'
		FROM zoom.setting_changes c
		JOIN zoom.version_times v USING (user_id, document)
		JOIN zoom.phone_users u USING (user_id)
		JOIN zoom.freshness f USING (user_id, document)
		WHERE path = 'policy.sms.enable' AND v.valid_to IS NULL`, before, after))
	if len(got) != 1 || strings.Join(got[0], "") != "ttttt" {
		t.Errorf("the change is not after seen_after, valid_from, changed_at or seen_at is before it, or verified_at is not: %v", got)
	}
	if got := b.database.Value(fmt.Sprintf("SELECT enabled FROM zoom.policies_as_of('%s') WHERE user_id = '%s' AND policy = 'sms'", before, id)); got != "t" {
		t.Errorf("before the change the policy is %q already", got)
	}
}

// The same for a user whom the mirror did not know: nothing says that there was
// anybody before the answer.
func TestSync_user_is_first_seen_by_the_answer(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 32})
	b.sync(exitComplete)
	var added string
	var asked atomic.Int32
	add := func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/phone/users") && asked.Add(1) == 1 {
			b.account.Add(1)
			added = b.database.Value("SELECT clock_timestamp()")
		}
		return false
	}
	b.intercept.Store(&add)
	b.sync(exitComplete)
	rows := b.database.Query(fmt.Sprintf(`SELECT first_seen_at >= '%[1]s', changed_at >= first_seen_at, (SELECT min(valid_from) FROM zoom.version_times v WHERE v.user_id = u.user_id) >= first_seen_at
		FROM zoom.phone_users u ORDER BY first_seen_at DESC LIMIT 1`, added))
	if len(rows) != 1 || strings.Join(rows[0], "") != "ttt" {
		t.Errorf("the user was first seen before being added, or changed before being seen: %v", rows)
	}
}
