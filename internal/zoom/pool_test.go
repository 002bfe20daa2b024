package zoom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func newTestPool(perSecond float64) *pool {
	return newPool(PhoneLight, perSecond, perSecond/defaultShare, newMetrics(nil), slog.New(slog.DiscardHandler))
}

// drain lets 64 goroutines take slots as fast as the pool allows for a while.
func drain(t *testing.T, p *pool, d time.Duration) []time.Time {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var mu sync.Mutex
	var sent []time.Time
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for p.wait(ctx) == nil && ctx.Err() == nil {
				mu.Lock()
				sent = append(sent, time.Now())
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.SortFunc(sent, time.Time.Compare)
	return sent
}

// busiest is the largest number of sends in any span of a second, both ends
// included.
func busiest(sent []time.Time) int {
	most := 0
	for first, last := 0, 0; last < len(sent); last++ {
		for sent[last].Sub(sent[first]) > time.Second {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

func allowed(perSecond float64) int { return int(max(1, math.Floor(perSecond))) }

func TestPool_keeps_to_its_rate(t *testing.T) {
	t.Parallel()
	for _, perSecond := range []float64{0.5, 1, 8, 16, 20, 32, 37.5, 40, 60, 5000} {
		t.Run(fmt.Sprint(perSecond), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sent := drain(t, newTestPool(perSecond), time.Minute)
				if got := busiest(sent); got > allowed(perSecond) {
					t.Errorf("%d sends within one second, the rate is %v", got, perSecond)
				}
				if got, want := float64(len(sent)), perSecond*60; got < 0.98*want || got > 1.02*want+1 {
					t.Errorf("%v sends in a minute, want about %v", got, want)
				}
			})
		})
	}
}

func TestPool_does_not_burst_after_idling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newTestPool(32)
		sent := drain(t, p, 10*time.Second)
		for range 5 {
			if err := sleep(t.Context(), 700*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			sent = append(sent, drain(t, p, 900*time.Millisecond)...)
		}
		if got := busiest(sent); got > 32 {
			t.Errorf("%d sends within one second, the rate is 32", got)
		}
	})
}

func TestPool_holds_its_rate_while_the_rate_changes(t *testing.T) {
	t.Parallel()
	for _, full := range []float64{1, 2, 20, 37.5, 500} {
		t.Run(fmt.Sprint(full), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newTestPool(full)
				var sent []time.Time
				for round := range 20 {
					sent = append(sent, drain(t, p, 3*time.Second)...)
					now := time.Now()
					if round%3 == 0 {
						p.throttled(now, now, 500*time.Millisecond)
					} else {
						p.accepted(now, now)
					}
				}
				if got := busiest(sent); got > allowed(full) {
					t.Errorf("%d sends within one second, the full rate is %v", got, full)
				}
			})
		})
	}
}

func TestPool_pauses_for_all_after_a_429(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		retryAfter time.Duration
		min, max   time.Duration
	}{
		"as long as Zoom says":        {7 * time.Second, 7 * time.Second, 8 * time.Second},
		"a moment when Zoom is mute":  {0, 50 * time.Millisecond, 60 * time.Millisecond},
		"a minute at most":            {22 * time.Minute, time.Minute, time.Minute + time.Second},
		"a time passed is no time":    {-time.Hour, 50 * time.Millisecond, 60 * time.Millisecond},
		"the longest possible number": {math.MaxInt64, time.Minute, time.Minute + time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newTestPool(40)
				drain(t, p, 3*time.Second)
				start := time.Now()
				p.throttled(start, start, test.retryAfter)
				sent := drain(t, p, 2*time.Minute)
				if pause := sent[0].Sub(start); pause < test.min || pause > test.max {
					t.Errorf("the first request came after %v, want %v to %v", pause, test.min, test.max)
				}
				waited := testutil.ToFloat64(p.metrics.poolWait.WithLabelValues(string(PhoneLight)))
				if waited < test.min.Seconds() {
					t.Errorf("%v s of waiting are counted", waited)
				}
			})
		})
	}
}

