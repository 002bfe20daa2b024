package sync

import (
	"slices"
	"strings"

	"syncd/internal/db"
)

// A suspicion is a change that is a fault of Zoom's, or of the way to it, if too
// many users have it in one pass: another status, or a column that goes empty.
// The store parks the user then; settle decides when everybody was seen.

// statusSuspicion begins a suspicion about the status, and the new one ends it.
const statusSuspicion = "status: "

// suspicions compares what two versions of a document say in the columns.
func suspicions(kind db.Document, before, after value, s *shape) ([]string, error) {
	var was, is db.User
	project(&was, kind, before, s)
	project(&is, kind, after, s)
	filledBefore, err := db.Filled(&was, kind)
	if err != nil {
		return nil, err
	}
	filledAfter, err := db.Filled(&is, kind)
	if err != nil {
		return nil, err
	}
	found := db.Emptied(filledBefore, filledAfter)
	if kind == db.DocumentList && was.List.Status != nil && is.List.Status != nil && *was.List.Status != *is.List.Status {
		found = append(found, statusSuspicion+*is.List.Status)
	}
	slices.Sort(found)
	return found, nil
}

// unsuspected is a result about which nobody asks for suspicions.
func unsuspected(result db.DocumentResult) db.DocumentResult {
	compare := result.Compare
	if compare == nil {
		return result
	}
	result.Compare = func(before []byte) (db.Comparison, error) {
		found, err := compare(before)
		found.Suspicions = nil
		return found, err
	}
	return result
}

// isStatus reports whether a suspicion is about the status.
func isStatus(suspicion string) bool { return strings.HasPrefix(suspicion, statusSuspicion) }
