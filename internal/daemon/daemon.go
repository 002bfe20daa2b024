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

// Config says what to do and how often. All of it but Metrics, Beat and Tell is required.
type Config struct {
	Interval time.Duration // from the beginning of a pass to that of the next

	// Lead makes this replica the leader, or gives db.ErrLeaseHeld when another is.
	Lead func(context.Context) (Leadership, error)
	// Pass makes one pass. db.ErrLeaseHeld: somebody else is making one.
	Pass func(context.Context) (db.PassStatus, error)

	Log     *slog.Logger
	Metrics *Metrics // nil: kept, and shown to nobody
	// Beat is told what the daemon does, and within what time it will say so again.
	Beat func(doing string, within time.Duration)
	// Tell is told how the daemon stands, whenever that changes.
	Tell func(State)
}

// State is how a daemon stands.
type State struct {
	Role     Role
	Busy     bool      // somebody else makes a pass, whose end the leader waits for
	Next     time.Time // when the next pass begins; zero: it is not known
	Failures int       // passes in a row that did not come to their end
}

// Role is what a replica is to the others.
type Role string

// The roles. The empty one: it is not known yet.
const (
	Standby Role = "standby" // another replica makes the passes
	Leader  Role = "leader"  // this one does
)

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
// that no waiting mends: credentials that Zoom or Postgres refuses, a schema that
// this program does not know.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Beat == nil {
		cfg.Beat = func(string, time.Duration) {}
	}
	if cfg.Tell == nil {
		cfg.Tell = func(State) {}
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(nil, "")
	}
	cfg.Metrics.interval.Set(cfg.Interval.Seconds())
	var s schedule
	for {
		leadership, wasStandby, err := cfg.lead(ctx)
		if err == nil {
			if wasStandby {
				s = schedule{} // what the other leader did is not known
			}
			cfg.Metrics.leads()
			err = cfg.passes(ctx, leadership, &s)
			cfg.Metrics.leadsNoMore()
			leadership.Release()
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		pause(ctx, standbyWait, nil) // a leadership that is lost at once must not be asked for without a rest
	}
}

// schedule outlives the loss of the leadership, so that a database that drops connections
// neither hurries passes nor ends their backing off. The zero schedule has a pass at once.
type schedule struct {
	failures int
	next     time.Time
}

// lead waits until this replica is the leader, and says whether another one was.
func (cfg *Config) lead(ctx context.Context) (l Leadership, standby bool, err error) {
	failures := 0
	for {
		leadership, err := cfg.Lead(ctx)
		wait := standbyWait
		switch {
		case err == nil:
			cfg.Log.InfoContext(ctx, "leading", slog.Bool("was_standby", standby))
			return leadership, standby, nil
		case ctx.Err() != nil, isFinal(err):
			return nil, standby, err
		case errors.Is(err, db.ErrLeaseHeld):
			if !standby {
				cfg.Log.InfoContext(ctx, "another replica leads; standing by")
			}
			standby, failures = true, 0
			cfg.Tell(State{Role: Standby})
		default:
			failures++
			cfg.Tell(State{})
			wait = jittered(min(standbyWait<<min(failures-1, 10), longestAsk))
			if failures&(failures-1) == 0 { // the first, and then ever more seldom
				cfg.Log.WarnContext(ctx, "cannot ask who leads, trying again", slog.Any("error", err), slog.Int("failures", failures))
			}
		}
		cfg.Beat("asking who leads", wait+askTime)
		if !pause(ctx, wait, nil) {
			return nil, standby, context.Cause(ctx)
		}
	}
}

// passes makes passes until the leadership is lost. The error is one that ends the
// daemon.
func (cfg *Config) passes(ctx context.Context, leadership Leadership, s *schedule) error {
	busy := false
	for {
		if !cfg.rest(ctx, leadership, time.Until(s.next)) {
			return nil
		}
		begun := time.Now()
		cfg.Metrics.next.Set(0)
		cfg.Tell(State{Role: Leader, Busy: busy, Failures: s.failures})
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
			s.failures++
			busy, wait = false, max(cfg.backoff(s.failures), parked(err))
			cfg.Log.WarnContext(ctx, "trying again, since this pass did not come to its end",
				slog.Int("failures", s.failures), slog.Duration("wait", wait))
		default:
			s.failures, busy = 0, false
			wait = time.Until(begun.Add(jittered(cfg.Interval)))
		}
		s.next = time.Now().Add(wait)
		cfg.Metrics.waits(wait)
		cfg.Tell(State{Role: Leader, Busy: busy, Next: s.next, Failures: s.failures})
	}
}

// rest waits for the next pass, and reports whether it is to be made here.
func (cfg *Config) rest(ctx context.Context, leadership Leadership, wait time.Duration) bool {
	cfg.Beat("waiting for the next pass", max(0, wait)+askTime)
	if pause(ctx, wait, leadership.Lost()) {
		return true
	}
	if ctx.Err() == nil {
		cfg.Log.WarnContext(ctx, "the leadership was lost: its database connection broke")
	}
	return false
}

// isFinal reports whether a failure is one that no waiting mends.
func isFinal(err error) bool {
	for _, kind := range []error{zoom.ErrCredentials, db.ErrSchemaMissing, db.ErrSchemaOld, db.ErrSchemaNew, db.ErrBadURL, db.ErrDenied} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// parked is how long it is until the end of the daily limit that ended a pass: before
// then, another gets no further.
func parked(err error) time.Duration {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here: the first failure need not be the one
	case *zoom.Error:
		if errors.Is(e.Kind, zoom.ErrDailyLimit) {
			return time.Until(e.Until)
		}
	case interface{ Unwrap() error }:
		return parked(e.Unwrap())
	case interface{ Unwrap() []error }:
		longest := time.Duration(0)
		for _, err := range e.Unwrap() {
			longest = max(longest, parked(err))
		}
		return longest
	}
	return 0
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
