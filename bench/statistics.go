package main

import (
	"cmp"
	"slices"
)

// median is the middle of values, of an even number the upper of the two in the middle; 0 of none.
func median[T cmp.Ordered](values []T) T {
	var zero T
	if len(values) == 0 {
		return zero
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// megabytes are a million bytes each, as those of what is wanted.
func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }
