package sync

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"syncd/internal/db"
)

const (
	batchSize = 100             // users a transaction
	batchWait = 2 * time.Second // the longest a fetched user waits for its batch to fill
	// closingTime is what is left for the last writes after the context has ended.
	closingTime = 5 * time.Second
)

// write takes fetched users as they come and writes them in batches. A failure
// that stops the pass is given to stop, and returned.
func (p *pass) write(ctx context.Context, users <-chan fetched, stop context.CancelCauseFunc) error {
	var batch []fetched
	fuse := newBreaker()
	var fatal error
	flush := time.NewTicker(batchWait)
	defer flush.Stop()
	broken := false
	note := func(err error) {
		if err != nil && fatal == nil {
			fatal = err
			stop(err)
		}
	}
	save := func() {
		if len(batch) > 0 && !broken {
			err := p.save(ctx, batch)
			broken = err != nil
			note(err)
		}
		batch = batch[:0]
	}
	for {
		select {
		case f, more := <-users:
			if !more {
				save() // also after the context has ended: what is fetched is kept
				return fatal
			}
			if stopsPass(f.err) {
				note(f.err)
				continue
			}
			note(fuse.add(f.err))
			p.count(ctx, f)
			batch = append(batch, f)
			if m := p.measured.Load(); m != nil { // until then it is the listing that is shown
				p.cfg.Progress(Progress{Phase: PhaseFetch, Done: p.fetched, Total: m.due})
			}
			if len(batch) >= batchSize {
				save()
			}
		case <-flush.C:
			save()
		}
	}
}

// count notes how a user fared.
func (p *pass) count(ctx context.Context, f fetched) {
	p.fetched++
	if f.notFound {
		p.notFound++
	}
	if f.err == nil {
		return
	}
	p.failed()
	if !errors.Is(f.err, errScopeMissing) { // said once for all users
		p.log.WarnContext(ctx, "user is not mirrored completely", slog.String("user_id", f.user.ID), slog.Any("error", f.err))
	}
}

// failed counts a user who is not mirrored completely.
func (p *pass) failed() {
	p.result.UsersFailed++
	p.metrics.failed()
}

// save writes a batch. What passes is tried again; a user whose documents the
// database refuses is found by halving the batch, and fails alone.
func (p *pass) save(ctx context.Context, batch []fetched) error {
	ctx, cancel := closing(ctx)
	defer cancel()
	const attempts = 6
	for attempt := 1; ; attempt++ {
		written, err := p.cfg.Store.WriteUsers(ctx, p.cfg.AccountID, p.ID, rows(batch))
		switch {
		case err == nil:
			p.result.UsersWritten += written.Written
			p.result.UsersUnchanged += written.Unchanged
			p.metrics.wrote(written)
			p.record(ctx)
			return nil
		case errors.Is(err, db.ErrBadData) && len(batch) > 1:
			half := len(batch) / 2
			return errors.Join(p.save(ctx, batch[:half]), p.save(ctx, batch[half:]))
		case errors.Is(err, db.ErrBadData) && batch[0].storable():
			if batch[0].err == nil {
				p.failed()
			}
			p.log.WarnContext(ctx, "the database refuses a user's documents", slog.String("user_id", batch[0].user.ID), slog.Any("error", err))
			batch[0].unstorable(err)
		case !errors.Is(err, db.ErrUnreachable) && !errors.Is(err, db.ErrConflict) || attempt == attempts:
			return err
		default:
			p.log.WarnContext(ctx, "batch is not written, trying again", slog.Int("attempt", attempt), slog.Any("error", err))
			if pause(ctx, time.Second<<(attempt-1)) != nil {
				return err
			}
		}
	}
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
