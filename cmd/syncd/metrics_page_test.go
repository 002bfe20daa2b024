package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"syncd/internal/daemon"
	"syncd/internal/db"
	"syncd/internal/health"
	"syncd/internal/sync"
	"syncd/internal/zoom"
)

const metricsPage = "../../docs/metrics.md"

// "make docs" sets the flag.
var update = flag.Bool("update", false, "write docs/metrics.md instead of comparing it")

// beginnings are the metrics that are documented as groups.
func beginnings() []string { return []string{"go_", "process_", "promhttp_"} }

func isOfGroup(name string) bool {
	return slices.ContainsFunc(beginnings(), func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

const pageHead = `# Metrics

What ` + "`syncd run`" + ` serves at ` + "`/metrics`" + `, and what ` + "`syncd sync`" + ` pushes to a Pushgateway when ` + "`SYNCD_PUSHGATEWAY_URL`" + ` is set.

This page is written by ` + "`make docs`" + ` from the registry of the program and the notes beside its metrics; a test fails when it differs.

- Every metric has its samples from the start. Labels are bounded, and none names a user. ` + "`account`" + ` is the Zoom account ID.
- *process*: what this process has done. It begins anew with the process. A replica that stands by keeps its counters and when it last began a pass;
  what else is said of passes is 0 there: take sum or maximum by account.
- *mirror*: what the database says. Every replica says the same, right after its start too; it is asked at a scrape, at most every 30 seconds, and after
  each pass. Before it has answered, and before the first pass, the samples are 0.
- Pushed are those that are marked so, under ` + "`job=\"syncd\"`" + ` and the account. What is pushed replaces what was there; what is not known (the mirror without a
  database, the floor of a pass that is not complete) is left out and stays as it was. Ages are not pushed, for they would stand still: take
  the time since a timestamp. Counters are those of the one pass and begin anew with each: do not take their rates, which are 0 when two passes did the
  same. The dashboard shows rates of daemons only. ` + "`syncd sync --user`" + `, ` + "`--dry-run`" + ` and a pass that found the lease taken push nothing.
- *429*, throttling: ` + "`syncd_zoom_throttled_by_total`" + ` says whose fault it is, and its note how that is decided.
`

const pageFoot = `
## Others

| group | what |
|---|---|
| ` + "`go_*`" + ` | memory, goroutines and garbage collection of the Go runtime, as the Prometheus client exports them. ` + "`go_goroutines`" + ` or ` + "`go_memstats_heap_inuse_bytes`" + ` that rise from pass to pass: report it |
| ` + "`process_*`" + ` | processor time, memory, file descriptors and network of the process, as the Prometheus client exports them. ` + "`process_open_fds`" + ` near ` + "`process_max_fds`" + `: report it |
| ` + "`promhttp_metric_handler_errors_total`" + ` | scrapes that met an error, by cause; anything above 0: see the log |
`

// gathered is everything that a daemon exports from the start.
func gathered(t *testing.T) (all, pushed, facts []*dto.MetricFamily) {
	t.Helper()
	a := &app{config: config{zoom: zoom.Config{AccountID: "ACCOUNT", ClientID: "x", ClientSecret: "x"}}, log: slog.New(slog.DiscardHandler)}
	gather := func(g prometheus.Gatherer) []*dto.MetricFamily {
		t.Helper()
		families, err := g.Gather()
		if err != nil {
			t.Fatal(err)
		}
		return families
	}
	metrics := a.newInstruments()
	if _, err := a.newClient(metrics.process, 0); err != nil {
		t.Fatal(err)
	}
	pushed = slices.DeleteFunc(gather(metrics.all()), func(f *dto.MetricFamily) bool { return isAge(f.GetName()) })
	var heart health.Heart
	_, answers := metrics.lasting("ACCOUNT", &heart)
	server := httptest.NewServer(routes(metrics, answers, &heart, &means{}, http.NotFoundHandler()))
	defer server.Close()
	if problems, err := testutil.GatherAndLint(metrics.all()); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	return gather(metrics.all()), pushed, gather(metrics.facts)
}

func notes() map[string]string {
	all := metricNotes()
	for _, more := range []map[string]string{zoom.MetricNotes(), sync.MetricNotes(), db.MetricNotes(), daemon.MetricNotes()} {
		maps.Copy(all, more)
	}
	return all
}

func TestMetrics_page_is_that_of_the_registry(t *testing.T) {
	t.Parallel()
	want := writePage(t)
	if t.Failed() {
		return
	}
	if *update {
		if err := os.WriteFile(metricsPage, []byte(want), 0o644); err != nil { //nolint:gosec // a page for everybody
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(metricsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(have), "\n"), strings.Split(want, "\n")); diff != "" {
		t.Errorf("docs/metrics.md is out of date; \"make docs\" writes it (-page +registry)\n%s", diff)
	}
}

func writePage(t *testing.T) string {
	t.Helper()
	all, pushed, facts := gathered(t)
	has := func(families []*dto.MetricFamily, name string) bool {
		return slices.ContainsFunc(families, func(f *dto.MetricFamily) bool { return f.GetName() == name })
	}
	said := notes()
	parts := []struct {
		title, prefix string
		body          strings.Builder
	}{
		{title: "Passes", prefix: "syncd_pass"},
		{title: "Zoom", prefix: "syncd_zoom_"},
		{title: "Database", prefix: "syncd_db_"},
		{title: "HTTP", prefix: "syncd_http_"},
		{title: "Mirror and daemon", prefix: "syncd_"},
	}
	for _, family := range all {
		name := family.GetName()
		if isOfGroup(name) {
			continue
		}
		note := said[name]
		if note == "" || family.GetHelp() == "" {
			t.Errorf("%s has no note, or no help", name)
		}
		delete(said, name)
		source := "process"
		if has(facts, name) {
			source = "mirror"
		}
		if has(pushed, name) {
			source += ", pushed"
		}
		for i := range parts {
			if strings.HasPrefix(name, parts[i].prefix) {
				fmt.Fprintf(&parts[i].body, "\n### %s\n\n%s · %s%s\n\n%s\n\n%s\n",
					name, strings.ToLower(family.GetType().String()), source, labelText(family), family.GetHelp(), note)
				break
			}
		}
	}
	for name := range said {
		t.Errorf("there is a note of %s, and no such metric", name)
	}
	page := pageHead
	for i := range parts {
		page += "\n## " + parts[i].title + "\n" + parts[i].body.String()
	}
	return page + pageFoot
}

// labelText lists the labels with their values from the start. Of a status of HTTP there
// are more.
func labelText(family *dto.MetricFamily) string {
	values := map[string][]string{}
	var names []string
	for _, metric := range family.GetMetric() {
		for _, label := range metric.GetLabel() {
			name, value := label.GetName(), "`"+label.GetValue()+"`"
			if values[name] == nil {
				names = append(names, name)
			}
			if !slices.Contains(values[name], value) {
				values[name] = append(values[name], value)
			}
		}
	}
	var b strings.Builder
	for _, name := range names {
		shown := " (" + strings.Join(values[name], ", ") + ")"
		switch {
		case slices.Contains([]string{"account", "version", "goversion"}, name):
			shown = ""
		case family.GetName() == "syncd_zoom_requests_total" && name == "status":
			shown = " (`200`, the other HTTP statuses as they come, `malformed`, `unreachable`)"
		case name == "code":
			shown = " (`200`, `503`, others as they come)"
		}
		fmt.Fprintf(&b, " · `%s`%s", name, shown)
	}
	return b.String()
}

// documented reads the page: the labels of each metric.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile(metricsPage)
	if err != nil {
		t.Fatal(err)
	}
	metrics := map[string][]string{}
	name := ""
	for line := range strings.Lines(string(page)) {
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			name = strings.TrimSpace(heading)
			metrics[name] = []string{}
		} else if name != "" && strings.Contains(line, " · ") && len(metrics[name]) == 0 {
			for _, part := range strings.Split(strings.TrimSpace(line), " · ")[2:] {
				label, _, _ := strings.Cut(strings.TrimPrefix(part, "`"), "`")
				metrics[name] = append(metrics[name], label)
			}
		}
	}
	return metrics
}

// readMetrics gets the metrics of a daemon.
func readMetrics(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
