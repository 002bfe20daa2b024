package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"syncd/internal/zoom"
)

const chart = "../../deploy/helm/syncd/"

// TestChart_knows_every_variable compares the variables of the program with those that the chart can set: the secret ones
// as files, the others by their names, but for two that it sets itself.
func TestChart_knows_every_variable(t *testing.T) {
	t.Parallel()
	templates := readText(t, chart+"templates/_helpers.tpl")
	var values struct {
		Config map[string]yaml.Node `yaml:"config"`
	}
	page := readText(t, chart+"values.yaml")
	if err := yaml.Unmarshal([]byte(page), &values); err != nil {
		t.Fatal(err)
	}
	asConfig := map[string]bool{}
	for field := range reflect.TypeFor[commandLine]().Fields() {
		tag := field.Tag
		variable := tag.Get("variable")
		if variable == "" {
			continue
		}
		_, secret := tag.Lookup("secret")
		_, configured := values.Config[variable]
		switch byChart := strings.Contains(templates, "{name: "+variable+", value: "); {
		case secret && !strings.Contains(templates, "{name: "+variable+"_FILE, value: "):
			t.Errorf("the chart mounts no file for %s", variable)
		case !secret && configured == byChart:
			t.Errorf("the chart must have %s under config of values.yaml, or set it itself", variable)
		}
		if !configured {
			continue
		}
		asConfig[variable] = true
		fallback := strings.NewReplacer("${api_url}", zoom.DefaultAPIURL, "${token_url}", zoom.DefaultTokenURL).Replace(tag.Get("default"))
		above, _, _ := strings.Cut(page, "\n  "+variable+": ")
		comment := above[strings.LastIndex(above, "# -- "):]
		if says := strings.Contains(comment, "empty: `"); says != (fallback != "") || says && !strings.Contains(comment, fmt.Sprintf("empty: `%s`", fallback)) {
			t.Errorf("values.yaml says of %s %q, and its default is %q", variable, comment, fallback)
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(asConfig)), slices.Sorted(maps.Keys(values.Config))); diff != "" {
		t.Errorf("the program does not have what the chart has (-program +chart):\n%s", diff)
	}
}

// schema is what values.schema.json says of a value.
type schema struct {
	Properties map[string]schema `json:"properties"`
	AnyOf      []schema          `json:"anyOf"`
	Type       any               `json:"type"` // a name or several
	Pattern    string            `json:"pattern"`
	Minimum    float64           `json:"minimum"`
	Maximum    float64           `json:"maximum"`
}

// takesText tells whether it takes a value that is written as a text.
func (s schema) takesText(text string) bool {
	if s.Type == "string" {
		return regexp.MustCompile(s.Pattern).MatchString(text)
	}
	return slices.ContainsFunc(s.AnyOf, func(s schema) bool { return s.takesText(text) })
}

// takesNumber tells the same of one that is written as a number.
func (s schema) takesNumber(n float64) bool {
	if s.Type == "integer" || s.Type == "number" {
		return s.Minimum <= n && n <= s.Maximum && (s.Type == "number" || n == math.Trunc(n))
	}
	return slices.ContainsFunc(s.AnyOf, func(s schema) bool { return s.takesNumber(n) })
}

// TestChart_takes_what_the_program_takes asks schema and program about the same values.
func TestChart_takes_what_the_program_takes(t *testing.T) {
	t.Parallel()
	var root schema
	if err := json.Unmarshal([]byte(readText(t, chart+"values.schema.json")), &root); err != nil {
		t.Fatal(err)
	}
	config, history := root.Properties["config"].Properties, root.Properties["prune"].Properties["history"]
	for variable, values := range map[string]struct{ taken, refused []string }{
		"ZOOM_RATE_SHARE":          {[]string{"0.01", "0.010", "0.05", "0.8", "1", "1.0"}, []string{"0", "0.0", "0.005", "1.1", "2", "5", "half"}},
		"ZOOM_POOLS":               {[]string{"phone-light=40,phone-medium=20", "core-medium=0.05", "phone-heavy=10.5"}, []string{"foo-bar=1", "phone-light=0", "phone-light=0.0", "phone-light:40"}},
		"SYNCD_INTERVAL":           {[]string{"1m", "90s", "1h30m", "0.5h"}, []string{"hourly", "1 hour", "60", "1d"}},
		"SYNCD_CONCURRENCY":        {[]string{"auto", "1", "64", "1000"}, []string{"0", "-1", "1001", "5000", "10000", "many"}},
		"SYNCD_MAX_DELETES":        {[]string{"0", "25", "1000000"}, []string{"-1", "1000001", "2000000", "2.5"}},
		"SYNCD_MAX_DELETE_PERCENT": {[]string{"0", "2.5", "99.9", "100", "100.0"}, []string{"-1", "100.1", "101", "250"}},
		"SYNCD_HISTORY":            {[]string{"1d", "400d", "24h", "99h", "9600h"}, []string{"0d", "1.5d", "1d12h", "5m", "0h", "9h", "23h", "year"}},
	} {
		says, command := config[variable], "sync"
		if variable == "SYNCD_HISTORY" {
			says, command = history, "prune"
		}
		for _, value := range slices.Concat(values.taken, values.refused) {
			want := slices.Contains(values.taken, value)
			if err := configured(t, command, variable, value); (err == nil) != want {
				t.Errorf("the program, of %s=%s: %v", variable, value, err)
			}
			if got := says.takesText(value); got != want {
				t.Errorf("%s: %q is taken by the chart: %v", variable, value, got)
			}
			if n, err := strconv.ParseFloat(value, 64); err == nil && len(says.AnyOf) > 0 && says.takesNumber(n) != want {
				t.Errorf("%s: %s as a number is taken by the chart: %v", variable, value, !want)
			}
		}
	}
	// No pattern says this, and the page says that none does.
	if configured(t, "sync", "SYNCD_INTERVAL", "30s") == nil || !config["SYNCD_INTERVAL"].takesText("30s") || !strings.Contains(readText(t, chart+"README.md"), "an interval below a minute is one of them") {
		t.Error("the chart's page is wrong about intervals below a minute")
	}
}

// configured tells whether a command takes a value of a variable.
func configured(t *testing.T, command, variable, value string) error {
	t.Helper()
	environment := map[string]string{
		"ZOOM_ACCOUNT_ID": "account", "ZOOM_CLIENT_ID": "client", "ZOOM_CLIENT_SECRET": "secret", "DATABASE_URL": "postgres://host/mirror", variable: value,
	}
	command, line, err := parse(process{
		args: []string{command}, getenv: func(name string) string { return environment[name] }, stdout: t.Output(), stderr: t.Output(),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = line.check(command)
	return err
}

// TestChart_knows_the_exit_codes: a Job tries again after a failure, and after nothing else.
func TestChart_knows_the_exit_codes(t *testing.T) {
	t.Parallel()
	want := fmt.Sprintf("[%d, %d, %d, %d]", exitUsage, exitPartial, exitHeld, exitLeased)
	for _, path := range []string{chart + "templates/cronjob.yaml", "../../deploy/kubernetes/overlays/cronjob/cronjob.yaml"} {
		found := regexp.MustCompile(`action: FailJob\s+onExitCodes: \{operator: In, values: (\[.*?\])\}`).FindStringSubmatch(readText(t, path))
		if len(found) != 2 || found[1] != want {
			t.Errorf("%s ends the Job after %v, not %s", path, found, want)
		}
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
