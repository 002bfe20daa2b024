package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// scenario is one thing to measure.
type scenario struct {
	name  string
	title string
	limit time.Duration // the run fails that takes longer
	waits bool          // it mostly waits for a budget, so that all such scenarios run at once
	run   func(ctx context.Context, b *bench, r *result) error
}

// scenarios are all there are, in the order of the page.
func scenarios() []scenario {
	return []scenario{
		{"budget", "The budget", 10 * time.Minute, true, budget},
		{"neighbour", "A neighbour takes half", 25 * time.Minute, true, neighbour},
		{"first", "First mirror without limits", 15 * time.Minute, false, first},
		{"unchanged", "Nothing changed", 10 * time.Minute, false, unchanged},
		{"changed", "One per cent changed", 15 * time.Minute, false, changed},
		{"memory", "Memory and cost a user", 70 * time.Minute, false, memory},
		{"history", "Long history", 15 * time.Minute, false, history},
		{"binary", "The program itself", 2 * time.Minute, false, binary},
	}
}

func allNames() []string {
	var names []string
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	return names
}

// choose finds scenarios by their names, separated by commas; no name means all.
func choose(names string) ([]scenario, error) {
	if names == "" {
		return scenarios(), nil
	}
	wanted := strings.Split(names, ",")
	for _, name := range wanted {
		if !slices.Contains(allNames(), name) {
			return nil, fmt.Errorf("there is no scenario %q: take of %s", name, strings.Join(allNames(), ", "))
		}
	}
	return slices.DeleteFunc(scenarios(), func(s scenario) bool { return !slices.Contains(wanted, s.name) }), nil
}

// longest is the most time that scenarios can take together.
func longest(all []scenario) time.Duration {
	var waiting, busy time.Duration
	for _, s := range all {
		if s.waits {
			waiting = max(waiting, s.limit)
		} else {
			busy += s.limit
		}
	}
	return waiting + busy
}

// bench is one run of the benchmark.
type bench struct {
	program string // path of syncd
	quick   bool
	size    size
	log     io.Writer

	mu sync.Mutex // of log
}

// result is what came of a scenario.
type result struct {
	scenario scenario
	facts    facts // what its method says of this run
	figures  []figure
	tables   []table
	pictures []picture
	took     time.Duration
	fault    error // why there is no result; what was measured before it does not count
}

// facts are values for the text of a scenario's method, by name.
type facts map[string]any

// table is one that explains figures.
type table struct {
	caption string
	head    []string
	rows    [][]string
}

// picture is a chart and the name of its file, without extension.
type picture struct {
	name, alt string
	chart     chart
}

func (r *result) add(figures ...figure) { r.figures = append(r.figures, figures...) }

// print shows the figures on a terminal.
func (r *result) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s (%s)\n", r.scenario.title, r.took.Round(time.Second))
	if r.fault != nil {
		fmt.Fprintf(out, "  %v\n", r.fault)
		return
	}
	for _, f := range r.figures {
		fmt.Fprintf(out, "  %-9s %-12s %-14s %s\n", f.verdict(), f.measured(), f.wanted(), f.name)
	}
}

// measure runs scenarios: those that wait at once, then the others one by one, so that they have the machine for
// themselves. The results are in the order of the scenarios. One that fails does not keep the others from being run.
func (b *bench) measure(ctx context.Context, chosen []scenario) []*result {
	results := make([]*result, len(chosen))
	for i, s := range chosen {
		results[i] = &result{scenario: s}
	}
	var waiting sync.WaitGroup
	for _, r := range results {
		if r.scenario.waits {
			waiting.Go(func() { b.one(ctx, r) })
		}
	}
	waiting.Wait()
	for _, r := range results {
		if !r.scenario.waits && ctx.Err() == nil {
			b.one(ctx, r)
		}
	}
	return results
}

// one runs one scenario within its limit.
func (b *bench) one(ctx context.Context, r *result) {
	s := r.scenario
	ctx, cancel := context.WithTimeoutCause(ctx, s.limit, fmt.Errorf("it took longer than its limit of %v", s.limit))
	defer cancel()
	begun := time.Now()
	b.note("%s: begun, at most %v", s.name, s.limit)
	err := s.run(ctx, b, r)
	r.took = time.Since(begun)
	if err != nil {
		if ctx.Err() != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
		r.fault = fmt.Errorf("scenario %s: %w", s.name, err)
		b.note("%v", r.fault)
		return
	}
	b.note("%s: done in %v", s.name, r.took.Round(time.Second))
}

// note tells the one who waits how far the run is.
func (b *bench) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprintf(b.log, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
