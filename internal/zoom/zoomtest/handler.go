package zoomtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// call is one request below /v2 after routing.
type call struct {
	endpoint string // "list", "sites", "profile", "settings", "user_settings" or "write"
	pool     string
	scopes   []string // any of them is enough; the first one is named when all are missing
	user     string   // id or e-mail address as sent
	setting  string   // settingType of a write
}

// route finds the call of a method and of the escaped path below /v2.
func route(method, path string) (c call, known bool) {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		// A bare "+" is a space to the gateway, so an address with one must escape it.
		segments[i], _ = url.PathUnescape(strings.ReplaceAll(segment, "+", "%20"))
	}
	switch n := len(segments); {
	case n == 2 && path == "phone/users" && method == http.MethodGet:
		return call{endpoint: List, pool: PhoneMedium, scopes: []string{"phone:read:list_users:admin", "phone:read:admin"}}, true
	case n == 2 && path == "phone/sites" && method == http.MethodGet:
		return call{endpoint: "sites", pool: PhoneMedium, scopes: []string{"phone:read:list_sites:admin", "phone:read:admin"}}, true
	case n == 3 && segments[0] == "users" && segments[2] == "settings" && method == http.MethodGet:
		return call{endpoint: UserSettings, pool: CoreMedium, user: segments[1], scopes: []string{"user:read:settings:admin", "user:read:admin"}}, true
	case n < 3 || segments[0] != "phone" || segments[1] != "users":
		return call{}, false
	case n == 3 && method == http.MethodGet:
		return call{endpoint: Profile, pool: PhoneLight, user: segments[2], scopes: []string{"phone:read:user:admin", "phone:read:admin"}}, true
	case n == 4 && segments[3] == "settings" && method == http.MethodGet:
		return call{endpoint: Settings, pool: PhoneLight, user: segments[2], scopes: []string{"phone:read:user_setting:admin", "phone:read:admin"}}, true
	case n == 5 && segments[3] == "settings":
		verb, ok := map[string]string{http.MethodPost: "write", http.MethodPatch: "update", http.MethodDelete: "delete"}[method]
		return call{
			endpoint: "write", pool: PhoneLight, user: segments[2], setting: segments[4],
			scopes: []string{"phone:" + verb + ":shared_setting:admin", "phone:write:admin"},
		}, ok
	}
	return call{}, false
}

// answer takes a request through the gateway to its handler.
func (a *Account) answer(r *http.Request) reply {
	path := r.URL.EscapedPath()
	if path == "/oauth/token" {
		return a.issueToken(r)
	}
	below, ok := strings.CutPrefix(path, "/v2/")
	c, known := route(r.Method, below)
	if !ok || !known {
		return unknownEndpoint()
	}
	now := time.Now()
	a.mu.Lock()
	a.inspect(r, c)
	f := a.strike(c.endpoint)
	rep, refused := a.gateway(r, c, &f, now)
	a.mu.Unlock()
	if !refused {
		rep = f.damage(a.serve(r, c, &f))
	}
	if rep.reset || rep.header.Get("Content-Type") == "text/html" {
		return rep // the proxy in front knows nothing of Zoom's headers
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.pools[c.pool]
	if rep.status == http.StatusTooManyRequests {
		p.refused++
	}
	if rep.header == nil {
		rep.header = make(http.Header)
	}
	rep.header.Set("X-Zm-Trackingid", "WEB_"+a.nonce())
	rep.header.Set("X-Ratelimit-Category", p.label)
	if a.opts.RateHeaders {
		p.rateHeaders(rep.header, now)
	}
	return rep
}

// gateway counts a request and refuses it before any handler sees it: the proxy first, then the token, the budget, the
// scopes. The caller holds the lock.
func (a *Account) gateway(r *http.Request, c call, f *Faults, now time.Time) (refusal reply, refused bool) {
	a.calls++
	a.requests[c.endpoint]++
	if index, ok := a.lookup(c.user); ok {
		a.note(index, c.endpoint)
	}
	allowed := a.arrive(a.pools[c.pool], now)
	if f.RevokeEvery > 0 && a.calls%f.RevokeEvery == 0 {
		clear(a.tokens)
	}
	if f.LoseScopeAfter > 0 && a.calls > f.LoseScopeAfter {
		lost := orDefault(f.LoseScope, "phone:read:user_setting:admin")
		a.scopes = slices.DeleteFunc(slices.Clone(a.scopes), func(s string) bool { return s == lost })
	}
	switch {
	case f.Reset > 0:
		return reply{reset: true}, true
	case f.BadGateway > 0:
		return page(http.StatusBadGateway), true
	}
	scopes, refusal, ok := a.authorize(r)
	switch {
	case !ok:
		return refusal, true
	case f.DailyLimit > 0:
		return a.perDay(f.DailyLimitFor), true
	case !allowed || f.Throttle > 0:
		return a.perSecond(f.ThrottleRetryAfter), true
	case !slices.ContainsFunc(c.scopes, func(s string) bool { return slices.Contains(scopes, s) }):
		return failure(http.StatusBadRequest, 104, "Invalid access token, does not contain scopes:["+c.scopes[0]+"]."), true
	case a.opts.NoPhone && c.endpoint != UserSettings:
		return failure(http.StatusForbidden, 2031, "Zoom Phone has not been enabled for this account."), true
	case f.InternalError > 0:
		return failure(http.StatusInternalServerError, 500, "internal server error"), true
	}
	return reply{}, false
}

// serve runs the handler of a call that the gateway let through.
func (a *Account) serve(r *http.Request, c call, f *Faults) reply {
	switch c.endpoint {
	case List:
		return a.listUsers(r, f)
	case "sites":
		return a.listSites(r)
	}
	if c.user == "" || c.user == "me" {
		return invalid("Invalid user id.")
	}
	a.mu.Lock()
	index, ok := a.lookup(c.user)
	s := a.states[index]
	a.mu.Unlock()
	if !ok {
		return userMissing(c.user)
	}
	if rep, failed := a.userFault(f, index, a.minter.id(idUser, index, 0), c.endpoint); failed {
		return rep
	}
	if c.endpoint == "write" {
		return a.writeSetting(r, c, index)
	}
	doc, ok := a.render(index, s, c.endpoint)
	if !ok {
		return userMissing(c.user)
	}
	return jsonReply(http.StatusOK, a.disturb(doc, c.endpoint, f))
}

// inspect records what a careful client does not do; the caller holds the lock.
func (a *Account) inspect(r *http.Request, c call) {
	path := r.URL.EscapedPath()
	wrong := func(what string) {
		if len(a.wrongs) < mostWrongs {
			a.wrongs = append(a.wrongs, r.Method+" "+path+": "+what)
		}
	}
	if accept := r.Header.Get("Accept"); !strings.Contains(accept, "application/json") && !strings.Contains(accept, "*/*") {
		wrong("no Accept header for JSON")
	}
	if strings.Contains(path, "+") {
		wrong("unescaped + in the path")
	}
	if strings.Contains(path, "%25") && strings.Contains(c.user, "%") && !strings.Contains(c.user, "@") {
		wrong("id escaped twice")
	}
	if c.user == "me" {
		wrong("me with an account's token")
	}
	if r.URL.Query().Has("access_token") {
		wrong("token in the query")
	}
	if r.Method == http.MethodGet && r.ContentLength > 0 {
		wrong("body in a GET")
	}
}

// mostWrongs bounds what ProtocolFaults remembers.
const mostWrongs = 1000
