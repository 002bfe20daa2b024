package sync

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"syncd/internal/db"
)

// Guard limits how many users one pass may tombstone. Beyond it, the pass is held.
type Guard struct {
	MaxDeletes       int     // users
	MaxDeletePercent float64 // of the users that the mirror holds as current
}

// DefaultGuard is 25 users or 5 %, whichever is more.
func DefaultGuard() Guard { return Guard{MaxDeletes: 25, MaxDeletePercent: 5} }

// A mirror below smallMirror users is held above smallLimit tombstones, because
// 25 would be a quarter of it and more.
const (
	smallMirror = 100
	smallLimit  = 10
)

// limit is how many of the given number of current users may go in one pass.
func (g Guard) limit(current int) int {
	if current < smallMirror {
		return min(smallLimit, g.MaxDeletes)
	}
	// Multiplied first, whole percents are exact (29/100*100 is 28.99...); what a
	// fraction of a percent loses errs on the side of holding.
	return max(g.MaxDeletes, int(g.MaxDeletePercent*float64(current)/100))
}

// A site of siteUsers or more must not lose over half of them.
const siteUsers = 20

// deletions says why this set of users must not be marked deleted, "" when it may.
// Both are sites by user: of all who are current, and of those who are gone. Before is how many the pass has
// marked deleted before it was cut off.
func (g Guard) deletions(gone, current map[string]string, before int) string {
	if allowed := g.limit(len(current) + before); len(gone)+before > allowed {
		return fmt.Sprintf("Zoom says that %d of %d users are gone, more than the %d that one pass may mark deleted; none was", len(gone)+before, len(current)+before, allowed)
	}
	were, left := map[string]int{}, map[string]int{}
	for _, site := range current {
		were[site]++
	}
	for _, site := range gone {
		left[site]++
	}
	for _, site := range slices.Sorted(maps.Keys(left)) {
		if site != "" && were[site] >= siteUsers && 2*left[site] > were[site] {
			return fmt.Sprintf("Zoom says that %d of the %d users of site %s are gone, over half of them; nobody was marked deleted", left[site], were[site], site)
		}
	}
	return ""
}

// fewUsers is how many may change in whatever way: the parts below say little about
// a handful of users.
const fewUsers = 3

// statuses says why this many of the users that were listed must not change their
// status in one pass.
func (g Guard) statuses(changed, listed int) string {
	if changed < fewUsers || 10*changed <= listed {
		return ""
	}
	return fmt.Sprintf("%d of %d users change their status at once, over 10 %%; none of these changes was written", changed, listed)
}

// emptied says why a column must not become empty for this many users: it is filled
// for half of all, and empty for most of those about whom Zoom answered.
func (g Guard) emptied(users int, fill db.Fill) string {
	if users < fewUsers || 2*fill.Filled < fill.Current || 2*users <= fill.Answered {
		return ""
	}
	return fmt.Sprintf("for %d of %d users", users, fill.Answered)
}

func (g Guard) check() error {
	var faults []error
	if g.MaxDeletes < 0 {
		faults = append(faults, fmt.Errorf("max deletes is %d, it must not be negative", g.MaxDeletes))
	}
	if !(g.MaxDeletePercent >= 0 && g.MaxDeletePercent <= 100) {
		faults = append(faults, fmt.Errorf("max delete percent is %v, it must be from 0 to 100", g.MaxDeletePercent))
	}
	return errors.Join(faults...)
}
