package main

import (
	"context"
	"fmt"
	"io"
	"os"
	gosync "sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"syncd/internal/sync"
	"syncd/internal/zoom"
)

// screen is where log lines and, on a terminal, the progress bar are written.
// The bar steps aside for each log line.
type screen struct {
	out      io.Writer
	terminal bool

	mu    gosync.Mutex
	bar   *progressbar.ProgressBar
	shown sync.Progress
	since time.Time         // when the phase began
	pause func() zoom.Pause // nil: never
}

func newScreen(out io.Writer) *screen {
	file, ok := out.(*os.File)
	return &screen{out: out, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// Write writes log lines.
func (s *screen) Write(line []byte) (int, error) { return s.beside(s.out).Write(line) }

// beside gives a writer to the same terminal as the bar, or to somewhere else.
func (s *screen) beside(out io.Writer) io.Writer { return besideBar{s, out} }

type besideBar struct {
	*screen
	to io.Writer
}

func (b besideBar) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil {
		return b.to.Write(line)
	}
	_ = b.bar.Clear() // the bar is an ornament
	n, err := b.to.Write(line)
	_ = b.bar.RenderBlank()
	return n, err
}

// progress shows how far the pass is.
func (s *screen) progress(p sync.Progress) {
	if !s.terminal {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar == nil || p.Phase != s.shown.Phase || p.Total != s.shown.Total {
		s.clear()
		s.since, s.bar = time.Now(), newBar(s.out, p)
	}
	s.shown = p
	s.draw()
}

// draw shows the progress as it is. The caller holds the lock.
func (s *screen) draw() {
	text := describe(s.shown, time.Since(s.since))
	if s.pause != nil {
		if paused := s.pause(); !paused.Until.IsZero() {
			text = describePause(s.shown, paused)
		}
	}
	s.bar.Describe(text)
	_ = s.bar.Set(s.shown.Done)
}

// watch shows the pauses of the budget, also while nothing else moves, until the
// context ends.
func (s *screen) watch(ctx context.Context, pause func() zoom.Pause) {
	if !s.terminal {
		return
	}
	s.mu.Lock()
	s.pause = pause
	s.mu.Unlock()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.mu.Lock()
			if s.bar != nil {
				s.draw()
			}
			s.mu.Unlock()
		case <-ctx.Done():
			return
		}
	}
}

// describePause says which budget is waited for, and until when.
func describePause(p sync.Progress, paused zoom.Pause) string {
	return fmt.Sprintf("%s, waiting for the budget %s until %s", p.Phase, paused.Pool, paused.Until.Local().Format(time.TimeOnly))
}

// describe says what is going on, at what rate, and how long it will take yet. The
// rate is that of the whole phase: a budget is steady, and the library's average
// over its last redraws is not.
func describe(p sync.Progress, elapsed time.Duration) string {
	if p.Done == 0 || elapsed < time.Second {
		return string(p.Phase)
	}
	rate := float64(p.Done) / elapsed.Seconds()
	if p.Total == 0 {
		return fmt.Sprintf("%s, %.0f users/s", p.Phase, rate)
	}
	left := time.Duration(float64(p.Total-p.Done) / rate * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("%s, %.1f users/s, %v left", p.Phase, rate, left)
}

// finish takes the bar away.
func (s *screen) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *screen) clear() {
	if s.bar != nil {
		_ = s.bar.Clear()
		s.bar = nil
	}
}

func newBar(out io.Writer, p sync.Progress) *progressbar.ProgressBar {
	total := p.Total
	if total == 0 {
		total = -1 // not known yet: a spinner that counts
	}
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(out),
		progressbar.OptionSetDescription(string(p.Phase)),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0), // else it turns by itself, also over the next bar
		progressbar.OptionFullWidth(),
	)
}
