package sync

import (
	"context"
	gosync "sync"
	"sync/atomic"
	"time"
)

// places are those of a crew: whoever has one works on a user.
type places struct {
	crew     crew
	free     chan struct{}
	finished atomic.Int64
	idle     atomic.Bool // since the last tick a place has waited for a user
	handing  stopwatch   // of the waits until somebody takes a finished user
	tell     func(int)   // told how many there are
}

func newPlaces(fixed int, tell func(int)) *places {
	p := &places{crew: newCrew(fixed), tell: tell, handing: stopwatch{begun: time.Now()}}
	tell(p.crew.size)
	p.free = make(chan struct{}, p.crew.most)
	for range p.crew.size {
		p.free <- struct{}{}
	}
	return p
}

// take waits for a place; it is false when the context ends before there is one.
func (p *places) take(ctx context.Context) bool {
	select {
	case <-p.free:
		return true
	case <-ctx.Done():
		return false
	}
}

// waitedFor notes how long a place has waited for a user.
func (p *places) waitedFor(d time.Duration) {
	if d > 10*time.Millisecond { // what is shorter is a worker's change of users
		p.idle.Store(true)
	}
}

// release gives a place back when its user is finished.
func (p *places) release() {
	p.finished.Add(1)
	p.free <- struct{}{}
}

// steer adapts the number of places until the context ends. Waited is the time that
// requests have waited for the budget so far, all together.
func (p *places) steer(ctx context.Context, waited func() time.Duration) {
	if p.crew.size == p.crew.most {
		return
	}
	tick := time.NewTicker(crewTick)
	defer tick.Stop()
	last, users, wait, held := time.Now(), p.finished.Load(), waited(), p.handing.total()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now, nowUsers, nowWait, nowHeld := time.Now(), p.finished.Load(), waited(), p.handing.total()
		before := p.crew.size
		p.crew.tick(shift{
			users: int(nowUsers - users), idle: p.idle.Swap(false), waited: nowWait - wait, held: nowHeld - held, took: now.Sub(last),
		})
		last, users, wait, held = now, nowUsers, nowWait, nowHeld
		p.tell(p.crew.size)
		for range p.crew.size - before {
			p.free <- struct{}{}
		}
		for range before - p.crew.size {
			if !p.take(ctx) {
				return
			}
		}
	}
}

// stopwatch adds up how long waits take of which many go on at once.
type stopwatch struct {
	begun time.Time

	mu    gosync.Mutex
	going int
	sum   time.Duration // of the ends less the beginnings, each since begun
}

// start begins a wait, and stop ends one.
func (w *stopwatch) start() { w.note(1) }
func (w *stopwatch) stop()  { w.note(-1) }

func (w *stopwatch) note(change int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.going += change
	w.sum -= time.Duration(change) * time.Since(w.begun)
}

// total is how long all have waited so far, those who still do included.
func (w *stopwatch) total() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sum + time.Duration(w.going)*time.Since(w.begun)
}
