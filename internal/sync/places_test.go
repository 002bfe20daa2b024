package sync

import (
	"context"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// staffed lets places work on as many users as there are for some minutes, each for so
// long, and gives the most that were worked on at once in the last minute.
func staffed(t *testing.T, fixed int, perUser time.Duration, users *backlog) int {
	t.Helper()
	p := newPlaces(fixed, func(int) {})
	ctx, stop := context.WithCancel(t.Context())
	go p.steer(ctx, func() time.Duration { return 0 })
	var busy, most atomic.Int64
	begun := time.Now()
	for p.take(ctx) && time.Since(begun) < 5*time.Minute {
		asked := time.Now()
		if _, err := users.take(ctx); err == io.EOF { //nolint:errorlint // as it is
			break
		}
		p.waitedFor(time.Since(asked))
		if n := busy.Add(1); time.Since(begun) > 4*time.Minute && n > most.Load() {
			most.Store(n)
		}
		go func() {
			time.Sleep(perUser) // by the bubble's clock
			busy.Add(-1)
			p.release()
		}()
	}
	stop()
	time.Sleep(perUser)
	return int(most.Load())
}

func endlessBacklog(users int) *backlog {
	b := newBacklog(1)
	for range users / 1000 {
		b.add(listedUsers(0, 1000))
	}
	b.close()
	return b
}

func TestPlaces_grow_while_the_budget_is_not_used_up(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fixed   int
		perUser time.Duration
		want    int
	}{
		"auto":                            {0, 2 * time.Second, mostCrew},
		"a user takes longer than a tick": {0, 5 * time.Second, mostCrew},
		"fixed":                           {3, 2 * time.Second, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if got := staffed(t, test.fixed, test.perUser, endlessBacklog(100_000)); got != test.want {
					t.Errorf("%d users are worked on at once, want %d", got, test.want)
				}
			})
		})
	}
}

func TestPlaces_do_not_grow_while_the_list_is_slow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		users := newBacklog(1)
		go func() {
			for range 290 {
				users.add(listedUsers(0, 20))
				time.Sleep(time.Second)
			}
			users.close()
		}()
		if got := staffed(t, 0, 2*time.Second, users); got > 2*firstCrew {
			t.Errorf("%d users are worked on at once", got)
		}
	})
}
