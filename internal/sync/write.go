package sync

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"syncd/internal/db"
)

const (
	// batchSize is how many users a transaction writes. While it runs, so many more may
	// be collected for the next one; both are all that a kill costs, but for what is being
	// fetched. When the next one is full, fetching waits.
	batchSize = 50
	batchWait = 2 * time.Second // the longest a fetched user waits for its batch to fill
	// closingTime is what is left for the last writes after the context has ended.
	closingTime = 5 * time.Second
)

// saved is what came of writing a batch.
type saved struct {
	users   int
	written db.Written
	refused []error // why the database refuses documents of users, an error for each of these
	failed  int     // users of these of whom Zoom refused nothing
	err     error
}

// write takes fetched users as they come and writes them in batches, one at a time:
// while a batch is written, the next one fills. A failure that stops the pass is given
// to stop, and returned.
func (p *pass) write(ctx context.Context, users <-chan fetched, stop context.CancelCauseFunc) error {
	var batch []fetched
	fuse := newBreaker(fewFinished)
	var fatal error
	note := func(err error) {
		if err != nil && fatal == nil {
			fatal = err
			stop(err)
		}
	}
	written := make(chan saved, 1)
	writing, broken, due := false, false, false
	flush := time.NewTicker(batchWait)
	defer flush.Stop()
	for users != nil || writing || len(batch) > 0 {
		if broken {
			batch = nil // nothing can be written any more
		}
		// At the end, also after the context has ended, what is fetched is kept.
		if !writing && len(batch) > 0 && (len(batch) >= batchSize || due || users == nil) {
			full := batch
			batch, writing, due = nil, true, false
			go func() { written <- p.save(ctx, full) }()
		}
		more := users
		if len(batch) >= batchSize {
			more = nil // the database is slower than Zoom
		}
		select {
		case f, open := <-more:
			switch {
			case !open:
				users = nil
			case stopsPass(f.err):
				note(f.err)
			default:
				note(fuse.add(f.err))
				p.count(ctx, f)
				batch = append(batch, f)
			}
		case s := <-written:
			err := p.add(s)
			writing, broken = false, broken || err != nil
			note(err)
		case <-flush.C:
			due = true
		}
	}
	return fatal
}

// add counts what came of a batch. The error is one that stops the pass: the batch could
// not be written, or the database refuses most users for one cause.
func (p *pass) add(s saved) error {
	p.result.UsersWritten += s.written.Written
	p.result.UsersUnchanged += s.written.Unchanged
	p.metrics.wrote(s.written)
	p.failed(s.failed)
	if s.err != nil {
		return s.err
	}
	for range s.users - len(s.refused) {
		_ = p.refusals.add(nil) // never a reason
	}
	for _, err := range s.refused {
		if reason := p.refusals.add(err); reason != nil {
			return reason
		}
	}
	return nil
}

// count notes how a user fared.
func (p *pass) count(ctx context.Context, f fetched) {
	p.fetched++
	p.unknown.add(f.user.Documents)
	if m := p.measured.Load(); m != nil { // until then it is the listing that is shown
		p.progress(Progress{Phase: PhaseFetch, Done: p.fetched, Total: m.due})
	}
	if f.err == nil {
		return
	}
	p.failed(1)
	p.logFailures(ctx, f)
}

// failed counts users who are not mirrored completely.
func (p *pass) failed(users int) {
	p.result.UsersFailed += users
	p.metrics.failed(users)
}

// save writes a batch. What passes is tried again; a user whose documents the
// database refuses is found by halving the batch, and fails alone.
func (p *pass) save(ctx context.Context, batch []fetched) saved {
	ctx, cancel := closing(ctx)
	defer cancel()
	return p.saveInTime(ctx, batch)
}

// saveInTime is save within the time that it has.
func (p *pass) saveInTime(ctx context.Context, batch []fetched) saved {
	const attempts = 6
	var s saved
	for attempt := 1; ; attempt++ {
		users := rows(batch)
		s.written, s.err = p.cfg.Store.WriteUsers(ctx, p.cfg.AccountID, p.ID, users, p.stands())
		for i := range batch {
			batch[i].user = users[i] // it may be complete now
		}
		switch err := s.err; {
		case err == nil:
			for i := range batch {
				batch[i].leave()
			}
			s.users = len(batch)
			return s
		case errors.Is(err, db.ErrBadData) && len(batch) > 1:
			half := len(batch) / 2
			return p.saveInTime(ctx, batch[:half]).and(p.saveInTime(ctx, batch[half:]))
		case errors.Is(err, db.ErrBadData) && batch[0].storable():
			if batch[0].err == nil {
				s.failed = 1
			}
			s.refused = append(s.refused, err)
			for _, d := range batch[0].user.Documents {
				if d.Status == db.StatusOK {
					p.metrics.unstorable(d.Document)
				}
			}
			p.warn(ctx, "the database refuses a user's documents", err, slog.String("user_id", batch[0].user.ID))
			batch[0].unstorable(err)
		case !errors.Is(err, db.ErrUnreachable) && !errors.Is(err, db.ErrConflict) || attempt == attempts:
			return s
		default:
			p.metrics.retried()
			p.warn(ctx, "batch is not written, trying again", err, slog.Int("attempt", attempt))
			if pause(ctx, time.Second<<(attempt-1)) != nil {
				return s
			}
		}
	}
}

// and unites what came of two halves.
func (s saved) and(other saved) saved {
	s.written.Written += other.written.Written
	s.written.Unchanged += other.written.Unchanged
	s.written.Parked += other.written.Parked
	s.users += other.users
	s.refused = append(s.refused, other.refused...)
	s.failed += other.failed
	s.err = errors.Join(s.err, other.err)
	return s
}

// storable reports whether there is a document in f that the database could refuse.
func (f *fetched) storable() bool {
	for _, d := range f.user.Documents {
		if d.Status == db.StatusOK {
			return true
		}
	}
	return false
}

// rows gives the store's users, with the ages that their documents have by now.
func rows(batch []fetched) []db.User {
	now := time.Now()
	users := make([]db.User, len(batch))
	for i, f := range batch {
		for j := range f.user.Documents {
			d := &f.user.Documents[j]
			d.AskedAgo, d.AnsweredAgo = now.Sub(f.spans[j].asked), now.Sub(f.spans[j].answered)
		}
		users[i] = f.user
	}
	return users
}

// closing gives a context that outlives ctx by closingTime: what is being
// written when the order to stop comes is finished, not rolled back.
func closing(ctx context.Context) (context.Context, context.CancelFunc) {
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), errLeaseLost) {
			cancel() // it is another's turn to write
			return
		}
		late := time.AfterFunc(closingTime, cancel)
		context.AfterFunc(detached, func() { late.Stop() })
	})
	return detached, func() { stop(); cancel() }
}
