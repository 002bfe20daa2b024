package sync

import (
	"slices"

	"syncd/internal/db"
)

// seen is whom a pass was asked to see.
type seen int

const (
	everybody seen = iota
	theChosen      // users who were asked for by name
)

// settlement is what becomes of the suspicions of one kind, and of the open hold of
// that kind. Suspicions that it does not name are written as nobody's business.
type settlement struct {
	back  []db.Held      // kept back
	write []db.Held      // written by the approval of the open hold
	hold  *db.Hold       // to be recorded, in place of the open one
	end   db.HoldOutcome // of the open hold, if nothing takes its place; "": it stays
}

// decide says what becomes of the suspicions that were found. Unknown are members of
// the open hold about whom this pass learned nothing: they are no more innocent than
// they were. Judged is what the guard says of both together; without a reason it has
// nothing against them.
//
// A pass finds the same set, unknown members included, and the hold stands: what was
// found of it is written if somebody has approved it, and the rest stays held. Or
// somebody came to it or is innocent: then the hold ends, and what the guard says is a
// new one. Whom a pass did not see is unknown.
func decide(open db.HeldSet, found, unknown []db.Held, judged db.Hold, seen seen) settlement {
	switch {
	case open.HoldID != 0 && seen == theChosen:
		return settlement{back: concerned(open.Set, found)}
	case seen == theChosen:
		return settlement{} // they were asked for by name
	}
	if open.HoldID != 0 && stands(open.Set, slices.Concat(found, unknown), judged.Set) {
		members := common(found, open.Set)
		if open.Approved {
			return settlement{write: members}
		}
		return settlement{back: members}
	}
	switch {
	case judged.Reason != "":
		return settlement{back: common(found, judged.Set), hold: &judged}
	case open.HoldID == 0:
		return settlement{}
	case open.Approved && len(open.Set) == 0:
		return settlement{end: db.HoldReleased} // what was not written has gone of itself
	}
	return settlement{end: db.HoldResolved}
}

// What the guard decides, as metrics name it.
const (
	decisionClear     = "clear"     // nothing was suspect
	decisionPermitted = "permitted" // few enough
	decisionHeld      = "held"      // a hold begins
	decisionKept      = "kept"      // the open hold stands
	decisionReleased  = "released"  // what was approved is written
	decisionEnded     = "ended"     // the open hold ends, and nothing takes its place
)

func decisions() []string {
	return []string{decisionClear, decisionPermitted, decisionHeld, decisionKept, decisionReleased, decisionEnded}
}

// name is the decision in a word.
func (s settlement) name(open db.HeldSet, found []db.Held) string {
	switch {
	case s.hold != nil:
		return decisionHeld
	case len(s.write) > 0, s.end == db.HoldReleased:
		return decisionReleased
	case s.end != "":
		return decisionEnded
	case open.HoldID != 0:
		return decisionKept
	case len(found) > 0:
		return decisionPermitted
	}
	return decisionClear
}

// stands reports whether a held set is still what it was: every member is suspect, and
// nobody else is in the way that members are, or in one that the guard holds back.
func stands(held, suspected, judged []db.Held) bool {
	members, suspects := newHeldSet(held), newHeldSet(suspected)
	isNew := func(h db.Held) bool { return !members[h] }
	return len(held) > 0 &&
		!slices.ContainsFunc(held, func(h db.Held) bool { return !suspects[h] }) &&
		!slices.ContainsFunc(alike(held, suspected), isNew) &&
		!slices.ContainsFunc(judged, isNew)
}

// alike gives those suspicions that are of the sort of a member of a held set.
func alike(held, suspected []db.Held) []db.Held {
	sorts := map[string]bool{}
	for _, h := range held {
		sorts[sortOf(h)] = true
	}
	return filter(suspected, func(h db.Held) bool { return sorts[sortOf(h)] })
}

// sortOf is what suspicions are counted by: the column; the status, whichever is new.
func sortOf(h db.Held) string {
	if isStatus(h.Change) {
		return statusSuspicion
	}
	return h.Change
}

// concerned gives those suspicions that are of the sort of a member of a held set, or
// of the same document.
func concerned(held, found []db.Held) []db.Held {
	type document struct {
		user string
		kind db.Document
	}
	documents := map[document]bool{}
	for _, h := range held {
		documents[document{h.UserID, h.Document}] = true
	}
	sameSort := newHeldSet(alike(held, found))
	return filter(found, func(h db.Held) bool { return sameSort[h] || documents[document{h.UserID, h.Document}] })
}

func newHeldSet(held []db.Held) map[db.Held]bool {
	set := make(map[db.Held]bool, len(held))
	for _, h := range held {
		set[h] = true
	}
	return set
}

// common gives the elements of a that b has too.
func common(a, b []db.Held) []db.Held {
	set := newHeldSet(b)
	return filter(a, func(h db.Held) bool { return set[h] })
}

func filter(held []db.Held, keep func(db.Held) bool) []db.Held {
	return slices.DeleteFunc(slices.Clone(held), func(h db.Held) bool { return !keep(h) })
}
