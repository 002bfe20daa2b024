package db_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"syncd/internal/db"
)

// samples gives what a collector collects, a line a sample.
func samples(t *testing.T, c *db.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				if l.GetName() == "account" && l.GetValue() != account {
					t.Errorf("%s is of account %s", family.GetName(), l.GetValue())
				}
				if l.GetName() != "account" {
					labels = append(labels, l.GetValue())
				}
			}
			all[strings.TrimSpace(family.GetName()+" "+strings.Join(labels, " "))] = m.GetGauge().GetValue()
		}
	}
	return all
}

func TestCollector(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := db.NewCollector(account)
	before := samples(t, c)
	for name, value := range before {
		if value != 0 && name != "syncd_mirror_facts_age_seconds" {
			t.Errorf("before there is a store, %s is %v", name, value)
		}
	}
	if problems, err := testutil.CollectAndLint(c); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}

	b.write(t, 5, user("u1", "Ann"), user("u2", "Ben"), user("u3", "Cem"), user("u4", "Dan"), user("u5", "Eve"))
	b.tombstone(t, 1, "u5")
	for id, status := range map[string]string{"u1": "'activate'", "u2": "'deactivate'", "u3": "'pending'", "u4": "NULL"} {
		b.database.Exec(fmt.Sprintf(`UPDATE syncd.user_list SET status = %s WHERE user_key = (SELECT user_key FROM syncd.users WHERE user_id = '%s')`, status, id))
	}
	b.database.Exec(`UPDATE syncd.freshness SET profile_fetched_at = now() - interval '2 hours' WHERE user_key = (SELECT user_key FROM syncd.users WHERE user_id = 'u2')`)
	b.database.Exec(`UPDATE syncd.freshness SET profile_fetched_at = now() - interval '9 hours' WHERE user_key = (SELECT user_key FROM syncd.users WHERE user_id = 'u5')`)
	b.database.Exec(`INSERT INTO syncd.holds (account_id, pass_id, kind, users, set_digest, reason) SELECT '` + account + `', pass_id, 'deletions', 1, '\x00000000000000000000000000000000', 'x' FROM syncd.passes`)
	b.database.Exec(`INSERT INTO syncd.unmapped_fields (account_id, document, path, json_type) VALUES ('` + account + `', 2, 'a', 'string'), ('` + account + `', 2, 'b', 'string'), ('other', 3, 'c', 'string')`)
	c.Begin(b.Store)
	got := samples(t, c)
	if age := got["syncd_oldest_document_age_seconds"]; age < 7200 || age > 7260 {
		t.Errorf("the oldest document is %v s old, want two hours", age)
	}
	for name, want := range map[string]float64{
		"syncd_users active": 1, "syncd_users deactivated": 1, "syncd_users pending": 1, "syncd_users unknown": 1, "syncd_users deleted": 1,
		"syncd_hold_open": 1, "syncd_hold_users deletions waiting": 1, "syncd_hold_users deletions approved": 0, "syncd_hold_users status waiting": 0,
		"syncd_document_users list ok": 4, "syncd_document_users profile ok": 4, "syncd_document_users profile failed": 0,
		"syncd_pass_last_status complete": 0, "syncd_pass_last_end_timestamp_seconds": 0,
		"syncd_unmapped_fields profile": 2, "syncd_unmapped_fields settings": 0, "syncd_unmapped_fields list": 0, "syncd_unmapped_fields site": 0, "syncd_unmapped_fields user_settings": 0,
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s is %v, want %v", name, value, want)
		}
	}
	if len(got) != len(before) {
		t.Errorf("%d samples, and %d before", len(got), len(before))
	}

	if age := got["syncd_document_age_seconds profile"]; age < 7200 || age > 7260 {
		t.Errorf("the oldest profile is %v s old, want two hours", age)
	}
	if age := got["syncd_document_age_seconds list"]; age > 120 {
		t.Errorf("the oldest list is %v s old", age)
	}
	if age := got["syncd_hold_age_seconds deletions"]; age <= 0 || age > 60 {
		t.Errorf("the hold is %v s old", age)
	}

	// It does not ask at every scrape, and the age grows while nobody answers.
	b.database.Exec(`UPDATE syncd.holds SET ended_at = now(), outcome = 'resolved'`)
	b.Close()
	again := samples(t, c)
	if again["syncd_hold_open"] != 1 || again["syncd_oldest_document_age_seconds"] <= got["syncd_oldest_document_age_seconds"] {
		t.Errorf("the next scrape gives %v", again)
	}
}

