package sync

import (
	"slices"
	"testing"
	"time"
)

// crewModel says how fast a crew of a size is, and how long it waits for the budget.
type crewModel struct {
	perUser time.Duration // that a worker takes for a user
	budget  float64       // users per second
	cores   float64       // the same, of what does not get faster with a larger crew
}

func (m crewModel) shift(size int) shift {
	able := min(float64(size)/m.perUser.Seconds(), m.cores)
	s := shift{users: int(min(able, m.budget) * crewTick.Seconds()), took: crewTick}
	if able > m.budget { // those who are too many wait
		s.waited = time.Duration((1 - m.budget/able) * float64(size) * float64(crewTick))
	}
	return s
}

func TestCrew_finds_its_size(t *testing.T) {
	t.Parallel()
	const budget = 20
	for name, test := range map[string]struct {
		fixed       int
		model       crewModel
		least, most int
	}{
		"fast enough":       {0, crewModel{400 * time.Millisecond, budget, 1e6}, 32, 32},
		"slow Zoom":         {0, crewModel{6 * time.Second, budget, 1e6}, 120, 243},
		"very slow Zoom":    {0, crewModel{time.Minute, budget, 1e6}, mostCrew, mostCrew},
		"no budget":         {0, crewModel{10 * time.Millisecond, 1e6, 900}, 32, 48},
		"fixed":             {7, crewModel{6 * time.Second, budget, 1e6}, 7, 7},
		"nothing gets done": {0, crewModel{time.Hour, budget, 1e6}, 32, 48},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCrew(test.fixed)
			var sizes []int
			for range 1000 {
				c.tick(test.model.shift(c.size))
				sizes = append(sizes, c.size)
			}
			if late := sizes[350:]; slices.Min(late) < test.least || slices.Max(late) > test.most {
				t.Errorf("the sizes are %d, want from %d to %d", sizes, test.least, test.most)
			}
		})
	}
}

func TestCrew_does_not_grow_while_somebody_is_idle(t *testing.T) {
	t.Parallel()
	c := newCrew(0)
	for range 20 {
		c.tick(shift{users: 3, idle: true, took: crewTick})
	}
	if c.size != firstCrew {
		t.Errorf("the size is %d", c.size)
	}
}

// In a shift that is shorter than a user takes, a larger crew is not faster yet.
func TestCrew_judges_a_larger_crew_after_its_turns(t *testing.T) {
	t.Parallel()
	c := newCrew(0)
	c.tick(shift{users: firstCrew, took: crewTick})
	if c.size != 48 {
		t.Fatalf("the size is %d", c.size)
	}
	for range 3 { // 96 users, as fast as before
		if c.tick(shift{users: 24, took: crewTick}); c.size != 48 {
			t.Fatalf("the trial ends with the size %d before everybody has had two turns", c.size)
		}
	}
	if c.tick(shift{users: 24, took: crewTick}); c.size != firstCrew {
		t.Errorf("the size is %d after a trial that was no use", c.size)
	}
}

func TestCrew_does_not_grow_while_nobody_takes_what_it_brings(t *testing.T) {
	t.Parallel()
	c := newCrew(0)
	c.tick(shift{users: firstCrew, took: crewTick}) // a trial begins
	for range 20 {
		c.tick(shift{users: 100, held: 3 * crewTick, took: crewTick})
	}
	if c.size != firstCrew {
		t.Errorf("the size is %d", c.size)
	}
}
