package main

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
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
