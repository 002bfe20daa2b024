// Package render makes manifests of the chart and of the kustomizations, as helm and kustomize themselves do.
//
// It owns where they are and which ways of installing are checked. It never talks to a cluster.
package render

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Release and Namespace are those that are rendered.
const (
	Release   = "syncd"
	Namespace = "telephony"
)

// Deploy gives the path of a file of the folder deploy.
func Deploy(path ...string) string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(append([]string{filepath.Dir(here), "..", "..", ".."}, path...)...)
}

// ChartFolder is where the chart is.
func ChartFolder() string { return Deploy("helm", "syncd") }

// Load reads the chart. Helm says of each symbolic link that it follows it, which is what they are there for.
func Load() (*chart.Chart, error) {
	log.SetOutput(quiet{})
	return loader.Load(ChartFolder())
}

// quiet drops what helm says of symbolic links.
type quiet struct{}

func (quiet) Write(line []byte) (int, error) {
	if !bytes.Contains(line, []byte("found symbolic link in path")) {
		return os.Stderr.Write(line)
	}
	return len(line), nil
}

// Rendered is what helm would install.
type Rendered struct {
	Manifest string // hooks first
	Notes    string
}

// Chart renders the chart, with its values checked by the schema.
func Chart(values map[string]any) (Rendered, error) {
	c, err := Load()
	if err != nil {
		return Rendered{}, err
	}
	install := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	install.ReleaseName, install.Namespace = Release, Namespace
	install.DryRun, install.ClientOnly, install.Replace = true, true, true
	// The oldest that the chart says it works with.
	install.KubeVersion = &chartutil.KubeVersion{Version: "v1.27.0", Major: "1", Minor: "27"}
	release, err := install.Run(c, values)
	if err != nil {
		return Rendered{}, err
	}
	var b strings.Builder
	for _, hook := range release.Hooks {
		fmt.Fprintf(&b, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	b.WriteString(release.Manifest)
	return Rendered{Manifest: b.String(), Notes: release.Info.Notes}, nil
}

// Values reads a file of the folder values.
func Values(name string) (map[string]any, error) {
	return chartutil.ReadValuesFile(Deploy("helm", "test", "values", name))
}

// Kustomize renders a kustomization of deploy/kubernetes.
func Kustomize(path ...string) (string, error) {
	return kustomize(filesys.MakeFsOnDisk(), Deploy(append([]string{"kubernetes"}, path...)...))
}

// Components are the options of the overlays. The first is for the Deployment alone.
var Components = []string{"servicemonitor", "alerts", "dashboards", "prune"} //nolint:gochecknoglobals // a constant

// Overlay renders what a user writes: a kustomization of their own, of an overlay and components.
func Overlay(overlay string, components ...string) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "resources: [DEPLOY/kubernetes/overlays/%s]\ncomponents:\n", overlay)
	for _, component := range components {
		fmt.Fprintf(&text, "  - DEPLOY/kubernetes/components/%s\n", component)
	}
	return Kustomization(text.String())
}

// Kustomization renders one that names the folder deploy as DEPLOY.
func Kustomization(text string) (string, error) {
	folder, err := os.MkdirTemp("", "syncd-overlay-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return "", err
	}
	deploy, err := filepath.Rel(folder, Deploy()) // a kustomization names no absolute path
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(strings.ReplaceAll(text, "DEPLOY", deploy)), 0o600); err != nil {
		return "", err
	}
	return kustomize(filesys.MakeFsOnDisk(), folder)
}

func kustomize(files filesys.FileSystem, path string) (string, error) {
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, path)
	if err != nil {
		return "", err
	}
	text, err := resources.AsYaml()
	return string(text), err
}

// Case is a way of installing.
type Case struct {
	Name   string
	Render func() (string, error)
}

// Cases are all ways that are checked.
func Cases() []Case {
	of := func(name string, values func() (map[string]any, error)) Case {
		return Case{Name: "chart, " + name, Render: func() (string, error) {
			v, err := values()
			if err != nil {
				return "", err
			}
			rendered, err := Chart(v)
			return rendered.Manifest, err
		}}
	}
	literal := func(name string, values map[string]any) Case {
		return of(name, func() (map[string]any, error) { return values, nil })
	}
	file := func(name, path string) Case {
		return of(name, func() (map[string]any, error) { return Values(path) })
	}
	plain := map[string]any{"runAsUser": nil, "runAsGroup": nil, "fsGroup": nil}
	return []Case{
		literal("deployment, defaults", map[string]any{"mode": "deployment"}),
		literal("cronjob, defaults", map[string]any{"mode": "cronjob"}),
		file("deployment, every option on", "deployment-full.yaml"),
		file("cronjob, every option on", "cronjob-full.yaml"),
		literal("deployment, migrations by hook", map[string]any{"mode": "deployment", "migrate": map[string]any{"mode": "hook"}}),
		literal("deployment, users by the platform, no account", map[string]any{
			"mode": "deployment", "security": plain, "serviceAccount": map[string]any{"create": false}, "migrate": map[string]any{"mode": "none"},
		}),
		literal("deployment, replaced at once", map[string]any{
			"mode": "deployment", "deployment": map[string]any{"strategy": map[string]any{"type": "Recreate"}},
		}),
		{Name: "kustomize, deployment", Render: func() (string, error) { return Kustomize("overlays", "deployment") }},
		{Name: "kustomize, cronjob", Render: func() (string, error) { return Kustomize("overlays", "cronjob") }},
		{Name: "kustomize, deployment, every component", Render: func() (string, error) { return Overlay("deployment", Components...) }},
		{Name: "kustomize, cronjob, every component", Render: func() (string, error) { return Overlay("cronjob", Components[1:]...) }},
	}
}
