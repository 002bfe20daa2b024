package main

import (
	"math"
	"slices"
)

// axis is one side of a chart.
type axis struct {
	label string
	zero  bool // it begins at 0
	tight bool // it ends with the greatest value, and not at a round one
	log   bool // every step is ten times the one before; for values above 0
}

// scale maps the values of an axis to places on paper.
type scale struct {
	from, to float64 // values
	log      bool
	ticks    []float64
}

// scale makes one on which all the values have their place, with about five round steps.
func (a axis) scale(values []float64) scale {
	if len(values) == 0 {
		values = []float64{1}
	}
	least, most := slices.Min(values), slices.Max(values)
	if a.log {
		return decades(least, most)
	}
	if a.zero {
		least = min(least, 0)
	}
	if most <= least {
		most = least + 1
	}
	step := roundStep((most - least) / 5)
	s := scale{from: math.Floor(least/step) * step, to: math.Ceil(most/step) * step}
	for i := range int(math.Round((s.to-s.from)/step)) + 1 {
		s.ticks = append(s.ticks, s.from+float64(i)*step)
	}
	if a.tight && s.to > most {
		s.to, s.ticks = most, s.ticks[:len(s.ticks)-1]
	}
	return s
}

// decades is a logarithmic scale with a tick at each power of ten.
func decades(least, most float64) scale {
	first, last := math.Floor(math.Log10(least)), math.Ceil(math.Log10(most))
	last = max(last, first+1)
	s := scale{from: math.Pow(10, first), to: math.Pow(10, last), log: true}
	for e := first; e <= last; e++ {
		s.ticks = append(s.ticks, math.Pow(10, e))
	}
	return s
}

// roundStep is the least of 1, 2, 5, 10, 20, 50 ... and their tenths that is not below a number above 0.
func roundStep(least float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(least)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*unit >= least*(1-1e-9) {
			return factor * unit
		}
	}
	return 10 * unit
}

// part says where a value lies: 0 at the beginning of the scale, 1 at its end.
func (s scale) part(value float64) float64 {
	if s.log {
		return math.Log10(value/s.from) / math.Log10(s.to/s.from)
	}
	return (value - s.from) / (s.to - s.from)
}
