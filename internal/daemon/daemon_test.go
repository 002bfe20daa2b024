package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"syncd/internal/daemon"
	"syncd/internal/db"
	"syncd/internal/zoom"
)

// leadership is one that a test can take away.
type leadership struct{ lost chan struct{} }

func (l *leadership) Lost() <-chan struct{} { return l.lost }
func (*leadership) Release()                {}

// pass is what one pass of a script does.
type pass struct {
	status db.PassStatus
	err    error
	lasts  time.Duration
	after  [2]time.Duration // the earliest and the latest time after the beginning of the one before
}

func TestRun_schedule(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	about := func(d time.Duration) [2]time.Duration { return [2]time.Duration{d * 95 / 100, d * 105 / 100} }
	now := [2]time.Duration{}
	ok, bad := db.PassComplete, db.PassFailed
	limit := &zoom.Error{Kind: zoom.ErrDailyLimit, Until: time.Date(2000, 1, 1, 7, 0, 0, 0, time.UTC)} // a bubble's clock begins at midnight
	for name, script := range map[string][]pass{
		"at once, then at the interval": {{ok, nil, time.Minute, now}, {ok, nil, 0, about(hour)}, {ok, nil, 0, about(hour)}},
		"at once when the last took longer": {
			{ok, nil, 90 * time.Minute, now},
			{ok, nil, 0, [2]time.Duration{90 * time.Minute, 90 * time.Minute}},
		},
		"partial and held are no failures": {{db.PassPartial, errors.New("x"), 0, now}, {db.PassHeld, errors.New("x"), 0, about(hour)}, {ok, nil, 0, about(hour)}},
		"failures back off": {
			{bad, errors.New("x"), 0, now},
			{bad, errors.New("x"), 0, about(10 * time.Second)},
			{db.PassInterrupted, errors.New("x"), 0, about(20 * time.Second)},
			{ok, nil, 0, about(40 * time.Second)},
			{bad, errors.New("x"), 0, about(hour)},
			{ok, nil, 0, about(10 * time.Second)},
		},
		"a daily limit is waited for": {
			{db.PassInterrupted, fmt.Errorf("pass: %w", limit), 0, now},
			{ok, nil, 0, [2]time.Duration{7 * hour, 7 * hour}},
		},
		"one among other failures too": {
			{db.PassInterrupted, errors.Join(&zoom.Error{Kind: zoom.ErrUnavailable}, fmt.Errorf("list: %w", limit)), 0, now},
			{ok, nil, 0, [2]time.Duration{7 * hour, 7 * hour}},
		},
		"one that is over is not": {
			{db.PassInterrupted, &zoom.Error{Kind: zoom.ErrDailyLimit}, 0, now},
			{ok, nil, 0, about(10 * time.Second)},
		},
		"somebody else's pass is waited for": {
			{bad, db.ErrLeaseHeld, 0, now},
			{bad, db.ErrLeaseHeld, 0, [2]time.Duration{5 * time.Second, 5 * time.Second}},
			{ok, nil, 0, [2]time.Duration{5 * time.Second, 5 * time.Second}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				var before time.Time
				i := 0
				err := daemon.Run(ctx, daemon.Config{
					Interval: hour, Log: slog.New(slog.DiscardHandler),
					Lead: func(context.Context) (daemon.Leadership, error) { return &leadership{}, nil },
					Pass: func(context.Context) (db.PassStatus, error) {
						step := script[i]
						if waited := time.Since(before); i > 0 && (waited < step.after[0] || waited > step.after[1]) {
							t.Errorf("pass %d begins %v after the one before, want %v", i, waited, step.after)
						}
						before = time.Now()
						if i++; i == len(script) {
							stop()
						}
						time.Sleep(step.lasts) // by the bubble's clock
						return step.status, step.err
					},
				})
				if err != nil || i != len(script) {
					t.Errorf("%d passes, %v", i, err)
				}
			})
		})
	}
}

func TestRun_backoff_is_bounded_by_the_interval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		passes, begun := 0, time.Now()
		err := daemon.Run(ctx, daemon.Config{
			Interval: time.Minute, Log: slog.New(slog.DiscardHandler),
			Lead: func(context.Context) (daemon.Leadership, error) { return &leadership{}, nil },
			Pass: func(context.Context) (db.PassStatus, error) {
				if passes++; time.Since(begun) > 24*time.Hour {
					stop()
				}
				return db.PassFailed, errors.New("x")
			},
		})
		if err != nil || passes < 24*60*95/100 {
			t.Errorf("%d passes in a day, %v", passes, err)
		}
	})
}

