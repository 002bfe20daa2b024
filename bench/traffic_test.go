package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// steady is so many requests a second from one second on up to another; of ten, so many are refused.
func steady(perSecond, from, to, refused int) traffic {
	var t traffic
	for i := range (to - from) * perSecond {
		t = append(t, arrival{at: second(from).Add(time.Duration(i) * time.Second / time.Duration(perSecond)), refused: i%10 < refused})
	}
	return t
}

func second(n int) time.Time { return time.Unix(int64(n), 0) }

func TestTraffic_rate_counts_what_was_accepted(t *testing.T) {
	t.Parallel()
	requests := steady(40, 0, 10, 1)
	if got := requests.rate(second(2), second(7)); got != 36 {
		t.Errorf("the rate is %v, want 36", got)
	}
	if got := requests.refusedShare(); got != .1 {
		t.Errorf("the refused share is %v, want 0.1", got)
	}
	if got := (traffic{}).refusedShare(); got != 0 {
		t.Errorf("the refused share of nothing is %v, want 0", got)
	}
}

func TestTraffic_span_does_not_depend_on_the_order(t *testing.T) {
	t.Parallel()
	first, last := traffic{{at: second(5)}, {at: second(2)}, {at: second(9)}, {at: second(4)}}.span()
	if !first.Equal(second(2)) || !last.Equal(second(9)) {
		t.Errorf("the span is %v to %v, want second 2 to 9", first, last)
	}
}

func TestTraffic_rates_are_those_of_each_step(t *testing.T) {
	t.Parallel()
	requests := append(steady(10, 0, 4, 0), steady(20, 4, 6, 0)...)
	want := []point{{1, 10}, {3, 10}, {5, 20}}
	if diff := cmp.Diff(want, requests.rates(second(0), second(6), 2*time.Second, isAccepted), cmp.AllowUnexported(point{})); diff != "" {
		t.Errorf("rates differ (-want +got):\n%s", diff)
	}
	for _, p := range requests.rates(second(0), second(6), 2*time.Second, isRefused) {
		if p.y != 0 {
			t.Errorf("nothing was refused, and the rate is %v at %v", p.y, p.x)
		}
	}
}

func TestTraffic_back_is_when_the_rate_stays_and_not_when_one_request_comes(t *testing.T) {
	t.Parallel()
	// Half of the rate for 8 seconds after second 10, but for a burst in one of them.
	requests := append(steady(20, 10, 18, 0), steady(40, 18, 40, 0)...)
	requests = append(requests, steady(20, 12, 13, 0)...)
	after, ok := requests.back(second(10), second(40), 38)
	if want := 7500 * time.Millisecond; !ok || after != want {
		t.Errorf("the rate is back after %v (%v), want %v", after, ok, want)
	}
	if after, ok := requests.back(second(10), second(40), 41); ok {
		t.Errorf("a rate that never was is back after %v", after)
	}
}
