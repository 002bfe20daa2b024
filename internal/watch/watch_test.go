//go:build watch

package watch

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// quiet is how long all accounts do well: a first pass, and the scrapes of it that later ones are set against.
	quiet = 30 * time.Second
	// trouble is how long what goes wrong goes on: two more passes and what alerts wait. On a busy machine it may take
	// twice that until all have fired.
	trouble = 140 * time.Second
)

// TestWatch lets Prometheus look on while accounts do well and then do not, and asks everything.
func TestWatch(t *testing.T) {
	all := worlds()
	for i, w := range all {
		w.open(t, uint64(i)+1) //nolint:gosec // small
	}
	p := startPrometheus(t, all)
	wait(t, quiet)
	for _, w := range all {
		w.change(w)
	}
	wait(t, trouble)
	for more := time.Duration(0); more < trouble && !p.allFired(all); more += trouble / 7 {
		wait(t, trouble/7)
	}

	page := all[0].metrics()
	t.Run("alerts", func(t *testing.T) { p.checkAlerts(t, all) })
	t.Run("expressions of alerts", func(t *testing.T) { p.checkExpressions(t) })
	t.Run("operations", func(t *testing.T) { p.checkPanels(t, readDashboards(t)["operations"]) })
	t.Run("endpoints", func(t *testing.T) { p.checkEndpoints(t) })
	t.Run("runbook", func(t *testing.T) { p.checkRunbook(t, "parked") })
	t.Run("directory", func(t *testing.T) { all[1].checkDirectory(t, readDashboards(t)["directory"]) })
	t.Run("metrics", func(t *testing.T) { checkExported(t, page) })
	t.Run("promtool", func(t *testing.T) {
		promtool(t, nil, "check", "rules", deploy+"/prometheus/alerts.yml")
		promtool(t, nil, "test", "rules", deploy+"/prometheus/alerts_test.yml")
		promtool(t, nil, "check", "config", "--syntax-only", deploy+"/prometheus/prometheus.yml")
		promtool(t, page, "check", "metrics")
	})
	if t.Failed() {
		for _, w := range all {
			for _, d := range w.daemons {
				d.mu.Lock()
				t.Logf("%s: %s", w.name, last(d.output.Bytes(), 1500))
				d.mu.Unlock()
			}
		}
	}
}

// last gives the end of a text.
func last(text []byte, n int) []byte { return text[max(0, len(text)-n):] }

