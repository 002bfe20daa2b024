package sync

import (
	"fmt"
	"maps"
	"math"
	"testing"

	"syncd/internal/db"
)

func TestGuard_limit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		guard         Guard
		current, want int
	}{
		{"empty_mirror", DefaultGuard(), 0, 10},
		{"small_mirror", DefaultGuard(), 40, 10},
		{"largest_small_mirror", DefaultGuard(), 99, 10},
		{"smallest_large_mirror", DefaultGuard(), 100, 25},
		{"count_and_percent_are_equal", DefaultGuard(), 500, 25},
		{"below_one_more_whole_user", DefaultGuard(), 519, 25},
		{"one_more_whole_user", DefaultGuard(), 520, 26},
		{"large_account", DefaultGuard(), 100_000, 5_000},

		{"small_mirror_and_few_deletes", Guard{MaxDeletes: 3, MaxDeletePercent: 5}, 50, 3},
		{"small_mirror_ignores_percent", Guard{MaxDeletes: 3, MaxDeletePercent: 100}, 99, 3},
		{"count_alone", Guard{MaxDeletes: 40}, 10_000, 40},
		{"percent_alone", Guard{MaxDeletePercent: 5}, 1_000, 50},
		{"percent_alone_and_a_small_mirror", Guard{MaxDeletePercent: 5}, 99, 0},
		{"nobody_may_go", Guard{}, 10_000, 0},
		{"everybody_may_go", Guard{MaxDeletePercent: 100}, 12_345, 12_345},
		{"a_fraction_of_a_user_is_none", Guard{MaxDeletePercent: 1}, 199, 1},
		{"a_fraction_of_a_percent", Guard{MaxDeletePercent: 0.5}, 1_000, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.guard.limit(test.current); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestGuard_limit_of_whole_percents_is_exact(t *testing.T) {
	t.Parallel()
	for percent := range 101 {
		for current := smallMirror; current <= 3_000; current++ {
			if got, want := (Guard{MaxDeletePercent: float64(percent)}).limit(current), percent*current/100; got != want {
				t.Fatalf("%d %% of %d: got %d, want %d", percent, current, got, want)
			}
		}
	}
}

// TestGuard_limit_of_fractions_never_allows_too_many goes through tenths of a
// percent, which have no exact form.
func TestGuard_limit_of_fractions_never_allows_too_many(t *testing.T) {
	t.Parallel()
	for tenths := range 1001 {
		for current := smallMirror; current <= 1_000; current++ {
			got, exact := (Guard{MaxDeletePercent: float64(tenths) / 10}).limit(current), tenths*current/1000
			if got > exact || got < exact-1 {
				t.Fatalf("%d.%d %% of %d: got %d, want %d or one less", tenths/10, tenths%10, current, got, exact)
			}
		}
	}
}

func TestGuard_limit_grows_with_mirror_count_and_percent(t *testing.T) {
	t.Parallel()
	for deletes := range 40 {
		for percent := range 40 {
			previous := 0
			for current := range 700 {
				g := Guard{MaxDeletes: deletes, MaxDeletePercent: float64(percent)}
				limit := g.limit(current)
				more, higher := g, g
				more.MaxDeletes++
				higher.MaxDeletePercent++
				if limit < previous || more.limit(current) < limit || higher.limit(current) < limit {
					t.Fatalf("%+v allows %d of %d, and fewer where it should allow more", g, limit, current)
				}
				previous = limit
			}
		}
	}
}

func TestGuard_check(t *testing.T) {
	t.Parallel()
	for _, good := range []Guard{{}, DefaultGuard(), {MaxDeletes: 1 << 30, MaxDeletePercent: 100}, {MaxDeletePercent: 0.01}} {
		if err := good.check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []Guard{
		{MaxDeletes: -1},
		{MaxDeletePercent: -0.1},
		{MaxDeletePercent: 100.1},
		{MaxDeletePercent: math.NaN()},
		{MaxDeletePercent: math.Inf(1)},
		{MaxDeletePercent: math.Inf(-1)},
	} {
		if bad.check() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func TestGuard_deletions_by_site(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		site       string
		size, gone int
		held       bool
	}{
		{"half_of_a_site", "a", 20, 10, false},
		{"over_half_of_a_site", "a", 20, 11, true},
		{"all_of_a_small_site", "a", 19, 19, false},
		{"those_without_a_site", "", 24, 24, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			users, going := standings("main", 500), map[string]bool{}
			maps.Copy(users, standings(test.site, test.size))
			for i := range test.gone {
				going[fmt.Sprint(test.site, i)] = true
			}
			if reason := DefaultGuard().deletions(users, going); (reason != "") != test.held {
				t.Errorf("held: %q, want %t", reason, test.held)
			}
		})
	}
}

func TestGuard_statuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		changed, listed int
		held            bool
	}{{2, 5, false}, {3, 29, true}, {3, 30, false}, {10, 100, false}, {11, 100, true}, {0, 0, false}} {
		if reason := DefaultGuard().statuses(test.changed, test.listed); (reason != "") != test.held {
			t.Errorf("%d of %d: %q, want held %t", test.changed, test.listed, reason, test.held)
		}
	}
}

func TestGuard_emptied(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		users int
		fill  db.Fill
		held  bool
	}{
		"most of those who have it":         {51, db.Fill{Current: 200, Filled: 100, Answered: 100}, true},
		"half of those who have it":         {50, db.Fill{Current: 200, Filled: 100, Answered: 100}, false},
		"a column that few have":            {99, db.Fill{Current: 200, Filled: 99, Answered: 99}, false},
		"most of those about whom was told": {20, db.Fill{Current: 200, Filled: 200, Answered: 30}, true},
		"two":                               {2, db.Fill{Current: 2, Filled: 2, Answered: 2}, false},
	} {
		if reason := DefaultGuard().emptied(test.users, test.fill); (reason != "") != test.held {
			t.Errorf("%s: %q, want held %t", name, reason, test.held)
		}
	}
}

// standings makes so many active users of a site.
func standings(site string, n int) map[string]db.Standing {
	users := map[string]db.Standing{}
	for i := range n {
		users[fmt.Sprint(site, i)] = db.Standing{Site: site, Active: true}
	}
	return users
}

func TestGuard_deletions_count_over_the_runs_of_a_pass(t *testing.T) {
	t.Parallel()
	for before, held := range map[int]bool{0: false, 19: false, 20: true} {
		users, going := standings("", 200), map[string]bool{}
		for i := range before {
			users[fmt.Sprint(i)] = db.Standing{Active: true, Gone: true}
		}
		for i := range 6 {
			going[fmt.Sprint(before+i)] = true
		}
		if reason := DefaultGuard().deletions(users, going); (reason != "") != held {
			t.Errorf("after %d in an earlier run: %q, want held %t", before, reason, held)
		}
	}
}

// A limit that counted users who are deactivated or pending would be 25 of 99 here.
func TestGuard_deletions_are_weighed_against_active_users(t *testing.T) {
	t.Parallel()
	for active, held := range map[int]bool{99: true, 100: false} {
		users := standings("", 200)
		for i := active; i < 200; i++ {
			users[fmt.Sprint(i)] = db.Standing{}
		}
		going := map[string]bool{}
		for i := range 11 {
			going[fmt.Sprint(199-i)] = true
		}
		if reason := DefaultGuard().deletions(users, going); (reason != "") != held {
			t.Errorf("11 of 200 users with %d active ones: %q, want held %t", active, reason, held)
		}
	}
}
