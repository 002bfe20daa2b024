package zoom

import (
	"testing"
	"time"
)

func TestTally_counts_the_second_before(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	tests := map[string]struct {
		sent []int // milliseconds
		at   int
		want int
	}{
		"nothing":                          {nil, 500, 0},
		"all of a second":                  {[]int{10, 500, 1000}, 1000, 3},
		"not what is older":                {[]int{5, 10, 500, 1000}, 1005, 3},
		"not what comes after":             {[]int{500, 1000, 1500}, 1000, 2},
		"several at once":                  {[]int{500, 500, 500}, 700, 3},
		"long after, when the answer is":   {[]int{1000, 1500, 30_000}, 1500, 2},
		"a break longer than it remembers": {[]int{1000, 90_000, 90_500}, 90_500, 2},
		"forgotten by then":                {[]int{1000, 90_000}, 1000, 0},
		"before it began":                  {[]int{-50, 10}, 20, 2},
		"asked about the time before it":   {[]int{10}, -500, 0},
		"late, and in its own slot":        {[]int{2000, 1500, 2000}, 2000, 3},
	}
	for name, test := range tests {
		tally := newTally(begin)
		for _, ms := range test.sent {
			tally.add(at(ms))
		}
		if got := tally.secondBefore(at(test.at)); got != test.want {
			t.Errorf("%s: %d sends, want %d", name, got, test.want)
		}
	}
}

// Any second that the pool keeps to is one of the tally's.
func TestTally_never_shows_more_than_was_sent_in_a_second(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	tally := newTally(begin)
	for i := range 1000 { // 32 in each span of 1005 ms, all at once
		at := begin.Add(time.Duration(i/32) * window)
		tally.add(at)
		for _, later := range []time.Duration{0, time.Microsecond, 7 * time.Millisecond} {
			if got := tally.secondBefore(at.Add(later)); got > 32 {
				t.Fatalf("after %d sends a second has %d", i+1, got)
			}
		}
	}
}
