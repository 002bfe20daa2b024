package zoom

import (
	"bytes"
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBackoff_doubles_with_jitter_up_to_its_longest(t *testing.T) {
	t.Parallel()
	for retry, full := range map[int]time.Duration{
		1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 5: 3200 * time.Millisecond, 7: 10 * time.Second, 1000: 10 * time.Second,
	} {
		different := map[time.Duration]bool{}
		for range 100 {
			d := backoff(retry)
			different[d] = true
			if d < full/2 || d >= full {
				t.Errorf("retry %d waits %v, want %v to %v", retry, d, full/2, full)
			}
		}
		if len(different) < 50 {
			t.Errorf("retry %d has no jitter", retry)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 5, 18, 30, 0, 0, time.UTC)
	tests := map[string]time.Duration{
		"":                                 0,
		"7":                                7 * time.Second,
		" 7 ":                              7 * time.Second,
		"0.5":                              500 * time.Millisecond,
		"0":                                0,
		"-3":                               0,
		"NaN":                              0,
		"Inf":                              365 * 24 * time.Hour,
		"99999999999999999999":             365 * 24 * time.Hour,
		"soon":                             0,
		"Thu, 05 Nov 2026 18:31:00 GMT":    time.Minute,
		"Thursday, 05-Nov-26 18:31:00 GMT": time.Minute,
		"Thu Nov  5 18:31:00 2026":         time.Minute,
		"Thu, 05 Nov 2026 18:29:00 GMT":    0,
		"2026-11-06T00:00:00Z":             5*time.Hour + 30*time.Minute,
		"2026-11-06T00:00:00.000Z":         5*time.Hour + 30*time.Minute,
		"2026-11-05T19:31:00+01:00":        time.Minute,
		"2026-11-05T19:31:00+0100":         time.Minute,
		"2026-11-05T18:31:00":              time.Minute,
		"2026-11-05 18:31:00":              time.Minute,
		"2026-11-05T18:31Z":                time.Minute,
		"2020-05-31T00:00:00Z":             0,
		"2026-13-40T00:00:00Z":             0,
	}
	for value, want := range tests {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}

func TestRetryAfter_is_a_time_of_the_servers_clock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 5, 23, 58, 0, 0, time.UTC)
	for off, date := range map[time.Duration]string{
		7 * time.Minute:  "Fri, 06 Nov 2026 00:05:00 GMT",
		-7 * time.Minute: "Thu, 05 Nov 2026 23:51:00 GMT",
		0:                "no date",
	} {
		for _, layout := range []string{http.TimeFormat, time.RFC3339} {
			header := http.Header{"Date": {date}, "Retry-After": {now.Add(off + 3*time.Second).Format(layout)}}
			if got := retryAfter(header, now); got != 3*time.Second {
				t.Errorf("clock off by %v: %v is %v, want 3s", off, header, got)
			}
			if got, want := dailyLimitEnd(header, now), now.Add(3*time.Second); !got.Equal(want) {
				t.Errorf("clock off by %v: the daily limit ends at %v, want %v", off, got, want)
			}
		}
		theirs := now.Add(off)
		want := now.Add(theirs.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(theirs))
		if got := dailyLimitEnd(http.Header{"Date": {date}}, now); !got.Equal(want) {
			t.Errorf("clock off by %v: the daily limit ends at %v, want their midnight, which is %v", off, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"7", "1e308", "-0", "0x1p-2", "2026-11-06T00:00:00Z", "Thu, 05 Nov 2026 18:31:00 GMT", "9999-12-31T23:59:59Z", "NaN"} {
		f.Add(value, "")
		f.Add(value, "Thu, 05 Nov 2026 18:37:00 GMT")
	}
	now := time.Date(2026, 11, 5, 18, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value, date string) {
		header := http.Header{"Retry-After": {value}, "Date": {date}}
		if got := retryAfter(header, now); got < 0 {
			t.Errorf("%q at %q is %v", value, date, got)
		}
		if end := dailyLimitEnd(header, now); !end.After(now) || end.Sub(now) > 24*time.Hour {
			t.Errorf("%q at %q ends the daily limit at %v", value, date, end)
		}
	})
}

func TestDailyLimitEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 5, 18, 30, 0, 0, time.FixedZone("", -7*3600)) // already the 6th in UTC
	for value, want := range map[string]time.Time{
		"":                     time.Date(2026, 11, 7, 0, 0, 0, 0, time.UTC),
		"nonsense":             time.Date(2026, 11, 7, 0, 0, 0, 0, time.UTC),
		"2020-05-31T00:00:00Z": time.Date(2026, 11, 7, 0, 0, 0, 0, time.UTC),
		"2026-11-06T02:00:00Z": time.Date(2026, 11, 6, 2, 0, 0, 0, time.UTC),
		"60":                   now.Add(time.Minute),
		"2027-11-06T00:00:00Z": now.Add(24 * time.Hour),
	} {
		if got := dailyLimitEnd(http.Header{"Retry-After": {value}}, now); !got.Equal(want) {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestRetry_faults_that_pass(t *testing.T) {
	t.Parallel()
	tests := map[string]reply{
		"500 with json":        zoomError(500, 500, "Internal error"),
		"502 with html":        {status: 502, body: "<html>", header: map[string]string{"Content-Type": "text/html"}},
		"503 without a body":   {status: 503},
		"connection reset":     {err: errTest},
		"half a body":          {body: `{"id":"u1","a":[1,`},
		"html with 200":        {body: "<html>please wait</html>", header: map[string]string{"Content-Type": "text/html"}},
		"no body with 200":     {body: ""},
		"204 to a GET":         {status: 204},
		"an array":             {body: `[{"id":"u1"}]`},
		"two objects":          {body: `{"id":"u1"}{"id":"u1"}`},
		"null":                 {body: `null`},
		"an error inside 200":  zoomError(200, 300, "Try again"),
		"an answer never ends": {after: time.Hour},
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				zoom := &script{answer: inTurn(fault, fault, reply{body: profileBody})}
				got, err := newTestClient(t, zoom).PhoneUser(t.Context(), "u1")
				if err != nil || string(got) != profileBody {
					t.Errorf("got %s, %v", got, err)
				}
				zoom = &script{answer: always(fault)}
				start := time.Now()
				_, err = newTestClient(t, zoom, func(cfg *Config) { cfg.Attempts = 4 }).PhoneUser(t.Context(), "u1")
				checkError(t, err)
				if got := len(zoom.sent()); got != 4 {
					t.Errorf("sent %d times, want 4", got)
				}
				if took := time.Since(start) - 4*min(fault.after, requestTimeout); took < 700*time.Millisecond || took > 1600*time.Millisecond {
					t.Errorf("waited %v in all, want .2, .4 and .8 s less jitter", took)
				}
			})
		})
	}
}

