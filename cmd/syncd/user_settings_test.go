package main

import (
	"testing"

	"syncd/internal/zoom/zoomtest"
)

func TestSync_removes_general_settings_that_nobody_has_any_more(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 43})
	b.listable()
	b.sync(exitComplete)
	id := b.active()[0]
	b.change(id, zoomtest.UserSettings, func(doc map[string]any) { doc["x_own"] = map[string]any{"x_word": "mine alone"} })
	b.sync(exitComplete)
	stored := `SELECT (SELECT count(*) FROM zoom.user_settings WHERE section = 'x_own'), (SELECT count(*) FROM syncd.setting_names WHERE section = 'x_own'),
		(SELECT count(*) FROM syncd.setting_values WHERE value = '"mine alone"')`
	b.wantRows(stored, []string{"1", "1", "1"})
	b.change(id, zoomtest.UserSettings, func(doc map[string]any) { delete(doc, "x_own") })
	b.sync(exitComplete)
	b.wantRows(stored, []string{"0", "0", "0"})
}
