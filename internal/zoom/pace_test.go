package zoom_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// course is how many requests of phone-light an account has counted, and refused, at
// the end of each second of a race.
type course struct{ sent, refused []int }

// usage is the part of a limit that was used from the end of one second to that of
// another, and the part of the requests that were refused in it.
func (c *course) usage(from, to int, limit float64) (used, refused float64) {
	sent, no := float64(c.sent[to]-c.sent[from]), float64(c.refused[to]-c.refused[from])
	return (sent - no) / limit / float64(to-from), no / sent
}

// race asks the account for profiles without a break for so many seconds, after each
// of which it tells which one that was.
func race(t *testing.T, account *zoomtest.Account, share float64, seconds int, tell func(second int)) *course {
	t.Helper()
	c := newAccountClient(t, account, share)
	ctx, stop := context.WithCancel(t.Context())
	var runners sync.WaitGroup
	for _, user := range account.Users() {
		runners.Go(func() {
			for ctx.Err() == nil {
				_, _ = c.PhoneUser(ctx, user.ID)
			}
		})
	}
	var seen course
	for second := range seconds {
		time.Sleep(time.Second) // by the bubble's clock
		seen.sent = append(seen.sent, account.Requests(zoomtest.Profile))
		seen.refused = append(seen.refused, account.Throttled(zoomtest.PhoneLight))
		tell(second)
	}
	stop()
	runners.Wait()
	return &seen
}

// jittery is an account that many requests reach unevenly.
func jittery(counting zoomtest.Counting) *zoomtest.Account {
	return zoomtest.New(zoomtest.Options{
		Users: 64, Counting: counting, Latency: 60 * time.Millisecond, Jitter: 120 * time.Millisecond,
	})
}

func TestClient_feels_out_the_budget(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		counting          zoomtest.Counting
		share             float64
		least, mostRefuse float64
	}{
		"token bucket, all of it":    {zoomtest.TokenBucket, 1, 0.98, 0},
		"strict second, all of it":   {zoomtest.StrictSecond, 1, 0.92, 0.01},
		"token bucket, most of it":   {zoomtest.TokenBucket, 0.8, 0.79, 0},
		"strict second, most of it":  {zoomtest.StrictSecond, 0.8, 0.79, 0},
		"strict second, nearly half": {zoomtest.StrictSecond, 0.45, 0.44, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				course := race(t, jittery(test.counting), test.share, 90, func(int) {})
				if used, refused := course.usage(0, 89, 40); used < test.least || refused > test.mostRefuse {
					t.Errorf("%.1f %% of the budget is used, want %.1f; %.2f %% of the requests are refused, want at most %.2f",
						100*used, 100*test.least, 100*refused, 100*test.mostRefuse)
				}
			})
		})
	}
}

func TestClient_yields_to_a_neighbour_and_comes_back(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const come, gone, end = 60, 660, 725
		account := jittery(zoomtest.StrictSecond)
		course := race(t, account, 1, end+1, func(second int) {
			switch second {
			case come:
				account.SetNeighbour(zoomtest.PhoneLight, 20)
			case gone:
				account.SetNeighbour(zoomtest.PhoneLight, 0)
			}
		})
		if used, refused := course.usage(come, gone, 20); used < 0.85 || refused > 0.02 {
			t.Errorf("beside a neighbour %.1f %% of what it leaves is used, and %.2f %% of the requests are refused", 100*used, 100*refused)
		}
		former, _ := course.usage(1, come, 40)
		if back, _ := course.usage(end-5, end, 40); back < 0.95*former {
			t.Errorf("a minute after it, %.1f %% of the budget is used again, of %.1f before", 100*back, 100*former)
		}
	})
}
