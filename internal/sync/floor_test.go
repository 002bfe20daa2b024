package sync

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom"
)

func TestFloor(t *testing.T) {
	t.Parallel()
	business := zoom.Budget(zoom.Business.Limits())
	for _, test := range []struct {
		name         string
		budget       zoom.Budget
		users, pages int
		userSettings bool
		want         time.Duration
		pool         zoom.Pool
	}{
		{"nobody", business, 0, 0, true, 0, ""},
		{"twenty_users_a_second", business, 72_000, 724, true, time.Hour, zoom.PhoneLight},
		{"longer_than_can_be_said", zoom.Budget{zoom.PhoneLight: 1e-9, zoom.PhoneMedium: 20, zoom.CoreMedium: 60}, 1_000_000, 1, true, math.MaxInt64/2 + 1, zoom.PhoneLight},
		{"business", business, 10_000, 102, true, 500 * time.Second, zoom.PhoneLight},
		{"pages_alone", business, 0, 40, true, 2 * time.Second, zoom.PhoneMedium},
		{"slow_general_settings", zoom.Budget{zoom.PhoneLight: 40, zoom.PhoneMedium: 20, zoom.CoreMedium: 1}, 100, 1, true, 100 * time.Second, zoom.CoreMedium},
		{"without_general_settings", zoom.Budget{zoom.PhoneLight: 40, zoom.PhoneMedium: 20, zoom.CoreMedium: 1}, 100, 1, false, 5 * time.Second, zoom.PhoneLight},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, pool := Floor(test.budget, test.users, test.pages, test.userSettings)
			if got != test.want || pool != test.pool {
				t.Errorf("got %v by %q, want %v by %q", got, pool, test.want, test.pool)
			}
		})
	}
}

func TestCosts_are_those_of_each_pool_in_use(t *testing.T) {
	t.Parallel()
	budget := zoom.Budget{zoom.PhoneLight: 32, zoom.PhoneMedium: 16, zoom.CoreMedium: 48}
	want := []Cost{
		{zoom.PhoneMedium, 104, 16, 6500 * time.Millisecond},
		{zoom.PhoneLight, 20_000, 32, 625 * time.Second},
		{zoom.CoreMedium, 10_000, 48, 208_333_333_333},
	}
	if diff := cmp.Diff(want, Costs(budget, 10_000, 104, true)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[:2], Costs(budget, 10_000, 104, false)); diff != "" {
		t.Errorf("without the general settings: %s", diff)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	for users, want := range map[int]int{0: 4, 1: 4, 100: 4, 101: 5, 10_000: 103, 10_001: 104} {
		if got := ListPages(users); got != want {
			t.Errorf("%d users: got %d, want %d", users, got, want)
		}
	}
}

func TestLeastInterval_has_room_for_the_pass(t *testing.T) {
	t.Parallel()
	for floor, want := range map[time.Duration]time.Duration{
		625 * time.Second: 625 * time.Second, 625*time.Second + 1: 626 * time.Second, 0: 0,
	} {
		if got := LeastInterval(floor); got != want {
			t.Errorf("floor %v: got %v, want %v", floor, got, want)
		}
	}
}

func TestLeastShare_is_the_first_hundredth_that_is_enough(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		interval, floor time.Duration
		share, want     float64
		ok              bool
	}{
		{"a little more", time.Hour, 62 * time.Minute, 0.8, 0.83, true},
		{"exactly all", time.Hour, 75 * time.Minute, 0.8, 1, true},
		{"more than all", time.Hour, 75*time.Minute + time.Second, 0.8, 0, false},
		{"exactly half", time.Hour, 100 * time.Minute, 0.3, 0.5, true},
		{"as it is", time.Hour, time.Hour, 0.7, 0.7, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := LeastShare(test.interval, test.floor, test.share)
			if got != test.want || ok != test.ok {
				t.Errorf("got %v, %t, want %v, %t", got, ok, test.want, test.ok)
			}
		})
	}
}
