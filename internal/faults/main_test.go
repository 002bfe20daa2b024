//go:build faults || soak

package faults

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"syncd/internal/db/dbtest"
)

// Sizes: a pass has to be long enough for a fault to hit the middle of it, and the suite short enough for every commit.
const (
	manyUsers = 300 // of an account: three batches, and more than are in flight
	fewUsers  = 80  // where each request may have to wait
	pageSize  = 50  // of the lists, so that there are several pages
	inFlight  = 32  // SYNCD_CONCURRENCY
	batch     = 100 // users that syncd writes in one transaction

	// perWorld is how many trials one account and its mirror go through, about.
	perWorld = 10

	// limit is what the account allows each pool in a second; the program takes 0.8 of it.
	limit   = 500
	latency = 5 * time.Millisecond // of each answer, and at most as much again

	// restart is how long after its end a program is started again.
	restart = 200 * time.Millisecond
	// longest is what a run may take before it counts as one that hangs, and graceTime what it may take after SIGTERM.
	longest   = 90 * time.Second
	graceTime = 10 * time.Second
	// patience is how often the operator starts the program again before giving up.
	patience = 5
)

var (
	seed = flag.Uint64("seed", 1, "of everything random")

	program string // the syncd under test
	results table
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

// run builds the program, runs the tests and prints the table.
func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "syncd-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	program = filepath.Join(folder, "syncd")
	if out, err := exec.Command("go", "build", "-o", program, "syncd/cmd/syncd").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build syncd: %v\n%s", err, out)
		return 1
	}
	begun := time.Now()
	code := dbtest.Run(m)
	fmt.Printf("\nseed %d, %.0f s\n", *seed, time.Since(begun).Seconds())
	results.print(os.Stdout)
	return code
}
