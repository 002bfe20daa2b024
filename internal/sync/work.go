package sync

import "context"

// work is the fetching and writing of the documents of listed users, which goes on
// beside the listing.
type work struct {
	pass    *pass
	outer   context.Context //nolint:containedctx // a work lives as long as a call
	ctx     context.Context //nolint:containedctx // ends with a failure that stops the pass, too
	stop    context.CancelCauseFunc
	users   *backlog
	ended   chan struct{} // nil until it is started
	failure error         // once it has ended
}

func (p *pass) newWork(ctx context.Context) *work {
	w := &work{pass: p, outer: ctx, users: newBacklog(p.ID)}
	w.ctx, w.stop = context.WithCancelCause(ctx)
	return w
}

// start begins to fetch and write, users who are still to come included.
func (w *work) start() {
	w.ended = make(chan struct{})
	go func() {
		defer close(w.ended)
		w.failure = w.pass.write(w.ctx, w.pass.fetch(w.ctx, w.users), w.stop)
	}()
}

// finish waits until all users that have been added are fetched and written. The error
// is one that stops the pass.
func (w *work) finish() error {
	w.users.close()
	<-w.ended
	if w.outer.Err() != nil {
		return context.Cause(w.outer) // what failed then failed for this
	}
	return w.failure
}

// end breaks the work off, if it still goes on. What has been fetched is written.
func (w *work) end() {
	w.stop(nil)
	if w.ended != nil {
		<-w.ended
	}
}
