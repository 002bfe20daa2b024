package sync

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"syncd/internal/db"
)

// Guard limits how many users one pass may tombstone. Beyond it, the pass is held.
type Guard struct {
	MaxDeletes       int     // users
	MaxDeletePercent float64 // of the users that the mirror holds as active
}

// DefaultGuard is 25 users or 5 %, whichever is more.
func DefaultGuard() Guard { return Guard{MaxDeletes: 25, MaxDeletePercent: 5} }

// A mirror below smallMirror users is held above smallLimit tombstones, because
// 25 would be a quarter of it and more.
const (
	smallMirror = 100
	smallLimit  = 10
)

// limit is how many users may go in one pass of a mirror with this many active ones.
func (g Guard) limit(active int) int {
	if active < smallMirror {
		return min(smallLimit, g.MaxDeletes)
	}
	// Multiplied first, whole percents are exact (29/100*100 is 28.99...); what a
	// fraction of a percent loses errs on the side of holding.
	return max(g.MaxDeletes, int(g.MaxDeletePercent*float64(active)/100))
}

// A site of siteUsers or more must not lose over half of them.
const siteUsers = 20

// deletions says why this set of users must not be marked deleted, "" when it may. Users are all
// who were current when the pass began. Those whom it marked deleted before it was cut off count with those who go now.
func (g Guard) deletions(users map[string]db.Standing, going map[string]bool) string {
	were, left := map[string]int{}, map[string]int{}
	active, gone := 0, 0
	for id, user := range users {
		were[user.Site]++
		if user.Active {
			active++
		}
		if user.Gone || going[id] {
			left[user.Site]++
			gone++
		}
	}
	if allowed := g.limit(active); gone > allowed {
		return fmt.Sprintf("Zoom says that %d of %d users are gone, more than the %d that one pass may mark deleted with %d active users", gone, len(users), allowed, active)
	}
	for _, site := range slices.Sorted(maps.Keys(left)) {
		if site != "" && were[site] >= siteUsers && 2*left[site] > were[site] {
			return fmt.Sprintf("Zoom says that %d of the %d users of site %s are gone, over half of them", left[site], were[site], site)
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

// sites says why some of these losses of sites must not be written, and which: half of
// the sites would be gone, or a column that half of them have filled would be empty for
// most of these. Sites are few and seldom go, so that no number of them is too small.
func (g Guard) sites(stored map[string]db.Site, losses []db.Held) (reason string, held []db.Held) {
	filled, lost := map[string]int{}, map[string]int{}
	for _, site := range stored {
		for column, has := range siteColumns(site) {
			if has {
				filled[column]++
			}
		}
	}
	for _, h := range losses {
		lost[h.Change]++
	}
	var reasons []string
	for _, change := range slices.Sorted(maps.Keys(lost)) {
		switch n := lost[change]; {
		case change == siteDeleted && 2*n >= len(stored):
			reasons = append(reasons, fmt.Sprintf("%d of %d sites are gone", n, len(stored)))
		case change != siteDeleted && 2*filled[change] >= len(stored) && 2*n > filled[change]:
			reasons = append(reasons, fmt.Sprintf("%s would go empty for %d of %d sites", change, n, filled[change]))
		default:
			delete(lost, change)
		}
	}
	return strings.Join(reasons, ", "), filter(losses, func(h db.Held) bool { return lost[h.Change] > 0 })
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
