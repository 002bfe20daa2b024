package zoomtest

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// Account is one simulated Zoom account. It is an http.Handler and an http.RoundTripper, safe for concurrent use, and
// may be changed while it serves.
type Account struct {
	opts   Options
	minter minter
	shapes map[string]*field
	sites  atomic.Pointer[[siteCount]string] // their names

	mu       sync.Mutex
	dice     *rand.Rand // chances, tokens and latencies, in the order of requests
	faults   Faults
	failing  map[userDocument]int
	scopes   []string
	volatile bool

	deactivated bool // the app

	count   int           // users ever made
	states  map[int]state // of the users that were changed
	version int           // of whatever a listing shows
	matches map[string]match
	minted  map[string]bool // secrets that changes brought in

	tokens  map[string]accessToken
	issued  int
	cursors map[string]cursor
	opened  int // pages by token

	pools    map[string]*pool
	excess   []Excess
	requests map[string]int // by endpoint
	calls    int            // below /v2
	fetches  map[string][]uint32
	wrongs   []string
}

// state is how a user differs from the one that the seed makes. Documents in it are never changed in place.
type state struct {
	status  string
	removed bool
	docs    map[string][]byte
}

// New makes an account.
func New(opts Options) *Account {
	opts.setDefaults()
	a := &Account{
		opts: opts, minter: newMinter(opts.Seed), shapes: readShapes(opts.Small),
		dice: stream(opts.Seed, 0, "dice"), faults: opts.Faults, failing: make(map[userDocument]int), volatile: opts.Volatile,
		scopes: opts.Scopes, count: opts.Users, states: make(map[int]state), matches: make(map[string]match),
		minted: make(map[string]bool), tokens: make(map[string]accessToken), cursors: make(map[string]cursor),
		pools: make(map[string]*pool), requests: make(map[string]int), fetches: make(map[string][]uint32),
	}
	names := siteNames()
	a.sites.Store(&names)
	labels := map[string]string{PhoneLight: "Light", PhoneMedium: "Medium", CoreMedium: "Medium", PhoneHeavy: "Heavy"}
	for name, limit := range opts.limits() {
		a.pools[name] = &pool{name: name, label: labels[name], limit: limit, neighbour: opts.Neighbour[name], saved: limit}
	}
	return a
}

// AccountID returns the account_id that a token request must carry.
func (a *Account) AccountID() string { return a.opts.AccountID }

// ClientID returns the user name of the token request's Basic header.
func (a *Account) ClientID() string { return a.opts.ClientID }

// ClientSecret returns its password.
func (a *Account) ClientSecret() string { return a.opts.ClientSecret }

// lookup finds a user by id or e-mail address; the caller holds the lock.
func (a *Account) lookup(id string) (index int, ok bool) {
	if index, ok = a.minter.position(idUser, id); !ok {
		index, ok = addressed(id)
	}
	return index, ok && index < a.count
}

// document renders one document of a user; the caller does not hold the lock.
func (a *Account) document(index int, kind string) ([]byte, bool) {
	a.mu.Lock()
	s := a.states[index]
	a.mu.Unlock()
	return a.render(index, s, kind)
}
