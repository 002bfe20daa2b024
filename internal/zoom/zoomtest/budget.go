package zoomtest

import (
	"net/http"
	"strconv"
	"time"
)

// pool is one rate budget of the account and what arrived in it. Arrivals are kept for one second.
type pool struct {
	name, label string
	limit       float64 // requests a second; 0: unlimited
	neighbour   float64 // of them another app's
	arrivals    []time.Time
	old         int // of arrivals, those that are a second old
	peak        int
	total       int
	refused     int
	saved       float64 // tokens of the bucket
	filled      time.Time
}

// Excess is a moment at which more requests had arrived in the second before than the pool allows.
type Excess struct {
	Pool     string
	At       time.Time
	Arrivals int // in the second that ends at At, refused ones included
	Limit    float64
}

// mostExcesses bounds what Exceeded remembers.
const mostExcesses = 1000

// arrive counts a request and says whether the budget allows it; the caller holds the lock.
func (a *Account) arrive(p *pool, now time.Time) bool {
	for p.old < len(p.arrivals) && now.Sub(p.arrivals[p.old]) >= time.Second {
		p.old++
	}
	if p.old > len(p.arrivals)/2 {
		p.arrivals = append(p.arrivals[:0], p.arrivals[p.old:]...)
		p.old = 0
	}
	before := len(p.arrivals) - p.old
	p.arrivals = append(p.arrivals, now)
	p.total++
	p.peak = max(p.peak, before+1)
	if p.limit == 0 {
		return true
	}
	if float64(before+1) > p.limit && len(a.excess) < mostExcesses {
		a.excess = append(a.excess, Excess{Pool: p.name, At: now, Arrivals: before + 1, Limit: p.limit})
	}
	if a.opts.Counting == TokenBucket {
		return p.take(now)
	}
	return float64(before+1)+p.neighbour <= p.limit
}

// take draws one token of the bucket, which the neighbour drains as it fills.
func (p *pool) take(now time.Time) bool {
	if !p.filled.IsZero() {
		p.saved = min(p.limit, p.saved+now.Sub(p.filled).Seconds()*(p.limit-p.neighbour))
	}
	p.filled = now
	if p.saved < 1 {
		return false
	}
	p.saved--
	return true
}

// perSecond is the 429 of the per-second limit. Zoom sends no Retry-After with it.
func (a *Account) perSecond(retryAfter string) reply {
	rep := failure(http.StatusTooManyRequests, 429, "You have reached the maximum per-second rate limit for this API. Try again later.")
	if retryAfter != "" {
		rep.header.Set("Retry-After", retryAfter)
	}
	return rep
}

// perDay is the 429 of the daily limit, which says until when, as an ISO datetime.
func (a *Account) perDay(lasts time.Duration) reply {
	until := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	if lasts > 0 {
		until = time.Now().UTC().Add(lasts)
	}
	rep := failure(http.StatusTooManyRequests, 429,
		"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request.")
	rep.header.Set("Retry-After", until.Format(time.RFC3339))
	rep.header.Set("X-RateLimit-Type", "Daily-limit")
	return rep
}

// rateHeaders adds what old documentation promises and live replies lack; the caller holds the lock.
func (p *pool) rateHeaders(h http.Header, now time.Time) {
	if p.limit == 0 {
		return
	}
	used := 0
	for _, at := range p.arrivals {
		if now.Sub(at) < time.Second {
			used++
		}
	}
	if h.Get("X-RateLimit-Type") == "" {
		h.Set("X-RateLimit-Type", "QPS")
	}
	h.Set("X-RateLimit-Limit", strconv.Itoa(int(p.limit)))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, int(p.limit-p.neighbour)-used)))
}

// SetLimits changes requests a second by pool; 0 means unlimited. Pools that are not named keep theirs.
func (a *Account) SetLimits(limits map[string]float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for name, limit := range limits {
		if p := a.pools[name]; p != nil {
			p.limit = limit
		}
	}
}

// SetNeighbour makes another app of the account use so many requests a second of a pool.
func (a *Account) SetNeighbour(pool string, perSecond float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.pools[pool]; p != nil {
		p.neighbour = perSecond
	}
}
