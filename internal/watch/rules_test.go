package watch

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// rule is one of deploy/prometheus/alerts.yml: an alert, or a series that others are made of.
type rule struct {
	Alert       string            `yaml:"alert,omitempty"`
	Record      string            `yaml:"record,omitempty"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for,omitempty"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

type rules struct {
	Groups []group `yaml:"groups"`
}

type group struct {
	Name     string `yaml:"name"`
	Interval string `yaml:"interval,omitempty"`
	Rules    []rule `yaml:"rules"`
}

func (r rules) all() (all []rule) {
	for _, g := range r.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// alerts gives the rules that are alerts.
func (r rules) alerts() []rule {
	return slices.DeleteFunc(r.all(), func(r rule) bool { return r.Alert == "" })
}

func readRules(t *testing.T) rules {
	t.Helper()
	text, err := os.ReadFile(deploy + "/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var r rules
	if err := yaml.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// runbookAnchors gives what links into docs/runbook.md may name.
func runbookAnchors(t *testing.T) map[string]bool {
	t.Helper()
	anchors := map[string]bool{}
	for heading := range runbookSections(t) {
		anchors[strings.ToLower(strings.ReplaceAll(heading, " ", "-"))] = true
	}
	return anchors
}

// runbookSections gives the text below each heading of the second level of docs/runbook.md.
func runbookSections(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, part := range strings.Split("\n"+string(text), "\n## ")[1:] {
		heading, body, _ := strings.Cut(part, "\n")
		sections[heading] = body
	}
	return sections
}

func TestAlerts_tell_what_to_do(t *testing.T) {
	t.Parallel()
	sections := runbookSections(t)
	known := map[string]bool{}
	for _, a := range readRules(t).alerts() {
		known[a.Alert] = true
		if s := a.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s has the severity %q", a.Alert, s)
		}
		if a.For == "" || a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s fires at once, or does not say why", a.Alert)
		}
		if got, want := a.Annotations["runbook_url"], "docs/runbook.md#"+strings.ToLower(a.Alert); got != want {
			t.Errorf("%s leads to %q, want %q", a.Alert, got, want)
		}
		for _, part := range []string{"**What it means.**", "**How to look.**", "**How to repair.**"} {
			if !strings.Contains(sections[a.Alert], part) {
				t.Errorf("docs/runbook.md says nothing of %s under %s", part, a.Alert)
			}
		}
	}
	for heading := range sections {
		if strings.HasPrefix(heading, "Syncd") && !known[heading] {
			t.Errorf("docs/runbook.md has the section %s, and there is no such alert", heading)
		}
	}
}

// Each alert has a test in which it fires and one in which it does not.
func TestAlerts_are_tested(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(deploy + "/prometheus/alerts_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Tests []struct {
			Alerts []struct {
				Name string           `yaml:"alertname"`
				Want []map[string]any `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		} `yaml:"tests"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, test := range file.Tests {
		for _, a := range test.Alerts {
			fires[a.Name] = fires[a.Name] || len(a.Want) > 0
			silent[a.Name] = silent[a.Name] || len(a.Want) == 0
		}
	}
	for _, a := range readRules(t).alerts() {
		if !fires[a.Alert] || !silent[a.Alert] {
			t.Errorf("%s: shown to fire %v, not to fire %v", a.Alert, fires[a.Alert], silent[a.Alert])
		}
	}
}

var metric = regexp.MustCompile(`\bsyncd_[a-z_]+`)

// metricsIn gives the metrics of syncd that an expression uses, without what Prometheus adds to their names. A name after a
// colon is that of a rule.
func metricsIn(expression string) []string {
	var names []string
	for _, at := range metric.FindAllStringIndex(expression, -1) {
		if at[0] > 0 && expression[at[0]-1] == ':' {
			continue
		}
		name := expression[at[0]:at[1]]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		names = append(names, name)
	}
	return names
}
