package sync

import (
	"time"

	"syncd/internal/zoom"
)

// Floor is the least time that the budget allows for a pass over so many users,
// whose lists have so many pages: that of the pool that takes the longest, which it
// names. Each user costs two requests of phone-light, and one of core-medium where
// the general settings are mirrored.
func Floor(budget zoom.Budget, users, pages int, userSettings bool) (time.Duration, zoom.Pool) {
	calls := map[zoom.Pool]int{zoom.PhoneLight: 2 * users, zoom.PhoneMedium: pages}
	if userSettings {
		calls[zoom.CoreMedium] = users
	}
	var longest float64
	var slowest zoom.Pool
	for _, pool := range []zoom.Pool{zoom.PhoneLight, zoom.PhoneMedium, zoom.CoreMedium} {
		if seconds := float64(calls[pool]) / budget[pool]; seconds > longest {
			longest, slowest = seconds, pool
		}
	}
	return time.Duration(longest * float64(time.Second)), slowest
}
