package main

import (
	"runtime/debug"

	"syncd/internal/sync"
)

const (
	// baseMemory is what a pass takes however many users there are: those in flight and
	// two batches, with room for the collector to work in.
	baseMemory = 38 << 20
	// userMemory is what it keeps of each listed user until it is fetched, packed, and of
	// its id until the end.
	userMemory = 150
)

// limitMemory asks the collector to keep the process small while a pass tells of its
// progress: without being asked it takes double of what is in use, and of that the most
// that ever was. GOMEMLIMIT, which Go itself reads, overrides it.
func (a *app) limitMemory(next func(sync.Progress)) func(sync.Progress) {
	if a.getenv("GOMEMLIMIT") != "" {
		return next
	}
	limit := func(users int) { debug.SetMemoryLimit(int64(baseMemory + users*userMemory)) }
	limit(0)
	return func(p sync.Progress) {
		if p.Phase == sync.PhaseList {
			limit(p.Done)
		}
		next(p)
	}
}