func TestRetry_code_0_is_no_error(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"code":0,"message":"ok","country":{}}`, `{"code":300,"message":"x","status":"Active","desk_phone":{}}`, `{"message":"hello","intercom":{}}`} {
		zoom := &script{answer: always(reply{body: body})}
		if got, err := newTestClient(t, zoom).PhoneUserSettings(t.Context(), "u1"); err != nil || string(got) != body {
			t.Errorf("got %s, %v", got, err)
		}
	}
}

// A request's own timeout must not look like the end of its caller.
func TestRetry_timeout_is_no_cancellation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: always(reply{after: time.Hour})}
		start := time.Now()
		_, err := newTestClient(t, zoom, func(cfg *Config) { cfg.Attempts = 1 }).PhoneUser(t.Context(), "u1")
		if !errors.Is(err, ErrUnreachable) || isContextError(err) {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(start); took != requestTimeout {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestRetry_other_refusals_are_final(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 301, 304, 307, 400, 402, 403, 404, 405, 406, 408, 409, 410, 413, 415, 422, 451} {
		synctest.Test(t, func(t *testing.T) {
			zoom := &script{answer: always(zoomError(status, 300, "Validation Failed."))}
			_, err := newTestClient(t, zoom).PhoneUser(t.Context(), "u1")
			checkError(t, err)
			if got := len(zoom.sent()); got != 1 {
				t.Errorf("status %d: sent %d times", status, got)
			}
		})
	}
}

func TestRetry_a_429_pauses_and_slows_the_pool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: inTurn(
			reply{status: 429, header: map[string]string{"Retry-After": "7"}},
			reply{status: 429, header: map[string]string{"Retry-After": "Wed, 01 Jan 2090 00:00:00 GMT"}},
			reply{body: profileBody},
		)}
		c := newTestClient(t, zoom)
		if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
		sent := zoom.sent()
		if got := sent[1].at.Sub(sent[0].at); got < 7*time.Second || got > 8*time.Second {
			t.Errorf("paused for %v, want 7 s", got)
		}
		if got := sent[2].at.Sub(sent[1].at); got < time.Minute || got > 61*time.Second {
			t.Errorf("paused for %v, want a minute at most", got)
		}
		if got := float64(c.pools[PhoneLight].limiter.Limit()); math.Abs(got-32*0.985*0.95*1.0009) > 1e-9 {
			t.Errorf("the rate is %v, want 32 * 0.985 * 0.95 and one step up", got)
		}
		if got := float64(c.pools[PhoneMedium].limiter.Limit()); got != 16 {
			t.Errorf("another pool was slowed to %v", got)
		}
	})
}

func TestRetry_throttled_for_ever_ends(t *testing.T) {
	t.Parallel()
	for _, header := range []map[string]string{nil, {"X-Ratelimit-Type": "Daily-limit", "Retry-After": "1"}} {
		synctest.Test(t, func(t *testing.T) {
			zoom := &script{answer: always(reply{status: 429, header: header})}
			c := newTestClient(t, zoom)
			_, err := c.PhoneUser(t.Context(), "u1")
			if !errors.Is(err, ErrRateLimited) && !errors.Is(err, ErrDailyLimit) {
				t.Errorf("error is %v", err)
			}
			if got := len(zoom.sent()); got != maxThrottles || c.Usage().Throttled != maxThrottles {
				t.Errorf("sent %d times, want %d; usage %+v", got, maxThrottles, c.Usage())
			}
		})
	}
}

func TestRetry_waiting_for_the_budget_is_told(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		wait := func(message string, d time.Duration) reply {
			rep := zoomError(429, 429, message)
			rep.header = map[string]string{"Retry-After": start.Add(d).UTC().Format(time.RFC3339)}
			return rep
		}
		zoom := &script{answer: inTurn(
			wait("You have reached the maximum per-second rate limit for this API.", 20*time.Second),
			wait("You have reached the maximum daily rate limit for this API.", 110*time.Second),
			reply{body: profileBody},
		)}
		var log bytes.Buffer
		c := newTestClient(t, zoom, logTo(&log))
		if got := c.Paused(); got != (Pause{}) {
			t.Errorf("before: %+v", got)
		}
		var call sync.WaitGroup
		call.Go(func() {
			if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
				t.Error(err)
			}
		})
		for _, step := range []struct{ at, until time.Duration }{{5 * time.Second, 20 * time.Second}, {30 * time.Second, 110 * time.Second}} {
			_ = sleep(t.Context(), step.at-time.Since(start))
			if got := c.Paused(); got.Pool != PhoneLight || got.Until.Sub(start).Round(time.Second) != step.until {
				t.Errorf("after %v: %s is paused until %v", step.at, got.Pool, got.Until.Sub(start))
			}
		}
		c.pools[PhoneLight].park(start.Add(110 * time.Second)) // another call was refused too
		call.Wait()
		if got := c.Paused(); got != (Pause{}) {
			t.Errorf("after the limit: %+v", got)
		}
		for _, words := range []string{"pauses and slows down", "the pool is parked"} {
			if n := strings.Count(log.String(), words); n != 1 {
				t.Errorf("the log says %d times %q:\n%s", n, words, log.String())
			}
		}
		if n := strings.Count(log.String(), `"until":`); n != 2 {
			t.Errorf("the log says %d times until when, want 2:\n%s", n, log.String())
		}
	})
}

func TestRetry_daily_limit(t *testing.T) {
	t.Parallel()
	daily := func(retryAfter string) reply {
		rep := zoomError(429, 429, "You have reached the maximum daily rate limit for this API.")
		rep.header = map[string]string{"Retry-After": retryAfter}
		return rep
	}
	t.Run("that ends soon is waited for", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			zoom := &script{answer: inTurn(daily(start.Add(100*time.Second).UTC().Format(time.RFC3339)), reply{body: profileBody})}
			if _, err := newTestClient(t, zoom).PhoneUser(t.Context(), "u1"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != 100*time.Second {
				t.Errorf("took %v", took)
			}
		})
	})
	t.Run("that lasts is reported at once and parks only its pool", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			zoom := &script{answer: inTurn(daily(start.Add(5*time.Hour).UTC().Format(time.RFC3339)), reply{body: anyBody})}
			c := newTestClient(t, zoom)
			for range 3 {
				_, err := c.PhoneUser(t.Context(), "u1")
				var fault *Error
				if !errors.As(err, &fault) || !errors.Is(err, ErrDailyLimit) || !fault.Until.Equal(start.Add(5*time.Hour)) {
					t.Errorf("error is %v", err)
				}
			}
			if _, err := c.UserSettings(t.Context(), "u1"); err != nil {
				t.Errorf("another pool: %v", err)
			}
			if got := len(zoom.sent()); got != 2 || time.Since(start) != 0 {
				t.Errorf("sent %d times in %v", got, time.Since(start))
			}
			_ = sleep(t.Context(), 5*time.Hour)
			if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
				t.Errorf("after its end: %v", err)
			}
		})
	})
}

func TestRetry_503_waits_as_long_as_it_says(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: inTurn(
			reply{status: 503, header: map[string]string{"Retry-After": "20"}}, reply{status: 503, header: map[string]string{"Retry-After": "86400"}}, reply{body: profileBody},
		)}
		start := time.Now()
		if _, err := newTestClient(t, zoom).PhoneUser(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 20*time.Second+maxRetryAfter {
			t.Errorf("took %v", took)
		}
	})
}

func TestRetry_does_no_work_twice(t *testing.T) {
	t.Parallel()
	add := func(t *testing.T, c *Client) error {
		t.Helper()
		_, err := c.AddSharedAccess(t.Context(), "u1", VoiceMail, SharedSetting{})
		return err
	}
	for name, open := range map[string]reply{
		"5xx": {status: 502}, "reset": {err: errTest}, "half an answer": {status: 201, body: `{"a`}, "timeout": {after: time.Hour},
	} {
		t.Run(name+" leaves open whether it was done", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				zoom := &script{answer: always(open)}
				err := add(t, newTestClient(t, zoom))
				checkError(t, err)
				if got := len(zoom.sent()); got != 1 {
					t.Errorf("sent %d times", got)
				}
			})
		})
	}
	t.Run("429 and 401 say that it was not", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			zoom := &script{answer: inTurn(
				reply{status: 429}, zoomError(401, 124, "Access token is expired."), reply{status: 429}, reply{status: 201, body: `{"shared_id":"s1"}`},
			)}
			if err := add(t, newTestClient(t, zoom)); err != nil {
				t.Error(err)
			}
			var tokens []string
			for _, r := range zoom.sent() {
				tokens = append(tokens, r.token)
			}
			if !slices.Equal(tokens, []string{"token-1", "token-1", "token-2", "token-2"}) {
				t.Errorf("tokens are %v", tokens)
			}
		})
	})
}