func TestCollector_tells_of_the_last_pass(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := db.NewCollector(account)
	if c.Known() {
		t.Error("it knows something without a store")
	}
	c.Begin(b.Store)
	finish := func(result db.PassResult) {
		t.Helper()
		if err := b.FinishPass(t.Context(), b.pass.ID, result); err != nil {
			t.Fatal(err)
		}
		c.Refresh()
	}
	next := func(users int) {
		t.Helper()
		var err error
		if b.pass, err = b.BeginPass(t.Context(), account, users); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when string, samples, want map[string]float64) {
		t.Helper()
		for name, value := range want {
			if got, ok := samples[name]; !ok || got != value {
				t.Errorf("%s: %s is %v, want %v", when, name, got, value)
			}
		}
	}
	finish(db.PassResult{
		Status: db.PassComplete, ListingComplete: true, UsersListed: 7, UsersWritten: 1, UsersUnchanged: 6, UsersDeleted: 2,
		Requests: 20, Throttled: 5, ThrottledByOthers: 3, FloorSeconds: 1.5, FloorShare: 0.75,
	})
	first := samples(t, c)
	want("after a complete pass", first, map[string]float64{
		"syncd_pass_last_status complete": 1, "syncd_pass_last_status failed": 0, "syncd_pass_last_cause users": 0, "syncd_pass_last_listing_complete": 1,
		"syncd_pass_last_users listed": 7, "syncd_pass_last_users written": 1, "syncd_pass_last_users unchanged": 6, "syncd_pass_last_users failed": 0, "syncd_pass_last_users deleted": 2,
		"syncd_pass_last_requests": 20, "syncd_pass_last_throttled ours": 2, "syncd_pass_last_throttled neighbour": 3,
		"syncd_pass_last_floor_seconds": 1.5, "syncd_pass_last_floor_ratio": 0.75,
	})
	success := first["syncd_pass_last_success_timestamp_seconds"]
	if now := float64(time.Now().Unix()); success < now-60 || success > now+60 || first["syncd_pass_last_end_timestamp_seconds"] != success || !c.Known() {
		t.Errorf("the last success was at %v", success)
	}

	next(0)
	c.Refresh()
	want("while the next one runs", samples(t, c), map[string]float64{"syncd_pass_last_status complete": 1, "syncd_pass_last_requests": 20})
	finish(db.PassResult{Status: db.PassFailed, Cause: db.CauseCredentials, Error: "x"})
	next(2) // chosen users
	finish(db.PassResult{Status: db.PassComplete})
	want("after one that failed", samples(t, c), map[string]float64{
		"syncd_pass_last_status complete": 0, "syncd_pass_last_status failed": 1, "syncd_pass_last_cause credentials": 1, "syncd_pass_last_cause users": 0,
		"syncd_pass_last_listing_complete": 0, "syncd_pass_last_success_timestamp_seconds": success,
	})

	// The process of the next is killed.
	next(0)
	next(0)
	c.Refresh()
	want("after one that was killed", samples(t, c), map[string]float64{"syncd_pass_last_status interrupted": 1, "syncd_pass_last_cause process_gone": 1})
}

// A replica that never had an answer does not look like one that has just had one.
func TestCollector_without_an_answer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := db.NewCollector(account)
		time.Sleep(20 * time.Minute)
		if got := samples(t, c)["syncd_mirror_facts_age_seconds"]; got != 1200 || c.Known() {
			t.Errorf("what it knows is %v s old, want 1200, though it knows nothing: %v", got, !c.Known())
		}
	})
}

func TestCollector_counts_passes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := db.NewCollector(account)
	c.Begin(b.Store)
	lastSaved := 0.0
	for i, step := range []struct {
		db.PassResult
		users int // chosen ones

		saved, complete, listed float64 // since then
		shorter                 float64 // minutes; each pass takes a minute more than the one before
	}{
		{db.PassResult{Status: db.PassFailed}, 0, 1, 0, 0, 0},
		{db.PassResult{Status: db.PassPartial}, 0, 0, 1, 1, 0},
		{db.PassResult{Status: db.PassFailed}, 0, 1, 1, 1, 0},
		{db.PassResult{Status: db.PassHeld, ListingComplete: true}, 0, 0, 2, 0, 2},
		{db.PassResult{Status: db.PassPartial}, 0, 0, 3, 1, 4},
		{db.PassResult{Status: db.PassPartial}, 7, 0, 3, 1, 4},
		{db.PassResult{Status: db.PassInterrupted}, 0, 1, 3, 1, 4},
		{db.PassResult{Status: db.PassFailed, ListingComplete: true}, 0, 2, 3, 1, 4},
		{db.PassResult{Status: db.PassPartial}, 0, 0, 4, 2, 5},
		{db.PassResult{Status: db.PassComplete, ListingComplete: true}, 0, 0, 0, 0, 9},
		{db.PassResult{Status: db.PassPartial, ListingComplete: true}, 0, 0, 1, 0, 10},
	} {
		if i > 0 {
			var err error
			if b.pass, err = b.BeginPass(t.Context(), account, step.users); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.FinishPass(t.Context(), b.pass.ID, step.PassResult); err != nil {
			t.Fatal(err)
		}
		b.database.Exec(fmt.Sprintf(`UPDATE syncd.passes SET started_at = finished_at - %d * interval '1 minute' WHERE pass_id = %d`, i+1, b.pass.ID))
		c.Refresh()
		got := samples(t, c)
		for name, want := range map[string]float64{
			"syncd_passes_since_saved": step.saved, "syncd_passes_since_complete": step.complete, "syncd_passes_since_complete_list": step.listed,
			"syncd_pass_shorter_duration_seconds": 60 * step.shorter,
		} {
			if value, ok := got[name]; !ok || value != want {
				t.Errorf("pass %d, %s: %s is %v, want %v", i+1, step.Status, name, value, want)
			}
		}
		if step.saved == 0 && step.users == 0 {
			lastSaved = got["syncd_pass_last_end_timestamp_seconds"]
		}
		if saved := got["syncd_pass_last_saved_timestamp_seconds"]; saved != lastSaved {
			t.Errorf("pass %d, %s: the last that saved ended at %v, want %v", i+1, step.Status, saved, lastSaved)
		}
	}
}

