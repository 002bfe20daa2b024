// Package daemon makes passes for as long as it runs.
//
// It owns the schedule: when the next pass begins, how long to wait after one that
// failed, and which of several replicas makes them. It never speaks to Zoom or to
// Postgres: what a pass does is decided in internal/sync.
package daemon

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// Config says what to do and how often. All of it but Beat is required.
type Config struct {
	Interval time.Duration // from the beginning of a pass to that of the next

	// Lead makes this replica the leader, or gives db.ErrLeaseHeld when another is.
	Lead func(context.Context) (Leadership, error)
	// Pass makes one pass. db.ErrLeaseHeld: somebody else is making one.
	Pass func(context.Context) (db.PassStatus, error)

	Log *slog.Logger
	// Beat is told what the daemon does, and within what time it will say so again.
	Beat func(doing string, within time.Duration)
}

// Leadership is the right of one replica to make the passes; *db.Lease is one.
type Leadership interface {
	Lost() <-chan struct{}
	Release()
}

const (
	// standbyWait is how often a standby asks whether the leader is gone: that, and
	// no more, is the time without one.
	standbyWait = 2 * time.Second
	// longestAsk is how seldom it asks while it gets no answer.
	longestAsk = 10 * time.Second
	// askTime is how long after a wait the daemon surely does the next thing.
	askTime = 3 * time.Minute
	// busyWait is how often the leader asks whether a pass that somebody else makes
	// has ended.
	busyWait = 5 * time.Second
	// The wait after a failure doubles from the first of these to the second, and is
	// never longer than the interval.
	leastBackoff, mostBackoff = 10 * time.Second, 10 * time.Minute
	// jitter is the part of the interval by which passes come earlier or later, so
	// that the daemons of many accounts do not all begin at once.
	jitter = 0.05
)

// Run makes passes until the context ends, which is no error, or until a failure
// that no waiting mends: refused credentials, a schema that this program does not
// know.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Beat == nil {
		cfg.Beat = func(string, time.Duration) {}
	}
	for {
		leadership, err := cfg.lead(ctx)
		if err == nil {
			err = cfg.passes(ctx, leadership)
			leadership.Release()
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// lead waits until this replica is the leader.
func (cfg *Config) lead(ctx context.Context) (Leadership, error) {
	standby, failures := false, 0
	for {
		leadership, err := cfg.Lead(ctx)
		wait := standbyWait
		switch {
		case err == nil:
			cfg.Log.InfoContext(ctx, "leading", slog.Bool("was_standby", standby))
			return leadership, nil
		case ctx.Err() != nil, isFinal(err):
			return nil, err
		case errors.Is(err, db.ErrLeaseHeld):
			if !standby {
				cfg.Log.InfoContext(ctx, "another replica leads; standing by")
			}
			standby, failures = true, 0
		default:
			failures++
			wait = jittered(min(standbyWait<<min(failures-1, 10), longestAsk))
			if failures&(failures-1) == 0 { // the first, and then ever more seldom
				cfg.Log.WarnContext(ctx, "cannot ask who leads, trying again", slog.Any("error", err), slog.Int("failures", failures))
			}
		}
		cfg.Beat("asking who leads", wait+askTime)
		if !pause(ctx, wait, nil) {
			return nil, context.Cause(ctx)
		}
	}
}

// passes makes passes until the leadership is lost. The error is one that ends the
// daemon.
func (cfg *Config) passes(ctx context.Context, leadership Leadership) error {
	failures, busy := 0, false
	for {
		begun := time.Now()
		status, err := cfg.Pass(ctx)
		var wait time.Duration
		switch {
		case ctx.Err() != nil:
			return nil
		case isFinal(err):
			return err
		case errors.Is(err, db.ErrLeaseHeld):
			if !busy {
				cfg.Log.InfoContext(ctx, "somebody else makes a pass; waiting for its end")
			}
			busy, wait = true, busyWait
		case status == db.PassFailed || status == db.PassInterrupted:
			failures++
			busy, wait = false, max(cfg.backoff(failures), parked(err))
			cfg.Log.WarnContext(ctx, "trying again, since this pass did not come to its end",
				slog.Int("failures", failures), slog.Duration("wait", wait))
		default:
			failures, busy = 0, false
			wait = time.Until(begun.Add(jittered(cfg.Interval)))
		}
		cfg.Beat("waiting for the next pass", max(0, wait)+askTime)
		if !pause(ctx, wait, leadership.Lost()) {
			if ctx.Err() == nil {
				cfg.Log.WarnContext(ctx, "the leadership was lost: its database connection broke")
			}
			return nil
		}
	}
}

// isFinal reports whether a failure is one that no waiting mends.
func isFinal(err error) bool {
	for _, kind := range []error{zoom.ErrCredentials, db.ErrSchemaMissing, db.ErrSchemaOld, db.ErrSchemaNew, db.ErrBadURL} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// parked is how long it is until the end of the daily limit that ended a pass: before
// then, another gets no further.
func parked(err error) time.Duration {
	limit := (*zoom.Error)(nil)
	if !errors.As(err, &limit) || !errors.Is(limit, zoom.ErrDailyLimit) {
		return 0
	}
	return time.Until(limit.Until)
}

func (cfg *Config) backoff(failures int) time.Duration {
	wait := leastBackoff << min(failures-1, 10)
	return jittered(min(wait, mostBackoff, cfg.Interval))
}

func jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - jitter + 2*jitter*rand.Float64())) //nolint:gosec // no secret depends on it
}

// pause waits and reports whether nothing ended it early.
func pause(ctx context.Context, wait time.Duration, lost <-chan struct{}) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		// Both may have come while a pass ran.
		select {
		case <-lost:
			return false
		default:
			return ctx.Err() == nil
		}
	case <-lost:
		return false
	case <-ctx.Done():
		return false
	}
}
