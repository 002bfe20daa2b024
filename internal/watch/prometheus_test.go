//go:build watch

package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"syncd/internal/porttest"
)

// scrape is how often Prometheus looks, and judges.
const scrape = 2 * time.Second

// seconds are the durations of the alerts as they are in these tests: what takes a quarter of an hour there takes seconds
// here. A day, and a week, is the time from the first pass to what goes wrong, and a bit.
var seconds = map[string]string{
	"1m": "2s", "5m": "6s", "10m": "10s", "15m": "14s", "30m": "20s", "1h": "20s", "1d": "60s", "7d": "60s",
}

var (
	duration = regexp.MustCompile(`(\[|offset )(\d+[smhd])`)
	// comparison is one operator; what it is compared with does not matter.
	comparison = regexp.MustCompile(`(==|!=|<=|>=|<|>)( on \([a-z, ]+\))?`)
)

// quick is an expression of an alert with its durations in seconds. The error names a duration that seconds lacks.
func quick(expression string) (string, error) {
	var unknown error
	return duration.ReplaceAllStringFunc(expression, func(found string) string {
		m := duration.FindStringSubmatch(found)
		if seconds[m[2]] == "" {
			unknown = fmt.Errorf("no seconds for %q in %s", m[2], expression)
		}
		return m[1] + seconds[m[2]]
	}), unknown
}

// loose is an expression that gives its value whether the condition holds or not: comparisons give 0 or 1, and what
// takes away keeps. It has an answer if, and only if, all metrics in it are there, with labels that meet.
func loose(expression string) string {
	// Labels' values hold no operators but in =~ and !=: those are no comparisons.
	masked := strings.NewReplacer(`!="`, `!~"`).Replace(expression)
	return strings.ReplaceAll(comparison.ReplaceAllString(masked, "$1 bool$2"), "unless", "and")
}

// prometheus is a server that scrapes daemons.
type prometheus struct {
	t     *testing.T
	base  string
	since time.Time
}

// startPrometheus lets one scrape these worlds, with the alerts as quick ones.
func startPrometheus(t *testing.T, worlds []*world) *prometheus {
	t.Helper()
	folder := t.TempDir()
	r := readRules(t)
	for i := range r.Groups {
		r.Groups[i].Interval = scrape.String()
		for n := range r.Groups[i].Rules {
			rule := &r.Groups[i].Rules[n]
			var err error
			if rule.Expr, err = quick(rule.Expr); err != nil {
				t.Fatal(err)
			}
			if rule.For != "" && seconds[rule.For] == "" {
				t.Fatalf("no seconds for %q of %s", rule.For, rule.Alert)
			}
			rule.For = seconds[rule.For]
			rule.Expr = strings.ReplaceAll(rule.Expr, ">= 6", ">= 2") // there is no time for six passes
			if rule.Record != "" {                                    // an interval is a minute at least: a mirror is stale after half of three
				rule.Expr = "(" + strings.ReplaceAll(rule.Expr, "3600", "60") + ") / 2"
			}
		}
	}
	var targets []string
	for _, w := range worlds {
		for _, d := range w.daemons {
			targets = append(targets, d.address)
		}
	}
	write := func(name string, content any) string {
		text, err := yaml.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	rulesPath := write("alerts.yml", r)
	config := write("prometheus.yml", map[string]any{
		"global":     map[string]any{"scrape_interval": scrape.String(), "scrape_timeout": scrape.String(), "evaluation_interval": scrape.String()},
		"rule_files": []string{rulesPath},
		"scrape_configs": []map[string]any{
			// As the Prometheus operator scrapes: the label is that of the port, and must not be in the way of syncd's own.
			{"job_name": "syncd", "honor_labels": honorsLabels(t), "static_configs": []map[string]any{{"targets": targets, "labels": map[string]string{"endpoint": "http"}}}},
		},
	})
	p := &prometheus{t: t, base: "http://" + porttest.Free(t), since: time.Now()}
	var output bytes.Buffer
	command := exec.CommandContext(t.Context(), "prometheus", "--config.file="+config, //nolint:gosec // of this test's own folder
		"--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+strings.TrimPrefix(p.base, "http://"), "--log.level=warn")
	command.Stdout, command.Stderr = &output, &output
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Wait()
		if t.Failed() {
			t.Logf("prometheus: %s", output.String())
		}
	})
	for range 60 {
		if answer, err := http.Get(p.base + "/-/ready"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return p
			}
		}
		wait(t, time.Second/2)
	}
	t.Fatal("prometheus does not become ready")
	return nil
}

// honorsLabels reports whether the ServiceMonitor leaves the program its labels.
func honorsLabels(t *testing.T) bool {
	t.Helper()
	text, err := os.ReadFile(deploy + "/kubernetes/components/servicemonitor/servicemonitor.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var monitor struct {
		Spec struct {
			Endpoints []struct {
				HonorLabels bool `yaml:"honorLabels"`
			} `yaml:"endpoints"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal(text, &monitor); err != nil || len(monitor.Spec.Endpoints) != 1 {
		t.Fatalf("%v, %d endpoints", err, len(monitor.Spec.Endpoints))
	}
	return monitor.Spec.Endpoints[0].HonorLabels
}

// series is one of an answer, with its last value.
type series struct {
	Metric map[string]string
	Value  []any   // an instant's
	Values [][]any // a range's
}

// numbers gives the values that are numbers.
func (s series) numbers() (numbers []float64) {
	for _, pair := range append(s.Values, s.Value) {
		if len(pair) != 2 {
			continue
		}
		text, _ := pair[1].(string)
		if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(v) {
			numbers = append(numbers, v)
		}
	}
	return numbers
}

// ask asks for a series now, or, if step is not 0, for those since the beginning.
func (p *prometheus) ask(expression string, step time.Duration) ([]series, error) {
	values, path := url.Values{"query": {expression}}, "/api/v1/query"
	if step > 0 {
		path += "_range"
		values.Set("start", strconv.FormatInt(p.since.Unix(), 10))
		values.Set("end", strconv.FormatInt(time.Now().Unix(), 10))
		values.Set("step", strconv.FormatFloat(step.Seconds(), 'f', -1, 64))
	}
	var answer struct{ Result []series }
	if err := p.get(path, values, &answer); err != nil {
		return nil, err
	}
	return answer.Result, nil
}

// get asks Prometheus' API.
func (p *prometheus) get(path string, values url.Values, data any) error {
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+path+"?"+values.Encode(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("%s: %w", body, err)
	}
	if answer.Status != "success" {
		return fmt.Errorf("%s: %s", answer.Status, answer.Error)
	}
	return json.Unmarshal(answer.Data, data)
}
