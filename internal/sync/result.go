package sync

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// Result is what came of a pass. Exit code, log, metrics and the table of passes
// all follow from it.
type Result struct {
	PassID          int64 // 0: no pass was opened
	Continued       bool  // it had been cut off, and this run went on with it
	Status          db.PassStatus
	Err             error // why the pass is not complete; nil when it is
	ListingComplete bool

	UsersListed, UsersWritten, UsersUnchanged, UsersFailed, UsersDeleted int

	ThrottledByOthers   int64 // of the throttled, those that are other apps' fault
	Requests, Throttled int64 // these and the users: of the whole pass, also where this run continued it

	Duration time.Duration // of this run
	Floor    time.Duration // the least time that the budgets allow for what it had to do
}

// FloorShare is the floor divided by the time that the pass took: 1 is as fast as the
// budgets allow; above it, less was asked for than the floor counts (of a pending user the profile
// alone, say). It is 0 for a pass that did not come to its end.
func (r Result) FloorShare() float64 {
	switch r.Status {
	case db.PassComplete, db.PassPartial, db.PassHeld:
		return r.Floor.Seconds() / max(r.Duration.Seconds(), 1e-3)
	default:
		return 0
	}
}

// status is how a pass ends that ran with the given error. The context is the
// caller's: its end is an order to stop. What did not end by a fault of its own is
// continued by the next run.
func (p *pass) status(ctx context.Context, err error) db.PassStatus {
	switch {
	case err != nil && ctx.Err() != nil, errors.Is(err, errLeaseLost), errors.Is(err, zoom.ErrDailyLimit), errors.Is(err, zoom.ErrBudgetGone):
		return db.PassInterrupted
	case err == nil:
		return db.PassComplete
	case stopsPass(err) || !p.saved:
		return db.PassFailed // also when something was held before
	case p.held:
		return db.PassHeld
	default:
		return db.PassPartial
	}
}

// close records the pass, also when the context has ended.
func (p *pass) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
	defer cancel()
	r := p.result
	record := db.PassResult{
		Status: r.Status, ListingComplete: r.ListingComplete,
		UsersListed: r.UsersListed, UsersWritten: r.UsersWritten, UsersUnchanged: r.UsersUnchanged,
		UsersFailed: r.UsersFailed, UsersDeleted: r.UsersDeleted,
		Requests: r.Requests, Throttled: r.Throttled, FloorSeconds: p.measures().floor.Seconds(),
		ThrottledByOthers: r.ThrottledByOthers, FloorShare: r.FloorShare(), Cause: passCause(r),
	}
	if r.Err != nil {
		record.Error = r.Err.Error()
	}
	if err := p.cfg.Store.FinishPass(ctx, p.ID, record); err != nil {
		// The table cannot say how the pass ended, so it has not ended well.
		p.result.Status = db.PassFailed
		return errors.Join(r.Err, err)
	}
	return r.Err
}

// begun writes that the pass has begun.
func (p *pass) begun(ctx context.Context) {
	p.log.InfoContext(ctx, "pass begins", slog.String("account_id", p.cfg.AccountID), slog.Int64("pass_id", p.ID),
		slog.Bool("continued", p.continued), slog.Int("users_requested", len(p.cfg.Users)), slog.Bool("dry_run", p.preview != nil))
}

// levelOf is how loud the end of a pass is that is not complete: an error, unless the
// next run goes on with it by itself.
func levelOf(status db.PassStatus) slog.Level {
	if status == db.PassInterrupted {
		return slog.LevelWarn
	}
	return slog.LevelError
}

// report writes the one wide event of a pass, and its metrics, and ends its span.
func (p *pass) report(ctx context.Context, span trace.Span) {
	r := p.result
	if errors.Is(r.Err, db.ErrLeaseHeld) {
		return // there was no pass; the caller says so
	}
	traceResult(span, r)
	if p.mirrors() {
		p.metrics.finished(r)
	}
	level, attrs := slog.LevelInfo, []slog.Attr{
		slog.String("account_id", p.cfg.AccountID), slog.Int64("pass_id", r.PassID), slog.String("status", string(r.Status)),
		slog.Bool("continued", r.Continued), slog.Int("users_requested", len(p.cfg.Users)), slog.Bool("listing_complete", r.ListingComplete),
		slog.Int("users_listed", r.UsersListed), slog.Int("users_written", r.UsersWritten), slog.Int("users_unchanged", r.UsersUnchanged),
		slog.Int("users_failed", r.UsersFailed), slog.Int("users_deleted", r.UsersDeleted),
		slog.Int64("requests", r.Requests), slog.Int64("throttled", r.Throttled), slog.Int64("throttled_by_others", r.ThrottledByOthers),
		slog.Float64("pool_wait_seconds", (p.cfg.API.Usage().Waited - p.before.Waited).Seconds()),
		slog.Float64("seconds", r.Duration.Seconds()), slog.Float64("floor_seconds", r.Floor.Seconds()),
		slog.Float64("floor_share", r.FloorShare()),
	}
	if r.Err != nil {
		level = levelOf(r.Status)
		attrs = append(attrs, LogAttrs(r.Err)...)
		if repair := Repair(r.Err); repair != "" {
			attrs = append(attrs, slog.String("repair", repair))
		}
	}
	if p.preview != nil {
		p.log.LogAttrs(ctx, level, "dry run ended, nothing was written", attrs...)
		return
	}
	p.log.LogAttrs(ctx, level, "pass ended", attrs...)
}
