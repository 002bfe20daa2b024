//go:build faults || soak

package faults

import (
	"math/rand/v2"
	"sync"
	"time"
)

// moment is when a fault strikes: with this request of the pass, and that much later.
type moment struct {
	request int // counted from 1
	later   time.Duration
}

// momentIn draws a moment of a pass of so many requests. Some come after the last request, while the pass is closed.
func momentIn(dice *rand.Rand, requests int) moment {
	return moment{request: 1 + dice.IntN(requests), later: time.Duration(dice.IntN(30)) * time.Millisecond}
}

// alarm rings once, at a moment.
type alarm struct {
	mu   sync.Mutex
	left int // requests until it rings; 0: it is not set
	ring func()
}

// set makes the alarm ring; what it calls may block the request that comes with it.
func (a *alarm) set(at moment, ring func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left, a.ring = at.request, func() { time.AfterFunc(at.later, ring) }
	if at.later == 0 {
		a.ring = ring
	}
}

// stop unsets the alarm and reports whether it had not rung yet.
func (a *alarm) stop() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	waiting := a.left > 0
	a.left = 0
	return waiting
}

// tick counts a request.
func (a *alarm) tick() {
	a.mu.Lock()
	var ring func()
	if a.left > 0 {
		if a.left--; a.left == 0 {
			ring = a.ring
		}
	}
	a.mu.Unlock()
	if ring != nil {
		ring()
	}
}
