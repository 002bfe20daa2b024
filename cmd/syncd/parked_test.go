package main

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

// The database stops the program when it has settled a batch of a held set, and holds it there until it is killed. Then
// Zoom is well again: what is left of the set is few, and no longer true.
func TestResume_judges_all_of_a_held_set_anew(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Seed: 72})
	ids := b.active()
	for _, id := range ids {
		b.put(id, zoomtest.Profile, "cost_center", "c")
		b.put(id, zoomtest.Settings, "area_code", "415")
	}
	b.sync(exitComplete)
	for _, id := range ids[:130] {
		b.change(id, zoomtest.Settings, func(doc map[string]any) { delete(doc, "area_code") })
	}
	b.database.Exec(`
		CREATE FUNCTION syncd.stop() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF (SELECT count(*) FROM syncd.parked_documents) BETWEEN 1 AND 30 AND EXISTS (SELECT FROM syncd.holds) THEN PERFORM pg_sleep(60); END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER stop BEFORE DELETE ON syncd.parked_documents FOR EACH STATEMENT EXECUTE FUNCTION syncd.stop()`)
	command := b.start(nil, "sync")
	b.killAsleep(command)
	b.database.Exec("DROP TRIGGER stop ON syncd.parked_documents; DROP FUNCTION syncd.stop()")
	b.wantRows("SELECT count(*) FROM syncd.parked_documents", []string{"30"})
	b.wantRows(holdRows, []string{"1", "emptied", "130", "f", "<null>"})

	for _, id := range ids[:130] {
		b.put(id, zoomtest.Settings, "area_code", "415")
	}
	b.sync(exitComplete)
	b.wantRows(holdRows, []string{"1", "emptied", "130", "f", "resolved"})
	b.wantMirror()
	b.wantPasses([]string{"1", "complete", "200", "200", "0", "0"}, []string{"2", "complete", "200", "0", "200", "0"})
}

func TestResume_forgets_what_it_had_parked(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 300, Small: true, Seed: 71})
	ids := b.active()[:20]
	for _, id := range ids {
		b.put(id, zoomtest.List, "department", "Sales")
	}
	b.sync(exitComplete)
	for _, id := range ids {
		b.change(id, zoomtest.List, func(doc map[string]any) { delete(doc, "department") })
	}
	b.account.SetStatus(zoomtest.Deactivated, ids[:5]...)
	goOn := b.stallAfter(290) // ten of the twenty are among them
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() {
		ended <- b.runWith(ctx, map[string]string{"SYNCD_CONCURRENCY": strconv.Itoa(inFlight)}, "sync")
	}()
	b.waitFor("SELECT count(*) >= 5 FROM syncd.parked_documents", "t")
	cancel()
	<-ended
	goOn()

	for _, id := range ids {
		b.put(id, zoomtest.List, "department", "Sales")
	}
	b.account.SetStatus(zoomtest.Active, ids[:5]...)
	if got := b.sync(exitComplete); !strings.Contains(got.stderr, "going on with a pass that was cut off") {
		t.Errorf("the log does not say so:\n%s", got.stderr)
	}
	b.wantMirror()
	b.wantPasses([]string{"1", "complete", "300", "300", "0", "0"}, []string{"2", "complete", "300", "0", "300", "0"})
	b.wantRows("SELECT count(*) FROM zoom.setting_changes", []string{"0"})
}
