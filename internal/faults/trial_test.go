//go:build faults || soak

package faults

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"syncd/internal/mirrortest"
	"syncd/internal/zoom/zoomtest"
)

// fault is one kind of thing that goes wrong.
type fault struct {
	name      string
	trials    int
	setting   setting // of the worlds in which it is tried
	throttles bool    // answers 429 belong to it
	// strike lets it happen, and runs the program through it.
	strike func(x *trial)
	// after, if there is one, checks more when what the fault has left is mended.
	after func(x *trial)
}

// trial is one time that a fault is tried.
type trial struct {
	*testing.T
	*world
	task

	dice *rand.Rand

	runs      int
	last      ending
	outdated  bool // the account has changed since the last pass
	requests  int  // of the account before the trial
	throttled int
	excess    int
	fetches   map[string]int // of each user's documents before the trial
}

// TestFaults shares the trials out to worlds, which stand side by side. In each one trial follows the other.
func TestFaults(t *testing.T) {
	t.Parallel()
	worlds := 0
	for _, g := range bySetting(faults()) {
		shares := 1 + (len(g.tasks)-1)/perWorld
		for share := range shares {
			worlds++
			number := worlds
			t.Run(fmt.Sprintf("account %d", number), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, g.setting, number)
				for i := share; i < len(g.tasks); i += shares {
					t.Run(g.tasks[i].name(), func(t *testing.T) { w.try(t, g.tasks[i]) })
				}
			})
		}
	}
}

// task is one trial to be made.
type task struct {
	fault  fault
	order  int // of the fault
	number int // of the trial, from 0
}

func (k task) name() string { return fmt.Sprintf("%s, trial %d", k.fault.name, k.number+1) }

// group is the trials that worlds of one setting share.
type group struct {
	setting setting
	tasks   []task
}

// bySetting puts all trials into groups.
func bySetting(faults []fault) []group {
	var groups []group
	for order, f := range faults {
		i := slices.IndexFunc(groups, func(g group) bool { return g.setting == f.setting })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group{setting: f.setting})
		}
		for number := range f.trials {
			groups[i].tasks = append(groups[i].tasks, task{f, order, number})
		}
	}
	return groups
}

// try makes a trial.
func (w *world) try(t *testing.T, k task) {
	t.Helper()
	x := w.begin(t, k)
	t.Cleanup(func() { results.add(k.fault.name, k.order, x.result()) })
	k.fault.strike(x)
	x.recover()
	if k.fault.after != nil {
		k.fault.after(x)
	}
}

// begin changes the account for a trial.
func (w *world) begin(t *testing.T, k task) *trial {
	t.Helper()
	w.account.SetFaults(zoomtest.Faults{})
	w.revise(t)
	hash := fnv.New64()
	fmt.Fprint(hash, k.name())
	x := &trial{
		T: t, world: w, task: k, dice: rand.New(rand.NewPCG(*seed, hash.Sum64())), //nolint:gosec // it must repeat
		requests: w.account.Requests(""), throttled: w.account.Throttled(""), excess: len(w.account.Exceeded()),
		fetches: map[string]int{},
	}
	x.eachDocument(func(key string, fetches int) { x.fetches[key] = fetches })
	return x
}

// eachDocument gives how often each document was asked for, but those of lists.
func (x *trial) eachDocument(f func(key string, fetches int)) {
	for _, u := range x.account.Users() {
		for _, kind := range []string{zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
			f(u.ID+"/"+kind, x.account.Fetches(u.ID, kind))
		}
	}
}

// fetchedTwice counts the users of whom a document was asked for more than once in this trial.
func (x *trial) fetchedTwice() int {
	users := map[string]bool{}
	x.eachDocument(func(key string, fetches int) {
		if fetches-x.fetches[key] > 1 {
			id, _, _ := strings.Cut(key, "/")
			users[id] = true
		}
	})
	return len(users)
}

func (x *trial) result() result {
	return result{
		survived: !x.Failed(),
		runs:     x.runs,
		needed:   x.needed,
		// Where tokens end, undisturbed passes differ by a few.
		wasted:    max(0, x.account.Requests("")-x.requests-x.needed),
		throttled: x.account.Throttled("") - x.throttled,
		twice:     x.fetchedTwice(),
	}
}

// sync makes one pass, whatever comes of it, and checks that nothing is harmed.
func (x *trial) sync() {
	x.Helper()
	x.outdated = false
	x.judge(x.start(x.T, "sync").wait())
}

// watch waits for the end of a run, and looks at the mirror meanwhile, as a reader might.
func (x *trial) watch(p *process) ending {
	x.Helper()
	ended := make(chan ending, 1)
	go func() { ended <- p.wait() }()
	for {
		select {
		case e := <-ended:
			return e
		default:
			x.wantNoHalfUser()
			pause(x.T, 50*time.Millisecond)
		}
	}
}

// persist makes passes while the fault goes on, until one is complete or some have not been.
func (x *trial) persist(passes int) {
	x.Helper()
	for range passes {
		if x.sync(); x.last.code == exitComplete {
			return
		}
		pause(x.T, restart)
	}
}

// recover mends what can be mended, and runs the program until a pass is complete. Then the mirror must equal the account.
func (x *trial) recover() {
	x.Helper()
	x.account.SetFaults(zoomtest.Faults{})
	for range patience {
		if x.last.code == exitComplete && !x.outdated {
			break
		}
		pause(x.T, restart)
		x.sync()
	}
	if x.last.code != exitComplete {
		x.Fatalf("no pass is complete after %d runs; the last one ended with exit code %d\n%s", x.runs, x.last.code, x.last.output)
	}
	if err := mirrortest.Compare(x.account, x.database); err != nil {
		x.Error(err)
	}
}
