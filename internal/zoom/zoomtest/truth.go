package zoomtest

import (
	"maps"
	"slices"
)

// User is what the account knows of one user.
type User struct {
	ID, Email, Status string
}

// Site is one site of the account.
type Site struct{ ID, Name string }

// Users returns all users that the account has, of every status, in its order, whatever the faults hide.
func (a *Account) Users() []User {
	a.mu.Lock()
	defer a.mu.Unlock()
	users := make([]User, 0, a.count)
	for index := range a.count {
		s := a.states[index]
		if s.removed {
			continue
		}
		users = append(users, User{a.minter.id(idUser, index, 0), address(index), orDefault(s.status, a.firstStatus(index))})
	}
	return users
}

// Document returns what an undisturbed GET of the document answers: kind List, Profile, Settings or UserSettings.
// ok is false when that answer is 404 or, for List, when the user is in no listing of any status.
func (a *Account) Document(userID, kind string) (doc []byte, ok bool) {
	a.mu.Lock()
	index, ok := a.lookup(userID)
	a.mu.Unlock()
	if !ok {
		return nil, false
	}
	doc, ok = a.document(index, kind)
	return slices.Clone(doc), ok
}

// Sites returns the sites.
func (a *Account) Sites() []Site {
	if a.opts.NoSites {
		return nil
	}
	var sites []Site
	for n, name := range a.sites.Load() {
		sites = append(sites, Site{a.minter.id(idSite, n, 0), name})
	}
	return sites
}

// SiteDocuments returns the elements of the site list.
func (a *Account) SiteDocuments() [][]byte { return a.siteRows() }

// Secrets returns every PIN and password that a client was ever given or gave, and those of changed documents. Each is
// long and odd enough that to find it in a dump is no accident.
func (a *Account) Secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	secrets := maps.Clone(a.minted)
	for kind, times := range a.fetches {
		for index, n := range times {
			if n == 0 {
				continue
			}
			p := a.person(index, "")
			switch {
			case kind == Settings && p.hasDesk:
				secrets[p.pin] = true
			case kind == UserSettings:
				secrets[p.pmiPassword], secrets[p.password] = true, true
			}
		}
	}
	return slices.Sorted(maps.Keys(secrets))
}

// secretsIn finds the PINs and passwords of a document by the names of their fields.
func secretsIn(node any) (secrets []string) {
	switch n := node.(type) {
	case map[string]any:
		for name, value := range n {
			text, ok := value.(string)
			switch name {
			case "pin_code", "pmi_password", "default_password_for_scheduled_meetings":
				if ok && text != "" {
					secrets = append(secrets, text)
				}
			}
			secrets = append(secrets, secretsIn(value)...)
		}
	case []any:
		for _, value := range n {
			secrets = append(secrets, secretsIn(value)...)
		}
	}
	return secrets
}

// MaxPerSecond returns the most requests of a pool that arrived in any one second, wherever the second begins.
func (a *Account) MaxPerSecond(pool string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.pools[pool]; p != nil {
		return p.peak
	}
	return 0
}

// Exceeded returns the moments at which a pool got more than its limit, the first thousand of them.
func (a *Account) Exceeded() []Excess {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.excess)
}

// Requests counts what arrived: at a pool ("phone-light"), at an endpoint ("token", "list", "sites", "profile",
// "settings", "user_settings", "write"), or below /v2 altogether ("").
func (a *Account) Requests(of string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if of == "" {
		return a.calls
	}
	if p := a.pools[of]; p != nil {
		return p.total
	}
	return a.requests[of]
}

// Throttled counts the 429 replies of a pool, or of all pools for "".
func (a *Account) Throttled(pool string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for name, p := range a.pools {
		if pool == "" || pool == name {
			n += p.refused
		}
	}
	return n
}

// TokensIssued counts the access tokens that were given out.
func (a *Account) TokensIssued() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.issued
}

// Fetches counts the requests for one document of a user, whatever the answer; for List the rows on pages.
func (a *Account) Fetches(userID, kind string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	index, ok := a.lookup(userID)
	if !ok || index >= len(a.fetches[kind]) {
		return 0
	}
	return int(a.fetches[kind][index])
}

// note counts one fetch; the caller holds the lock.
func (a *Account) note(index int, kind string) {
	times := a.fetches[kind]
	if index >= len(times) {
		times = append(times, make([]uint32, a.count-len(times))...)
		a.fetches[kind] = times
	}
	times[index]++
}

// ProtocolFaults returns what the client did that a careful one does not, the first thousand times: an unescaped "+" in
// an address, an id escaped twice, no Accept header, "me", a body in a GET, a page token with another query.
func (a *Account) ProtocolFaults() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.wrongs)
}