func TestRetry_ends_after_two_minutes_of_its_own(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		script   *script
		min, max time.Duration
	}{
		"no answer":           {&script{answer: always(reply{after: time.Hour})}, 2 * time.Minute, 2*time.Minute + requestTimeout},
		"long Retry-After":    {&script{answer: always(reply{status: 503, header: map[string]string{"Retry-After": "50"}})}, 100 * time.Second, 2 * time.Minute},
		"no answer, no token": {&script{token: func(int) reply { return reply{after: time.Hour} }}, time.Minute, 70 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := newTestClient(t, test.script).PhoneUser(t.Context(), "u1")
				if took := time.Since(start); err == nil || isContextError(err) || took < test.min || took > test.max {
					t.Errorf("error is %v after %v", err, took)
				}
			})
		})
	}
	t.Run("of a token that was had before", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newTestClient(t, &script{answer: always(reply{body: profileBody}), token: func(n int) reply {
				if n > 1 {
					return reply{after: time.Hour}
				}
				return tokenReply(n, 60)
			}})
			if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
				t.Fatal(err)
			}
			_ = sleep(t.Context(), time.Hour)
			start := time.Now()
			_, err := c.PhoneUser(t.Context(), "u1")
			if took := time.Since(start); !errors.Is(err, ErrUnreachable) || took < 100*time.Second || took > retryTime+tokenTimeout {
				t.Errorf("error is %v after %v", err, took)
			}
		})
	})
	t.Run("the wait for the pool does not count", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			zoom := &script{answer: inTurn(reply{status: 500}, reply{status: 500}, reply{status: 500}, reply{body: profileBody})}
			start := time.Now()
			if _, err := newTestClient(t, zoom, lightBudget(0.01)).PhoneUser(t.Context(), "u1"); err != nil || time.Since(start) < 5*time.Minute {
				t.Errorf("error is %v after %v", err, time.Since(start))
			}
		})
	})
}

