package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// process is a run of syncd.
type process struct {
	command *exec.Cmd
	output  bytes.Buffer
	begun   time.Time
	peak    chan int64 // of its resident memory, in bytes, once it has ended
}

// pass is what a pass has cost.
type pass struct {
	took time.Duration // from the start of the process to its end
	peak int64         // bytes of resident memory
	said ended
}

// ended is what the log says of a pass.
type ended struct{ Status string }

// start runs syncd with an account and a database, and nothing else in its environment.
func (b *bench) start(ctx context.Context, a *account, d *database, args ...string) (*process, error) {
	p := &process{command: exec.CommandContext(ctx, b.program, args...), peak: make(chan int64, 1)} //nolint:gosec // the program to measure
	p.command.Env = append(append([]string{}, a.environment...), "DATABASE_URL="+d.address, "SYNCD_LOG_FORMAT=json", "PATH="+os.Getenv("PATH"))
	p.command.Stdout, p.command.Stderr = &p.output, &p.output
	p.command.Cancel = func() error { return p.command.Process.Signal(syscall.SIGTERM) }
	p.command.WaitDelay = 10 * time.Second
	p.begun = time.Now()
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	return p, nil
}

// wait waits for the end of a run.
func (p *process) wait(ctx context.Context) (pass, error) {
	watching, stop := context.WithCancel(ctx)
	go p.watch(watching)
	err := p.command.Wait()
	took := time.Since(p.begun)
	stop()
	result := pass{took: took, peak: <-p.peak, said: p.said()}
	if err != nil {
		return result, fmt.Errorf("syncd %s: %w\n%s", strings.Join(p.command.Args[1:], " "), err, last(p.output.String()))
	}
	return result, nil
}

// watch reads the most memory that the process has had, as often as it may matter. The kernel keeps that for as long as the
// process lives; what getrusage says after its end begins with the memory of this process, from which it was started.
func (p *process) watch(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var peak int64
	for {
		if now := residentPeak(p.command.Process.Pid); now > 0 {
			peak = now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.peak <- peak
			return
		}
	}
}

// residentPeak is the most resident memory of a process so far in bytes, 0 when it has ended.
func residentPeak(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	var kilobytes int64
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); err == nil {
			return kilobytes << 10
		}
	}
	return 0
}

// said finds the pass in the log; the zero value when there was none.
func (p *process) said() (e ended) {
	for line := range bytes.Lines(p.output.Bytes()) {
		var message struct{ Msg string }
		if json.Unmarshal(line, &message) == nil && message.Msg == "pass ended" {
			_ = json.Unmarshal(line, &e) // what is missing stays zero
		}
	}
	return e
}

// last gives the end of a log.
func last(log string) string {
	const most = 2000
	return log[max(0, len(log)-most):]
}

// syncd runs a command to its end.
func (b *bench) syncd(ctx context.Context, a *account, d *database, args ...string) (pass, error) {
	p, err := b.start(ctx, a, d, args...)
	if err != nil {
		return pass{}, err
	}
	return p.wait(ctx)
}

// sync makes one complete pass.
func (b *bench) sync(ctx context.Context, a *account, d *database, args ...string) (pass, error) {
	p, err := b.syncd(ctx, a, d, append([]string{"sync"}, args...)...)
	if err == nil && p.said.Status != "complete" {
		err = fmt.Errorf("the pass is %q", p.said.Status)
	}
	return p, err
}

// mirror makes a database with a first mirror of an account in it.
func (b *bench) mirror(ctx context.Context, a *account, s *server) (*database, pass, error) {
	d, err := s.create(ctx)
	if err != nil {
		return nil, pass{}, err
	}
	if _, err := b.syncd(ctx, a, d, "migrate"); err != nil {
		return nil, pass{}, err
	}
	p, err := b.sync(ctx, a, d)
	return d, p, err
}

// stop asks a process to end, and waits for it.
func (p *process) stop(ctx context.Context) error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_, _ = p.wait(ctx) // it ends as one that was stopped
	return nil
}
