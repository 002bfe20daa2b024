package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

func TestSync_reports_its_share_of_the_floor(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200})
	got := b.sync(exitComplete)
	figures := regexp.MustCompile(`"seconds":([0-9.e-]+),"floor_seconds":([0-9.e-]+),"floor_share":([0-9.e-]+)`).FindStringSubmatch(got.stderr)
	if figures == nil {
		t.Fatalf("the log does not say the share:\n%s", got.stderr)
	}
	var of [3]float64
	for i := range of {
		of[i], _ = strconv.ParseFloat(figures[i+1], 64)
	}
	if want := of[1] / of[0]; of[2] < 0.999*want || of[2] > 1.001*want || want == 0 {
		t.Errorf("the share is %v, want %v", of[2], want)
	}

	status := func() (line string) {
		const words = "took "
		for line := range strings.Lines(b.run("status").stdout) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, words) {
				return line
			}
		}
		return ""
	}
	set := func(status string) {
		b.database.Exec(fmt.Sprintf("UPDATE syncd.passes SET status = '%s', finished_at = started_at + interval '10 min 40 s', floor_seconds = 625", status))
	}
	for state, want := range map[string]string{
		"complete": "took 10m40s; the least that Zoom's limits allow is 10m25s, 98 % of it", "failed": "",
	} {
		set(state)
		if got := status(); got != want {
			t.Errorf("%s: status says %q, want %q", state, got, want)
		}
	}
}
