package zoom

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How a pool reacts to being throttled. The figures are a compromise between
// being a good neighbour and getting the budget back quickly.
const (
	slowDown     = 0.75             // factor on the rate, once an episode
	slowest      = 1.0 / 16         // of the full rate
	climbEvery   = 2 * time.Second  // without a 429
	climbBy      = 0.05             // of the full rate
	firstPause   = time.Second      // after a 429 that names no time
	longestPause = 30 * time.Second // doubling ends here
	// maxRetryAfter caps what a per-second 429 can ask for: a longer wait would
	// look like a pass that hangs.
	maxRetryAfter = time.Minute
	// maxPark is how long a call waits for a parked pool before it says so.
	maxPark = 2 * time.Minute
	// budgetGone is how long a pool may be refused, without one accepted answer in
	// between, before calls fail at once; and how long they do, until one tries again.
	budgetGone = 5 * time.Minute
	// window is the span in which at most the rate is sent: a second, and a
	// little that keeps jitter from squeezing one more request into Zoom's second
	// than into ours.
	window = 1005 * time.Millisecond
)

// pool paces the calls of one budget. It holds two promises: the rate on
// average (a token bucket), and never more than the rate in any one second, also
// at the start and after a pause (a window over the last sends).
//
// Callers queue at a gate and only the first of them waits for time, so that a
// pause or a new rate takes effect at once for all.
type pool struct {
	name    Pool
	metrics *metrics
	log     *slog.Logger
	gate    chan struct{}

	mu      sync.Mutex
	full    float64       // requests per second when nobody throttles us
	limiter *rate.Limiter // its limit is the present rate
	sent    []time.Time   // the sends of the last window, oldest first
	paused  time.Time     // no request before this time
	parked  time.Time     // the daily limit ends here
	cut     time.Time     // when the rate was last lowered
	climbed time.Time     // when the rate was last raised or lowered
	streak  int           // throttled episodes in a row
	starved time.Time     // the first 429 since the last accepted answer; zero: none
	refused time.Time     // the last 429
}

func newPool(name Pool, perSecond float64, m *metrics, log *slog.Logger) *pool {
	p := &pool{
		name: name, metrics: m, log: log, gate: make(chan struct{}, 1), full: perSecond,
		limiter: rate.NewLimiter(rate.Limit(perSecond), 1+int(perSecond*0.05)),
	}
	m.poolRate.WithLabelValues(string(name)).Set(perSecond)
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
	p.metrics.poolWait.WithLabelValues(string(p.name)).Add(time.Since(start).Seconds())
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
	if most := max(1, int(float64(p.limiter.Limit())+1e-9)); len(p.sent) >= most {
		return p.sent[len(p.sent)-most].Add(window).Sub(now), nil
	}
	if !p.limiter.AllowN(now, 1) {
		missing := 1 - p.limiter.TokensAt(now)
		return max(time.Duration(missing/float64(p.limiter.Limit())*float64(time.Second)), time.Microsecond), nil
	}
	p.sent = append(p.sent, now)
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
// belong to the same episode.
func (p *pool) throttled(sentAt, now time.Time, retryAfter time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.starved.IsZero() || now.Sub(p.refused) >= budgetGone {
		p.starved = now
	}
	p.refused = now
	pause := min(retryAfter, maxRetryAfter)
	if !sentAt.Before(p.cut) {
		p.streak++
		p.cut, p.climbed = now, now
		p.setRate(max(float64(p.limiter.Limit())*slowDown, p.full*slowest))
		if retryAfter <= 0 {
			pause = min(firstPause<<min(p.streak-1, 10), longestPause)
			pause += rand.N(pause / 4)
		}
		p.log.Warn("zoom refuses requests, the pool pauses and slows down", slog.String("pool", string(p.name)),
			slog.Float64("pause_seconds", pause.Seconds()), slog.Time("until", now.Add(pause)), slog.Float64("rate", float64(p.limiter.Limit())), slog.Bool("retry_after_given", retryAfter > 0))
	}
	if until := now.Add(pause); until.After(p.paused) {
		p.paused = until
	}
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
	if sentAt.Before(p.cut) {
		return
	}
	p.streak = 0
	if present := float64(p.limiter.Limit()); present < p.full && now.Sub(p.climbed) >= climbEvery {
		p.climbed = now
		p.setRate(min(p.full, present+p.full*climbBy))
		if float64(p.limiter.Limit()) == p.full {
			p.log.Info("zoom pool is back at its full rate", slog.String("pool", string(p.name)), slog.Float64("rate", p.full))
		}
	}
}

// setRate changes the rate; the sends so far still count.
func (p *pool) setRate(perSecond float64) {
	p.limiter.SetLimit(rate.Limit(perSecond))
	p.metrics.poolRate.WithLabelValues(string(p.name)).Set(perSecond)
}

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
