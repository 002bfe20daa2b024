package page

import (
	"context"
	"errors"
	"fmt"
	"time"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

const (
	// askTime bounds what a reader waits for.
	askTime = 4 * time.Second
	// What the database said stands for 3 s at least, and so many times as long as it took
	// to say: reloading the page is no load. The beginning and the end of a pass make it old.
	leastAge, ageOfTime = 3 * time.Second, 20
	// mostFailures is how many failures the page shows.
	mostFailures = 10
)

// facts are what the page is made of.
type facts struct {
	process
	mirror  reading
	now     time.Time
	stored  bool // there is a database to ask
	pools   []zoom.PoolState
	doing   string
	overdue time.Duration
}

// reading is what the database said.
type reading struct {
	at       time.Time // when; zero: never yet
	turns    int       // of passes, that had happened before
	status   db.MirrorStatus
	behind   int // users with a document that is older than it should be
	failures []db.RecentFailure
	changes  db.RecentChanges
	err      error // why it did not say all of it when it was asked last
}

// facts gathers them.
func (p *Page) facts(ctx context.Context) facts {
	store := p.cfg.Store()
	f := facts{stored: store != nil, process: p.standing()}
	f.mirror = p.read(ctx, store, f.turns)
	f.pools, f.now = p.cfg.Pools(), time.Now()
	f.doing, f.overdue = p.cfg.Heart()
	return f
}

// standing is what the process says of itself now.
func (p *Page) standing() process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.process
}

// read asks the database, unless that was done just now and no pass began or ended since.
// What it does not say stays as it was.
func (p *Page) read(ctx context.Context, store Store, turns int) reading {
	p.asking.Lock()
	defer p.asking.Unlock()
	begun := time.Now()
	if store == nil || begun.Before(p.next) && turns <= p.mirror.turns {
		return p.mirror
	}
	p.mirror.turns = turns
	// The one who asks may go; others get the answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
	defer cancel()
	p.mirror.err = p.ask(ctx, store)
	if errors.Is(p.mirror.err, context.DeadlineExceeded) {
		p.mirror.err = fmt.Errorf("the database gives no answer within %v", askTime)
	}
	p.next = time.Now().Add(max(leastAge, ageOfTime*time.Since(begun)))
	return p.mirror
}

// ask asks the database for all that the page says. What matters most comes first.
func (p *Page) ask(ctx context.Context, store Store) error {
	if err := store.CheckSchema(ctx); err != nil {
		return err
	}
	now, account := &p.mirror, p.cfg.AccountID
	status, err := store.MirrorStatus(ctx, account)
	if err != nil {
		return err
	}
	now.at, now.status, now.behind = time.Now(), status, 0
	if limit := freshFor(p.cfg.Interval, status); status.Oldest != nil && now.at.Sub(*status.Oldest) > limit {
		if now.behind, err = store.UsersBehind(ctx, account, now.at.Add(-limit)); err != nil {
			return err
		}
	}
	if now.failures, err = store.RecentFailures(ctx, account, mostFailures); err != nil {
		return err
	}
	now.changes, err = store.RecentChanges(ctx, account)
	return err
}