// stormed calls without end, with 32 requests at once, for so long.
func stormed(t *testing.T, c *Client, d time.Duration) (failures map[error]int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	failures = map[error]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := c.PhoneUser(ctx, "u1")
				if fault, ok := errors.AsType[*Error](err); ok {
					mu.Lock()
					failures[fault.Kind]++
					mu.Unlock()
				}
				_ = sleep(ctx, 50*time.Millisecond)
			}
		})
	}
	wg.Wait()
	return failures
}

func TestRetry_budget_that_is_gone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone := true
		var log bytes.Buffer
		zoom := &script{}
		zoom.answer = func(*http.Request, int) reply {
			if gone {
				return reply{status: 429, after: 100 * time.Millisecond}
			}
			return reply{body: profileBody}
		}
		c := newTestClient(t, zoom, logTo(&log))
		if failures := stormed(t, c, budgetGone-longestPause); failures[ErrBudgetGone] != 0 {
			t.Errorf("failures before their time: %v", failures)
		}
		if failures := stormed(t, c, 2*longestPause); failures[ErrBudgetGone] == 0 {
			t.Errorf("failures are %v", failures)
		}
		requests, start := len(zoom.sent()), time.Now()
		_, err := c.PhoneUser(t.Context(), "u1")
		var fault *Error
		if !errors.As(err, &fault) || !errors.Is(err, ErrBudgetGone) || errors.Is(err, ErrRateLimited) || fault.Repair() != (&Error{Kind: ErrRateLimited}).Repair() {
			t.Errorf("error is %v", err)
		}
		if len(zoom.sent()) != requests || time.Since(start) != 0 {
			t.Errorf("%d more requests in %v", len(zoom.sent())-requests, time.Since(start))
		}
		if _, err := c.UserSettings(t.Context(), "u1"); errors.Is(err, ErrBudgetGone) {
			t.Errorf("another pool: %v", err)
		}
		gone = false
		_ = sleep(t.Context(), budgetGone)
		for range 300 { // and a later pass tries again
			if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
				t.Fatal(err)
			}
			_ = sleep(t.Context(), time.Second)
		}
		warned, back := 0, 0
		for line := range strings.Lines(log.String()) {
			switch {
			case strings.Contains(line, `"level":"WARN"`) && strings.Contains(line, `"pool":"phone-light"`):
				warned++
				for _, attr := range []string{`"pause_seconds":`, `"rate":`, `"retry_after_given":false`} {
					if !strings.Contains(line, attr) {
						t.Errorf("%s is missing in %s", attr, line)
					}
				}
			case strings.Contains(line, `"level":"INFO"`) && strings.Contains(line, `"pool":"phone-light","rate":32`):
				back++
			}
		}
		if warned < 5 || warned > 30 || back != 1 {
			t.Errorf("%d warnings and %d messages of the end:\n%s", warned, back, &log)
		}
	})
}

func TestRetry_one_accepted_answer_in_five_minutes_is_enough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: func(_ *http.Request, n int) reply {
			if n%60 == 0 {
				return reply{body: profileBody}
			}
			return reply{status: 429, header: map[string]string{"Retry-After": "3"}}
		}}
		if failures := stormed(t, newTestClient(t, zoom), time.Hour); failures[ErrBudgetGone] != 0 {
			t.Errorf("failures are %v", failures)
		}
	})
}

// Passes may be far apart: what the last one met does not count in this one.
func TestRetry_each_pass_tries_for_itself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, &script{answer: always(reply{status: 429})})
		for range 5 {
			start := time.Now()
			_, err := c.PhoneUser(t.Context(), "u1")
			if !errors.Is(err, ErrRateLimited) && !errors.Is(err, ErrBudgetGone) || time.Since(start) < 3*time.Minute {
				t.Errorf("error is %v after %v", err, time.Since(start))
			}
			_ = sleep(t.Context(), time.Hour)
		}
	})
}
