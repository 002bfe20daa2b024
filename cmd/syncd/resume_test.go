package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

// asProgram makes the tests' own binary the program, so that it can be killed.
const asProgram = "SYNCD_TEST_AS_PROGRAM"

// start starts the program as a process of its own, which ends with the test.
func (b *bench) start(changes map[string]string, args ...string) *exec.Cmd {
	b.t.Helper()
	command := b.command(changes, args...)
	if err := command.Start(); err != nil {
		b.t.Fatal(err)
	}
	return command
}

// logged is the program as a process whose log can be read when it has ended.
type logged struct {
	*exec.Cmd
	stderr bytes.Buffer
}

func (l *logged) text() string { return l.stderr.String() }

func (b *bench) startLogged(changes map[string]string, args ...string) *logged {
	b.t.Helper()
	l := &logged{Cmd: b.command(changes, args...)}
	l.Stderr = &l.stderr
	if err := l.Start(); err != nil {
		b.t.Fatal(err)
	}
	return l
}

func (b *bench) command(changes map[string]string, args ...string) *exec.Cmd {
	b.t.Helper()
	environment := maps.Clone(b.environment)
	maps.Copy(environment, changes)
	command := exec.CommandContext(b.t.Context(), os.Args[0], args...)
	command.Env = append(os.Environ(), asProgram+"=1")
	for name, value := range environment {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

const someAreMirrored = "SELECT count(*) > 0 FROM zoom.phone_users"

// inFlight is how many users are asked for at once in a pass that is cut off, and
// batch how many are written at once.
const inFlight, batch = 4, 100

// cutOff begins a pass and kills it when some users are mirrored.
func (b *bench) cutOff() {
	b.t.Helper()
	defer b.stallAfter(150)()
	command := b.start(map[string]string{"SYNCD_CONCURRENCY": strconv.Itoa(inFlight)}, "sync")
	b.waitFor(someAreMirrored, "t")
	if err := command.Process.Kill(); err != nil {
		b.t.Fatal(err)
	}
	_ = command.Wait()
	b.waitFor("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'syncd%'", "0")
}

// killAsleep kills the program when the database has put it to sleep.
func (b *bench) killAsleep(command *exec.Cmd) {
	b.t.Helper()
	const programs = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'syncd%'"
	b.waitFor("SELECT count(*) "+programs+" AND wait_event = 'PgSleep'", "1")
	if err := command.Process.Kill(); err != nil {
		b.t.Fatal(err)
	}
	_ = command.Wait()
	b.database.Query("SELECT pg_terminate_backend(pid) " + programs)
	b.waitFor("SELECT count(*) "+programs, "0")
}

const passes = "SELECT pass_id, status, users_listed, users_written, users_unchanged, users_failed FROM zoom.sync_passes ORDER BY 1"

func (b *bench) wantPasses(want ...[]string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.database.Query(passes)); diff != "" {
		b.t.Errorf("passes (-want +got):\n%s", diff)
	}
}

// fetchedAgain counts the users whose profile was asked for more than once.
func (b *bench) fetchedAgain() (again int) {
	for _, u := range b.account.Users() {
		if b.account.Fetches(u.ID, zoomtest.Profile) > 1 {
			again++
		}
	}
	return again
}

func TestResume_killed_pass_goes_on_with_the_users_still_to_do(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 500, Seed: 60})
	b.cutOff()
	got := b.sync(exitComplete)
	if !strings.Contains(got.stderr, "going on with a pass that was cut off") {
		t.Errorf("the log does not say so:\n%s", got.stderr)
	}
	b.wantMirror()
	b.wantPasses([]string{"1", "complete", "500", "500", "0", "0"})
	if again := b.fetchedAgain(); again > inFlight+batch {
		t.Errorf("%d users were fetched twice, want at most %d", again, inFlight+batch)
	}
	all := b.account.Requests("")
	if query := fmt.Sprintf("SELECT requests BETWEEN %d AND %d FROM zoom.sync_passes", all-3*(inFlight+batch), all); b.database.Value(query) != "t" {
		t.Errorf("%s requests are recorded of %d", b.database.Value("SELECT requests FROM zoom.sync_passes"), all)
	}

	b.sync(exitComplete)
	if got := b.database.Value("SELECT users_unchanged FROM zoom.sync_passes WHERE pass_id = 2"); got != "500" {
		t.Errorf("the pass after it looked at %s users, want all", got)
	}
}

