package human_test

import (
	"testing"
	"time"

	"syncd/internal/human"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 400 * time.Millisecond: "400ms", 6437 * time.Millisecond: "6.4s", 59_600 * time.Millisecond: "1m", 10 * time.Minute: "10m",
		time.Hour: "1h", 10*time.Hour + 10*time.Minute: "10h10m", time.Hour + time.Second: "1h0m1s", 100 * time.Hour: "100h",
	} {
		if got := human.Duration(d); got != want {
			t.Errorf("%d: got %s, want %s", d, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	const hour, day = time.Hour, 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-hour: "0s", 400 * time.Millisecond: "0s", 4*time.Minute + 10*time.Second: "4m10s", 38*time.Minute + 59*time.Second: "38m",
		5*hour + 12*time.Minute + 3*time.Second: "5h12m", 2 * day: "2d", 3*day + 4*hour + time.Minute: "3d4h", 12*day + hour: "12d",
	} {
		if got := human.Age(d); got != want {
			t.Errorf("%d: got %s, want %s", d, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 144_002: "144,002", 100_000_000: "100,000,000"} {
		if got := human.Count(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
