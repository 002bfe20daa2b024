package db_test

import (
	"fmt"
	"testing"

	"syncd/internal/db"
)

func TestStore_WriteUnmapped(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, b *bundle, whole []db.Document, seen ...db.UnmappedField) {
		t.Helper()
		if err := b.WriteUnmapped(t.Context(), account, b.pass.ID, seen, whole); err != nil {
			t.Fatal(err)
		}
	}
	const state = `SELECT document, path, json_type, last_seen_at IS NULL FROM syncd.unmapped_fields ORDER BY 1, 2, 3`
	note := db.UnmappedField{Document: db.DocumentList, Path: "note", JSONType: "string"}
	site := db.UnmappedField{Document: db.DocumentProfile, Path: "site[].x", JSONType: "null"}

	t.Run("writes_appearance_and_disappearance_once", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		whole := []db.Document{db.DocumentList}
		const rows = `SELECT path, xmin FROM syncd.unmapped_fields ORDER BY 1`
		write(t, b, whole, note, site)
		b.rows(t, state, []string{"1", "note", "string", "t"}, []string{"2", "site[].x", "null", "t"})
		before := b.database.Query(rows)
		write(t, b, whole, note, site)
		b.rows(t, rows, before...)

		write(t, b, nil)
		b.rows(t, rows, before...)
		write(t, b, whole) // the profile was not seen in whole
		b.rows(t, state, []string{"1", "note", "string", "f"}, []string{"2", "site[].x", "null", "t"})
		before = b.database.Query(rows)
		write(t, b, whole)
		b.rows(t, rows, before...)

		write(t, b, nil, note)
		b.rows(t, state, []string{"1", "note", "string", "t"}, []string{"2", "site[].x", "null", "t"})
	})

	t.Run("keeps_a_bounded_number", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		var many []db.UnmappedField
		for i := range 10_100 {
			many = append(many, db.UnmappedField{Document: db.DocumentList, Path: fmt.Sprintf("x%05d", i), JSONType: "number"})
		}
		write(t, b, nil, many[:60]...)
		write(t, b, nil, many...)
		write(t, b, nil, many...)
		b.rows(t, `SELECT count(*), max(path) FROM syncd.unmapped_fields`, []string{"10000", "x09999"})

		// What is gone leaves room, and does not pile up.
		write(t, b, []db.Document{db.DocumentList}, note)
		b.rows(t, `SELECT path FROM syncd.unmapped_fields WHERE last_seen_at IS NULL`, []string{"note"})
		for i := range many {
			many[i].Path = "y" + many[i].Path
		}
		write(t, b, []db.Document{db.DocumentList}, many...)
		write(t, b, []db.Document{db.DocumentList}, note)
		b.rows(t, `SELECT count(*), count(last_seen_at) FROM syncd.unmapped_fields`, []string{"10001", "10000"})
	})
}
