//go:build soak

package faults

import (
	"flag"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"syncd/internal/mirrortest"
	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

const (
	soakUsers = 400
	soakLimit = 100         // of each pool, so that a pass takes a good part of the interval
	interval  = time.Minute // SYNCD_INTERVAL, which may not be less

	lookEvery   = time.Second     // at what the mirror shows
	changeEvery = 2 * time.Second // something in the account
	sampleEvery = 5 * time.Second
	strikeEvery = 4 * time.Minute // at Postgres
)

var duration = flag.Duration("duration", time.Hour, "of TestSoak")

// soaking are the faults of single answers while the daemon runs. They are as many as let most passes be complete.
func soaking() zoomtest.Faults {
	return zoomtest.Faults{
		InternalError: .02, BadGateway: .02, BrokenBody: .01, Garbage: .01, Reset: .01, SlowBody: .01, SlowBodyFor: 2 * time.Second,
		Throttle: .002, DailyLimit: .0002, DailyLimitFor: 3 * time.Second, TokenFaults: .2, RevokeEvery: 500, ShuffleList: true,
	}
}

// soak is a daemon that runs for long, and what happens to it.
type soak struct {
	trial

	address string // of its page and metrics
	ended   chan ending
	churn   churn
	strikes []time.Time
	samples []sample
}

// TestSoak lets the daemon run while the account changes, answers go wrong and Postgres goes away. Each change must show
// in the mirror in time, and nothing may grow.
func TestSoak(t *testing.T) {
	s := &soak{address: porttest.Free(t), ended: make(chan ending, 1), trial: trial{
		T: t, world: newWorld(t, setting{users: soakUsers, limit: soakLimit, ownServer: true}, 0),
		task: task{fault: fault{throttles: true}}, dice: rand.New(rand.NewPCG(*seed, 0)), //nolint:gosec // it must repeat
	}}
	s.environment = append(s.environment, "SYNCD_INTERVAL="+interval.String(), "SYNCD_LISTEN="+s.address, "SYNCD_LOG_LEVEL=info")
	s.account.SetFaults(soaking())
	s.account.SetVolatile(true)
	daemon := s.startFor(t, *duration+time.Hour, "run")
	go func() { s.ended <- daemon.wait() }()

	begun := time.Now()
	s.run(begun, begun.Add(*duration))
	s.settle()
	daemon.signal(syscall.SIGTERM)
	e := <-s.ended
	if e.code != exitComplete {
		t.Errorf("after SIGTERM the exit code is %d, want %d", e.code, exitComplete)
	}
	if err := mirrortest.Compare(s.account, s.database); err != nil {
		t.Error(err)
	}
	s.wantNobodyLost()
	s.wantNoSecret(e)
	s.wantWithinBudget()
	s.report(time.Since(begun), e)
}

// run lets everything happen until the end.
func (s *soak) run(begun, end time.Time) {
	s.Helper()
	nextChange, nextSample, nextStrike := begun, begun.Add(sampleEvery), begun.Add(strikeEvery/2)
	inPass := false // every other strike, about, waits for a pass
	for now := begun; now.Before(end); now = time.Now() {
		if !now.Before(nextChange) {
			s.change()
			nextChange = now.Add(changeEvery)
		}
		s.look()
		if !now.Before(nextSample) {
			s.sample(now)
			nextSample = now.Add(sampleEvery)
		}
		if !now.Before(nextStrike) && (!inPass || s.passRuns()) {
			s.strike()
			inPass = s.dice.IntN(2) == 0
			nextStrike = nextStrike.Add(strikeEvery)
		}
		pause(s.T, lookEvery)
		select {
		case e := <-s.ended:
			s.Fatalf("the daemon has ended\n%s", e.output)
		default:
		}
	}
}

// settle ends all that happens, and waits for a pass that has seen the last of it.
func (s *soak) settle() {
	s.Helper()
	s.account.SetFaults(zoomtest.Faults{})
	s.account.SetVolatile(false)
	quiet := s.database.Value("SELECT clock_timestamp()")
	for end := time.Now().Add(3 * interval); time.Now().Before(end); pause(s.T, lookEvery) {
		seen := s.database.Value("SELECT count(*) FROM zoom.sync_passes WHERE status = 'complete' AND started_at > '" + quiet + "'")
		s.look()
		if seen != "0" {
			return
		}
	}
	s.Error("no pass is complete after all has become quiet")
}

// passRuns reports whether the daemon makes a pass.
func (s *soak) passRuns() bool {
	s.Helper()
	return s.database.Value("SELECT count(*) FROM zoom.sync_passes WHERE status = 'running'") != "0"
}

// clients are the program's connections to Postgres.
const clients = `pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`

// strike takes Postgres away: its connections, or the whole server for some seconds, every other time as in a crash.
func (s *soak) strike() {
	s.Helper()
	s.strikes = append(s.strikes, time.Now())
	n := len(s.strikes)
	if n%2 == 1 {
		s.database.Exec("SELECT pg_terminate_backend(pid) FROM " + clients)
		return
	}
	if err := s.server.Halt(n%4 == 0); err != nil {
		s.Fatal(err)
	}
	pause(s.T, time.Duration(s.dice.IntN(5000))*time.Millisecond)
	if err := s.server.Resume(s.Context()); err != nil {
		s.Fatal(err)
	}
}
