package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	got := b.database.Query(fmt.Sprintf(`SELECT c.seen_after < '%[1]s', c.seen_at >= '%[2]s', v.valid_from >= c.seen_at, u.changed_at >= '%[2]s', f.verified_at < '%[1]s'
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

// The profile and the settings both have a grant, and lose it together: at no time
// between their answers do the settings seem to have it alone.
func TestSharedAccess_revoked_grant_does_not_come_back_between_two_answers(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 33})
	id := b.active()[0]
	grants := []any{map[string]any{"access_user_id": "a", "shared_id": "1"}}
	b.put(id, zoomtest.Profile, "policy.voicemail_access_members", grants)
	b.put(id, zoomtest.Settings, "voice_mail", grants)
	b.sync(exitComplete)
	b.put(id, zoomtest.Profile, "policy.voicemail_access_members", []any{})
	b.put(id, zoomtest.Settings, "voice_mail", []any{})
	var asked atomic.Int32
	wait := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/phone/users/"+id+"/settings") || asked.Add(1) > 1 {
			return false
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	b.intercept.Store(&wait)
	b.sync(exitComplete)
	rows := b.database.Query(fmt.Sprintf(`SELECT t.moment, s.document
		FROM (SELECT valid_to + x * interval '1 microsecond' AS moment FROM zoom.version_times, generate_series(-1, 1) x WHERE user_id = '%[1]s' AND valid_to IS NOT NULL) t
		CROSS JOIN LATERAL zoom.shared_access_as_of(t.moment) s
		WHERE s.user_id = '%[1]s' AND s.kind = 'voicemail' AND s.document = 'settings'`, id))
	if len(rows) > 0 {
		t.Errorf("the settings alone have the grant at %v", rows)
	}
	if got := b.database.Value("SELECT count(DISTINCT valid_to) FROM zoom.version_times WHERE user_id = '" + id + "' AND valid_to IS NOT NULL"); got != "1" {
		t.Errorf("versions that ended together have %s ends", got)
	}
}

// The list is read long before a user's settings: at no moment does the mirror show the
// one new and the other old, or somebody without settings.
func TestPhoneUsers_as_of_shows_nobody_half(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 34})
	id := b.active()[0]
	b.put(id, zoomtest.List, "department", "old")
	b.put(id, zoomtest.Settings, "area_code", "111")
	b.sync(exitComplete)
	b.put(id, zoomtest.List, "department", "new")
	b.put(id, zoomtest.Settings, "area_code", "222")
	added := b.account.Add(1)[0]
	b.put(added, zoomtest.Settings, "area_code", "333")
	var asked atomic.Int32
	var between string
	wait := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/phone/users/"+id+"/settings") || asked.Add(1) > 1 {
			return false
		}
		// Times come into the mirror as ages, and are later than the truth by what it takes to begin a transaction.
		between = b.database.Value("SELECT clock_timestamp() FROM pg_sleep(1)")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	b.intercept.Store(&wait)
	b.sync(exitComplete)
	rows := b.database.Query(fmt.Sprintf(`SELECT DISTINCT v.user_id = '%[1]s', v.department, v.area_code
		FROM (
			SELECT valid_from + x * interval '1 microsecond' FROM zoom.version_times, generate_series(-1, 1) x
			UNION ALL SELECT '%[3]s'
		) t (moment)
		CROSS JOIN LATERAL zoom.phone_users_as_of(t.moment) v
		WHERE v.user_id = '%[1]s' OR v.user_id = '%[2]s' AND v.area_code IS NULL
		ORDER BY 1, 2`, id, added, between))
	if want := [][]string{{"t", "new", "222"}, {"t", "old", "111"}}; !cmp.Equal(want, rows) {
		t.Errorf("at some moment (-want +got)\n%s", cmp.Diff(want, rows))
	}
	if got := b.database.Value(fmt.Sprintf(`SELECT seen_at < '%s' FROM zoom.setting_changes WHERE path = 'department'`, between)); got != "t" {
		t.Error("the new department was not seen by the answer that gave it")
	}
}