func TestResume_order_to_stop_is_gone_on_with(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 300, Small: true, Seed: 61})
	goOn := b.stallAfter(150)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() {
		ended <- b.runWith(ctx, map[string]string{"SYNCD_CONCURRENCY": strconv.Itoa(inFlight)}, "sync")
	}()
	b.waitFor(someAreMirrored, "t")
	cancel()
	<-ended
	goOn()
	b.sync(exitComplete)
	b.wantMirror()
	b.wantPasses([]string{"1", "complete", "300", "300", "0", "0"})
	if again := b.fetchedAgain(); again > inFlight { // what was fetched is written before the end
		t.Errorf("%d users were fetched twice", again)
	}
}

func TestResume_full_begins_anew(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 250, Small: true, Seed: 62})
	b.cutOff()
	mirrored := b.database.Query("SELECT user_id FROM zoom.phone_users")
	if got := b.run("sync", "--full"); got.code != exitComplete {
		t.Fatalf("exit code %d:\n%s", got.code, got.stderr)
	}
	for _, row := range mirrored {
		if n := b.account.Fetches(row[0], zoomtest.Profile); n != 2 {
			t.Errorf("user %s was fetched %d times, want 2", row[0], n)
		}
	}
	if got := b.database.Value("SELECT string_agg(status, ' ' ORDER BY pass_id) FROM zoom.sync_passes"); got != "interrupted complete" {
		t.Errorf("the passes are %s", got)
	}
}

func TestResume_too_long_ago_begins_anew(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 250, Small: true, Seed: 63})
	b.cutOff()
	b.database.Exec("UPDATE syncd.passes SET advanced_at = advanced_at - interval '7 hours'")
	b.sync(exitComplete)
	if got := b.database.Value("SELECT string_agg(status, ' ' ORDER BY pass_id) FROM zoom.sync_passes"); got != "interrupted complete" {
		t.Errorf("the passes are %s", got)
	}
}

func TestResume_asks_again_for_who_changed_failed_or_went(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 300, Small: true, Seed: 64})
	b.sync(exitComplete)
	ids := b.active()[:300]
	// A pass that came to everybody and was cut off before it could close.
	changed, failing, stillFailing, gone, forbidden := ids[10], ids[11], ids[12], ids[13], ids[14]
	b.account.FailUser(failing, zoomtest.Settings, 400)
	b.account.FailUser(stillFailing, zoomtest.Settings, 400)
	b.account.FailUser(forbidden, zoomtest.Settings, 403) // which is an answer
	b.sync(exitPartial)
	b.database.Exec("UPDATE syncd.passes SET status = 'interrupted' WHERE pass_id = 2")
	b.account.FailUser(failing, zoomtest.Settings, 0)
	b.account.Remove(gone)
	if err := b.account.Set(changed, zoomtest.List, "department", "Neue Abteilung"); err != nil {
		t.Fatal(err)
	}
	before := map[string]int{}
	for _, id := range ids {
		before[id] = b.account.Fetches(id, zoomtest.Settings)
	}
	b.sync(exitPartial)
	var again []string
	for _, id := range ids {
		if b.account.Fetches(id, zoomtest.Settings) > before[id] {
			again = append(again, id)
		}
	}
	want := []string{changed, failing, stillFailing}
	slices.Sort(again)
	slices.Sort(want)
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("users who were fetched again (-want +got):\n%s", diff)
	}
	b.wantPasses([]string{"1", "complete", "300", "300", "0", "0"}, []string{"2", "partial", "299", "1", "297", "2"})
	if got := b.database.Query("SELECT user_id, deleted_at IS NULL FROM zoom.phone_users_all WHERE user_id = '" + gone + "'"); !cmp.Equal(got, [][]string{{gone, "f"}}) {
		t.Errorf("the user who went: %v", got)
	}
	var failures [][]string
	for _, id := range slices.Sorted(slices.Values([]string{stillFailing, forbidden})) {
		failures = append(failures, []string{"2", id})
	}
	if diff := cmp.Diff(failures, b.database.Query(`SELECT pass_id, user_id FROM zoom.sync_failures ORDER BY user_id COLLATE "C"`)); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

