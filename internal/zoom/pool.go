package zoom

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxRetryAfter caps what a per-second 429 can ask for: a longer wait would
	// look like a pass that hangs.
	maxRetryAfter = time.Minute
	// maxPark is how long a call waits for a parked pool before it says so.
	maxPark = 2 * time.Minute
	// budgetGone is how long a pool may be refused, without one accepted answer in
	// between, before calls fail at once; and how long they do, until one tries again.
	budgetGone = 5 * time.Minute
	// window is the span in which at most the full rate is sent: a second, and a
	// little that keeps jitter from squeezing one more request into Zoom's second
	// than into ours.
	window = 1005 * time.Millisecond
	// warnEvery is how often a pool that is refused now and then says so.
	warnEvery = time.Minute
)

// pool paces the calls of one budget. It holds two promises: its pace on average and
// evenly (a token bucket that saves next to nothing), and never more than the full
// rate in any one second (a window over the last sends).
//
// Callers queue at a gate and only the first of them waits for time, so that a
// pause or a new rate takes effect at once for all.
type pool struct {
	name    Pool
	metrics *metrics
	log     *slog.Logger
	gate    chan struct{}

	waitedFor atomic.Int64 // nanoseconds, all requests together
	requests  atomic.Int64 // that took a slot
	refusals  atomic.Int64 // answers 429

	mu      sync.Mutex
	pace    pace
	limiter *rate.Limiter // its limit is the pace
	sent    []time.Time   // the sends of the last window, oldest first
	paused  time.Time     // no request before this time
	parked  time.Time     // the daily limit ends here
	starved time.Time     // the first 429 since the last accepted answer; zero: none
	refused time.Time     // the last 429
	warned  time.Time     // when the log said last that requests are refused
	tally   *tally        // of all sends
	claim   claimOn
	proof   proof
}

func newPool(name Pool, perSecond, limit float64, m *metrics, log *slog.Logger) *pool {
	now := time.Now()
	p := &pool{
		name: name, metrics: m, log: log, gate: make(chan struct{}, 1), pace: newPace(perSecond, limit, now),
		tally: newTally(now), claim: claimOn{published: limit, configured: limit, share: perSecond / limit},
	}
	m.poolLimit.WithLabelValues(string(name)).Set(limit)
	m.poolShare.WithLabelValues(string(name)).Set(perSecond)
	// Two, so that a wake-up that comes late loses nothing, one where that is nothing,
	// and more where a timer's grain is as long as many requests.
	p.limiter = rate.NewLimiter(rate.Limit(p.pace.rate), int(max(1, min(2, perSecond/4), 1+perSecond/50)))
	p.paced()
	return p
}

