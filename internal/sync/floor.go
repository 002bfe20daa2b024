package sync

import (
	"math"
	"time"

	"syncd/internal/zoom"
)

// Cost is what a pass takes of one pool.
type Cost struct {
	Pool  zoom.Pool
	Calls int
	Rate  float64       // requests per second that the budget allows
	Least time.Duration // that so many calls take at this rate
}

// Costs says what a pass over so many users, whose lists have so many pages, takes of
// each pool that it uses. Each user costs two requests of phone-light, and one of
// core-medium where the general settings are mirrored.
func Costs(budget zoom.Budget, users, pages int, userSettings bool) []Cost {
	costs := []Cost{{Pool: zoom.PhoneMedium, Calls: pages}, {Pool: zoom.PhoneLight, Calls: 2 * users}}
	if userSettings {
		costs = append(costs, Cost{Pool: zoom.CoreMedium, Calls: users})
	}
	for i := range costs {
		c := &costs[i]
		c.Rate = budget[c.Pool]
		c.Least = leastTime(c.Calls, c.Rate)
	}
	return costs
}

// leastTime is how long so many calls take at a rate, to the nanosecond. A rate near
// zero makes it longer than can be said: it then is some 146 years.
func leastTime(calls int, rate float64) time.Duration {
	const longest = math.MaxInt64 / 2
	return time.Duration(math.Round(min(float64(calls)/rate*float64(time.Second), longest)))
}

// Floor is the least time that the budget allows for a pass: that of the pool that
// takes the longest, which it names. For the arguments see [Costs].
func Floor(budget zoom.Budget, users, pages int, userSettings bool) (floor time.Duration, slowest zoom.Pool) {
	for _, cost := range Costs(budget, users, pages, userSettings) {
		if cost.Least > floor || slowest == "" && cost.Calls > 0 {
			floor, slowest = cost.Least, cost.Pool
		}
	}
	return floor, slowest
}

// ListPages is how many pages the lists of an account with so many users have at
// least: the unfiltered list at 100 users a page, which is as many as Zoom gives, and
// one page each of the deactivated users, of the pending ones and of the sites.
func ListPages(users int) int {
	const pageSize, others = 100, 3
	return max(1, (users+pageSize-1)/pageSize) + others
}

// LeastInterval is the least interval, in whole seconds, that has room for a pass with
// this floor. In a shorter one passes follow one another without a pause, and none
// begins in time.
func LeastInterval(floor time.Duration) time.Duration {
	return (floor + time.Second - 1).Truncate(time.Second)
}

// LeastShare is the least share of the limits, in hundredths, at which an interval has
// room for a pass whose floor is this at another share; ok is false when none is enough.
func LeastShare(interval, floor time.Duration, share float64) (least float64, ok bool) {
	for percent := 1; percent <= 100; percent++ {
		least = float64(percent) / 100
		if math.Round(float64(floor)*share/least) <= float64(interval) {
			return least, true
		}
	}
	return 0, false
}

// OldestAge is how old a document can be while passes begin at an interval and take as
// long as their floor: one that a pass fetches first, and the next pass last.
func OldestAge(interval, floor time.Duration) time.Duration { return interval + floor }
