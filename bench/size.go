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

	documents []sized // accounts with documents as Zoom sends them, whose memory is measured
	small     []sized // and those with documents of a few fields

	history       int // of the mirrors with and without a history
	versions      int // of each document in a long history
	historyRounds int // passes over each

	starts int // of the daemon
}

// sized is an account of so many users, and the memory in MB that a pass over it may take at most; 0: any.
type sized struct {
	users  int
	memory float64
}

func fullSize() size {
	return size{
		budget:    1500,
		neighbour: 14_000, before: time.Minute, during: 10 * time.Minute, after: 150 * time.Second,
		first: 5000, firstRounds: 3,
		unchanged: 10_000,
		changed:   10_000,
		documents: []sized{{10_000, 64}, {200_000, 96}},
		small:     []sized{{users: 100}, {users: 1000}, {users: 10_000}, {users: 100_000}, {users: 1_000_000}},
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
		documents: []sized{{200, 64}, {500, 96}},
		small:     []sized{{users: 100}, {users: 500}, {users: 2000}},
		history:   100, versions: 50, historyRounds: 2,
		starts: 3,
	}
}
