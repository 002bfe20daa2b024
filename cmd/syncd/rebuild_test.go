package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

// withoutZoom makes a call to Zoom impossible.
func withoutZoom(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"ZOOM_CLIENT_ID": "", "ZOOM_CLIENT_SECRET": "", "ZOOM_API_URL": "http://" + porttest.Nobody, "ZOOM_TOKEN_URL": ""}
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
	b.rebuild("0 rows and 0 documents differed")
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

// rebuild runs a rebuild, which must say so.
func (b *bench) rebuild(words string) {
	b.t.Helper()
	got := b.runWith(b.t.Context(), withoutZoom(b.t), "rebuild")
	if got.code != exitComplete || !strings.Contains(got.stdout, words) {
		b.t.Errorf("exit code %d, want 0 and %q:\n%s%s", got.code, words, got.stdout, got.stderr)
	}
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

// An earlier release knew fewer names: what it wrote while these meant nothing to it is treated as what is written now.
func TestRebuild_hides_what_earlier_releases_showed(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 43})
	id := b.active()[0]
	put := func(n int) {
		b.put(id, zoomtest.Settings, "x_note", map[string]any{"a_pim": fmt.Sprintf("secret-%d", n), "b_adr": map[string]any{fmt.Sprintf("telltale-%d", n): n}})
		b.put(id, zoomtest.Profile, "policy.x_note", map[string]any{"b_adr": fmt.Sprintf("telltale-%d", n), "n": n})
	}
	for n := range 3 {
		put(n)
		b.sync(exitComplete)
	}
	rename := func(column string) string {
		return "replace(replace(" + column + "::text, 'a_pim', 'a_pin'), 'b_adr', 'b_address')"
	}
	b.database.Exec(fmt.Sprintf(`
		UPDATE syncd.documents SET body = %[1]s::jsonb;
		UPDATE syncd.document_history SET body = %[1]s::jsonb;
		UPDATE syncd.setting_changes SET path = %[2]s;
		UPDATE syncd.unmapped_fields SET path = %[2]s;
		INSERT INTO syncd.parked_documents (user_key, document, pass_id, status, fetched_at, suspicions, body, pending)
		SELECT user_key, document, 1, 1, now(), '{}', body, false FROM syncd.documents`, rename("body"), rename("path")))
	const times = `SELECT user_key, document, valid_from, valid_to, NULL, NULL FROM syncd.document_history
		UNION ALL SELECT user_key, document, seen_after, seen_at, pass_id, (old_value IS NULL)::text || (new_value IS NULL) FROM syncd.setting_changes
		UNION ALL SELECT user_key, document, fetched_at, answered_at, pass_id, NULL FROM syncd.parked_documents
		UNION ALL SELECT user_key, document, valid_from, NULL, NULL, NULL FROM syncd.documents ORDER BY 1, 2, 3, 4, 5, 6`
	before := b.database.Query(times)

	got := b.runWith(t.Context(), withoutZoom(t), "rebuild")
	// The settings and the profile of one user have two old versions each; the journal has what each of four values changed.
	if want := "4 old versions and 8 rows of the journal were judged anew"; got.code != exitComplete || !strings.Contains(got.stdout, want) {
		t.Errorf("exit code %d, want 0 and %q:\n%s%s", got.code, want, got.stdout, got.stderr)
	}
	if diff := cmp.Diff(before, b.database.Query(times)); diff != "" {
		t.Errorf("rows and their times (-before +after):\n%s", diff)
	}
	if strings.Contains(b.dump(), "secret-") {
		t.Error("a secret is still there")
	}
	b.wantHiddenFromReaders("telltale")
	const journal = `SELECT path, old_value, new_value, private FROM %s.setting_changes WHERE pass_id = 3 ORDER BY path, old_value`
	b.wantRows(fmt.Sprintf(journal, "zoom"),
		[]string{"policy.x_note.b_address", "<null>", "<null>", "t"},
		[]string{"policy.x_note.n", "1", "2", "f"},
		[]string{"x_note.a_pin", `"[redacted]"`, `"[redacted]"`, "f"},
		[]string{"x_note.b_address.*", "<null>", "<null>", "t"},
		[]string{"x_note.b_address.*", "<null>", "<null>", "t"})
	b.wantRows(fmt.Sprintf(journal, "zoom_pii"),
		[]string{"policy.x_note.b_address", `"telltale-1"`, `"telltale-2"`, "t"},
		[]string{"policy.x_note.n", "1", "2", "f"},
		[]string{"x_note.a_pin", `"[redacted]"`, `"[redacted]"`, "f"},
		[]string{"x_note.b_address.*", "1", "<null>", "t"},
		[]string{"x_note.b_address.*", "<null>", "2", "t"})
	b.wantRows(`SELECT body -> 'x_note' FROM zoom_pii.document_versions WHERE document = 'settings' AND user_id = '`+id+`' ORDER BY valid_from`,
		[]string{`{"a_pin": "[redacted]", "b_address": {"telltale-0": 0}}`},
		[]string{`{"a_pin": "[redacted]", "b_address": {"telltale-1": 1}}`},
		[]string{`{"a_pin": "[redacted]", "b_address": {"telltale-2": 2}}`})
	b.wantRows(`SELECT detail FROM zoom.policy_versions WHERE policy = 'x_note'`, []string{"<null>"}, []string{"<null>"}, []string{"<null>"})

	contents := b.contents()
	if got := b.runWith(t.Context(), withoutZoom(t), "rebuild"); got.code != exitComplete || strings.Contains(got.stdout, "journal") {
		t.Errorf("the second time: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if diff := cmp.Diff(contents, b.contents()); diff != "" {
		t.Errorf("a second rebuild wrote rows (-before +after):\n%s", diff)
	}
}

func TestRebuild_is_refused_beside_a_pass(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 42})
	release := b.lease()
	wantOneError(t, b.runWith(t.Context(), withoutZoom(t), "rebuild"), exitLeased, "another syncd")
	release()
	if got := b.runWith(t.Context(), withoutZoom(t), "rebuild"); got.code != exitComplete || !strings.Contains(got.stdout, "holds no user") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}
