package zoom

import (
	"context"
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
}

func newPool(name Pool, perSecond float64, m *metrics) *pool {
	p := &pool{
		name: name, metrics: m, gate: make(chan struct{}, 1), full: perSecond,
		limiter: rate.NewLimiter(rate.Limit(perSecond), 1+int(perSecond*0.05)),
	}
	m.poolRate.WithLabelValues(string(name)).Set(perSecond)
	return p
}

// wait blocks until one request may be sent now. A pool that is parked for long
// answers ErrDailyLimit instead.
func (p *pool) wait(ctx context.Context) error {
	start := time.Now()
	defer func() { p.metrics.poolWait.WithLabelValues(string(p.name)).Add(time.Since(start).Seconds()) }()
	select {
	case p.gate <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-p.gate }()
	for {
		delay, err := p.take(time.Now())
		if err != nil || delay <= 0 {
			return err
		}
		if err := sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// take uses up one slot and gives 0, or says how long to wait before asking again.
func (p *pool) take(now time.Time) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left := p.parked.Sub(now); left > maxPark {
		return 0, &Error{Op: "pool " + string(p.name), Kind: ErrDailyLimit, Until: p.parked}
	} else if left > 0 {
		return left, nil
	}
	if left := p.paused.Sub(now); left > 0 {
		return left, nil
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

// throttled notes a 429 to a request that was sent at the given time. The
// answers to requests that were already on their way when the rate was lowered
// belong to the same episode.
func (p *pool) throttled(sentAt, now time.Time, retryAfter time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := min(retryAfter, maxRetryAfter)
	if !sentAt.Before(p.cut) {
		p.streak++
		p.cut, p.climbed = now, now
		p.setRate(max(float64(p.limiter.Limit())*slowDown, p.full*slowest))
		if retryAfter <= 0 {
			pause = min(firstPause<<min(p.streak-1, 10), longestPause)
			pause += rand.N(pause / 4)
		}
	}
	if until := now.Add(pause); until.After(p.paused) {
		p.paused = until
	}
}

// park stops the pool until the daily limit ends.
func (p *pool) park(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.parked) {
		p.parked = until
	}
}

// accepted notes an answer that was no 429; the rate climbs back step by step.
func (p *pool) accepted(sentAt, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if sentAt.Before(p.cut) {
		return
	}
	p.streak = 0
	if present := float64(p.limiter.Limit()); present < p.full && now.Sub(p.climbed) >= climbEvery {
		p.climbed = now
		p.setRate(min(p.full, present+p.full*climbBy))
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
