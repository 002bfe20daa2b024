package main

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestScale_has_round_steps_around_all_values(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		axis   axis
		values []float64
		want   []float64
	}{
		{axis{zero: true}, []float64{12, 38.5}, []float64{0, 10, 20, 30, 40}},
		{axis{zero: true}, []float64{0, 40}, []float64{0, 10, 20, 30, 40}},
		{axis{}, []float64{0.31, 0.79}, []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8}},
		{axis{zero: true}, []float64{0, 0}, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
		{axis{tight: true}, []float64{0, 112}, []float64{0, 50, 100}},
		{axis{tight: true}, []float64{0, 100}, []float64{0, 20, 40, 60, 80, 100}},
		{axis{log: true}, []float64{100, 1_000_000}, []float64{100, 1000, 10_000, 100_000, 1_000_000}},
		{axis{log: true}, []float64{300, 4000}, []float64{100, 1000, 10_000}},
		{axis{log: true}, []float64{100, 100}, []float64{100, 1000}},
	} {
		if diff := cmp.Diff(c.want, c.axis.scale(c.values).ticks, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("ticks of %+v for %v differ (-want +got):\n%s", c.axis, c.values, diff)
		}
	}
}

func TestScale_places_its_ends_at_the_ends(t *testing.T) {
	t.Parallel()
	for _, s := range []scale{axis{zero: true}.scale([]float64{3, 38}), axis{tight: true}.scale([]float64{0, 112}), axis{log: true}.scale([]float64{100, 90_000})} {
		if s.part(s.from) != 0 || math.Abs(s.part(s.to)-1) > 1e-9 {
			t.Errorf("the ends of %+v lie at %v and %v, want 0 and 1", s, s.part(s.from), s.part(s.to))
		}
	}
	logarithmic := axis{log: true}.scale([]float64{100, 10_000})
	if got := logarithmic.part(1000); math.Abs(got-.5) > 1e-9 {
		t.Errorf("1000 lies at %v between 100 and 10,000, want 0.5", got)
	}
}
