package main

import (
	"encoding/json"
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
