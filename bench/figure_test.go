package main

import "testing"

func TestFigure_is_met_by_what_was_measured_and_not_by_what_is_shown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		figure           figure
		wanted, measured string
		verdict          string
	}{
		{number("n", 7, "s"), "", "7 s", ""},
		{number("n", 64, "MB").atMost(64), "≤ 64 MB", "64 MB", "met"},
		{number("n", 64.01, "MB").atMost(64), "≤ 64 MB", "64.0 MB", "not met"},
		{share("n", .5).atLeast(60), "≥ 60 %", "50 %", "not met"},
		{share("n", .6123).atLeast(60), "≥ 60 %", "61.2 %", "met"},
		{share("n", 0).atMost(0), "≤ 0 %", "0 %", "met"},
		{share("n", .00001).atMost(0), "≤ 0 %", "0.001 %", "not met"},
	} {
		if got := [3]string{c.figure.wanted(), c.figure.measured(), c.figure.verdict()}; got != [3]string{c.wanted, c.measured, c.verdict} {
			t.Errorf("%+v gives %q, want %q", c.figure, got, [3]string{c.wanted, c.measured, c.verdict})
		}
	}
}

func TestAmount_has_three_digits_that_count(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{
		0: "0", 5: "5", 0.1234: "0.123", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234.5: "1,234", 1234567.8: "1,234,568",
		1000000: "1,000,000", -1234: "-1,234", -0.5: "-0.500",
	} {
		if got := amount(value, ""); got != want {
			t.Errorf("amount(%v) = %q, want %q", value, got, want)
		}
	}
}
