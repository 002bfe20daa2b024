package zoom

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	defaultAttempts = 10
	firstBackoff    = 200 * time.Millisecond
	longestBackoff  = 10 * time.Second
	// retryTime ends the retries of one request: so long may its attempts and the
	// pauses between them take, without the wait for the pool.
	retryTime = 2 * time.Minute
	// maxThrottles bounds how often one request is refused by the budget before
	// its caller hears of it. Each refusal pauses and slows the whole pool.
	maxThrottles = 15
	// maxRefusals bounds how often one request may have its token refused.
	maxRefusals = 3
)

// backoff is the pause before the given retry (1, 2, ...): it doubles, and half
// of it is left to chance, so that requests that failed together do not return
// together.
func backoff(retry int) time.Duration {
	d := min(firstBackoff<<min(retry-1, 16), longestBackoff)
	return d/2 + rand.N(d/2)
}

// retryAfter reads a Retry-After header in the three forms that Zoom and the
// gateways before it are known to send: seconds, an HTTP date, and an ISO 8601
// time (https://devforum.zoom.us/t/18928). Anything else, and a time that has
// passed, gives 0. A time is one of the server's clock. The result is not capped.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		const year = 365 * 24 * 3600
		return time.Duration(min(seconds, year) * float64(time.Second))
	}
	layouts := []string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00",
	}
	at, err := http.ParseTime(value)
	for i := 0; err != nil && i < len(layouts); i++ {
		at, err = time.Parse(layouts[i], value)
	}
	if err != nil {
		return 0
	}
	return max(0, at.Sub(serverTime(header, now)))
}

// dailyLimitEnd is when a daily limit ends: as Retry-After says, at most a day
// ahead, else at the next midnight UTC, when Zoom's daily counters start anew.
func dailyLimitEnd(header http.Header, now time.Time) time.Time {
	if wait := retryAfter(header, now); wait > 0 {
		return now.Add(min(wait, 24*time.Hour))
	}
	theirs := serverTime(header, now).UTC()
	return now.Add(theirs.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(theirs))
}

// serverTime is what the clock of the answering server shows, as far as it says:
// were a clock minutes off, ours or Zoom's, a moment that it names would seem to
// lie minutes ahead, or in the past.
func serverTime(header http.Header, now time.Time) time.Time {
	if theirs, err := http.ParseTime(header.Get("Date")); err == nil {
		return theirs
	}
	return now
}