func TestRun_ends_for_what_no_waiting_mends(t *testing.T) {
	t.Parallel()
	for _, final := range []error{zoom.ErrCredentials, db.ErrSchemaMissing, db.ErrSchemaOld, db.ErrSchemaNew, db.ErrDenied} {
		lead := func(context.Context) (daemon.Leadership, error) { return &leadership{}, nil }
		fails := func(context.Context) (db.PassStatus, error) { return db.PassFailed, fmt.Errorf("pass: %w", final) }
		err := daemon.Run(t.Context(), daemon.Config{Interval: time.Hour, Log: slog.New(slog.DiscardHandler), Lead: lead, Pass: fails})
		if !errors.Is(err, final) {
			t.Errorf("got %v, want %v", err, final)
		}
	}
}

func TestRun_standby_takes_over_within_seconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		const held = 30 * time.Minute
		begun, unreachable := time.Now(), 0
		err := daemon.Run(ctx, daemon.Config{
			Interval: time.Hour, Log: slog.New(slog.DiscardHandler),
			Lead: func(context.Context) (daemon.Leadership, error) {
				if unreachable < 3 {
					unreachable++
					return nil, db.ErrUnreachable
				}
				if time.Since(begun) < held {
					return nil, db.ErrLeaseHeld
				}
				return &leadership{}, nil
			},
			Pass: func(context.Context) (db.PassStatus, error) {
				if waited := time.Since(begun); waited < held || waited > held+3*time.Second {
					t.Errorf("the first pass begins after %v", waited)
				}
				stop()
				return db.PassComplete, nil
			},
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestRun_leads_soon_after_a_long_outage(t *testing.T) {
	t.Parallel()
	for _, outage := range []time.Duration{5 * time.Second, 2 * time.Minute, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			begun := time.Now()
			_ = daemon.Run(ctx, daemon.Config{
				Interval: 24 * time.Hour, Log: slog.New(slog.DiscardHandler),
				Lead: func(context.Context) (daemon.Leadership, error) {
					if time.Since(begun) < outage {
						return nil, db.ErrUnreachable
					}
					return &leadership{}, nil
				},
				Pass: func(context.Context) (db.PassStatus, error) {
					if late := time.Since(begun) - outage; late > 11*time.Second {
						t.Errorf("the first pass begins %v after an outage of %v", late, outage)
					}
					stop()
					return db.PassComplete, nil
				},
			})
		})
	}
}

func TestRun_leader_that_lost_its_leadership_asks_again(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		asked, passes := 0, 0
		lost := make(chan struct{})
		err := daemon.Run(ctx, daemon.Config{
			Interval: time.Hour, Log: slog.New(slog.DiscardHandler),
			Lead: func(context.Context) (daemon.Leadership, error) {
				if asked++; asked > 1 {
					return &leadership{}, nil
				}
				return &leadership{lost: lost}, nil
			},
			Pass: func(context.Context) (db.PassStatus, error) {
				if passes++; passes == 1 {
					close(lost)
				} else {
					stop()
				}
				return db.PassComplete, nil
			},
		})
		if err != nil || asked != 2 || passes != 2 {
			t.Errorf("asked %d times, %d passes, %v", asked, passes, err)
		}
	})
}

// A database that drops the leader's connection after each pass must not make passes follow
// one another without a rest: neither those that fail nor those that do not.
func TestRun_keeps_its_schedule_when_the_leadership_is_lost(t *testing.T) {
	t.Parallel()
	for status, want := range map[db.PassStatus][2]int{db.PassComplete: {23, 27}, db.PassFailed: {140, 170}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), 24*time.Hour)
			defer stop()
			var lost chan struct{}
			passes := 0
			err := daemon.Run(ctx, daemon.Config{
				Interval: time.Hour, Log: slog.New(slog.DiscardHandler),
				Lead: func(context.Context) (daemon.Leadership, error) {
					lost = make(chan struct{})
					return &leadership{lost: lost}, nil
				},
				Pass: func(context.Context) (db.PassStatus, error) {
					passes++
					close(lost)
					return status, errors.New("x")
				},
			})
			if err != nil || passes < want[0] || passes > want[1] {
				t.Errorf("%d passes a day that are %s, %v", passes, status, err)
			}
		})
	}
}

