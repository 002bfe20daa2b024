package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
	"syncd/internal/zoom/zoomtest"
)

// withoutZoom makes a call to Zoom impossible.
func withoutZoom(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"ZOOM_CLIENT_ID": "", "ZOOM_CLIENT_SECRET": "", "ZOOM_API_URL": "http://" + closedAddress(t), "ZOOM_TOKEN_URL": ""}
}

func TestRebuild_derives_every_table_from_the_documents(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 300, Seed: 41, Drift: .05})
	b.listable()
	b.sync(exitComplete)
	ids := b.active()[:5]
	b.account.Remove(ids[:2]...)
	b.change(ids[2], zoomtest.Profile, func(doc map[string]any) {
		doc["x_odd"] = []any{1e3, "-0", map[string]any{"id": "b"}, map[string]any{"id": "a"}}
	})
	b.sync(exitComplete)

	before := b.contents()
	got := b.runWith(t.Context(), withoutZoom(t), "rebuild")
	if want := "0 rows and 0 documents differed"; got.code != exitComplete || !strings.Contains(got.stdout, want) {
		t.Errorf("exit code %d, want 0 and %q:\n%s%s", got.code, want, got.stdout, got.stderr)
	}
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("a rebuild of a sound mirror wrote rows (-before +after):\n%s", diff)
	}

	b.database.Exec("CREATE SCHEMA kept")
	derived := derivedTables(b)
	for _, table := range derived {
		b.database.Exec(fmt.Sprintf("CREATE TABLE kept.%s AS SELECT * FROM syncd.%[1]s", table))
		b.damage(table)
	}
	b.database.Exec(`
		CREATE TABLE kept.sites AS SELECT * FROM syncd.sites;
		UPDATE syncd.sites SET name = 'other', level = NULL WHERE site_id = (SELECT min(site_id) FROM syncd.sites);
		CREATE TABLE kept.documents AS SELECT * FROM syncd.documents;
		UPDATE syncd.documents SET full_digest = stable_digest WHERE user_key % 2 = 0;
		UPDATE syncd.documents SET personal_policies = CASE user_key % 3 WHEN 1 THEN '["sms"]'::jsonb END WHERE document = 2 AND user_key % 3 > 0;
		CREATE TABLE kept.unmapped_fields AS SELECT * FROM syncd.unmapped_fields;
		DELETE FROM syncd.unmapped_fields WHERE length(path) % 2 = 0`)

	// A lock on the sites keeps the rebuild from its end; readers see what was there all the while.
	damaged := b.database.Value("SELECT count(*) FROM zoom.policies")
	locked := b.lock("syncd.sites")
	ended := make(chan outcome)
	go func() { ended <- b.runWith(t.Context(), withoutZoom(t), "rebuild") }()
	locked.reach()
	if got := b.database.Value("SELECT count(*) FROM zoom.policies"); got != damaged {
		t.Errorf("a reader sees %s policies during the rebuild, %s before", got, damaged)
	}
	locked.remove()
	if got := <-ended; got.code != exitComplete {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}

	for _, table := range append(derived, "sites", "documents") {
		b.wantSame(table, "SELECT * FROM kept."+table, "SELECT * FROM syncd."+table)
	}
	const present = " WHERE last_seen_at IS NULL"
	b.wantSame("unmapped fields", "SELECT document, path, json_type FROM kept.unmapped_fields"+present, "SELECT document, path, json_type FROM syncd.unmapped_fields"+present)
	b.wantViewsBut("zoom.unmapped_fields", "zoom.phone_users_all") // which also have what is gone
	before = b.contents()
	b.sync(exitComplete)
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("the pass after a rebuild wrote rows (-before +after):\n%s", diff)
	}
}

// derivedTables are those whose rows follow from a document: all that have a user
// and no time.
func derivedTables(b *bench) []string {
	var tables []string
	for _, row := range b.database.Query(`
		SELECT c.relname
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_key'
		WHERE c.relnamespace = 'syncd'::regnamespace AND c.relkind = 'r'
		AND c.relname NOT IN ('users', 'documents', 'document_history', 'freshness', 'failures', 'setting_changes', 'absences')
		ORDER BY 1`) {
		tables = append(tables, row[0])
	}
	if len(tables) < 15 {
		b.t.Fatalf("only %v are derived", tables)
	}
	return tables
}

// damage takes rows away from a derived table, gives it others, and empties a column.
func (b *bench) damage(table string) {
	b.t.Helper()
	if table == "user_setting_sets" { // of one row a user, and no column that can be empty
		b.database.Exec(`
			DELETE FROM syncd.user_setting_sets WHERE user_key % 3 = 0;
			UPDATE syncd.user_setting_sets SET value_ids = value_ids[:20] WHERE user_key % 3 = 1`)
		return
	}
	last := b.database.Value(`
		SELECT a.attname
		FROM pg_attribute a
		WHERE a.attrelid = 'syncd.` + table + `'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull
		ORDER BY a.attnum DESC LIMIT 1`)
	b.database.Exec(fmt.Sprintf(`
		DELETE FROM syncd.%[1]s WHERE user_key %% 3 = 0;
		UPDATE syncd.%[1]s SET %[2]s = NULL WHERE user_key %% 3 = 1`, table, last))
	if table != "user_list" && table != "user_profile" && table != "user_phone_settings" { // of one row a user
		b.database.Exec(fmt.Sprintf(`INSERT INTO syncd.%[1]s SELECT * FROM syncd.%[1]s WHERE user_key %% 3 = 2`, table))
	}
}

func TestRebuild_is_refused_beside_a_pass(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 42})
	store, err := db.Open(t.Context(), db.Config{URL: b.database.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	lease, err := store.AcquireLease(t.Context(), b.account.AccountID())
	if err != nil {
		t.Fatal(err)
	}
	wantOneError(t, b.runWith(t.Context(), withoutZoom(t), "rebuild"), exitLeased, "another syncd")
	lease.Release()
	if got := b.runWith(t.Context(), withoutZoom(t), "rebuild"); got.code != exitComplete || !strings.Contains(got.stdout, "holds no user") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}
