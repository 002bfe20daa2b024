package sync

import (
	"slices"
	"strings"

	"syncd/internal/db"
)

// A suspicion is a change that is a fault of Zoom's, or of the way to it, if too
// many users have it in one pass: another status, or a column that goes empty.
// The store parks the user then; settle decides when all are fetched.

// statusSuspicion begins a suspicion about the status, and the new one ends it.
const statusSuspicion = "status: "

// suspicions compares what two versions of a document say in the columns.
func suspicions(kind db.Document, before, after document, s *shape) ([]string, error) {
	was, is := projected(kind, before, s), projected(kind, after, s)
	filledBefore, err := db.Filled(&was, kind)
	if err != nil {
		return nil, err
	}
	filledAfter, err := db.Filled(&is, kind)
	if err != nil {
		return nil, err
	}
	found := db.Emptied(filledBefore, filledAfter)
	if kind == db.DocumentList && isAnother(was.List.Status, is.List.Status) {
		found = append(found, statusSuspicion+*is.List.Status)
	}
	slices.Sort(found)
	return found, nil
}

// projected is the rows of a document, with the status that its user counts as having.
func projected(kind db.Document, doc document, s *shape) (u db.User) {
	project(&u, kind, doc.value, s)
	if doc.pending {
		markPending(&u, &doc)
	}
	return u
}

// isAnother reports whether a status takes the place of another one. One that nothing
// was known of is none, but to be pending takes a user's details all the same.
func isAnother(was, is *string) bool {
	return is != nil && (was != nil || *is == pendingStatus) && text(was) != *is
}

// unsuspected is a result about which nobody asks for suspicions.
func unsuspected(result db.DocumentResult) db.DocumentResult {
	compare := result.Compare
	if compare == nil {
		return result
	}
	result.Compare = func(before []byte, pending bool) (db.Comparison, error) {
		found, err := compare(before, pending)
		found.Suspicions = nil
		return found, err
	}
	return result
}

// isStatus reports whether a suspicion is about the status.
func isStatus(suspicion string) bool { return strings.HasPrefix(suspicion, statusSuspicion) }
