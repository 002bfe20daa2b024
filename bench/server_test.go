package main

import "testing"

func TestWrites_leave_out_the_bookkeeping_and_what_was_there_before(t *testing.T) {
	t.Parallel()
	before := writes{wal: 1000, tables: map[string]tableWrites{
		"users": {inserted: 10}, "freshness": {inserted: 10}, "documents": {inserted: 40, updated: 1},
	}}
	after := writes{wal: 3500, tables: map[string]tableWrites{
		"users": {inserted: 10}, "freshness": {inserted: 10, updated: 10, dead: 10}, "passes": {updated: 3}, "documents": {inserted: 40, updated: 3, deleted: 1},
		"document_history": {inserted: 2},
	}}
	happened := after.since(before)
	if happened.wal != 2500 {
		t.Errorf("WAL is %d bytes, want 2500", happened.wal)
	}
	if got := happened.changes(); got != 5 {
		t.Errorf("%d rows changed, want 2 updated, 1 deleted and 2 inserted", got)
	}
	if _, there := happened.tables["users"]; there {
		t.Error("a table is named in which nothing happened")
	}
}