// open blocks while the pool pauses, and takes no slot. It gives the errors of
// wait.
func (p *pool) open(ctx context.Context) error {
	defer p.waited(time.Now())
	for {
		p.mu.Lock()
		delay, err := p.shut(time.Now())
		p.mu.Unlock()
		if err != nil || delay <= 0 {
			return err
		}
		if err := sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// wait blocks until one request may be sent now. A pool that is parked for long
// answers ErrDailyLimit instead, and one that is refused for long ErrBudgetGone.
func (p *pool) wait(ctx context.Context) error {
	defer p.waited(time.Now())
	select {
	case p.gate <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-p.gate }()
	for ctx.Err() == nil {
		delay, err := p.take(time.Now())
		if err != nil || delay <= 0 {
			return err
		}
		_ = sleep(ctx, delay)
	}
	return context.Cause(ctx)
}

// waited counts the time that a request has waited since start.
func (p *pool) waited(start time.Time) {
	waited := time.Since(start)
	p.waitedFor.Add(int64(waited))
	p.metrics.poolWait.WithLabelValues(string(p.name)).Add(waited.Seconds())
}

// take uses up one slot and gives 0, or says how long to wait before asking again.
func (p *pool) take(now time.Time) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if delay, err := p.shut(now); err != nil || delay > 0 {
		return delay, err
	}
	for len(p.sent) > 0 && now.Sub(p.sent[0]) >= window {
		p.sent = p.sent[1:]
	}
	// A rate of 37.5 gives 37 in any second. Below 1 the bucket alone counts.
	if most := max(1, int(p.pace.full+1e-9)); len(p.sent) >= most {
		return p.sent[len(p.sent)-most].Add(window).Sub(now), nil
	}
	if !p.limiter.AllowN(now, 1) {
		missing := 1 - p.limiter.TokensAt(now)
		return max(time.Duration(missing/float64(p.limiter.Limit())*float64(time.Second)), time.Microsecond), nil
	}
	p.sent = append(p.sent, now)
	p.tally.add(now)
	p.metrics.poolRequests.WithLabelValues(string(p.name)).Inc()
	p.requests.Add(1)
	return 0, nil
}

// shut says how long the pool sends nothing at all, or why it is given up. The
// caller holds the lock.
func (p *pool) shut(now time.Time) (time.Duration, error) {
	op := "pool " + string(p.name)
	if p.parked.Sub(now) > maxPark {
		return 0, &Error{Op: op, Kind: ErrDailyLimit, Until: p.parked}
	}
	if !p.starved.IsZero() && now.Sub(p.starved) >= budgetGone && now.Sub(p.refused) < budgetGone {
		return 0, &Error{Op: op, Kind: ErrBudgetGone, Message: fmt.Sprintf("every request of the last %.0f minutes was refused", budgetGone.Minutes())}
	}
	return max(p.parked.Sub(now), p.paused.Sub(now)), nil
}

// throttled notes a 429 to a request that was sent at the given time. The
// answers to requests that were already on their way when the rate was lowered
// belong to the same episode. It says whose fault it is.
func (p *pool) throttled(sentAt, now time.Time, retryAfter time.Duration) culprit {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.starved.IsZero() || now.Sub(p.refused) >= budgetGone {
		p.starved = now
	}
	p.refused = now
	sent := p.tally.secondBefore(sentAt)
	whose := p.claim.blame(sent)
	pause, episode := p.pace.refused(sentAt, now, min(retryAfter, maxRetryAfter))
	if until := now.Add(pause); until.After(p.paused) {
		p.paused = until
		p.metrics.pausedUntil.WithLabelValues(string(p.name)).Set(seconds(until))
	}
	if !episode {
		return whose
	}
	p.paced()
	tell := p.log.Debug // feeling out the limit is daily business
	if pause >= firstPause && now.Sub(p.warned) >= warnEvery {
		p.warned, tell = now, p.log.Warn
	}
	tell("zoom refuses requests, the pool pauses and slows down", slog.String("pool", string(p.name)),
		slog.Float64("pause_seconds", pause.Seconds()), slog.Time("until", p.paused), slog.Float64("rate", p.pace.rate), slog.Bool("retry_after_given", retryAfter > 0),
		slog.String("cause", string(whose)), slog.Int("sent_last_second", sent))
	return whose
}

// park stops the pool until the daily limit ends. Answers to requests that were on
// their way name about the same time; the first of them is told.
func (p *pool) park(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.parked.After(time.Now()) {
		p.log.Warn("zoom's daily limit is reached, the pool is parked", slog.String("pool", string(p.name)), slog.Time("until", until))
	}
	if until.After(p.parked) {
		p.parked = until
		p.metrics.parkedUntil.WithLabelValues(string(p.name)).Set(seconds(until))
	}
}

// shutUntil is when the pool sends again, as far as Zoom has said so.
func (p *pool) shutUntil() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.parked.After(p.paused) {
		return p.parked
	}
	return p.paused
}

// accepted notes an answer that was no 429; the rate climbs back step by step.
func (p *pool) accepted(sentAt, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starved = time.Time{}
	p.claim.proven = max(p.claim.proven, p.proof.add(now))
	before := p.pace.rate
	if p.pace.accepted(sentAt, now); p.pace.rate == before {
		return
	}
	p.paced()
	if p.pace.rate == p.pace.full && !p.warned.IsZero() {
		p.warned = time.Time{}
		p.log.Info("zoom pool is back at its full rate", slog.String("pool", string(p.name)), slog.Float64("rate", p.pace.full))
	}
}

// paced brings the pace to the limiter; the sends so far still count.
func (p *pool) paced() {
	p.limiter.SetLimit(rate.Limit(p.pace.rate))
	p.metrics.poolRate.WithLabelValues(string(p.name)).Set(p.pace.rate)
}

// seconds is a time as metrics have it.
func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1e3 }

// sleep waits for d or for the context, whichever ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
