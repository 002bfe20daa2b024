package sync

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
)

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

// newWork gives work that has yet to be started, and the context of what goes on
// beside it, which a failure that stops the pass ends.
func (p *pass) newWork(ctx context.Context) (*work, context.Context) {
	working, stop := context.WithCancelCause(ctx)
	return &work{pass: p, outer: ctx, ctx: working, stop: stop, users: newBacklog(p.ID)}, working
}

// start begins to fetch and write, users who are still to come included.
func (w *work) start() {
	w.ended = make(chan struct{})
	go func() {
		defer close(w.ended)
		w.failure = w.do(w.ctx)
	}()
}

// do fetches and writes until all users are done.
func (w *work) do(ctx context.Context) error {
	ctx, end := w.pass.tracePhase(ctx, spanFetch)
	err := w.pass.write(ctx, w.pass.fetch(ctx, w.users), w.stop)
	end(err, attribute.Int("syncd.users_fetched", w.pass.fetched))
	return err
}

// finish waits until all users that have been added are fetched and written. The error
// is one that stops the pass.
func (w *work) finish() error {
	w.users.close()
	w.wait()
	if w.outer.Err() != nil {
		return context.Cause(w.outer) // what failed then failed for this
	}
	return w.failure
}

// end breaks the work off, if it still goes on. What has been fetched is written.
func (w *work) end() {
	w.stop(nil)
	w.wait()
}

// wait waits for the end of what has been started.
func (w *work) wait() {
	if w.ended != nil {
		<-w.ended
	}
}
