package main

import "time"

// seed of every simulated account.
const seed = 20261

// size says how large the scenarios are. A field counts users where it says nothing else.
type size struct {
	budget int // of each account whose budget is used up

	neighbour             int           // of the account with a neighbour; more than a pass comes to in the time
	before, during, after time.Duration // the neighbour's presence

	first, firstRounds int // of a first mirror, and how often each is made
	unchanged          int // of a mirror of which nothing changes
	changed            int // of a mirror of which one per cent changes

	documents []int // accounts with documents as Zoom sends them, whose memory is measured
	small     []int // and those with documents of a few fields

	history       int // of the mirrors with and without a history
	versions      int // of each document in a long history
	historyRounds int // passes over each

	starts int // of the daemon
}

func fullSize() size {
	return size{
		budget:    1500,
		neighbour: 14_000, before: time.Minute, during: 10 * time.Minute, after: 150 * time.Second,
		first: 5000, firstRounds: 3,
		unchanged: 10_000,
		changed:   10_000,
		documents: []int{10_000, 200_000},
		small:     []int{100, 1000, 10_000, 100_000, 1_000_000},
		history:   2000, versions: 50, historyRounds: 5,
		starts: 11,
	}
}

// quickSize makes a run of two to three minutes.
func quickSize() size {
	return size{
		budget:    300,
		neighbour: 3000, before: 10 * time.Second, during: 30 * time.Second, after: 20 * time.Second,
		first: 300, firstRounds: 1,
		unchanged: 300,
		changed:   400,
		documents: []int{200, 500},
		small:     []int{100, 500, 2000},
		history:   100, versions: 50, historyRounds: 2,
		starts: 3,
	}
}