// The break of a pass that was cut off is none of the time that it took.
func TestCollector_tells_how_long_the_last_run_took(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := db.NewCollector(account)
	c.Begin(b.Store)
	b.database.Exec(`UPDATE syncd.passes SET started_at = now() - interval '5 hours'`)
	if err := b.FinishPass(t.Context(), b.pass.ID, db.PassResult{Status: db.PassInterrupted}); err != nil {
		t.Fatal(err)
	}
	if got := samples(t, c)["syncd_pass_last_duration_seconds"]; got < 18000 || got > 18060 {
		t.Errorf("the pass that was cut off took %v s, want five hours", got)
	}
	pass, found, err := b.ContinuePass(t.Context(), account)
	if err != nil || !found {
		t.Fatalf("%v, %v", found, err)
	}
	if err := b.FinishPass(t.Context(), pass.ID, db.PassResult{Status: db.PassComplete, ListingComplete: true}); err != nil {
		t.Fatal(err)
	}
	c.Refresh()
	if got := samples(t, c)["syncd_pass_last_duration_seconds"]; got <= 0 || got > 60 {
		t.Errorf("its last run took %v s", got)
	}
}

func TestMetrics_have_notes(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	db.NewMetrics(registry)
	registry.MustRegister(db.NewCollector(account))
	notes := db.MetricNotes()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if notes[family.GetName()] == "" {
			t.Errorf("%s has no note", family.GetName())
		}
		delete(notes, family.GetName())
	}
	for name := range notes {
		t.Errorf("there is a note of %s, and no such metric", name)
	}
}

func TestMetrics_of_batches_and_connections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registry := prometheus.NewPedanticRegistry()
	store, err := db.Open(t.Context(), db.Config{URL: b.database.URL, Metrics: db.NewMetrics(registry)})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	pass, err := store.BeginPass(t.Context(), account, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.WriteUsers(t.Context(), account, pass.ID, []db.User{user("u1", "Ann"), user("u2", "Ben")}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := store.WriteUsers(t.Context(), account, pass.ID+1, []db.User{user("u1", "Ann")}, nil); !errors.Is(err, db.ErrPassClosed) {
		t.Fatal(err)
	}
	const want = `
		# HELP syncd_db_write_errors_total Batches of users that the database did not take at an attempt, by cause.
		# TYPE syncd_db_write_errors_total counter
		syncd_db_write_errors_total{cause="bad_data"} 0
		syncd_db_write_errors_total{cause="conflict"} 0
		syncd_db_write_errors_total{cause="denied"} 0
		syncd_db_write_errors_total{cause="disk_full"} 0
		syncd_db_write_errors_total{cause="other"} 0
		syncd_db_write_errors_total{cause="pass_closed"} 1
		syncd_db_write_errors_total{cause="read_only"} 0
		syncd_db_write_errors_total{cause="timeout"} 0
		syncd_db_write_errors_total{cause="unreachable"} 0
		# HELP syncd_db_pool_connections_max Connections that the pool may have; 0 until the database is open.
		# TYPE syncd_db_pool_connections_max gauge
		syncd_db_pool_connections_max 4
		# HELP syncd_db_batch_users Users of a batch that was to be written in one transaction, failed ones included.
		# TYPE syncd_db_batch_users histogram
		syncd_db_batch_users_bucket{le="1"} 1
		syncd_db_batch_users_bucket{le="2"} 2
		syncd_db_batch_users_bucket{le="5"} 2
		syncd_db_batch_users_bucket{le="10"} 2
		syncd_db_batch_users_bucket{le="20"} 2
		syncd_db_batch_users_bucket{le="30"} 2
		syncd_db_batch_users_bucket{le="40"} 2
		syncd_db_batch_users_bucket{le="50"} 2
		syncd_db_batch_users_bucket{le="+Inf"} 2
		syncd_db_batch_users_sum 3
		syncd_db_batch_users_count 2
	`
	names := []string{"syncd_db_write_errors_total", "syncd_db_pool_connections_max", "syncd_db_batch_users"}
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}
