//go:build faults || soak

package faults

import (
	"net/http"
	"strconv"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// clock makes an answer one of a server whose clock is ahead, or behind: all times in it are of that clock.
type clock struct {
	http.ResponseWriter

	ahead time.Duration
}

// WriteHeader dates the answer. A refusal says by that clock when it ends: in a second.
func (c *clock) WriteHeader(status int) {
	theirs, header := time.Now().Add(c.ahead).UTC(), c.Header()
	header.Set("Date", theirs.Format(http.TimeFormat))
	header.Set("X-Ratelimit-Reset", strconv.FormatInt(theirs.Unix(), 10))
	if status == http.StatusTooManyRequests {
		header.Set("Retry-After", theirs.Add(time.Second).Format(time.RFC3339))
	}
	c.ResponseWriter.WriteHeader(status)
}

// refusedByClock makes passes while refusals say by such a clock when they end. A clock that is off costs no pass.
func refusedByClock(x *trial) {
	during(zoomtest.Faults{Throttle: .03, DailyLimit: .02})(x)
	if x.runs != 1 {
		x.Errorf("%d passes were needed, want 1", x.runs)
	}
}

// Unwrap is how http.ResponseController finds the connection.
func (c *clock) Unwrap() http.ResponseWriter { return c.ResponseWriter }