func TestResume_gets_on_where_a_scope_is_missing(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 40, Seed: 66})
	b.account.SetScopes("phone:read:list_users:admin", "phone:read:user:admin", "phone:read:list_sites:admin", "user:read:settings:admin")
	b.sync(exitPartial)
	failed := b.database.Value("SELECT users_failed FROM zoom.sync_passes")
	b.database.Exec("UPDATE syncd.passes SET status = 'interrupted'")
	b.sync(exitPartial)
	if again := b.fetchedAgain(); again > 0 {
		t.Errorf("%d users were fetched twice", again)
	}
	b.wantPasses([]string{"1", "partial", "40", "40", "0", failed})
}

func TestResume_after_a_daily_limit(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 300, Small: true, Seed: 67})
	asked := new(atomic.Int64)
	limit := func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/settings") && asked.Add(1) == 400 {
			b.account.SetFaults(zoomtest.Faults{DailyLimit: 1})
		}
		return false
	}
	b.intercept.Store(&limit)
	wantInterrupted(t, b.run("sync"), "daily limit reached")
	if got := b.database.Value("SELECT status || ' ' || (users_written > 0) FROM zoom.sync_passes"); got != "interrupted true" {
		t.Errorf("the pass is %s", got)
	}
	done := b.database.Query("SELECT user_id FROM zoom.phone_users")
	b.intercept.Store(nil)
	b.account.SetFaults(zoomtest.Faults{})
	b.sync(exitComplete)
	b.wantMirror()
	for _, row := range done {
		if n := b.account.Fetches(row[0], zoomtest.Profile); n != 1 {
			t.Errorf("user %s was fetched %d times", row[0], n)
		}
	}
}

func TestResume_says_nothing_about_fields_of_documents_that_it_did_not_see(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 65})
	if err := b.account.Set(b.account.Users()[0].ID, zoomtest.Profile, "brand_new", "x"); err != nil {
		t.Fatal(err)
	}
	b.sync(exitComplete)
	const open = "SELECT count(*) FROM syncd.unmapped_fields WHERE last_seen_at IS NULL"
	before := b.database.Value(open)
	b.database.Exec("UPDATE syncd.passes SET status = 'interrupted'")
	b.sync(exitComplete)
	if got := b.database.Value(open); got != before || got == "0" {
		t.Errorf("%s unmapped fields are left of %s", got, before)
	}
}

func TestResume_changes_of_status_count_over_the_runs(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Small: true, Seed: 68})
	b.sync(exitComplete)
	ids := b.active()
	b.account.SetStatus(zoomtest.Deactivated, ids[:15]...)
	b.sync(exitComplete)
	b.database.Exec("UPDATE syncd.passes SET status = 'interrupted' WHERE pass_id = 2")
	b.account.SetStatus(zoomtest.Deactivated, ids[15:30]...)
	b.sync(exitHeld)
	if got := b.database.Value("SELECT status FROM zoom.sync_passes WHERE pass_id = 2"); got != "held" {
		t.Errorf("the pass is %s", got)
	}
	if got := b.database.Value("SELECT users FROM zoom.holds"); got != "15" {
		t.Errorf("%s users are held, want the 15 of the second run", got)
	}
}
