package zoomtest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/zoom/zoomtest"
)

func TestBudget(t *testing.T) {
	t.Parallel()

	t.Run("the strict second counts any second and refused requests too", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, zoomtest.Options{})
			id := users(c.account, zoomtest.Active)[0]
			time.Sleep(700 * time.Millisecond)
			for range 40 {
				if got := c.get(path(id)); got.status != http.StatusOK {
					t.Fatalf("within the budget: %d %s", got.status, got.body)
				}
			}
			time.Sleep(999 * time.Millisecond)
			got := c.get(path(id))
			c.refused(got, 429, 429, "per-second")
			if got.header.Get("Retry-After") != "" {
				t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
			}
			if got := c.get("/phone/users"); got.status != http.StatusOK {
				t.Errorf("another pool: %d %s", got.status, got.body)
			}
			time.Sleep(time.Millisecond)
			for range 39 {
				if got := c.get(path(id)); got.status != http.StatusOK {
					t.Fatalf("a second later: %d %s", got.status, got.body)
				}
			}
			c.refused(c.get(path(id)), 429, 429, "per-second")
			if got, n := c.account.MaxPerSecond(zoomtest.PhoneLight), c.account.Throttled(zoomtest.PhoneLight); got != 41 || n != 2 {
				t.Errorf("%d a second, %d refused; want 41 and 2", got, n)
			}
			if got := c.account.Exceeded(); len(got) != 2 || got[0].Arrivals != 41 || got[0].Limit != 40 {
				t.Errorf("exceeded %+v", got)
			}
			if c.account.Requests(zoomtest.PhoneLight) != 81 || c.account.Requests(zoomtest.Profile) != 81 || c.account.Fetches(id, zoomtest.Profile) != 81 {
				t.Error("requests are not all counted")
			}
		})
	})

	t.Run("the bucket refills with time and holds one second", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, zoomtest.Options{Plan: "pro", Counting: zoomtest.TokenBucket})
			id := users(c.account, zoomtest.Active)[0]
			served := func(n int) (ok int) {
				for range n {
					if c.get(path(id)).status == http.StatusOK {
						ok++
					}
				}
				return ok
			}
			if got := served(30); got != 20 {
				t.Errorf("%d of a burst served, want 20", got)
			}
			time.Sleep(500 * time.Millisecond)
			if got := served(30); got != 10 {
				t.Errorf("%d served half a second later, want 10", got)
			}
			time.Sleep(time.Hour - time.Minute)
			if got := served(30); got != 20 {
				t.Errorf("%d served after a rest, want 20", got)
			}
		})
	})

	t.Run("a neighbour eats of the budget, which is not our excess", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, zoomtest.Options{})
			c.account.SetNeighbour(zoomtest.PhoneMedium, 15)
			refused := 0
			for range 10 {
				if c.get("/phone/users").status == http.StatusTooManyRequests {
					refused++
				}
			}
			if refused != 5 || len(c.account.Exceeded()) != 0 {
				t.Errorf("%d refused, exceeded %v; want 5 and none", refused, c.account.Exceeded())
			}
			c.account.SetLimits(map[string]float64{zoomtest.PhoneMedium: 0})
			if got := c.get("/phone/users"); got.status != http.StatusOK {
				t.Errorf("without a limit: %d %s", got.status, got.body)
			}
		})
	})

	t.Run("latency is waited for and ends with the request", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, zoomtest.Options{Latency: 200 * time.Millisecond, Jitter: 100 * time.Millisecond})
			start := time.Now()
			c.get("/phone/users")
			if took := time.Since(start); took < 200*time.Millisecond || took > 300*time.Millisecond {
				t.Errorf("took %v", took)
			}
		})
	})
}
