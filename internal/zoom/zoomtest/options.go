package zoomtest

import (
	"maps"
	"slices"
	"time"
)

// Credentials of the account when Options name no others.
const (
	DefaultAccountID    = "qM3xT0aLTh2kZpV9sW1bXg"
	DefaultClientID     = "kH7dYw2RQeSfUuJ4nB6c1A"
	DefaultClientSecret = "simulated-client-secret-0123456789"
)

// Names of the rate pools.
const (
	PhoneLight  = "phone-light"
	PhoneMedium = "phone-medium"
	CoreMedium  = "core-medium"
	PhoneHeavy  = "phone-heavy"
)

// Counting is how a pool decides that it is over its limit.
type Counting int

const (
	// StrictSecond refuses a request when the second before it already held as many arrivals as the limit.
	// Refused arrivals count, so a client that hammers stays refused.
	StrictSecond Counting = iota
	// TokenBucket refills at the limit and holds at most one second of it.
	TokenBucket
)

// Options shape an account. The zero value is a sensible hostile one: 200 users, business limits, only the five
// least scopes, a listing without the deactivated and with repeated rows.
type Options struct {
	Users int    // users at the start; 0 means 200, a negative number none
	Seed  uint64 // same seed, same bytes
	Small bool   // documents of a few fields, for benchmarks over very many users

	AccountID    string   // "" means DefaultAccountID
	ClientID     string   // "" means DefaultClientID
	ClientSecret string   // "" means DefaultClientSecret
	Scopes       []string // scopes of the app; nil means DefaultScopes

	Plan      string             // "business" (also for "") or "pro"
	Limits    map[string]float64 // requests a second by pool, over those of the plan; 0 means unlimited
	Counting  Counting
	Neighbour map[string]float64 // requests a second by pool that another app of the account makes

	TokenLife     time.Duration // of an access token; 0 means 1 h
	PageTokenLife time.Duration // of a page token; 0 means 15 min
	Latency       time.Duration // of each reply
	Jitter        time.Duration // at most this much more, evenly spread

	MaxPageSize             int     // of /phone/users; 0 means 100; more is clamped and the echoed page_size says so
	ListIncludesDeactivated bool    // the unfiltered list also holds deactivated and pending users
	NoDuplicates            bool    // no row is repeated on the next page of a list
	NoPhone                 bool    // phone calls answer 403/2031
	NoSites                 bool    // Multiple Sites is off: the site list answers 400, no user has a site
	RateHeaders             bool    // X-RateLimit-Type, -Limit and -Remaining on every reply
	Volatile                bool    // device states and addresses differ at every read
	Drift                   float64 // share of documents in which some values have an unexpected type

	Faults Faults // at the start; see SetFaults
}

// DefaultScopes returns the five granular scopes that reading the mirror's documents takes.
func DefaultScopes() []string {
	return []string{
		"phone:read:list_users:admin", "phone:read:user:admin", "phone:read:user_setting:admin",
		"phone:read:list_sites:admin", "user:read:settings:admin",
	}
}

// WriteScopes returns the three granular scopes that changing shared settings takes.
func WriteScopes() []string {
	return []string{"phone:write:shared_setting:admin", "phone:update:shared_setting:admin", "phone:delete:shared_setting:admin"}
}

func (o *Options) setDefaults() {
	switch {
	case o.Users == 0:
		o.Users = 200
	case o.Users < 0:
		o.Users = 0
	}
	o.AccountID = orDefault(o.AccountID, DefaultAccountID)
	o.ClientID = orDefault(o.ClientID, DefaultClientID)
	o.ClientSecret = orDefault(o.ClientSecret, DefaultClientSecret)
	o.Plan = orDefault(o.Plan, "business")
	o.TokenLife = orDefault(o.TokenLife, time.Hour)
	o.PageTokenLife = orDefault(o.PageTokenLife, 15*time.Minute)
	o.MaxPageSize = orDefault(o.MaxPageSize, 100)
	if o.Scopes == nil {
		o.Scopes = DefaultScopes()
	}
	o.Scopes = slices.Clone(o.Scopes)
}

// limits returns the requests a second of every pool.
func (o *Options) limits() map[string]float64 {
	limits := map[string]float64{PhoneLight: 40, PhoneMedium: 20, CoreMedium: 60, PhoneHeavy: 10}
	if o.Plan == "pro" {
		limits = map[string]float64{PhoneLight: 20, PhoneMedium: 10, CoreMedium: 20, PhoneHeavy: 5}
	}
	maps.Copy(limits, o.Limits)
	return limits
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
