//go:build faults || soak

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"
)

// process is a run of the program.
type process struct {
	t       *testing.T
	command *exec.Cmd
	longest time.Duration // that it may take
	output  bytes.Buffer
	ended   context.Context // it has taken too long when this is done
	cancel  context.CancelFunc
}

// ending is how a run ended and what it said.
type ending struct {
	code   int // -1: a signal ended it
	output string
	passID int64  // of the pass that it says it has made; 0: none
	status string // that it gives that pass
	errors int    // lines of level error
}

// start runs the program with the world's environment.
func (w *world) start(t *testing.T, args ...string) *process {
	t.Helper()
	return w.startFor(t, longest, args...)
}

// startFor runs the program, which counts as one that hangs when it has not ended after that long.
func (w *world) startFor(t *testing.T, longest time.Duration, args ...string) *process {
	t.Helper()
	p := &process{t: t, longest: longest}
	p.ended, p.cancel = context.WithTimeout(t.Context(), longest)
	p.command = exec.CommandContext(p.ended, program, args...) //nolint:gosec // the program under test
	p.command.Env = w.environment
	p.command.Stdout, p.command.Stderr = &p.output, &p.output
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// signal sends a signal; a process that has ended does not mind.
func (p *process) signal(s os.Signal) { _ = p.command.Process.Signal(s) }

// wait waits for the end of the run.
func (p *process) wait() ending {
	p.t.Helper()
	defer p.cancel()
	_ = p.command.Wait() // the exit code says it better
	if p.ended.Err() != nil {
		p.t.Errorf("syncd %v hangs: not ended after %v", p.command.Args[1:], p.longest)
	}
	e := ending{code: p.command.ProcessState.ExitCode(), output: p.output.String()}
	for line := range bytes.Lines(p.output.Bytes()) {
		var said struct {
			Level, Msg, Status string
			PassID             int64 `json:"pass_id"`
		}
		if json.Unmarshal(line, &said) != nil {
			continue
		}
		if said.Level == "ERROR" {
			e.errors++
		}
		if said.Msg == "pass ended" {
			e.passID, e.status = said.PassID, said.Status
		}
	}
	return e
}

// pause lets time pass.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// withPassword puts the password into the database's address.
func withPassword(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, has := u.User.Password(); has {
		return address
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String()
}