func TestPool_pause_reaches_those_who_already_wait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newTestPool(0.5) // the second request is due after 2 s
		if err := p.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		done := make(chan time.Duration)
		go func() {
			_ = p.wait(t.Context())
			done <- time.Since(start)
		}()
		synctest.Wait()
		p.throttled(start, start, 30*time.Second)
		if got := <-done; got < 30*time.Second {
			t.Errorf("sent %v after a 429 that asked for 30 s", got)
		}
	})
}

func TestPool_parked(t *testing.T) {
	t.Parallel()
	t.Run("for a short time, callers wait", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := newTestPool(40)
			start := time.Now()
			p.park(start.Add(90 * time.Second))
			p.park(start.Add(time.Second)) // an earlier end changes nothing
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(start); got != 90*time.Second {
				t.Errorf("waited for %v, want 90 s", got)
			}
		})
	})
	t.Run("for long, callers hear of it at once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := newTestPool(40)
			start := time.Now()
			until := start.Add(6 * time.Hour)
			p.park(until)
			for range 3 {
				err := p.wait(t.Context())
				var fault *Error
				if !errors.As(err, &fault) || !errors.Is(err, ErrDailyLimit) || !fault.Until.Equal(until) {
					t.Fatalf("error is %v", err)
				}
			}
			if waited := time.Since(start); waited != 0 {
				t.Errorf("waited for %v", waited)
			}
		})
	})
	t.Run("those who wait already hear of it too", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := newTestPool(40)
			now := time.Now()
			p.throttled(now, now, 10*time.Second)
			failed := make(chan error)
			for range 5 {
				go func() { failed <- p.wait(t.Context()) }()
			}
			synctest.Wait()
			p.park(now.Add(time.Hour))
			for range 5 {
				if err := <-failed; !errors.Is(err, ErrDailyLimit) {
					t.Errorf("error is %v", err)
				}
			}
		})
	})
}

func TestPool_wait_ends_with_its_context(t *testing.T) {
	t.Parallel()
	cause := errors.New("shutting down")
	for _, state := range []string{"rate", "pause", "park"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newTestPool(0.01)
				now := time.Now()
				switch state {
				case "rate":
					if err := p.wait(t.Context()); err != nil {
						t.Fatal(err)
					}
				case "pause":
					p.throttled(now, now, time.Minute)
				case "park":
					p.park(now.Add(time.Minute))
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				done := make(chan error)
				for range 3 { // one waits for time, two behind it
					go func() { done <- p.wait(ctx) }()
				}
				synctest.Wait()
				cancel(cause)
				for range 3 {
					if err := <-done; !errors.Is(err, cause) {
						t.Errorf("error is %v, want the cause", err)
					}
				}
				if waited := time.Since(now); waited != 0 {
					t.Errorf("the wait went on for %v", waited)
				}
			})
		})
	}
}

func TestClient_budget_holds_over_all_calls_of_a_pool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: func(_ *http.Request, n int) reply {
			if n%100 == 0 {
				return reply{status: 429, body: `{"code":429,"message":"per-second rate limit"}`, after: 30 * time.Millisecond}
			}
			return reply{body: anyBody, after: time.Duration(n%7) * 40 * time.Millisecond}
		}}
		c := newTestClient(t, zoom)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				for ctx.Err() == nil {
					if i%2 == 0 {
						_, _ = c.PhoneUser(ctx, "u1")
					} else {
						_, _ = c.PhoneUserSettings(ctx, "u1")
					}
				}
			})
		}
		wg.Wait()
		var times []time.Time
		for _, r := range zoom.sent() {
			times = append(times, r.at)
		}
		if got := busiest(times); got > 32 {
			t.Errorf("%d requests within one second, the pool has 32", got)
		}
		if usage := c.Usage(); usage.Requests != int64(len(times)) || usage.Throttled == 0 {
			t.Errorf("usage is %+v for %d requests", usage, len(times))
		}
	})
}
