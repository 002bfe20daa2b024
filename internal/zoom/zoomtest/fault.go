package zoomtest

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Faults are what goes wrong on demand. The zero value is none. A float64 is the chance of each request, 0 to 1, drawn
// from the account's seed in the order of arrival; a page number counts from 1. A request that a fault hits has
// arrived all the same: it counts in its pool.
type Faults struct {
	// Only names the endpoints that the chances below apply to ("list", "sites", "profile", "settings",
	// "user_settings", "write"); nil means all of them. Token faults have their own field.
	Only []string

	InternalError float64       // 500 with a JSON error
	BadGateway    float64       // 502 with an HTML page, before the token is looked at
	BrokenBody    float64       // the connection is cut in the middle of the body that Content-Length promises
	Garbage       float64       // 200 with bytes that are no JSON
	Reset         float64       // the connection is closed before the header
	SlowBody      float64       // the body pauses half-way for SlowBodyFor
	SlowBodyFor   time.Duration // 0 means 2 s

	Throttle           float64       // 429 "per-second", although the budget is not used up
	ThrottleRetryAfter string        // Retry-After of every per-second 429; "" means none, as Zoom does
	DailyLimit         float64       // 429 "daily" with an ISO datetime as Retry-After
	DailyLimitFor      time.Duration // until that datetime; 0 means until the next 00:00 UTC

	ShuffleList        bool     // every listing has an order of its own
	ShuffleDocuments   bool     // keys and unordered arrays come in another order at every read
	EmptyList          bool     // 200, no users, total_records 0
	TruncateListAtPage int      // the token chain ends with this page while total_records says more
	EmptyPageAt        int      // this page holds no user and yet a token; its users follow on the next one
	RepeatPageAt       int      // this page holds the users of the page before; its own are lost
	RepeatToken        bool     // from page 2 on the next token is the one that was sent
	TrailingPage       bool     // the last page has a token, which leads to an empty page
	DropTotalRecords   bool     // no total_records in lists
	Hidden             []string // ids absent from every listing and its total, while their details are served

	NotReady  float64  // share of the users (always the same ones) whose details answer 404/1001
	Forbidden []string // ids whose details answer 403

	LoseScopeAfter int     // after this many API requests the app loses LoseScope
	LoseScope      string  // "" means "phone:read:user_setting:admin"
	RevokeEvery    int     // every this many API requests all access tokens become invalid
	TokenFaults    float64 // the token endpoint answers in turn 500, an HTML page, an empty access_token
}

// SetFaults replaces the faults.
func (a *Account) SetFaults(f Faults) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = f
}

// FailUser makes one document of a user ("profile", "settings", "user_settings") answer this HTTP status with the body
// that Zoom gives with it; 0 ends it.
func (a *Account) FailUser(id, kind string, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if status == 0 {
		delete(a.failing, userDocument{id, kind})
		return
	}
	a.failing[userDocument{id, kind}] = status
}

type userDocument struct{ id, kind string }

// happens draws one chance; the caller holds the lock.
func (a *Account) happens(chance float64) bool {
	return chance > 0 && a.dice.Float64() < chance
}

// strike draws the chances of one request; the caller holds the lock.
func (a *Account) strike(endpoint string) Faults {
	f := a.faults
	hit := func(chance float64) float64 {
		if (f.Only == nil || slices.Contains(f.Only, endpoint)) && a.happens(chance) {
			return 1
		}
		return 0
	}
	f.InternalError, f.BadGateway, f.BrokenBody = hit(f.InternalError), hit(f.BadGateway), hit(f.BrokenBody)
	f.Garbage, f.Reset, f.SlowBody = hit(f.Garbage), hit(f.Reset), hit(f.SlowBody)
	f.Throttle, f.DailyLimit = hit(f.Throttle), hit(f.DailyLimit)
	return f
}

// damage spoils a good reply as the faults of its request say.
func (f *Faults) damage(rep reply) reply {
	if rep.status != http.StatusOK {
		return rep
	}
	switch {
	case f.Garbage > 0:
		rep.body = []byte("{\"users\":[{\"id\":\"\x00\xff]]>")
	case f.BrokenBody > 0:
		rep.cut = true
	case f.SlowBody > 0:
		rep.pause = orDefault(f.SlowBodyFor, 2*time.Second)
	}
	return rep
}

// userFault is the reply that a fault bound to the user gives instead of the document.
func (a *Account) userFault(f *Faults, index int, id, kind string) (reply, bool) {
	if slices.Contains(f.Forbidden, id) {
		return failure(http.StatusForbidden, http.StatusForbidden, "No permission to access this user."), true
	}
	if f.NotReady > 0 && unit(a.opts.Seed, index, "not ready") < f.NotReady {
		return userMissing(id), true
	}
	a.mu.Lock()
	status, ok := a.failing[userDocument{id, kind}]
	a.mu.Unlock()
	if !ok {
		return reply{}, false
	}
	switch status {
	case http.StatusBadRequest:
		return failure(status, 300, "Validation Failed."), true
	case http.StatusUnauthorized:
		return failure(status, 124, "Invalid access token."), true
	case http.StatusForbidden:
		return failure(status, status, "No permission to access this user."), true
	case http.StatusNotFound:
		return userMissing(id), true
	case http.StatusTooManyRequests:
		return a.perSecond(""), true
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return page(status), true
	default:
		return failure(status, status, strings.ToLower(http.StatusText(status))), true
	}
}

// unit is a number in [0, 1) that belongs to a user and a purpose, whatever else happens.
func unit(seed uint64, index int, purpose string) float64 {
	return rand.New(source(seed, index, purpose)).Float64() //nolint:gosec // simulated data needs no secrecy
}
