// Command bench measures syncd and writes docs/performance.md with its pictures.
//
// It runs the syncd program as a process of its own, as its users do, against a simulated Zoom account and a private
// Postgres. The account is served over HTTP by this process; so the three share the machine's cores, and what the account
// costs is part of every figure. It owns the page, the definitions of its figures and the bare loops that they are
// compared with. It never looks into the program: what it knows of a pass it has from the account, from Postgres, from the
// kernel and from the log that every user sees. The page holds nothing that the run has not measured, apart from notes.md,
// which is written by hand.
//
// One scenario is one file; scenario.go lists them. Seeds are fixed. "make bench" runs it. It fails, after the page is
// written, when a scenario fails or a whole run has a figure that is not as it should be.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// scratchPage is where a page goes that is not to be shown to anybody.
const scratchPage = "bin/bench/performance.md"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	program := flag.String("syncd", "bin/syncd", "the syncd program to measure, built as it is released")
	names := flag.String("scenario", "", "scenarios to run, separated by commas: "+strings.Join(allNames(), ", ")+"; all of them if empty")
	quick := flag.Bool("quick", false, "a small run of some minutes, to see that all works; its figures are none")
	page := flag.String("page", scratchPage, "file to write the page to; the pictures go into a folder beside it")
	flag.Parse()
	err := run(ctx, *program, *names, *quick, *page)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program, names string, quick bool, page string) error {
	found, err := exec.LookPath(program)
	if err != nil {
		return fmt.Errorf("%s is not there: run \"make bench\", which builds it first", program)
	}
	if found, err = filepath.Abs(found); err != nil {
		return err
	}
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	b := &bench{program: found, quick: quick, size: fullSize(), log: os.Stderr}
	if quick {
		b.size = quickSize()
	}
	begun := time.Now()
	results := b.measure(ctx, chosen)
	for _, r := range results {
		r.print(os.Stdout)
	}
	report := report{results: results, begun: begun, took: time.Since(begun), quick: quick, whole: len(chosen) == len(scenarios())}
	if err := ctx.Err(); err != nil {
		return err // and no page: somebody has stopped it
	}
	if report.machine, err = describe(ctx); err != nil {
		return err
	}
	page = report.place(page)
	b.note("the page is written to %s", page)
	return errors.Join(report.write(page), report.fault(), report.verdict())
}
