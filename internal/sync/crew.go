package sync

import "time"

// How many users are worked on at once is found by trial. The budget decides how fast
// a pass can be, and the crew only has to be large enough to use it: the slower Zoom
// answers, the larger.
const (
	firstCrew   = 32
	mostCrew    = 512 // more would cost memory, and no budget needs it
	crewTick    = 3 * time.Second
	crewGrowth  = 1.5
	crewWorthIt = 1.15 // of the speed before, or a larger crew is no use
	crewRest    = 10   // ticks after a trial that was no use
	crewTurns   = 2    // of everybody in a larger crew, before its speed tells
)

// crew is the size of a crew of workers, of whom each works on one user at a time.
type crew struct {
	size   int
	most   int
	trying bool
	before int     // the size before the trial
	speed  float64 // users per second, before the trial
	rest   int

	users int           // finished since the size was last decided about
	took  time.Duration // since then
}

// newCrew makes one of a fixed size, or with 0 one that finds its size.
func newCrew(fixed int) crew {
	if fixed > 0 {
		return crew{size: fixed, most: fixed}
	}
	return crew{size: firstCrew, most: mostCrew}
}

// shift is how the workers fared from one tick to the next.
type shift struct {
	users  int           // finished
	idle   bool          // some worker had no user to work on
	waited time.Duration // for the budget, all workers together
	held   time.Duration // with a finished user whom nobody took from them, all together
	took   time.Duration
}

// tick decides about the size for the next shift. A user may take longer than a tick, and
// then those who are new have brought nothing yet: what the size is worth shows when the
// crew has had its turns.
func (c *crew) tick(s shift) {
	c.users, c.took = c.users+s.users, c.took+s.took
	speed := float64(c.users) / c.took.Seconds()
	tooMany := s.held >= 2*s.took // the database is slower than Zoom
	switch {
	case c.trying && (tooMany || c.users >= crewTurns*c.size && speed < crewWorthIt*c.speed):
		c.size, c.trying, c.rest = c.before, false, crewRest
	case s.idle || tooMany || s.waited >= 2*s.took:
		// Two that wait for the budget at any time: more of them would change nothing.
		c.trying = false
	case c.rest > 0:
		c.rest--
		return // what is counted meanwhile is the speed before the next trial
	case c.trying && c.users < crewTurns*c.size, c.users < c.size:
		return
	case c.size < c.most:
		c.before, c.speed, c.trying = c.size, speed, true
		c.size = min(c.most, int(float64(c.size)*crewGrowth))
	default:
		c.trying = false
	}
	c.users, c.took = 0, 0
}
