package zoomtest

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// Phone statuses of a user.
const (
	Active      = "activate"
	Deactivated = "deactivate"
	Pending     = "pending"
)

// person is what the documents of one user agree on. It is computed from the seed and the user's position.
type person struct {
	index                      int
	id, phoneUserID            string
	extensionID                string
	extension                  int64
	name, email, status        string
	site                       int // -1: none
	department, costCenter     string
	hasDepartment, hasCost     bool
	numbers                    []number
	plans                      []plan
	hasDesk                    bool
	pin, pmiPassword, password string
}

type number struct{ id, digits string }

type plan struct {
	kind int
	name string
}

// source is the stream of random numbers for one purpose of one user.
func source(seed uint64, index int, purpose string) *rand.PCG {
	hash := uint64(14695981039346656037) // FNV-1a
	for i := range len(purpose) {
		hash = (hash ^ uint64(purpose[i])) * 1099511628211
	}
	return rand.NewPCG(seed^hash, uint64(index)+1) //nolint:gosec // an index is never negative
}

func stream(seed uint64, index int, purpose string) *rand.Rand {
	return rand.New(source(seed, index, purpose)) //nolint:gosec // simulated data needs no secrecy
}

// firstStatus is the status that a user is made with: of a hundred 88 are active, 7 deactivated, 5 pending.
func (a *Account) firstStatus(index int) string {
	switch u := unit(a.opts.Seed, index, "status"); {
	case index >= a.opts.Users || u < 0.88:
		return Active
	case u < 0.95:
		return Deactivated
	default:
		return Pending
	}
}

// person computes a user; "" as status means the first one.
func (a *Account) person(index int, status string) *person {
	rng := stream(a.opts.Seed, index, "person")
	p := &person{
		index: index, status: orDefault(status, a.firstStatus(index)), site: -1,
		id: a.minter.id(idUser, index, 0), phoneUserID: a.minter.id(idPhoneUser, index, 0), extensionID: a.minter.id(idExtension, index, 0),
		name: fullName(rng, index), email: address(index), extension: 800 + int64(index),
		hasDesk: rng.IntN(3) > 0,
	}
	switch {
	case index%97 == 13:
		p.extension += 1 << 53 // beyond what a float64 holds
	case index%211 == 7:
		p.extension = -p.extension // as an old official example shows
	}
	if !a.opts.NoSites && rng.IntN(20) > 0 {
		p.site = index % siteCount
	}
	p.department, p.hasDepartment = sometimes(rng, departments())
	p.costCenter, p.hasCost = sometimes(rng, costCenters())
	p.pin = strconv.Itoa(7_310_000_000 + index)
	p.pmiPassword = "pmi-Kx" + strconv.Itoa(7_320_000_000+index)
	p.password = "Def!q" + strconv.Itoa(7_330_000_000+index)
	if p.status != Pending && !a.opts.Small {
		p.numbers, p.plans = a.numbersOf(p, rng), plansOf(rng)
	}
	return p
}

// sometimes gives one of the values, an empty one, or none.
func sometimes(rng *rand.Rand, values []string) (value string, ok bool) {
	switch n := rng.IntN(10); n {
	case 0:
		return "", false
	case 1:
		return "", true
	default:
		return values[rng.IntN(len(values))], true
	}
}

func fullName(rng *rand.Rand, index int) string {
	given, family := givenNames(), familyNames()
	return given[index%len(given)] + " " + family[rng.IntN(len(family))]
}

// address ends in the position, so that it leads back to the user without a table.
func address(index int) string {
	local := []string{"kim", "o'brien", "a+b", "Maria.Elena", "x_y-z", "user", "100%"}[index%7]
	return local + "." + strconv.Itoa(index) + "@example.com"
}

// addressed finds the user with this e-mail address, whatever its letter case.
func addressed(email string) (index int, ok bool) {
	local, _, found := strings.Cut(email, "@")
	index, err := strconv.Atoi(local[strings.LastIndexByte(local, '.')+1:])
	return index, found && err == nil && index >= 0 && strings.EqualFold(email, address(index))
}

// numbersOf gives a user up to three numbers, some without "+", one user in 23 the first one twice.
func (a *Account) numbersOf(p *person, rng *rand.Rand) []number {
	calling := places()[max(p.site, 0)].calling
	numbers := make([]number, 0, 4)
	for n := range rng.IntN(4) {
		digits := calling + strconv.Itoa(2_000_000_000+p.index*4+n)
		if rng.IntN(5) > 0 {
			digits = "+" + digits
		}
		numbers = append(numbers, number{a.minter.id(idNumber, p.index, n), digits})
	}
	if len(numbers) > 0 && p.index%23 == 5 {
		numbers = append(numbers, numbers[0])
	}
	return numbers
}

func plansOf(rng *rand.Rand) []plan {
	known := []plan{{200, "US/CA Unlimited Calling Plan"}, {203, "Pro Global Select"}, {1001, "通話プラン"}, {31005, ""}}
	plans := make([]plan, 0, 3)
	for range rng.IntN(3) {
		plans = append(plans, known[rng.IntN(len(known))])
	}
	return plans
}
