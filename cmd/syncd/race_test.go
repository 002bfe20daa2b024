//go:build race

package main

// The race detector makes tests of the whole program some five times as slow, and
// finds in a few hundred users what it would in thousands.
const underRace = true
