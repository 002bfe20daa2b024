package sync

import (
	"context"
	"errors"
	"fmt"
	gosync "sync"
	"sync/atomic"
	"time"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// pass is one run in the making.
type pass struct {
	*Syncer
	db.Pass
	result    Result
	listed    int        // elements of all lists so far
	fetched   int        // users whose documents were asked for
	unknown   unknown    // what Zoom does not have of these
	continued bool       // it goes on with a pass that was cut off
	before    zoom.Usage // what the API was used before
	measured  atomic.Pointer[measures]
	saved     bool       // every listed user was written, if only as failed
	held      bool       // something was held back
	guarded   bool       // changes are looked at for suspicions
	refusals  breaker    // of the database
	claims    claims     // of what is said of the account in answers about users
	blocked   gosync.Map // db.Document -> error: the scope for it is missing

	unmapped *unmapped
	preview  *preview        // of a dry run, which writes nothing
	tell     func(db.Change) // told of each change in a dry run; else it does nothing
}

// RunOnce makes one pass, or goes on with one that was cut off, and says what came
// of it. The error is the result's.
func (s *Syncer) RunOnce(ctx context.Context) (Result, error) {
	p := s.newPass()
	return p.once(ctx, p.leased)
}

func (s *Syncer) newPass() *pass {
	return &pass{
		Syncer: s, unmapped: newUnmapped(s.fields, s.reader.shapes), before: s.cfg.API.Usage(),
		refusals: newBreaker(fewFinished), tell: func(db.Change) {},
	}
}

// once makes the pass within what surrounds it, and reports.
func (p *pass) once(ctx context.Context, within func(context.Context, func(context.Context) error) error) (Result, error) {
	started := time.Now()
	ctx, span := p.tracePass(ctx)
	p.result.Status = db.PassFailed // until a pass is opened
	p.result.Err = within(ctx, func(leased context.Context) error {
		if err := p.open(leased); err != nil {
			return err
		}
		p.begun(leased)
		err := p.run(leased)
		if unrecorded := p.recordUnmapped(leased, err == nil && p.whole()); err == nil {
			err = unrecorded // else the first error is the cause, of this one too
		}
		used := p.used()
		p.result.Requests, p.result.Throttled, p.result.ThrottledByOthers = used.Requests, used.Throttled, used.Neighbour
		p.result.Status, p.result.Err = p.status(ctx, err), err
		p.result.Duration = time.Since(started)
		return p.close(leased)
	})
	p.result.Duration = time.Since(started)
	p.report(ctx, span)
	return p.result, p.result.Err
}

// leased does work while it holds the account's lease; the context it gives ends
// when the lease is lost.
func (p *pass) leased(ctx context.Context, work func(context.Context) error) error {
	lease, err := p.lease(ctx)
	if p.mirrors() && !errors.Is(err, db.ErrLeaseHeld) { // somebody else's pass is none of ours
		p.metrics.attempted(time.Now())
	}
	if err != nil {
		return err
	}
	defer lease.Release() //nolint:contextcheck // it must also work after the context has ended
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		select {
		case <-lease.Lost():
			stop(leaseLost())
		case <-ctx.Done():
		}
	}()
	return work(ctx)
}

// lease acquires the account's lease in a database that a pass can write to.
func (p *pass) lease(ctx context.Context) (*db.Lease, error) {
	if err := errors.Join(p.cfg.Store.CheckWritable(ctx), p.cfg.Store.CheckSchema(ctx)); err != nil {
		return nil, err
	}
	return p.cfg.Store.AcquireLease(ctx, p.cfg.AccountID)
}

// run is the pass from its first list to its last tombstone. The error says why
// it is not complete.
//
// Documents are fetched while the lists are still read, for they draw on other
// budgets; nothing is decided about anybody before both are done.
func (p *pass) run(ctx context.Context) error {
	if !p.mirrors() {
		return p.runChosen(ctx)
	}
	done, err := p.verified(ctx)
	if err != nil {
		return err
	}
	work, working := p.newWork(ctx)
	defer work.end()
	if !p.continued {
		work.start()
	}
	all := p.listUsers(working, func(page []listed) { work.users.add(p.due(done, page)) })
	if working.Err() != nil {
		return work.finish() // its failure has ended the listing
	}
	users := all.users()
	p.result.UsersListed = users
	if users == 0 && all.err != nil || stopsPass(all.err) {
		return all.err
	}
	current, err := p.cfg.Store.CurrentUsers(ctx, p.cfg.AccountID)
	if err != nil {
		return err
	}
	if all.unfiltered == 0 && len(current) > 0 {
		all.complete = false
		all.err = errors.Join(all.err, incomplete("the unfiltered list is empty, and the mirror holds %d users", len(current)))
	}
	p.result.ListingComplete = all.complete
	had := len(current) // the ids end here: a large account has many, and a pass takes hours
	var gone []string
	if all.complete {
		gone = all.absent(current)
	}
	sites := p.listSites(ctx)
	p.measure(ctx, users, work.users.len(), all.pages+sites.pages)
	if p.continued {
		p.goOn(ctx, done)
		work.start()
	}
	var siteErr error
	if !sites.waits() {
		siteErr = p.writeSites(ctx, sites, all)
	}
	if err := work.finish(); err != nil {
		return err
	}
	heldErr, err := p.settle(ctx, everybody, min(had, users))
	if err != nil {
		return err
	}
	if sites.waits() {
		siteErr = p.writeSites(ctx, sites, all) // by now the mirror knows which of them users name
	}
	p.saved = true
	p.collect(ctx)
	var absentErr error
	if all.complete {
		absentErr = p.tombstone(ctx, gone, users)
	}
	return p.verdict(users, all.err, siteErr, heldErr, absentErr, p.unknown.most())
}

// progress tells how far the pass is.
func (p *pass) progress(now Progress) {
	now.PassID, now.Floor = p.ID, p.measures().left
	p.metrics.progress(now)
	p.cfg.Progress(now)
}

// collect has what no user holds any more removed. The next pass does it as well.
func (p *pass) collect(ctx context.Context) {
	if p.result.UsersWritten == 0 {
		return
	}
	if err := p.cfg.Store.CollectSettings(ctx, p.cfg.AccountID, p.ID); err != nil {
		p.warn(ctx, "values that nobody has any more are not removed", err)
	}
}

// verdict says why the pass over so many users is not complete: for the given
// errors, or those of its documents.
func (p *pass) verdict(users int, errs ...error) error {
	err := errors.Join(errors.Join(errs...), p.claims.undisputed())
	p.blocked.Range(func(_, missing any) bool {
		err = errors.Join(err, missing.(error)) //nolint:forcetypeassert // only errors are stored
		return true
	})
	if failed := p.result.UsersFailed; failed > 0 && err == nil {
		err = &problem{
			text:   fmt.Sprintf("%d of %d users are not mirrored completely", failed, users),
			repair: "see zoom.sync_failures for the cause of each; the next pass asks for them again",
		}
	}
	return err
}
