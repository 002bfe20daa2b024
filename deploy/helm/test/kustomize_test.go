package test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"syncd/deploy/helm/test/render"
)

// TestKustomizations_are_the_chart compares what both render. The differences that deploy/kubernetes/README.md names are
// taken out before; all else must be the same, in substance and to the last field.
func TestKustomizations_are_the_chart(t *testing.T) {
	t.Parallel()
	const options = "prune: {enabled: true, history: 400d}, prometheusRule: {enabled: true}, dashboards: {enabled: true}"
	for _, c := range []struct {
		overlay    string
		components []string
		values     string
	}{
		{"deployment", nil, "{mode: deployment}"},
		{"cronjob", nil, "{mode: cronjob}"},
		{"deployment", render.Components, "{mode: deployment, serviceMonitor: {enabled: true}, " + options + "}"},
		{"cronjob", render.Components[1:], "{mode: cronjob, " + options + "}"},
	} {
		t.Run(c.values, func(t *testing.T) {
			t.Parallel()
			text, err := render.Overlay(c.overlay, c.components...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(substance(t, chart(t, values(t, c.values))), substance(t, decode(t, text))); diff != "" {
				t.Errorf("-chart +kustomize:\n%s", diff)
			}
		})
	}
}

// TestPage_makes_what_it_says renders the kustomization of deploy/kubernetes/README.md with the patches that the page adds.
func TestPage_makes_what_it_says(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, "kubernetes", "README.md"), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of YAML, want a kustomization and its patches", len(blocks))
	}
	for _, overlay := range []string{"deployment", "cronjob"} {
		kustomization := strings.ReplaceAll(blocks[0][1]+blocks[1][1], "../syncd/deploy", "DEPLOY")
		if kustomization = strings.Replace(kustomization, "overlays/deployment", "overlays/"+overlay, 1); overlay == "cronjob" {
			kustomization = regexp.MustCompile(".*servicemonitor #.*\n").ReplaceAllString(kustomization, "")
		}
		text, err := render.Kustomization(kustomization)
		if err != nil {
			t.Fatalf("%s: %v", overlay, err)
		}
		objects := decode(t, text)
		policy := find[*networking.NetworkPolicy](t, objects, "syncd")
		if last := policy.Spec.Egress[len(policy.Spec.Egress)-1]; len(policy.Spec.Egress) != 4 || last.Ports[0].Port.String() != "9091" {
			t.Errorf("%s: no way to the Pushgateway: %v", overlay, policy.Spec.Egress)
		}
		labels := []map[string]string{find[*monitoring.PrometheusRule](t, objects, "syncd").Labels}
		if overlay == "deployment" {
			labels = append(labels, find[*monitoring.ServiceMonitor](t, objects, "syncd").Labels)
		}
		for _, of := range labels {
			if of["release"] != "kube-prometheus-stack" || of["app.kubernetes.io/name"] != "syncd" {
				t.Errorf("%s: labels %v", overlay, of)
			}
		}
	}
}

// TestCommands_reach_every_file: who tells alerts and dashboards the schedule of a CronJob, or where the runbook is, tells all files
// that are installed.
func TestCommands_reach_every_file(t *testing.T) {
	t.Parallel()
	commands := regexp.MustCompile("`sed -i 's\\|(.*?)\\|.*?\\|' (.*?)`").FindAllStringSubmatch(read(t, "grafana", "README.md"), -1)
	if len(commands) != 2 {
		t.Fatalf("%d commands", len(commands))
	}
	for _, command := range commands {
		changed := map[string]bool{}
		for pattern := range strings.FieldsSeq(command[2]) {
			files, err := filepath.Glob(render.Deploy("grafana", filepath.FromSlash(pattern)))
			if err != nil || len(files) == 0 {
				t.Errorf("%s names no file: %v", pattern, err)
			}
			for _, file := range files {
				changed[file] = true
			}
		}
		for _, folder := range []string{"grafana/dashboards", "prometheus", "kubernetes", "compose"} { // the chart has values for it
			err := filepath.WalkDir(render.Deploy(filepath.FromSlash(folder)), func(path string, entry fs.DirEntry, err error) error {
				if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(path, ".md") || strings.HasSuffix(path, "_test.yml") {
					return err
				}
				text, err := os.ReadFile(path)
				if strings.Contains(string(text), command[1]) && !changed[path] {
					t.Errorf("%s stays in %s", command[1], path)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// substance gives objects by their kind and name, without what the chart and the kustomizations write differently.
func substance(t *testing.T, objects []render.Object) map[string]render.Object {
	t.Helper()
	all := map[string]render.Object{}
	for _, o := range objects {
		if config, ok := o.(*core.ConfigMap); ok && strings.HasPrefix(config.Name, "syncd-") && len(config.Data) == 0 {
			continue // the variables, which the chart writes into the containers
		}
		o.SetNamespace("") // kustomize is told it by the user
		o.SetLabels(withoutHelm(o.GetLabels()))
		if cronjob, ok := o.(*batch.CronJob); ok {
			cronjob.Spec.JobTemplate.Labels = withoutHelm(cronjob.Spec.JobTemplate.Labels)
		}
		if template := render.Pod(o); template != nil {
			template.Labels = withoutHelm(template.Labels)
			for _, containers := range [][]core.Container{template.Spec.InitContainers, template.Spec.Containers} {
				for i := range containers {
					containers[i].EnvFrom = nil
				}
			}
		}
		all[render.Name(o)] = o
	}
	return all
}

// withoutHelm leaves out labels that tell of the chart.
func withoutHelm(labels map[string]string) map[string]string {
	for _, name := range []string{"helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/version"} {
		delete(labels, name)
	}
	return labels
}

// TestRule_is_written_from_the_chart: a PrometheusRule wraps what deploy/prometheus has. -update writes it.
func TestRule_is_written_from_the_chart(t *testing.T) {
	t.Parallel()
	objects := substance(t, chart(t, values(t, "prometheusRule: {enabled: true}")))
	text, err := yaml.Marshal(objects["PrometheusRule/syncd"])
	if err != nil {
		t.Fatal(err)
	}
	want := "# Written by \"make manifests\" from deploy/prometheus/alerts.yml.\n" + string(text)
	path := render.Deploy("kubernetes", "components", "alerts", "prometheusrule.yaml")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // everybody may read it
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, read(t, "kubernetes", "components", "alerts", "prometheusrule.yaml")); diff != "" {
		t.Errorf("run \"make manifests\" (-want +got):\n%s", diff)
	}
}

// TestConfig_is_empty: the kustomizations leave to the program what the chart does, and a container takes all of it.
func TestConfig_is_empty(t *testing.T) {
	t.Parallel()
	text, err := render.Kustomize("overlays", "deployment")
	if err != nil {
		t.Fatal(err)
	}
	objects := decode(t, text)
	at := slices.IndexFunc(objects, func(o render.Object) bool { _, ok := o.(*core.ConfigMap); return ok })
	if at < 0 || len(objects[at].(*core.ConfigMap).Data) > 0 {
		t.Fatalf("the variables: %v", names(objects))
	}
	for _, o := range objects {
		template := render.Pod(o)
		if template == nil {
			continue
		}
		for _, container := range slices.Concat(template.Spec.InitContainers, template.Spec.Containers) {
			if len(container.EnvFrom) != 1 || container.EnvFrom[0].ConfigMapRef.Name != objects[at].GetName() {
				t.Errorf("%s does not take the variables: %v", container.Name, container.EnvFrom)
			}
		}
	}
}
