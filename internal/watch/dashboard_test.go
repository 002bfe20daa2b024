package watch

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const deploy = "../../deploy"

// dashboard is of a dashboard's JSON what the tests look at.
type dashboard struct {
	UID, Title  string
	Panels      []panel
	Templating  struct{ List []variable }
	Annotations struct {
		List []struct{ Name, Expr string }
	}
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Datasource               source
	Targets                  []target
	Links                    []struct{ URL string }
	FieldConfig              struct{ Defaults struct{ Unit string } }
	Panels                   []panel // of a row that is closed
}

type source struct{ Type, UID string }

type target struct {
	RefID        string
	Datasource   source
	Expr, RawSQL string
	Range        bool
	Format       string
}

type variable struct {
	Name, Type, Definition string
	Query                  any
}

// readDashboards gives the dashboards by the names of their files.
func readDashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	paths, err := filepath.Glob(deploy + "/grafana/dashboards/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	boards := map[string]dashboard{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		boards[strings.TrimSuffix(filepath.Base(path), ".json")] = d
	}
	return boards
}

// all gives the panels of a dashboard, rows and what is in them too.
func (d dashboard) all() []panel {
	var panels []panel
	for _, p := range d.Panels {
		panels = append(append(panels, p), p.Panels...)
	}
	return panels
}

// questions gives the panels that ask something.
func (d dashboard) questions() []panel {
	return slices.DeleteFunc(d.all(), func(p panel) bool { return len(p.Targets) == 0 })
}

// questionOf gives what a panel of the dashboard Operations asks first.
func questionOf(t *testing.T, title string) string {
	t.Helper()
	for _, p := range readDashboards(t)["operations"].questions() {
		if p.Title == title {
			return p.Targets[0].Expr
		}
	}
	t.Fatalf("there is no panel %q", title)
	return ""
}

func TestDashboards(t *testing.T) {
	t.Parallel()
	anchors := runbookAnchors(t)
	for name, d := range readDashboards(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if want := "syncd-" + name; d.UID != want {
				t.Errorf("uid %q, want %q: links between dashboards go by it", d.UID, want)
			}
			for _, fault := range slices.Concat(places(d), advice(d, anchors), references(d)) {
				t.Error(fault)
			}
		})
	}
}

// places says which panels overlap, stick out or have the number of another.
func places(d dashboard) (faults []string) {
	const columns = 24
	taken, numbers := map[[2]int]string{}, map[int]string{}
	for _, p := range d.all() {
		if other, twice := numbers[p.ID]; twice || p.ID == 0 {
			faults = append(faults, fmt.Sprintf("%q has the number %d, as %q", p.Title, p.ID, other))
		}
		numbers[p.ID] = p.Title
	}
	for _, p := range d.Panels {
		at := p.GridPos
		if at.W < 1 || at.H < 1 || at.X < 0 || at.X+at.W > columns {
			faults = append(faults, fmt.Sprintf("%q sticks out: %+v", p.Title, at))
		}
		for x := at.X; x < at.X+at.W; x++ {
			for y := at.Y; y < at.Y+at.H; y++ {
				if other, yes := taken[[2]int{x, y}]; yes {
					return append(faults, fmt.Sprintf("%q overlaps %q", p.Title, other))
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
	return faults
}

// advice says which panels leave their reader alone.
func advice(d dashboard, anchors map[string]bool) (faults []string) {
	unitless := []string{"table"}                                                                                              // each column has its own
	retired := []string{"graph", "singlestat", "table-old", "grafana-piechart-panel", "grafana-worldmap-panel", "heatmap-old"} // Angular, gone since Grafana 12
	for _, p := range d.all() {
		if p.Title == "" || slices.Contains(retired, p.Type) {
			faults = append(faults, fmt.Sprintf("%q of type %s: no title, or a type that Grafana has retired", p.Title, p.Type))
		}
		if p.Type == "row" {
			continue
		}
		if len(p.Description) < 40 && p.Type != "text" {
			faults = append(faults, fmt.Sprintf("%q does not say what a value means", p.Title))
		}
		if p.FieldConfig.Defaults.Unit == "" && !slices.Contains(unitless, p.Type) && p.Type != "heatmap" {
			faults = append(faults, fmt.Sprintf("%q has no unit", p.Title))
		}
		for _, link := range p.Links {
			if _, anchor, _ := strings.Cut(link.URL, "#"); !anchors[anchor] {
				faults = append(faults, fmt.Sprintf("%q leads to %s, which docs/runbook.md lacks", p.Title, link.URL))
			}
		}
	}
	return faults
}

var used = regexp.MustCompile(`\$\{?([a-z_]+)`)

// references says which panels name a data source or a variable that is not there, and which variables nobody uses.
func references(d dashboard) (faults []string) {
	known, uses := map[string]bool{}, map[string]bool{"datasource": true, "runbook": true}
	for _, v := range d.Templating.List {
		known[v.Name] = true
	}
	note := func(where, text string) {
		for _, m := range used.FindAllStringSubmatch(text, -1) {
			if strings.HasPrefix(m[1], "__") {
				continue
			}
			uses[m[1]] = true
			if !known[m[1]] {
				faults = append(faults, fmt.Sprintf("%s uses $%s, which is not defined", where, m[1]))
			}
		}
	}
	for _, p := range d.questions() {
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if q.RefID == "" || refs[q.RefID] || q.Datasource != p.Datasource || q.Datasource.UID != "${datasource}" {
				faults = append(faults, fmt.Sprintf("%q: question %q of source %+v: its name or its source is wrong", p.Title, q.RefID, q.Datasource))
			}
			refs[q.RefID] = true
			note(p.Title, q.Expr+q.RawSQL)
		}
	}
	for _, a := range d.Annotations.List {
		note(a.Name, a.Expr)
	}
	for _, v := range d.Templating.List {
		note(v.Name, fmt.Sprint(v.Query))
	}
	for name := range known {
		if !uses[name] {
			faults = append(faults, "nobody uses $"+name)
		}
	}
	return faults
}

// The dashboard that counts people shows none: it has only what every reader may see, and columns that name nobody.
func TestDirectory_names_nobody(t *testing.T) {
	t.Parallel()
	private := regexp.MustCompile(`(?i)zoom_pii|syncd\.|\b(email|old_value|new_value|detail|value)\b|\bu\.name\b|\bu\.\*|SELECT \*`)
	for _, p := range readDashboards(t)["directory"].questions() {
		for _, q := range p.Targets {
			if found := private.FindString(q.RawSQL); found != "" {
				t.Errorf("%q asks for %q", p.Title, found)
			}
		}
	}
}
