//go:build faults || soak

package faults

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"
)

// result is what came of one trial of a fault.
type result struct {
	survived  bool
	runs      int // of the program, until a pass was complete
	needed    int // requests of an undisturbed pass
	wasted    int // requests beyond those
	throttled int // answers 429
	twice     int // users of whom a document was fetched more than once
}

// row sums up the trials of a fault.
type row struct {
	fault string
	order int
	trials, survived,
	runs, needed, wasted, throttled int
	twice int // the most of any trial
}

// table collects results; it is safe for concurrent use.
type table struct {
	mu   sync.Mutex
	rows []row
}

// add notes a trial. Rows are printed by their order.
func (t *table) add(fault string, order int, r result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.rows, func(r row) bool { return r.fault == fault })
	if i < 0 {
		i = len(t.rows)
		t.rows = append(t.rows, row{fault: fault, order: order})
	}
	sum := &t.rows[i]
	sum.trials++
	if r.survived {
		sum.survived++
	}
	sum.runs += r.runs
	sum.needed += r.needed
	sum.wasted += r.wasted
	sum.throttled += r.throttled
	sum.twice = max(sum.twice, r.twice)
}

func (t *table) print(out io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.rows) == 0 {
		return
	}
	slices.SortFunc(t.rows, func(a, b row) int { return a.order - b.order })
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "times tried\tsurvived\truns\trequests needed\twasted\tanswers 429\tfetched twice\t  fault")
	for _, r := range t.rows {
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t  %s\n", r.trials, r.survived, r.runs, r.needed, r.wasted, r.throttled, r.twice, r.fault)
	}
	_ = w.Flush()
	fmt.Fprintln(out, "runs: of the program, until a pass was complete; needed: what undisturbed passes take; wasted: what was sent beyond that;")
	fmt.Fprintln(out, "fetched twice: users of whom a document was asked for again, the most of any trial; survived: every check held")
}
