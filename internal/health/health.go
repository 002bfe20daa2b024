// Package health answers the probes of an orchestrator: whether the process gets on,
// and whether it has what it needs.
//
// It owns what counts as stuck, how long an answer is remembered, and what a probe is
// told. It never looks at Zoom or Postgres itself: who knows them hands it the checks.
package health

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Heart is what a process says of its own progress. Waiting is progress as long as it
// has an end: whoever waits says until when at most. The zero Heart has never beaten,
// and is alive.
type Heart struct {
	mu    sync.Mutex
	doing string
	until time.Time // the next beat is due; zero: none yet
}

// Beat says what the process does, and within what time it will beat again.
func (h *Heart) Beat(doing string, within time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doing, h.until = doing, time.Now().Add(within)
}

// State gives what the process does, and for how long its next beat is overdue.
func (h *Heart) State() (doing string, overdue time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until.IsZero() {
		return "beginning", 0
	}
	return h.doing, max(0, time.Since(h.until))
}

// Overdue is for how long nothing has happened beyond the time that it may take; 0 while the
// process gets on.
func (h *Heart) Overdue() time.Duration {
	_, overdue := h.State()
	return overdue
}

// ServeHTTP answers 200 while the process gets on, else 503, and says what it does.
func (h *Heart) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	doing, overdue := h.State()
	if overdue == 0 {
		answer(w, http.StatusOK, "ok: "+doing+"\n")
		return
	}
	answer(w, http.StatusServiceUnavailable, fmt.Sprintf("stuck: no progress for %v longer than that may take: %s\n", overdue.Round(time.Second), doing))
}

// Check is something that the process needs.
type Check struct {
	Name string
	Do   func(context.Context) error // in time; nil: it is there
}

const (
	// checkTime bounds all checks of a probe; orchestrators give up sooner or later than that.
	checkTime = 5 * time.Second
	// remembered is how long an outcome stands, so that probes, however often they
	// come, are no load on what is checked.
	remembered = 10 * time.Second
)

// Readiness answers whether a process has all that it needs.
type Readiness struct {
	checks []Check

	mu   sync.Mutex
	at   time.Time
	text string
	ok   bool
}

// NewReadiness makes one of checks, which are made in this order and all of them.
func NewReadiness(checks ...Check) *Readiness { return &Readiness{checks: checks} }

// ServeHTTP answers 200 if all checks pass, else 503, with a line for each.
func (r *Readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	status := http.StatusServiceUnavailable
	text, ok := r.outcome(req.Context())
	if ok {
		status = http.StatusOK
	}
	answer(w, status, text)
}

// outcome makes the checks, unless that was done just now.
func (r *Readiness) outcome(ctx context.Context) (text string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.IsZero() && time.Since(r.at) < remembered {
		return r.text, r.ok
	}
	// The one who asks may go; others get the answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
	defer cancel()
	var b strings.Builder
	r.ok = true
	for _, check := range r.checks {
		err := check.Do(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v", checkTime)
		}
		if err != nil {
			r.ok = false
			fmt.Fprintf(&b, "FAIL %s: %s\n", check.Name, strings.ReplaceAll(err.Error(), "\n", "; "))
			continue
		}
		fmt.Fprintf(&b, "ok   %s\n", check.Name)
	}
	r.at, r.text = time.Now(), b.String()
	return r.text, r.ok
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
