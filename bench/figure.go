package main

import (
	"fmt"
	"strconv"
)

// bound is how a figure is held against what is wanted.
type bound int

const (
	shown   bound = iota // it is wanted by nobody, and explains others
	atMost               // met up to the limit
	atLeast              // met from the limit on
)

// figure is one number, and what it should be.
type figure struct {
	name  string
	value float64
	unit  string
	bound bound
	limit float64
}

// number is a figure that explains others, until a bound is put to it.
func number(name string, value float64, unit string) figure {
	return figure{name: name, value: value, unit: unit}
}

// share is a figure in per cent; the value is a part of one.
func share(name string, value float64) figure { return number(name, value*100, "%") }

// atMost says what is wanted, in the figure's unit.
func (f figure) atMost(limit float64) figure {
	f.bound, f.limit = atMost, limit
	return f
}

// atLeast says what is wanted, in the figure's unit.
func (f figure) atLeast(limit float64) figure {
	f.bound, f.limit = atLeast, limit
	return f
}

// met reports whether the figure is as it should be, to the last digit that was measured, not as it is rounded.
func (f figure) met() bool {
	switch f.bound {
	case atMost:
		return f.value <= f.limit
	case atLeast:
		return f.value >= f.limit
	default:
		return true
	}
}

func (f figure) verdict() string {
	switch {
	case f.bound == shown:
		return ""
	case f.met():
		return "met"
	default:
		return "not met"
	}
}

func (f figure) measured() string { return amount(f.value, f.unit) }

func (f figure) wanted() string {
	switch f.bound {
	case atMost:
		return "≤ " + amount(f.limit, f.unit)
	case atLeast:
		return "≥ " + amount(f.limit, f.unit)
	default:
		return ""
	}
}

// amount writes a number with three digits that count, and all those before the point.
func amount(value float64, unit string) string {
	digits := 0
	switch size := max(value, -value); {
	case value == float64(int64(value)):
	case size < 1:
		digits = 3
	case size < 10:
		digits = 2
	case size < 100:
		digits = 1
	}
	text := thousands(strconv.FormatFloat(value, 'f', digits, 64))
	if unit == "" {
		return text
	}
	return text + " " + unit
}

// thousands sets a comma between groups of digits before the point.
func thousands(text string) string {
	sign, point := 0, len(text)
	for i, c := range text {
		switch c {
		case '-':
			sign = 1
		case '.':
			point = i
		}
	}
	for at := point - 3; at > sign; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// count writes a number of things.
func count[T ~int | ~int64](n T) string { return thousands(fmt.Sprint(int64(n))) }
