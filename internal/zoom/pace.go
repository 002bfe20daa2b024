package zoom

import (
	"math"
	"time"
)

// How the rate of a pool answers to being refused. Zoom counts a sliding second at
// its own door, and requests that leave evenly arrive unevenly: at the full rate it
// would refuse every other one, a few percent below it none. So the rate feels its
// way: each accepted answer raises it a little, each refusal lowers it by as much as
// wanted/(1-wanted) accepted answers do not. It stays where that share is refused, for
// any rate, any jitter and any neighbour.
const (
	wanted   = 0.006 // share of the requests that may be refused for feeling out the limit
	begin    = 0.93  // of the account's limit: what most likely is not refused
	slowest  = 1.0 / 16
	calm     = 15 * time.Second // without a refusal: there is more to have than thought,
	doubling = 5 * time.Second  // and the climb becomes twice as steep in each of these
	steepest = 0.02             // of the rate, an answer
	// What was good before a few refusals in a row is good again, most likely: up to
	// this part of it the climb is so much steeper.
	formerly, regain = 0.94, 10
	firstPause       = time.Second
	longestPause     = 30 * time.Second // doubling ends here
)

// episodes are the refusals in a row, without an accepted answer in between: what to
// do to the rate, and for how many requests' time to be silent. One alone may be
// chance; several say that the budget has become another.
//
//nolint:gochecknoglobals // constants that Go cannot express as such
var episodes = [...]struct {
	factor float64
	slots  int
}{{0.985, 2}, {0.95, 4}, {0.85, 8}, {0.75, 0}}

// pace is the rate of a pool, in requests a second, as Zoom's answers teach it.
type pace struct {
	full   float64   // when nobody throttles us
	rate   float64   // now
	former float64   // when it was refused last
	cut    time.Time // when it was lowered last
	since  time.Time // when the pause after that ended; at first, when the pace began
	streak int       // episodes in a row
}

// newPace begins at the full rate, unless that comes close to the limit itself.
func newPace(full, limit float64, now time.Time) pace {
	return pace{full: full, rate: min(full, begin*limit), since: now}
}

// refused notes a refusal of a request that was sent at the given time, and says for
// how long to send nothing: as long as Zoom says, if it does. The refusals of requests
// that were on their way when the rate was lowered belong to the same episode.
func (p *pace) refused(sentAt, now time.Time, retryAfter time.Duration) (pause time.Duration, episode bool) {
	if sentAt.Before(p.cut) {
		return max(0, retryAfter), false
	}
	p.cut = now
	if p.streak++; p.streak == 1 {
		p.former = p.rate
	}
	e := episodes[min(p.streak, len(episodes))-1]
	p.rate = max(p.rate*e.factor, p.full*slowest)
	switch {
	case retryAfter > 0:
		pause = retryAfter
	case e.slots > 0:
		pause = min(longestPause, time.Duration(float64(e.slots)/p.rate*float64(time.Second)))
	default:
		pause = min(longestPause, firstPause<<min(p.streak-len(episodes), 10))
	}
	p.since = now.Add(pause)
	return pause, true
}

// accepted notes an answer that was no refusal.
func (p *pace) accepted(sentAt, now time.Time) {
	if sentAt.Before(p.cut) {
		return
	}
	p.streak = 0
	if p.rate == p.full {
		return
	}
	steeper := 1.0
	if quiet := now.Sub(p.since) - calm; quiet > 0 {
		steeper = math.Exp2(quiet.Seconds() / doubling.Seconds())
	}
	if p.rate < formerly*p.former {
		steeper = max(steeper, regain)
	}
	step := wanted * (1 - episodes[0].factor) * steeper
	p.rate = min(p.full, p.rate*(1+min(step, steepest)))
}
