//go:build soak

package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// delays sums up how late changes were seen.
type delays struct {
	took  []time.Duration
	share float64 // the most of what was allowed
}

func (d *delays) add(took, within time.Duration) {
	d.took = append(d.took, took)
	d.share = max(d.share, took.Seconds()/within.Seconds())
}

func (d *delays) print(out io.Writer, which string) {
	if len(d.took) > 0 {
		fmt.Fprintf(out, "delay, %s: %d changes, median %.1f s, longest %.1f s, at most %.0f %% of what is allowed\n",
			which, len(d.took), median(d.took).Seconds(), slices.Max(d.took).Seconds(), 100*d.share)
	}
}

// report judges what was seen, and prints it.
func (s *soak) report(took time.Duration, e ending) {
	s.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "\nran for %.1f minutes; Postgres taken away %d times; %d requests to Zoom, %d answered 429; %d errors in the log\n",
		took.Minutes(), len(s.strikes), s.account.Requests("")-s.needed, s.account.Throttled(""), e.errors)
	passes := s.passes(e.output)
	s.reportPasses(&out, passes)
	s.reportChanges(&out, passes)
	s.reportGauges(&out)
	fmt.Fprintf(&out, "the daemon's log, changes and samples: %s\n", s.keep(e))
	_, _ = out.WriteTo(os.Stdout)
}

// reportPasses tells how they ended.
func (s *soak) reportPasses(out io.Writer, passes []made) {
	ends, lengths := map[string]int{}, []time.Duration{}
	for _, p := range passes {
		ends[p.status]++
		if p.continued {
			ends["of these cut off and continued"]++
		}
		lengths = append(lengths, p.length())
	}
	fmt.Fprintf(out, "passes: %s; length: median %.1f s, longest %.1f s\n", counts(ends), median(lengths).Seconds(), slices.Max(lengths).Seconds())
}

// reportChanges looks for changes that were seen late.
func (s *soak) reportChanges(out io.Writer, passes []made) {
	s.Helper()
	var undisturbed, disturbed delays
	kinds, seen := map[string]int{}, 0
	for _, c := range s.churn.changes {
		kinds[c.kind]++
		if c.seen.IsZero() {
			s.Errorf("%v is not seen", c)
			continue
		}
		seen++
		d, took := dueAfter(c.made, passes, s.strikes), c.seen.Sub(c.made)
		if took > d.within+slow {
			s.Errorf("%v is seen after %.1f s, want %.1f s", c, took.Seconds(), d.within.Seconds())
		}
		if missed := c.seen.Sub(d.by); missed > slow {
			s.Errorf("%v is seen %.1f s after the pass that had to show it", c, missed.Seconds())
		}
		if d.disturbed {
			disturbed.add(took, d.within)
		} else {
			undisturbed.add(took, d.within)
		}
	}
	fmt.Fprintf(out, "changes: %d made, %d seen: %s\n", len(s.churn.changes), seen, counts(kinds))
	undisturbed.print(out, "undisturbed")
	disturbed.print(out, "where a pass was cut off or not complete, or Postgres away")
}

// reportGauges looks for what grows.
func (s *soak) reportGauges(out io.Writer) {
	s.Helper()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "median of each quarter\t1\t2\t3\t4\t")
	for n, g := range gauges() {
		medians := quarters(s.samples, n)
		fmt.Fprintf(w, "%s\t", g.name)
		for _, m := range medians {
			fmt.Fprintf(w, "%.1f\t", m/g.unit)
		}
		fmt.Fprintln(w)
		if g.grows(medians) {
			s.Errorf("%s: from %.1f to %.1f", g.name, medians[1]/g.unit, medians[3]/g.unit)
		}
	}
	_ = w.Flush()
}

// keep leaves what the daemon said and what was measured to whoever wants to know more, and says where.
func (s *soak) keep(e ending) (folder string) {
	s.Helper()
	var measured strings.Builder
	for _, c := range s.churn.changes {
		fmt.Fprintf(&measured, "%s change %v, seen after %.1f s\n", c.made.Format(time.TimeOnly), c, c.seen.Sub(c.made).Seconds())
	}
	for _, at := range s.strikes {
		fmt.Fprintf(&measured, "%s strike\n", at.Format(time.TimeOnly))
	}
	for _, taken := range s.samples {
		fmt.Fprintf(&measured, "%s sample %v\n", taken.at.Format(time.TimeOnly), taken.values)
	}
	folder = s.ArtifactDir()
	err := errors.Join(
		os.WriteFile(filepath.Join(folder, "daemon.log"), []byte(e.output), 0o600),
		os.WriteFile(filepath.Join(folder, "measured.txt"), []byte(measured.String()), 0o600),
	)
	if err != nil {
		s.Error(err)
	}
	return folder
}

// counts writes a map of counts, the names in order.
func counts(of map[string]int) string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		texts = append(texts, fmt.Sprintf("%d %s", of[name], name))
	}
	return strings.Join(texts, ", ")
}
