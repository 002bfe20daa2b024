package zoom

import "time"

// PoolState is how a pool stands.
type PoolState struct {
	Pool    Pool
	Limit   float64 // requests per second that Zoom allows the account
	Share   float64 // ours of these
	Rate    float64 // that the pool allows itself at present; the share, or less after refusals
	Sending int     // requests of the last second

	Requests, Throttled int64 // since the client was made: sent, and of these answered 429

	PausedUntil time.Time // nothing is sent before, for refusals; zero or past: it sends
	ParkedUntil time.Time // the same for a daily limit
}

// Pools tells how the pools stand, in the order of their names.
func (c *Client) Pools() []PoolState {
	var states []PoolState
	for _, name := range pools() {
		s := c.pools[name].state(time.Now())
		s.Limit = s.Share / c.share
		states = append(states, s)
	}
	return states
}

// state tells how the pool stands, but for the limit.
func (p *pool) state(now time.Time) PoolState {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := PoolState{
		Pool: p.name, Share: p.pace.full, Rate: p.pace.rate, PausedUntil: p.paused, ParkedUntil: p.parked,
		Requests: p.requests.Load(), Throttled: p.refusals.Load(),
	}
	for _, at := range p.sent {
		if now.Sub(at) < time.Second {
			s.Sending++
		}
	}
	return s
}
