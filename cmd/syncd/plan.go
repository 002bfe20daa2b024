package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"syncd/internal/human"
	"syncd/internal/sync"
	"syncd/internal/zoom"
)

// plan is what the passes over an account cost, and what they give.
type plan struct {
	users    int
	costs    []sync.Cost
	floor    time.Duration
	slowest  zoom.Pool // sets the floor
	interval time.Duration
	share    float64
}

// planFor plans with the configured budget and interval.
func (c config) planFor(users int) plan {
	pages := sync.ListPages(users)
	floor, slowest := sync.Floor(c.zoom.Budget, users, pages, c.userSettings)
	return plan{
		users: users, costs: sync.Costs(c.zoom.Budget, users, pages, c.userSettings),
		floor: floor, slowest: slowest, interval: c.interval, share: c.share,
	}
}

// makePlan prints the plan for an account of so many users. An interval that has no
// room for a pass is refused, like any other configuration that cannot work.
func (a *app) makePlan() int {
	p := a.planFor(a.planned)
	fmt.Fprintf(a.stdout, "Passes over %s phone users, plan %s, share %g\n\n", human.Count(p.users), a.plan, a.share)
	p.print(a.stdout)
	if err := p.check(); err != nil {
		fmt.Fprintf(a.stderr, "syncd: %v\n", err)
		return exitUsage
	}
	return exitComplete
}

func (p plan) print(out io.Writer) {
	purposes := map[zoom.Pool]string{
		zoom.PhoneMedium: "lists of users, 100 a page, and of sites",
		zoom.PhoneLight:  "phone profile and phone settings of each user",
		zoom.CoreMedium:  "general settings of each user",
	}
	const row = "%-12s  %12s  %8s  %10s  %s\n"
	fmt.Fprintf(out, row, "pool", "requests", "a second", "at least", "for")
	for _, cost := range p.costs {
		fmt.Fprintf(out, row, cost.Pool, human.Count(cost.Calls), strconv.FormatFloat(cost.Rate, 'g', 4, 64), human.Duration(cost.Least), purposes[cost.Pool])
	}
	const line = "%-12s  %s\n"
	fmt.Fprintf(out, "\n"+line, "floor", fmt.Sprintf("%s: the least time that these limits allow a pass, set by %s", human.Duration(p.floor), p.slowest))
	if p.check() != nil {
		fmt.Fprintf(out, line, "interval", human.Duration(p.interval)+": too short")
		return
	}
	fmt.Fprintf(out, line, "interval", p.room())
	fmt.Fprintf(out, line, "oldest data", p.age())
}

// room says how much of the interval a pass takes.
func (p plan) room() string {
	return fmt.Sprintf("%s: has room for a pass, which takes at least %.0f %% of it", human.Duration(p.interval), 100*p.floor.Seconds()/p.interval.Seconds())
}

// age says how old the data gets.
func (p plan) age() string {
	return fmt.Sprintf("%s: interval + pass, for a user whom one pass asks for first and the next one last; syncd run may begin it 5 %% of the interval late",
		human.Duration(sync.OldestAge(p.interval, p.floor)))
}

// check refuses an interval that has no room for a pass, and says what has.
func (p plan) check() error {
	if p.floor <= p.interval {
		return nil
	}
	otherwise := "; no share of these limits is enough"
	if share, ok := sync.LeastShare(p.interval, p.floor, p.share); ok {
		otherwise = fmt.Sprintf(", or ZOOM_RATE_SHARE (--share) to %g or more", share)
	}
	return fmt.Errorf("an interval of %s has no room for a pass: raise SYNCD_INTERVAL (--interval) to %s or more%s",
		human.Duration(p.interval), human.Duration(sync.LeastInterval(p.floor)), otherwise)
}
