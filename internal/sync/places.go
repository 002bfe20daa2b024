package sync

import (
	"context"
	"sync/atomic"
	"time"
)

// places are those of a crew: whoever has one works on a user.
type places struct {
	crew     crew
	free     chan struct{}
	finished atomic.Int64
	idle     atomic.Bool // since the last tick a place has waited for a user
	tell     func(int)   // told how many there are
}

func newPlaces(fixed int, tell func(int)) *places {
	p := &places{crew: newCrew(fixed), tell: tell}
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
	last, users, wait := time.Now(), p.finished.Load(), waited()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now, nowUsers, nowWait := time.Now(), p.finished.Load(), waited()
		before := p.crew.size
		p.crew.tick(shift{users: int(nowUsers - users), idle: p.idle.Swap(false), waited: nowWait - wait, took: now.Sub(last)})
		last, users, wait = now, nowUsers, nowWait
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
