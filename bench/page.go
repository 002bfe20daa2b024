package main

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"
)

// notes are what somebody has written about the figures: what limits them and what would take them further.
//
//go:embed notes.md
var notes string

// methods says of each scenario how it measures: NAME.md is a template over the facts of its result.
//
//go:embed method/*.md
var methods embed.FS

// report is what a run has found.
type report struct {
	machine machine
	results []*result
	begun   time.Time
	took    time.Duration
	quick   bool
	whole   bool // all scenarios were run
}

// write writes the page and, into a folder of its name beside it, the pictures; those of runs before go.
func (r report) write(path string) error {
	pictures := strings.TrimSuffix(path, filepath.Ext(path))
	if err := errors.Join(os.RemoveAll(pictures), os.MkdirAll(pictures, 0o755)); err != nil { //nolint:gosec // for everybody to read
		return err
	}
	for _, result := range r.measured() {
		for _, p := range result.pictures {
			if err := os.WriteFile(filepath.Join(pictures, p.name+".svg"), []byte(p.chart.svg()), 0o644); err != nil { //nolint:gosec // for everybody to read
				return err
			}
		}
	}
	page, err := r.page(filepath.Base(pictures))
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(page), 0o644) //nolint:gosec // for everybody to read
}

// page is the page in Markdown; folder is that of the pictures, as seen from the page.
func (r report) page(folder string) (string, error) {
	var p strings.Builder
	p.WriteString("# Performance\n\n")
	switch {
	case r.quick:
		p.WriteString("**A quick run, to see that the benchmark works: its figures are none.**\n\n")
	case !r.whole:
		p.WriteString("**A run of some scenarios only.**\n\n")
	}
	judged, missed := r.judged()
	fmt.Fprintf(&p, "Written by `make bench` on %s, in %s: %d of %d figures are as they should be",
		r.begun.UTC().Format(time.DateOnly), r.took.Round(time.Second), judged-len(missed), judged)
	if failed := len(r.results) - len(r.measured()); failed > 0 {
		fmt.Fprintf(&p, ", and %d of %d scenarios failed", failed, len(r.results))
	}
	p.WriteString(".\n")
	if len(missed) > 0 {
		p.WriteString("What limits the others stands under [Notes](#notes).\n")
	}
	p.WriteString("The notes are the only part of this page that is written by hand.\n\n")
	m := r.machine
	fmt.Fprintf(&p, `- Machine: %s, %d cores, %s of memory, %s. Go %s. Postgres %s, with %s, its data on disk.
- The program is the one that is released, run as a process of its own for every pass. The simulated Zoom account and
  the bare loops run in the process of the benchmark, on the same cores as syncd and Postgres; over HTTP on the loopback, without TLS.
- Seeds are fixed: the account is the same in every run. Each scenario has a time limit; together they are %s.

`, m.processor, m.cores, m.memory, m.system, m.goVersion, m.postgres, m.postgresBy, longest(r.scenarios()))
	for _, result := range r.results {
		if err := result.write(&p, folder); err != nil {
			return "", err
		}
	}
	p.WriteString("## Notes\n\n" + notes)
	return p.String(), nil
}

// measured are the results of the scenarios that did not fail.
func (r report) measured() []*result {
	return slices.DeleteFunc(slices.Clone(r.results), func(r *result) bool { return r.fault != nil })
}

// place is where the page goes that was to be written to a place: what a run of which a scenario has failed says takes the
// place of no other.
func (r report) place(page string) string {
	if r.fault() != nil {
		return scratchPage
	}
	return page
}

// judged counts the figures of which something is wanted, and gives those that are not as they should be.
func (r report) judged() (all int, missed []figure) {
	for _, result := range r.measured() {
		for _, f := range result.figures {
			if f.bound != shown {
				all++
			}
			if !f.met() {
				missed = append(missed, f)
			}
		}
	}
	return all, missed
}

// verdict says what a whole run at full size has missed; the figures of others are none.
func (r report) verdict() error {
	if r.quick || !r.whole {
		return nil
	}
	_, missed := r.judged()
	var faults []error
	for _, f := range missed {
		faults = append(faults, fmt.Errorf("%s: %s, wanted %s", f.name, f.measured(), f.wanted()))
	}
	return errors.Join(faults...)
}

// fault says which scenarios failed, and why.
func (r report) fault() error {
	var faults []error
	for _, result := range r.results {
		faults = append(faults, result.fault)
	}
	return errors.Join(faults...)
}

func (r report) scenarios() []scenario {
	var all []scenario
	for _, result := range r.results {
		all = append(all, result.scenario)
	}
	return all
}

// write adds a scenario to the page.
func (r *result) write(p *strings.Builder, folder string) error {
	fmt.Fprintf(p, "## %s\n\n", r.scenario.title)
	if r.fault != nil {
		p.WriteString("**This scenario failed, so that nothing is said of it.**\n\n")
		return nil
	}
	method, err := template.New("").Option("missingkey=error").ParseFS(methods, "method/"+r.scenario.name+".md")
	if err != nil {
		return err
	}
	if err := method.ExecuteTemplate(p, r.scenario.name+".md", r.facts); err != nil {
		return err
	}
	p.WriteByte('\n')
	figures := table{head: []string{"figure", "wanted", "measured", ""}}
	for _, f := range r.figures {
		verdict := f.verdict()
		if !f.met() {
			verdict = "**" + verdict + "**"
		}
		figures.rows = append(figures.rows, []string{f.name, f.wanted(), f.measured(), verdict})
	}
	figures.write(p)
	for _, picture := range r.pictures {
		fmt.Fprintf(p, "![%s](%s/%s.svg)\n\n", picture.alt, folder, picture.name)
	}
	for _, t := range r.tables {
		t.write(p)
	}
	return nil
}

// write adds a table; one with a caption is folded away. All columns but the first hold numbers.
func (t table) write(p *strings.Builder) {
	if t.caption != "" {
		fmt.Fprintf(p, "<details><summary>%s</summary>\n\n", t.caption)
	}
	fmt.Fprintf(p, "| %s |\n|---%s|\n", strings.Join(t.head, " | "), strings.Repeat("|--:", len(t.head)-1))
	for _, row := range t.rows {
		fmt.Fprintf(p, "| %s |\n", strings.Join(row, " | "))
	}
	p.WriteString("\n")
	if t.caption != "" {
		p.WriteString("</details>\n\n")
	}
}
