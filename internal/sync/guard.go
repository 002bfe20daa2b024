package sync

import (
	"errors"
	"fmt"
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

// heldBack says why a pass is held.
func (g Guard) heldBack(gone, current int) error {
	repair := "check at Zoom whether they are really gone; if so, raise SYNCD_MAX_DELETES for one pass"
	if current < smallMirror {
		repair = fmt.Sprintf("check at Zoom whether they are really gone; of a mirror below %d users at most %d may go in one pass, whatever is configured", smallMirror, smallLimit)
	}
	return &problem{
		text: fmt.Sprintf("held: Zoom says that %d of %d users are gone, more than the %d that one pass may mark deleted; none was",
			gone, current, g.limit(current)),
		repair: repair,
	}
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
