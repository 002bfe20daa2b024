// Package human writes figures for people: durations, ages and counts, in the same way
// wherever syncd shows them.
package human

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration writes a duration as a flag can have it, in whole seconds, below ten of them
// in tenths, and without units at its end that are zero: 6.5s, 10m25s, 1h.
func Duration(d time.Duration) string {
	unit := time.Second
	if d < 10*time.Second {
		unit = time.Second / 10
	}
	text := d.Round(unit).String()
	for _, end := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, end) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// Age writes how long ago something was, no more exactly than matters: 12s, 4m10s, 38m,
// 5h12m, 3d4h.
func Age(d time.Duration) string {
	const day = 24 * time.Hour
	d = max(0, d)
	switch {
	case d < 10*time.Minute:
		return Duration(d.Truncate(time.Second))
	case d < 2*day:
		return Duration(d.Truncate(time.Minute))
	case d < 10*day && d%day >= time.Hour:
		return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
	default:
		return fmt.Sprintf("%dd", d/day)
	}
}

// Count writes a number with a comma before every three digits.
func Count(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
