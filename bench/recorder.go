package main

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// arrival is one request to an account.
type arrival struct {
	at      time.Time
	pool    string
	refused bool // answered 429
}

// recorder notes the requests that come to an account, and how each is answered.
type recorder struct {
	http.Handler

	mu       sync.Mutex
	arrivals []arrival
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	a := arrival{at: time.Now(), pool: poolOf(request.URL.Path)}
	answer := &answer{ResponseWriter: w}
	r.Handler.ServeHTTP(answer, request)
	a.refused = answer.status == http.StatusTooManyRequests
	r.mu.Lock()
	defer r.mu.Unlock()
	r.arrivals = append(r.arrivals, a)
}

// of gives the requests of a pool so far, in the order of their answers.
func (r *recorder) of(pool string) traffic {
	r.mu.Lock()
	defer r.mu.Unlock()
	var t traffic
	for _, a := range r.arrivals {
		if a.pool == pool {
			t = append(t, a)
		}
	}
	return t
}

// answer remembers a status.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap leads http.ResponseController to the answer itself.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// The pools whose use is looked at.
const (
	light  = "phone-light"
	medium = "phone-medium"
	core   = "core-medium"
)

// poolOf says which budget a call is counted in; "" for a token.
func poolOf(path string) string {
	below, ok := strings.CutPrefix(path, "/v2/")
	switch {
	case !ok:
		return ""
	case below == "phone/users" || below == "phone/sites":
		return medium
	case strings.HasPrefix(below, "phone/users/"):
		return light
	default:
		return core
	}
}
