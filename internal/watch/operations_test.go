//go:build watch

package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// sample is a series of which a test of promtool knows its values, as promtool writes them.
type sample struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

// expected is one answer.
type expected struct {
	Labels string  `yaml:"labels"`
	Value  float64 `yaml:"value"`
}

// wantAnswer lets promtool hold the answer to a panel's question against what is wanted, ten minutes after the first sample.
func wantAnswer(t *testing.T, question string, input []sample, want ...expected) {
	t.Helper()
	const interval = "1m"
	expression := strings.NewReplacer("$account", ".+", "$__rate_interval", "5m").Replace(question)
	text, err := yaml.Marshal(map[string]any{
		"rule_files": []string{}, "evaluation_interval": interval,
		"tests": []any{map[string]any{
			"interval": interval, "input_series": input,
			"promql_expr_test": []any{map[string]any{"expr": expression, "eval_time": "10m", "exp_samples": want}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.yml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, nil, "test", "rules", path)
}

// ended is what one replica says of the last pass; without an instance, what was pushed.
func ended(instance, status string, at int) []sample {
	labels := `job="syncd", account="acme"`
	if instance != "" {
		labels += fmt.Sprintf(", instance=%q", instance)
	}
	all := []sample{{fmt.Sprintf("syncd_pass_last_end_timestamp_seconds{%s}", labels), fmt.Sprintf("%dx20", at)}}
	for _, s := range []string{"complete", "partial", "held", "interrupted", "failed"} {
		value := "0x20"
		if s == status {
			value = "1x20"
		}
		all = append(all, sample{fmt.Sprintf("syncd_pass_last_status{%s, status=%q}", labels, s), value})
	}
	return all
}

// Replicas ask the database each for itself, so that for a while they do not say the same.
func TestOperations_last_pass_is_one_that_was(t *testing.T) {
	t.Parallel()
	question := questionOf(t, "Last pass")
	for name, test := range map[string]struct {
		input []sample
		want  float64
	}{
		"complete after partial":     {slices.Concat(ended("a", "partial", 100), ended("b", "complete", 200)), 1},
		"complete after interrupted": {slices.Concat(ended("a", "complete", 200), ended("b", "interrupted", 100)), 1},
		"held after failed":          {slices.Concat(ended("a", "held", 200), ended("b", "failed", 100)), 3},
		"they agree":                 {slices.Concat(ended("a", "partial", 100), ended("b", "partial", 100)), 2},
		"one has just begun":         {slices.Concat(ended("a", "failed", 100), ended("b", "", 0)), 5},
		"none yet":                   {ended("a", "", 0), 0},
		"a CronJob":                  {ended("", "interrupted", 100), 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantAnswer(t, question, test.input, expected{`{account="acme"}`, test.want})
		})
	}
}

// A CronJob pushes the counters of a pass: from one to the next they rise or fall by chance.
func TestOperations_shows_no_rates_of_a_CronJob(t *testing.T) {
	t.Parallel()
	const labels = `job="syncd", account="acme", status="complete", cause="other", phase="fetch", state="done", pool="phone-light", le="1"`
	panels := 0
	for _, p := range readDashboards(t)["operations"].questions() {
		if !strings.Contains(p.Description, "Daemons only") {
			continue
		}
		panels++
		t.Run(p.Title, func(t *testing.T) {
			t.Parallel()
			for _, q := range p.Targets {
				input := []sample{{`syncd_pass_last_attempt_timestamp_seconds{job="syncd", account="acme"}`, "60x20"}}
				for _, name := range metric.FindAllString(q.Expr, -1) {
					// Ages are not pushed at all.
					if name != "syncd_leader" && !strings.HasSuffix(name, "_age_seconds") && !slices.ContainsFunc(input, func(s sample) bool { return strings.HasPrefix(s.Series, name+"{") }) {
						input = append(input, sample{name + "{" + labels + "}", "1+100x20"})
					}
				}
				wantAnswer(t, q.Expr, input)
			}
		})
	}
	if panels < 14 {
		t.Errorf("only %d panels say that they are about daemons", panels)
	}
}

func TestOperations_refusals_of_a_CronJob_are_those_of_its_last_pass(t *testing.T) {
	t.Parallel()
	question := questionOf(t, "Refused requests, last hour")
	input := []sample{
		{`syncd_pass_last_throttled{job="syncd", account="acme", cause="ours"}`, "10x20"},
		{`syncd_pass_last_throttled{job="syncd", account="acme", cause="neighbour"}`, "40x20"},
		{`syncd_pass_last_requests{job="syncd", account="acme"}`, "1000x20"},
		{`syncd_zoom_throttled_total{job="syncd", account="acme", kind="second", pool="phone-light"}`, "0+7x20"},
		{`syncd_zoom_pool_requests_total{job="syncd", account="acme", pool="phone-light"}`, "0+7x20"},
	}
	wantAnswer(t, question, input, expected{`{account="acme"}`, 0.05})
	// A daemon of another account beside it is not mixed with it.
	daemon := `job="syncd", instance="a:9090"`
	input = append(input,
		sample{`syncd_leader{` + daemon + `, account="beta"}`, "1x20"},
		sample{`syncd_zoom_throttled_total{` + daemon + `, kind="second", pool="phone-light"}`, "0+1x20"},
		sample{`syncd_zoom_pool_requests_total{` + daemon + `, pool="phone-light"}`, "0+100x20"},
		sample{`syncd_pass_last_throttled{` + daemon + `, account="beta", cause="ours"}`, "500x20"},
		sample{`syncd_pass_last_requests{` + daemon + `, account="beta"}`, "1000x20"},
	)
	wantAnswer(t, question, input, expected{`{account="acme"}`, 0.05}, expected{`{account="beta"}`, 0.01})
}
