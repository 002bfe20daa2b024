package sync

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// breaker notices that most users fail for one cause. It takes the users so far for a
// sample of all, which is fair because a pass asks for them in an order of chance.
type breaker struct {
	few      int // fewer do not speak for the others
	finished int
	failed   map[cause]int
}

// fewFinished are too few users to speak for a whole account.
const fewFinished = 50

func newBreaker(few int) breaker { return breaker{few: few, failed: map[cause]int{}} }

// add notes how a user fared and gives the reason to stop the pass, if there is
// one. A missing scope does not count: it costs the users one document, not the
// pass.
func (b *breaker) add(err error) error {
	b.finished++
	if err == nil || errors.Is(err, zoom.ErrScopes) {
		return nil
	}
	why := causeOf(err)
	b.failed[why]++
	// Chance makes a sample differ from all by some root of its size; twice what it does
	// mostly is no chance.
	surely := math.Sqrt(float64(b.finished))
	if failed := b.failed[why]; b.finished >= b.few && float64(failed) > float64(b.finished)/2+surely {
		return &problem{
			text:   fmt.Sprintf("stopped after %d of %d users failed for one cause: %v", failed, b.finished, why),
			repair: Repair(err),
			kind:   err,
		}
	}
	return nil
}

// cause is what failures of different users have in common. It names nobody.
type cause struct {
	kind         string
	status, code int
	sqlState     string
}

// causeOf gives the cause of a failure. What syncd itself cannot do with an answer
// is one cause, whatever is wrong with it.
func causeOf(err error) cause {
	var refused *zoom.Error
	var unstorable *db.Error
	switch {
	case err == nil:
		return cause{}
	case errors.As(err, &unstorable):
		return cause{kind: "refused by the database", sqlState: unstorable.Code}
	case !errors.As(err, &refused):
		return cause{kind: "documents that cannot be read"}
	case refused.Claim != nil:
		return cause{kind: refused.Claim.Error(), status: refused.Status, code: refused.Code}
	default:
		return cause{kind: refused.Kind.Error(), status: refused.Status, code: refused.Code}
	}
}

// String gives the kind, and status, code and SQLSTATE where there are any.
func (c cause) String() string {
	var b strings.Builder
	b.WriteString(c.kind)
	if c.status != 0 {
		fmt.Fprintf(&b, ": http %d", c.status)
	}
	if c.code != 0 {
		fmt.Fprintf(&b, " code %d", c.code)
	}
	if c.sqlState != "" {
		fmt.Fprintf(&b, ": SQLSTATE %s", c.sqlState)
	}
	return b.String()
}