// What another leader did is not known, so that who takes over makes a pass at once.
func TestRun_makes_a_pass_at_once_after_another_led(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		asked, passes := 0, 0
		lost := make(chan struct{})
		begun := time.Now()
		err := daemon.Run(ctx, daemon.Config{
			Interval: 24 * time.Hour, Log: slog.New(slog.DiscardHandler),
			Lead: func(context.Context) (daemon.Leadership, error) {
				if asked++; asked == 2 {
					return nil, db.ErrLeaseHeld
				}
				return &leadership{lost: lost}, nil
			},
			Pass: func(context.Context) (db.PassStatus, error) {
				if passes++; passes == 2 {
					stop()
					return db.PassComplete, nil
				}
				close(lost)
				lost = nil
				return db.PassComplete, nil
			},
		})
		if waited := time.Since(begun); err != nil || passes != 2 || waited > 5*time.Second {
			t.Errorf("%d passes after %v, %v", passes, waited, err)
		}
	})
}

func TestRun_metrics_tell_who_leads_and_when_the_next_pass_is(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewPedanticRegistry()
		metrics := daemon.NewMetrics(registry, "acc")
		value := func(name string) float64 {
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, family := range families {
				if family.GetName() == name {
					return family.GetMetric()[0].GetGauge().GetValue() + family.GetMetric()[0].GetCounter().GetValue()
				}
			}
			t.Fatalf("there is no %s", name)
			return 0
		}
		want := func(when string, leader, leaderships, next float64) {
			t.Helper()
			for name, want := range map[string]float64{
				"syncd_leader": leader, "syncd_leaderships_total": leaderships, "syncd_pass_next_timestamp_seconds": next,
			} {
				if got := value(name); got != want {
					t.Errorf("%s: %s is %v, want %v", when, name, got, want)
				}
			}
		}
		want("before it runs", 0, 0, 0)
		var free atomic.Bool
		mine := &leadership{lost: make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- daemon.Run(ctx, daemon.Config{
				Interval: time.Hour, Log: slog.New(slog.DiscardHandler), Metrics: metrics,
				Lead: func(context.Context) (daemon.Leadership, error) {
					if !free.Load() {
						return nil, db.ErrLeaseHeld
					}
					return mine, nil
				},
				Pass: func(context.Context) (db.PassStatus, error) {
					want("in a pass", 1, 1, 0)
					return db.PassFailed, fmt.Errorf("pass: %w", &zoom.Error{Kind: zoom.ErrDailyLimit, Until: time.Now().Add(7 * time.Hour)})
				},
			})
		}()
		synctest.Wait()
		want("standing by", 0, 0, 0)
		if got := value("syncd_interval_seconds"); got != 3600 {
			t.Errorf("the interval is %v s", got)
		}
		free.Store(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		next := value("syncd_pass_next_timestamp_seconds") - float64(time.Now().Unix())
		if next < 6.9*3600 || next > 7*3600 {
			t.Errorf("the next pass is in %v s, want that of the daily limit's end", next)
		}
		free.Store(false)
		close(mine.lost)
		synctest.Wait()
		want("after the leadership was lost", 0, 1, 0)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestMetrics_are_well_formed_and_have_notes(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	daemon.NewMetrics(registry, "acc")
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	for name, note := range daemon.MetricNotes() {
		if n, err := testutil.GatherAndCount(registry, name); err != nil || n != 1 || note == "" {
			t.Errorf("%s has %d samples (%v)", name, n, err)
		}
	}
}

func TestRun_tells_how_it_stands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var told []daemon.State
		begun := time.Now()
		asked, passes := 0, 0
		err := daemon.Run(ctx, daemon.Config{
			Interval: time.Hour, Log: slog.New(slog.DiscardHandler),
			Lead: func(context.Context) (daemon.Leadership, error) {
				if asked++; asked <= 2 {
					return nil, []error{db.ErrUnreachable, db.ErrLeaseHeld}[asked-1]
				}
				return &leadership{}, nil
			},
			Pass: func(context.Context) (db.PassStatus, error) {
				switch passes++; passes {
				case 1:
					return db.PassFailed, db.ErrLeaseHeld
				case 2:
					return db.PassFailed, errors.New("x")
				default:
					stop()
					return db.PassComplete, nil
				}
			},
			Tell: func(s daemon.State) {
				if !s.Next.IsZero() {
					s.Next = begun.Add(s.Next.Sub(begun).Round(10 * time.Second))
				}
				told = append(told, s)
			},
		})
		soon := begun.Add(10 * time.Second)
		want := []daemon.State{
			{},
			{Role: daemon.Standby},
			{Role: daemon.Leader},
			{Role: daemon.Leader, Busy: true, Next: soon},
			{Role: daemon.Leader, Busy: true},
			{Role: daemon.Leader, Failures: 1, Next: begun.Add(20 * time.Second)},
			{Role: daemon.Leader, Failures: 1},
		}
		if diff := cmp.Diff(want, told); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}
