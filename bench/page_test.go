package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestPage_claims_only_what_was_measured(t *testing.T) {
	t.Parallel()
	r := report{
		machine: machine{processor: "Some CPU", cores: 2}, begun: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), took: 3 * time.Minute,
		results: []*result{{
			scenario: scenarios()[7], facts: facts{"starts": 3},
			figures:  []figure{number("size", 18.21, "MB").atMost(25), number("ready", 400, "ms").atMost(300), number("other", 1, "s")},
			pictures: []picture{{name: "memory", alt: "Memory"}},
			tables:   []table{{caption: "More", head: []string{"a", "b"}, rows: [][]string{{"1", "2"}}}},
		}},
	}
	page, err := r.page("performance")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"**A run of some scenarios only.**", "2026-01-02", "1 of 2 figures are as they should be.\nWhat limits the others", "Some CPU, 2 cores", "together they are 2m0s",
		"| size | ≤ 25 MB | 18.2 MB | met |\n| ready | ≤ 300 ms | 400 ms | **not met** |\n| other |  | 1 s |  |\n",
		"![Memory](performance/memory.svg)", "<details><summary>More</summary>\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	for _, s := range scenarios()[:7] {
		if strings.Contains(page, "## "+s.title) {
			t.Errorf("the page speaks of %q, which was not run", s.title)
		}
	}
}

func TestPage_says_nothing_of_a_scenario_that_failed(t *testing.T) {
	t.Parallel()
	failed := &result{scenario: scenarios()[7], figures: []figure{number("size", 18.21, "MB").atMost(25)}, fault: errors.New("broken")}
	met := &result{scenario: scenarios()[5], facts: facts{}, figures: []figure{number("memory", 1, "MB").atMost(25)}}
	page, err := report{results: []*result{met, failed}}.page("performance")
	if err != nil {
		t.Fatal(err)
	}
	const opening = "1 of 1 figures are as they should be, and 1 of 2 scenarios failed.\nThe notes"
	if !strings.Contains(page, failed.scenario.title+"\n\n**This scenario failed") || !strings.Contains(page, opening) || strings.Contains(page, "18.2") {
		t.Errorf("the page is\n%s", page)
	}
}

func TestPage_of_a_scenario_that_failed_takes_the_place_of_no_other(t *testing.T) {
	t.Parallel()
	well, failed := &result{}, &result{fault: errors.New("broken")}
	if got := (report{results: []*result{well, failed}}).place("docs/performance.md"); got != scratchPage {
		t.Errorf("it is written to %s", got)
	}
	if got := (report{results: []*result{well}}).place("docs/performance.md"); got != "docs/performance.md" {
		t.Errorf("that of a run in which all went well is written to %s", got)
	}
}

func TestVerdict_is_about_a_whole_run_at_full_size(t *testing.T) {
	t.Parallel()
	missed := []*result{{figures: []figure{number("size", 18.21, "MB").atMost(25), number("ready", 400, "ms").atMost(300), number("other", 1, "s")}}}
	for name, test := range map[string]struct {
		report report
		want   string
	}{
		"whole":          {report{results: missed, whole: true}, "ready: 400 ms, wanted ≤ 300 ms"},
		"some scenarios": {report{results: missed}, ""},
		"quick":          {report{results: missed, whole: true, quick: true}, ""},
		"all met":        {report{results: []*result{{figures: missed[0].figures[:1]}}, whole: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := test.report.verdict(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("it is %q, want %q", got, test.want)
			}
		})
	}
}

func TestPage_is_not_written_when_a_fact_is_missing(t *testing.T) {
	t.Parallel()
	r := report{results: []*result{{scenario: scenarios()[7], facts: facts{}}}}
	if page, err := r.page("performance"); err == nil {
		t.Errorf("the page is\n%s", page)
	}
}

func TestScenarios_have_a_method(t *testing.T) {
	t.Parallel()
	for _, name := range allNames() {
		if _, err := methods.ReadFile("method/" + name + ".md"); err != nil {
			t.Error(err)
		}
	}
}

func TestLongest_counts_scenarios_that_wait_once(t *testing.T) {
	t.Parallel()
	all := []scenario{{limit: time.Minute, waits: true}, {limit: 3 * time.Minute, waits: true}, {limit: time.Hour}, {limit: time.Second}}
	if got, want := longest(all), time.Hour+3*time.Minute+time.Second; got != want {
		t.Errorf("the longest run is %v, want %v", got, want)
	}
}

func TestChoose_refuses_names_that_no_scenario_has(t *testing.T) {
	t.Parallel()
	if _, err := choose("budget,budgets"); err == nil || !strings.Contains(err.Error(), `"budgets"`) {
		t.Errorf("the error is %v", err)
	}
	chosen, err := choose("binary,budget")
	if err != nil || len(chosen) != 2 || chosen[0].name != "budget" {
		t.Errorf("chosen are %v, %v; want budget and binary in the order of the page", chosen, err)
	}
}