// metrics gives the page that Prometheus scrapes.
func (w *world) metrics() []byte {
	w.t.Helper()
	answer, err := http.Get("http://" + w.daemons[0].address + "/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return page
}

// fired gives the alerts that have fired so far, by account.
func (p *prometheus) fired() (map[string][]string, error) {
	fired, err := p.ask(`max by (alertname, account, instance) (max_over_time(ALERTS{alertstate="firing"}[10m]))`, 0)
	byAccount := map[string][]string{}
	for _, s := range fired {
		byAccount[s.Metric["account"]] = append(byAccount[s.Metric["account"]], s.Metric["alertname"])
	}
	return byAccount, err
}

// allFired reports whether the alerts that have to fire have.
func (p *prometheus) allFired(all []*world) bool {
	fired, err := p.fired()
	for _, w := range all {
		for _, alert := range w.want {
			if !slices.Contains(fired[w.name], alert) {
				return false
			}
		}
	}
	return err == nil
}

// checkAlerts holds against each other the alerts that fired and those that had to.
func (p *prometheus) checkAlerts(t *testing.T, all []*world) {
	t.Helper()
	byAccount, err := p.fired()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range all {
		got := byAccount[w.name]
		delete(byAccount, w.name)
		slices.Sort(got)
		t.Logf("%-10s %s", w.name, strings.Join(slices.Compact(got), " "))
		for _, alert := range w.want {
			if !slices.Contains(got, alert) {
				t.Errorf("%s: %s does not fire", w.name, alert)
			}
		}
		for _, alert := range got {
			if !slices.Contains(w.want, alert) && !slices.Contains(w.may, alert) {
				t.Errorf("%s: %s fires", w.name, alert)
			}
		}
	}
	if len(byAccount) > 0 {
		t.Errorf("alerts of nobody: %v", byAccount)
	}
}

// checkExpressions asks what each rule asks, whether its condition holds or not. Some conditions take too long to make:
// a database that is slow, a daemon that is stuck.
func (p *prometheus) checkExpressions(t *testing.T) {
	t.Helper()
	for _, r := range readRules(t).all() {
		expression, err := quick(r.Expr)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := p.answers(loose(expression), scrape); err != nil {
			t.Errorf("%s%s: %v\n%s", r.Alert, r.Record, err, loose(expression))
		}
	}
}

// answers reports whether an expression has a number for an answer: now, or at any time since the beginning.
func (p *prometheus) answers(expression string, step time.Duration) error {
	found, err := p.ask(expression, step)
	if err != nil {
		return err
	}
	for _, s := range found {
		if len(s.numbers()) > 0 {
			return nil
		}
	}
	return fmt.Errorf("no data (%d series without a number)", len(found))
}

// checkPanels asks all questions of a dashboard as Grafana would, for all accounts and for one.
func (p *prometheus) checkPanels(t *testing.T, d dashboard) {
	t.Helper()
	asked := 0
	for _, account := range []string{".+", "held"} {
		fill := strings.NewReplacer("$account", account, "$__rate_interval", (4 * scrape).String())
		ask := func(title, expression string, step time.Duration) {
			asked++
			if err := p.answers(fill.Replace(expression), step); err != nil {
				t.Errorf("%s, account %s: %v\n%s", title, account, err, fill.Replace(expression))
			}
		}
		for _, panel := range d.questions() {
			for _, q := range panel.Targets {
				step := time.Duration(0)
				if q.Range {
					step = scrape
				}
				ask(panel.Title, q.Expr, step)
			}
		}
		for _, a := range d.Annotations.List {
			ask(a.Name, a.Expr, scrape)
		}
	}
	for _, v := range d.Templating.List {
		inside, is := strings.CutPrefix(v.Definition, "label_values(")
		if !is {
			continue
		}
		name, label, _ := strings.Cut(strings.TrimSuffix(inside, ")"), ", ")
		var values []string
		if err := p.get("/api/v1/label/"+label+"/values", url.Values{"match[]": {name}}, &values); err != nil || len(values) != len(worlds()) {
			t.Errorf("$%s has the values %v (%v), want %d accounts", v.Name, values, err, len(worlds()))
		}
	}
	t.Logf("%d questions asked", asked)
}

// checkEndpoints wants the endpoints of Zoom in the panel Requests, not the port that was scraped.
func (p *prometheus) checkEndpoints(t *testing.T) {
	t.Helper()
	expression := strings.NewReplacer("$account", ".+", "$__rate_interval", (4 * scrape).String()).Replace(questionOf(t, "Requests"))
	found, err := p.ask(expression, scrape)
	if err != nil {
		t.Fatal(err)
	}
	endpoints := map[string]bool{}
	for _, s := range found {
		endpoints[s.Metric["endpoint"]] = true
	}
	if len(endpoints) < 3 || endpoints["http"] || !endpoints["phone_user"] {
		t.Errorf("the endpoints are %v", endpoints)
	}
}

// checkRunbook asks what the runbook tells to ask about an account. All but what is said of a CronJob has an answer about
// one whose daily limit is used up.
func (p *prometheus) checkRunbook(t *testing.T, account string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)(Of a CronJob[^\n]*)?\n\n^```promql\n(.*?)\n```$").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 5 {
		t.Fatalf("%d questions", len(blocks))
	}
	for _, block := range blocks {
		expression := strings.ReplaceAll(block[2], "ACCOUNT", account)
		if expression == block[2] {
			t.Errorf("asks about all accounts: %s", expression)
		}
		if _, err := p.ask(expression, 0); err != nil {
			t.Errorf("%s: %v", expression, err)
		} else if err := p.answers(expression, 0); err != nil && block[1] == "" {
			t.Errorf("%s: %v", expression, err)
		}
	}
}

// checkExported looks for metrics in dashboards and alerts that the daemon does not export.
func checkExported(t *testing.T, page []byte) {
	t.Helper()
	exported := map[string]bool{}
	for line := range bytes.Lines(page) {
		if name, is := bytes.CutPrefix(line, []byte("# TYPE ")); is {
			exported[string(bytes.Fields(name)[0])] = true
		}
	}
	use := func(where, expression string) {
		for _, name := range metricsIn(expression) {
			if !exported[name] {
				t.Errorf("%s uses %s, which is not exported", where, name)
			}
		}
	}
	for _, r := range readRules(t).all() {
		use(r.Alert+r.Record, r.Expr)
		for _, text := range r.Annotations {
			use(r.Alert, text)
		}
	}
	for _, d := range readDashboards(t) {
		for _, panel := range d.questions() {
			for _, q := range panel.Targets {
				use(panel.Title, q.Expr)
			}
		}
		for _, a := range d.Annotations.List {
			use(a.Name, a.Expr)
		}
		for _, v := range d.Templating.List {
			use(v.Name, v.Definition)
		}
	}
}

// promtool runs Prometheus' own checker.
func promtool(t *testing.T, input []byte, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "promtool", args...)
	command.Stdin = bytes.NewReader(input)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
