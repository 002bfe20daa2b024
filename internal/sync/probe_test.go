package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/zoom"
)

// probeAPI answers about one user with what the user's number says.
type probeAPI struct {
	API
	answer func(user int) (time.Duration, error)

	mu    gosync.Mutex
	asked int
	now   int // asked for at this moment
	most  int
}

func (a *probeAPI) PhoneUser(ctx context.Context, id string) ([]byte, error) {
	user, err := strconv.Atoi(id)
	if err != nil {
		return nil, err
	}
	took, err := a.answer(user)
	a.count(1)
	defer a.count(-1)
	if ended := pause(ctx, took); ended != nil {
		return nil, ended
	}
	return nil, err
}

func (a *probeAPI) count(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked += max(0, n)
	a.now += n
	a.most = max(a.most, a.now)
}

func TestProbe(t *testing.T) {
	t.Parallel()
	var (
		nobody      = &zoom.Error{Kind: zoom.ErrNotFound, Status: 404, Code: 1001}
		unavailable = &zoom.Error{Op: "phone user", Kind: zoom.ErrUnavailable, Status: 503}
		exhausted   = &zoom.Error{Kind: zoom.ErrDailyLimit}
	)
	const long = 33 * time.Second // what it takes to give up
	for _, test := range []struct {
		name   string
		absent int
		answer func(user int) (time.Duration, error)

		gone, stillThere, unanswered int
		unproven                     string // words of it, "" when all is proven
		fatal                        error
		within                       time.Duration
		most                         int // asked for
	}{
		{"nobody_is_absent", 0, nil, 0, 0, 0, "", nil, 0, 0},
		{
			"all_are_gone_and_are_asked_for_at_once", 320,
			func(user int) (time.Duration, error) {
				return time.Second - time.Duration(user)*time.Millisecond, nobody
			},
			320, 0, 0, "", nil, 10 * time.Second, 320,
		},
		{
			"few_who_fail", 3, func(int) (time.Duration, error) { return long, unavailable },
			0, 0, 3, "absence of 3 of 3 users is not proven, they are kept: phone user: unavailable: http 503", nil, long, 3,
		},
		{
			"most_fail_for_one_cause", 500, func(int) (time.Duration, error) { return long, unavailable },
			0, 0, 500, "absence of 500 of 500 users is not proven, they are kept: stopped after 10 of 10 users failed for one cause: unavailable: http 503", nil, long, 64,
		},
		{
			"some_of_many_fail", 100,
			func(user int) (time.Duration, error) {
				switch user % 10 {
				case 0:
					return time.Second, unavailable
				case 1:
					return time.Second, nil
				}
				return time.Second, nobody
			},
			80, 10, 10, "absence of 10 of 100 users is not proven", nil, 4 * time.Second, 100,
		},
		{
			"a_failure_that_stops_the_pass", 500, func(int) (time.Duration, error) { return time.Second, exhausted },
			0, 0, 0, "", exhausted, time.Second, 64,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := &probeAPI{answer: test.answer}
				var absent []string
				for user := range test.absent {
					absent = append(absent, fmt.Sprintf("%03d", user))
				}
				start := time.Now()
				p := &pass{Syncer: &Syncer{cfg: Config{API: api, Progress: func(Progress) {}}, log: slog.New(slog.DiscardHandler), metrics: NewMetrics(nil, "acc")}}
				found, err := p.probe(t.Context(), absent)
				if !errors.Is(err, test.fatal) {
					t.Fatalf("the error is %v, want %v", err, test.fatal)
				}
				if took := time.Since(start); took > test.within {
					t.Errorf("it took %s, want at most %s", took, test.within)
				}
				if api.asked > test.most || api.most > firstCrew {
					t.Errorf("%d users were asked for, %d at once, want at most %d, %d", api.asked, api.most, test.most, firstCrew)
				}
				if len(found.gone) != test.gone || found.stillThere != test.stillThere || len(found.unanswered) != test.unanswered {
					t.Errorf("%d are gone, %d still there, %d unanswered", len(found.gone), found.stillThere, len(found.unanswered))
				}
				inOrder := func(a, b absentUser) int { return strings.Compare(a.userID, b.userID) }
				if !slices.IsSortedFunc(found.gone, inOrder) {
					t.Error("who is gone is not in the order in which they were asked for")
				}
				if (found.unproven == nil) != (test.unproven == "") || found.unproven != nil && !strings.HasPrefix(found.unproven.Error(), test.unproven) {
					t.Errorf("unproven: %v, want %q", found.unproven, test.unproven)
				}
			})
		})
	}
	t.Run("ends_with_the_context", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			p := &pass{Syncer: &Syncer{cfg: Config{Progress: func(Progress) {}}, log: slog.New(slog.DiscardHandler), metrics: NewMetrics(nil, "acc")}}
			p.cfg.API = &probeAPI{answer: func(int) (time.Duration, error) { return time.Hour, nobody }}
			if _, err := p.probe(ctx, []string{"1", "2"}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the error is %v", err)
			}
		})
	})
}
