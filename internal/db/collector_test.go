package db_test

import (
	"fmt"
	"strings"
	"testing"

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
		if value != 0 {
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
		"syncd_hold_open": 1, "syncd_unmapped_fields profile": 2, "syncd_unmapped_fields settings": 0, "syncd_unmapped_fields list": 0, "syncd_unmapped_fields user_settings": 0,
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s is %v, want %v", name, value, want)
		}
	}
	if len(got) != 11 || len(before) != 11 {
		t.Errorf("%d samples, and %d before, want 11", len(got), len(before))
	}

	// It does not ask at every scrape, and the age grows while nobody answers.
	b.database.Exec(`UPDATE syncd.holds SET ended_at = now(), outcome = 'resolved'`)
	b.Close()
	again := samples(t, c)
	if again["syncd_hold_open"] != 1 || again["syncd_oldest_document_age_seconds"] <= got["syncd_oldest_document_age_seconds"] {
		t.Errorf("the next scrape gives %v", again)
	}
}
