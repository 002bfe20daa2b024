//go:build faults || soak

package faults

import (
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// kill ends the program without a word at a random moment.
func kill(x *trial) {
	p := x.start(x.T, "sync")
	x.alarm.set(momentIn(x.dice, x.needed), func() { p.signal(os.Kill) })
	e := x.watch(p)
	x.alarm.stop()
	x.judge(e)
}

// wantLittleTwice checks what a kill has cost: the users in flight, and those of the batch that was not written.
func wantLittleTwice(x *trial) {
	if twice := x.fetchedTwice(); twice > inFlight+batch {
		x.Errorf("documents of %d users were fetched twice, want at most %d in flight and %d of a batch", twice, inFlight, batch)
	}
}

// terminate asks the program to end at a random moment, as Kubernetes does.
func terminate(x *trial) {
	p := x.start(x.T, "sync")
	asked := make(chan time.Time, 1)
	x.alarm.set(momentIn(x.dice, x.needed), func() {
		asked <- time.Now()
		p.signal(syscall.SIGTERM)
	})
	e := x.watch(p)
	x.alarm.stop()
	select {
	case at := <-asked:
		if took := time.Since(at); took > graceTime {
			x.Errorf("the run ended %v after SIGTERM, want %v at most", took, graceTime)
		}
	default: // it had ended before
	}
	x.judge(e)
	if e.code != exitComplete && (e.code != exitFailed || e.status != "interrupted") {
		x.Errorf("after SIGTERM the exit code is %d and the pass %s, want %d and interrupted", e.code, e.status, exitFailed)
	}
	if e.code != exitComplete {
		x.sync() // at once: the lease is given back
		if x.last.code == exitLeased {
			x.Error("the lease is not given back")
		}
	}
}

// twoAtOnce starts a second run beside the first, in every other trial in the same moment.
func twoAtOnce(x *trial) {
	first := x.start(x.T, "sync")
	refused := make(chan struct{})
	goOn := sync.OnceFunc(func() { close(refused) })
	defer goOn()
	if x.number%2 == 1 {
		reached := make(chan struct{})
		x.alarm.set(moment{request: 1 + x.dice.IntN(x.needed/2)}, func() {
			close(reached)
			<-refused // else the first may end before the second has begun
		})
		select {
		case <-reached:
		case <-first.ended.Done(): // wait says so
		}
	}
	second := x.start(x.T, "sync").wait()
	goOn()
	endings := []ending{first.wait(), second}
	if endings[0].code == exitLeased {
		endings[0], endings[1] = endings[1], endings[0] // which of them is the first is chance
	}
	if endings[1].code != exitLeased || !strings.Contains(endings[1].output, "another syncd") {
		x.Errorf("beside another run the exit code is %d, want %d\n%s", endings[1].code, exitLeased, endings[1].output)
	}
	x.wantNoSecret(endings[1])
	x.judge(endings[0])
	if sent := x.account.Requests("") - x.requests; sent != x.needed {
		x.Errorf("%d requests were sent, a single run sends %d", sent, x.needed)
	}
}
