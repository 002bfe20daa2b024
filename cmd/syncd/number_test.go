package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

// Postgres gives a number back in another spelling than Zoom's, and perhaps a much longer one. That is no change, and
// what is stored can be read.
func TestNumbers_of_any_spelling_are_the_same(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 6, Seed: 34})
	id := b.active()[0]
	b.put(id, zoomtest.Profile, "policy.sms.enable", true)
	for path, number := range map[string]string{"policy.sms.x_level": "1.50e1", "x_long": "1e6000", "x_zero": "-0"} {
		b.put(id, zoomtest.Profile, path, json.RawMessage(number))
	}
	b.put(id, zoomtest.Settings, "x_n", json.RawMessage("1e3"))
	b.sync(exitComplete)
	versions := `SELECT count(*) FROM zoom_pii.document_versions WHERE user_id = '` + id + `'`
	b.wantRows(versions, []string{"4"})
	for range 2 {
		got := b.runWith(t.Context(), withoutZoom(t), "rebuild")
		if got.code != exitComplete || !strings.Contains(got.stdout, "0 documents differed") {
			t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
		}
		b.sync(exitComplete)
	}
	b.wantRows(versions, []string{"4"})

	// A change that is parked until all users are seen is read back from the database.
	b.put(id, zoomtest.Profile, "policy.sms.enable", "x")
	b.sync(exitComplete)
	b.wantRows(`SELECT users_written, users_failed FROM zoom.sync_passes ORDER BY pass_id DESC LIMIT 1`, []string{"1", "0"})
	b.wantRows(`SELECT count(*) FROM zoom.sync_failures`, []string{"0"})
	b.wantRows(versions, []string{"5"})
	b.wantRows(`SELECT path FROM zoom.setting_changes`, []string{"policy.sms.enable"})
	b.sync(exitComplete)
	b.wantRows(versions, []string{"5"})
}

// Postgres takes 1.0 and 1.000 for equal as numbers, and Zoom writes them otherwise: columns follow the document.
func TestNumbers_keep_the_digits_of_the_document(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 4, Seed: 36})
	ids := slices.Sorted(slices.Values(b.active()))
	put := func(id, number string) {
		t.Helper()
		b.put(id, zoomtest.Profile, "policy.x_digits", map[string]any{"enable": true, "n": json.RawMessage(number)})
		b.put(id, zoomtest.UserSettings, "feature.x_digits", json.RawMessage(number))
	}
	put(ids[0], "1.0")
	put(ids[1], "1.0")
	b.sync(exitComplete)
	put(ids[0], "1.000")
	b.sync(exitComplete)
	of := func(id, row string) []string { return []string{id, row} }
	b.wantRows(`SELECT user_id, detail FROM zoom.policies WHERE policy = 'x_digits' ORDER BY user_id COLLATE "C"`, of(ids[0], `{"n": 1.000}`), of(ids[1], `{"n": 1.0}`))
	b.wantRows(`SELECT user_id, value FROM zoom.user_settings WHERE setting = 'x_digits' ORDER BY user_id COLLATE "C"`, of(ids[0], "1.000"), of(ids[1], "1.0"))
	b.wantRows(`SELECT path, old_value, new_value FROM zoom.setting_changes ORDER BY 1`,
		[]string{"feature.x_digits", "1.0", "1.000"}, []string{"policy.x_digits.n", "1.0", "1.000"})
	b.wantAsFresh("another spelling")
	b.rebuild("0 rows and 0 documents differed")
	b.database.Exec(`UPDATE syncd.policies SET detail = '{"n": 1.0}' WHERE detail ? 'n'`) // as an earlier release left it
	b.rebuild("2 rows and 0 documents differed")
	b.wantAsFresh("a rebuild")
}
