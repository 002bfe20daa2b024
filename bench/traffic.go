package main

import "time"

// traffic are requests of one pool.
type traffic []arrival

// span is from the first request to the last.
func (t traffic) span() (first, last time.Time) {
	for _, a := range t {
		if first.IsZero() || a.at.Before(first) {
			first = a.at
		}
		if a.at.After(last) {
			last = a.at
		}
	}
	return first, last
}

// between gives the requests from a moment on and before another.
func (t traffic) between(from, to time.Time) traffic {
	var inside traffic
	for _, a := range t {
		if !a.at.Before(from) && a.at.Before(to) {
			inside = append(inside, a)
		}
	}
	return inside
}

// accepted counts those that were not refused.
func (t traffic) accepted() (n int) {
	for _, a := range t {
		if !a.refused {
			n++
		}
	}
	return n
}

func (t traffic) refused() int { return len(t) - t.accepted() }

// refusedShare is the part of all requests that was refused.
func (t traffic) refusedShare() float64 { return float64(t.refused()) / float64(max(len(t), 1)) }

// rate is the accepted requests a second from a moment on and before another.
func (t traffic) rate(from, to time.Time) float64 {
	return float64(t.between(from, to).accepted()) / to.Sub(from).Seconds()
}

// rates gives the accepted requests a second, in steps from a moment to another; x is the seconds since the moment, at the
// middle of the step.
func (t traffic) rates(from, to time.Time, step time.Duration, counts func(arrival) bool) []point {
	n := int(to.Sub(from) / step)
	points := make([]point, max(n, 0))
	for i := range points {
		points[i].x = (time.Duration(i)*step + step/2).Seconds()
	}
	for _, a := range t {
		if i := int(a.at.Sub(from) / step); !a.at.Before(from) && i < n && counts(a) {
			points[i].y += 1 / step.Seconds()
		}
	}
	return points
}

func isAccepted(a arrival) bool { return !a.refused }

func isRefused(a arrival) bool { return a.refused }

// settling is the span over which a rate is taken to say that it is back.
const settling = 5 * time.Second

// back says how long after a moment the rate of accepted requests, over the settling time that begins then, is at least so
// high again. It is looked for in steps of a tenth of a second up to the end; ok is false when it never is.
func (t traffic) back(from, end time.Time, rate float64) (after time.Duration, ok bool) {
	const step = 100 * time.Millisecond
	for at := from; !at.Add(settling).After(end); at = at.Add(step) {
		if t.rate(at, at.Add(settling)) >= rate {
			return at.Sub(from), true
		}
	}
	return 0, false
}
