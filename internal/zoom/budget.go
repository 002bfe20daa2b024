package zoom

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Pool names one rate budget of the account. All calls with the same label draw
// on the same pool.
type Pool string

// The pools that a mirror draws on.
const (
	PhoneLight  Pool = "phone-light"  // profile and settings of one phone user
	PhoneMedium Pool = "phone-medium" // lists of users and sites
	CoreMedium  Pool = "core-medium"  // general settings of one user
	PhoneHeavy  Pool = "phone-heavy"  // reports
)

// Plan names a preset of limits.
type Plan string

// The plans with published limits. Education and Enterprise count as Business.
const (
	Pro      Plan = "pro"
	Business Plan = "business"
)

// Limits gives the account's limits of a plan in requests per second, as
// published on https://developers.zoom.us/docs/api/rate-limits/ (Zoom Phone has
// a table of its own, lower than the general one). An unknown plan gives nil.
func (p Plan) Limits() map[Pool]float64 {
	switch p {
	case Pro:
		return map[Pool]float64{PhoneLight: 20, PhoneMedium: 10, CoreMedium: 20, PhoneHeavy: 5}
	case Business:
		return map[Pool]float64{PhoneLight: 40, PhoneMedium: 20, CoreMedium: 60, PhoneHeavy: 10}
	default:
		return nil
	}
}

const defaultShare = 0.8

// Budget is what a client may use: requests per second of each pool.
type Budget map[Pool]float64

// NewBudget is the share (above 0, at most 1) of a plan's limits. Overrides
// replace the plan's limits, before the share is taken.
func NewBudget(plan Plan, share float64, overrides map[Pool]float64) (Budget, error) {
	limits := plan.Limits()
	if limits == nil {
		return nil, fmt.Errorf("plan %q is not known: use pro or business", string(plan))
	}
	if !(share > 0 && share <= 1) {
		return nil, fmt.Errorf("share %v is not above 0 and at most 1", share)
	}
	maps.Copy(limits, overrides)
	budget := make(Budget, len(limits))
	for name, limit := range limits {
		budget[name] = limit * share
	}
	return budget, budget.check()
}

// ParseLimits reads "phone-light=40,phone-medium=20". All faults of the text are
// reported at once.
func ParseLimits(text string) (map[Pool]float64, error) {
	limits := map[Pool]float64{}
	var faults []error
	for entry := range strings.SplitSeq(text, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		name, value, _ := strings.Cut(entry, "=")
		pool := Pool(strings.TrimSpace(name))
		limit, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		switch {
		case !slices.Contains(pools(), pool):
			faults = append(faults, fmt.Errorf("%q is not a pool: use one of %s", string(pool), poolNames()))
		case err != nil || !(limit > 0 && limit <= maxRate):
			faults = append(faults, fmt.Errorf("%q is not a number of requests per second above 0: write %s=40", entry, pool))
		default:
			limits[pool] = limit
		}
	}
	return limits, errors.Join(faults...)
}

// maxRate is where a limit stops being one (requests per second).
const maxRate = 1e6

// check finds pools without a usable rate, also those that are missing.
func (b Budget) check() error {
	var faults []error
	for _, name := range pools() {
		if limit := b[name]; !(limit > 0 && limit <= maxRate) {
			faults = append(faults, fmt.Errorf("budget of pool %s is %v requests per second, it must be above 0 and at most %v", name, limit, maxRate))
		}
	}
	return errors.Join(faults...)
}

func pools() []Pool { return []Pool{CoreMedium, PhoneHeavy, PhoneLight, PhoneMedium} }

func poolNames() string {
	var names []string
	for _, pool := range pools() {
		names = append(names, string(pool))
	}
	return strings.Join(names, ", ")
}
