package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"syncd/deploy/helm/test/render"
)

func TestChart_lints(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]map[string]any{
		"defaults": {}, "cronjob": {"mode": "cronjob"},
		"deployment-full.yaml": full(t, "deployment-full.yaml"), "cronjob-full.yaml": full(t, "cronjob-full.yaml"),
	} {
		lint := action.NewLint()
		lint.Strict, lint.Namespace = true, render.Namespace
		result := lint.Run([]string{render.ChartFolder()}, v)
		for _, message := range result.Messages {
			if message.Severity > 1 { // 1 is information: there is no icon
				t.Errorf("%s: %v", name, message)
			}
		}
		for _, err := range result.Errors {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestModes_render_what_they_need(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"mode: deployment": {"NetworkPolicy/syncd", "PodDisruptionBudget/syncd", "ServiceAccount/syncd", "Service/syncd", "Deployment/syncd"},
		"mode: cronjob":    {"NetworkPolicy/syncd", "ServiceAccount/syncd", "CronJob/syncd"},
		"{mode: deployment, deployment: {replicas: 1}, networkPolicy: {enabled: false}, serviceAccount: {create: false}}": {"Service/syncd", "Deployment/syncd"},
		"{mode: cronjob, migrate: {mode: hook}}": {
			"NetworkPolicy/syncd-migrate", "ServiceAccount/syncd-migrate", "Job/syncd-migrate", "NetworkPolicy/syncd", "ServiceAccount/syncd", "CronJob/syncd",
		},
		"{mode: cronjob, prune: {enabled: true, history: 400d}, prometheusRule: {enabled: true}, dashboards: {enabled: true}}": {
			"NetworkPolicy/syncd", "ServiceAccount/syncd", "ConfigMap/syncd-dashboard-directory", "ConfigMap/syncd-dashboard-operations",
			"CronJob/syncd", "CronJob/syncd-prune", "PrometheusRule/syncd",
		},
	} {
		if diff := cmp.Diff(want, names(chart(t, values(t, name)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestFull_values_change_every_option keeps "every option on" true: each value of the chart has another one there than its default.
func TestFull_values_change_every_option(t *testing.T) {
	t.Parallel()
	c, err := render.Load()
	if err != nil {
		t.Fatal(err)
	}
	defaults := leaves("", c.Values)
	changed := map[string]bool{}
	for _, name := range []string{"deployment-full.yaml", "cronjob-full.yaml"} {
		for path, value := range leaves("", full(t, name)) {
			if fallback, ok := defaults[path]; ok && fmt.Sprint(value) != fmt.Sprint(fallback) {
				changed[path] = true
			}
			for at := path; at != "."; at = strings.TrimSuffix(filepath.Dir(at), "/") { // of free maps
				changed[at] = changed[at] || strings.HasPrefix(fmt.Sprint(defaults[at]), "map[")
			}
		}
	}
	for path := range defaults {
		// Those that are on, and that a shorter list shows to be wanted.
		on := path == "networkPolicy/enabled" || path == "deployment/podDisruptionBudget/enabled" || path == "serviceAccount/create" || path == "deployment/strategy/type"
		if !changed[path] && !on {
			t.Errorf("%s has its default in deployment-full.yaml and cronjob-full.yaml", path)
		}
	}
}

// leaves gives the values that are no maps, or empty ones, by their paths.
func leaves(path string, v any) map[string]any {
	object, ok := v.(map[string]any)
	if !ok || len(object) == 0 {
		return map[string]any{path: v}
	}
	all := map[string]any{}
	for name, value := range object {
		maps.Copy(all, leaves(strings.TrimPrefix(path+"/"+name, "/"), value))
	}
	return all
}

// environment gives the variables of a container, with "from" for those that are no texts.
func environment(pod *core.PodTemplateSpec, container string) map[string]string {
	all := map[string]string{}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, variable := range c.Env {
			if c.Name != container {
				continue
			}
			all[variable.Name] = variable.Value
			if variable.ValueFrom != nil {
				all[variable.Name] = "from " + variable.ValueFrom.SecretKeyRef.Name
			}
		}
	}
	return all
}

func TestVariables_reach_the_program_as_written(t *testing.T) {
	t.Parallel()
	objects := chart(t, full(t, "deployment-full.yaml"))
	deployment := find[*apps.Deployment](t, objects, "phones")
	files := map[string]string{
		"ZOOM_ACCOUNT_ID_FILE": "/etc/syncd/zoom/ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID_FILE": "/etc/syncd/zoom/ZOOM_CLIENT_ID",
		"ZOOM_CLIENT_SECRET_FILE": "/etc/syncd/zoom/ZOOM_CLIENT_SECRET", "DATABASE_URL_FILE": "/etc/syncd/database/DATABASE_URL",
	}
	extra := map[string]string{"GOMEMLIMIT": "100MiB", "OTEL_EXPORTER_OTLP_HEADERS": "from collector"}
	want := map[string]string{
		"ZOOM_API_URL": "https://api.zoomgov.com/v2", "ZOOM_TOKEN_URL": "https://zoomgov.com/oauth/token", "ZOOM_PLAN": "pro", "ZOOM_RATE_SHARE": "0.5",
		"ZOOM_POOLS": "phone-light=40,phone-medium=20", "SYNCD_INTERVAL": "1h30m", "SYNCD_CONCURRENCY": "64", "SYNCD_PUSHGATEWAY_URL": "http://pushgateway:9091",
		"SYNCD_USER_SETTINGS": "false", "SYNCD_MAX_DELETES": "1000000", "SYNCD_MAX_DELETE_PERCENT": "2.5", "SYNCD_LOG_LEVEL": "debug", "SYNCD_LOG_FORMAT": "json",
		"SYNCD_LISTEN": ":9090", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.observability:4318", "OTEL_TRACES_SAMPLER_ARG": "0.25",
	}
	maps.Copy(want, files)
	maps.Copy(want, extra)
	if diff := cmp.Diff(want, environment(&deployment.Spec.Template, "syncd")); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
	want = map[string]string{"DATABASE_URL_FILE": files["DATABASE_URL_FILE"], "SYNCD_LOG_LEVEL": "debug", "SYNCD_LOG_FORMAT": "json"}
	maps.Copy(want, extra)
	if diff := cmp.Diff(want, environment(&deployment.Spec.Template, "migrate")); diff != "" {
		t.Errorf("migrate (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"migrate", "--reader=analysts", "--reader=grafana", "--pii-reader=auditors"}, deployment.Spec.Template.Spec.InitContainers[0].Args); diff != "" {
		t.Errorf("migrate (-want +got):\n%s", diff)
	}
	want["SYNCD_HISTORY"], want["ZOOM_ACCOUNT_ID_FILE"] = "800d", files["ZOOM_ACCOUNT_ID_FILE"]
	if diff := cmp.Diff(want, environment(&find[*batch.CronJob](t, objects, "phones-prune").Spec.JobTemplate.Spec.Template, "syncd")); diff != "" {
		t.Errorf("prune (-want +got):\n%s", diff)
	}
	// What is not said is left to the program.
	cronjob := find[*batch.CronJob](t, chart(t, values(t, "mode: cronjob")), "syncd")
	if diff := cmp.Diff(files, environment(&cronjob.Spec.JobTemplate.Spec.Template, "syncd")); diff != "" {
		t.Errorf("sync with defaults (-want +got):\n%s", diff)
	}
	cronjob = find[*batch.CronJob](t, chart(t, full(t, "cronjob-full.yaml")), "syncd")
	if got := environment(&cronjob.Spec.JobTemplate.Spec.Template, "syncd")["SYNCD_PUSHGATEWAY_URL_FILE"]; got != "/etc/syncd/pushgateway/SYNCD_PUSHGATEWAY_URL" {
		t.Errorf("SYNCD_PUSHGATEWAY_URL_FILE is %q", got)
	}
}

func TestImage_is_that_of_the_values(t *testing.T) {
	t.Parallel()
	c, err := render.Load()
	if err != nil {
		t.Fatal(err)
	}
	digest := "sha256:" + strings.Repeat("ab", 32)
	for text, want := range map[string]string{
		"{}": "syncd:" + c.Metadata.AppVersion,
		"image: {repository: registry.example.com/syncd, tag: v9}": "registry.example.com/syncd:v9",
		"image: {tag: v9, digest: " + `"` + digest + `"}`:          "syncd@" + digest,
	} {
		pod := find[*apps.Deployment](t, chart(t, values(t, text)), "syncd").Spec.Template.Spec
		for _, container := range slices.Concat(pod.InitContainers, pod.Containers) {
			if container.Image != want {
				t.Errorf("%s: %s is %s, not %s", text, container.Name, container.Image, want)
			}
		}
	}
}

// TestDeadlines_fit_the_pass holds the times of the defaults against each other.
func TestDeadlines_fit_the_pass(t *testing.T) {
	t.Parallel()
	cronjob := find[*batch.CronJob](t, chart(t, values(t, "mode: cronjob")), "syncd").Spec
	job := cronjob.JobTemplate.Spec
	const period = 3600 // of the schedule
	if cronjob.Schedule != "7 * * * *" || cronjob.ConcurrencyPolicy != batch.ForbidConcurrent {
		t.Errorf("schedule %q, %s", cronjob.Schedule, cronjob.ConcurrencyPolicy)
	}
	grace := *job.Template.Spec.TerminationGracePeriodSeconds
	if *job.ActiveDeadlineSeconds+grace >= period {
		t.Errorf("a pass may take %d s and %d s to end, and the next is due after %d s", *job.ActiveDeadlineSeconds, grace, period)
	}
	if *cronjob.StartingDeadlineSeconds >= period || *cronjob.StartingDeadlineSeconds < 10 {
		t.Errorf("a pass may begin %d s late", *cronjob.StartingDeadlineSeconds)
	}
	if job.Template.Spec.RestartPolicy != core.RestartPolicyNever || *job.BackoffLimit < 1 {
		t.Errorf("a pass that failed is not tried again by the Job: %s, %d", job.Template.Spec.RestartPolicy, *job.BackoffLimit)
	}
	rules := job.PodFailurePolicy.Rules
	if diff := cmp.Diff([]int32{2, 3, 4, 5}, rules[0].OnExitCodes.Values); diff != "" || rules[0].Action != batch.PodFailurePolicyActionFailJob {
		t.Errorf("exit codes that end the Job (-want +got):\n%s", diff)
	}
	if rules[1].Action != batch.PodFailurePolicyActionIgnore || rules[1].OnPodConditions[0].Type != core.DisruptionTarget {
		t.Errorf("a drained node counts as a failure: %v", rules[1])
	}
	readiness := find[*apps.Deployment](t, chart(t, nil), "syncd").Spec.Template.Spec.Containers[0].ReadinessProbe
	if readiness.TimeoutSeconds <= 5 {
		t.Errorf("/readyz may take 5 s, and the probe waits %d", readiness.TimeoutSeconds)
	}
}

// TestHook_brings_what_it_needs: before an installation nothing else of the release is there.
func TestHook_brings_what_it_needs(t *testing.T) {
	t.Parallel()
	objects := chart(t, values(t, "{migrate: {mode: hook}, image: {pullPolicy: Always}}"))
	job := find[*batch.Job](t, objects, "syncd-migrate")
	account := find[*core.ServiceAccount](t, objects, job.Spec.Template.Spec.ServiceAccountName)
	way := find[*networking.NetworkPolicy](t, objects, "syncd-migrate")
	for _, o := range []render.Object{job, account, way} {
		if got := o.GetAnnotations()["helm.sh/hook"]; got != "pre-install,pre-upgrade" {
			t.Errorf("%s is made at %q", render.Name(o), got)
		}
	}
	if job.Annotations["helm.sh/hook-weight"] != "0" || account.Annotations["helm.sh/hook-weight"] != "-10" || way.Annotations["helm.sh/hook-weight"] != "-10" {
		t.Error("the Job is made before what it needs")
	}
	for key, value := range way.Spec.PodSelector.MatchLabels {
		if job.Spec.Template.Labels[key] != value {
			t.Errorf("the way out is not that of the Job: %s", key)
		}
	}
	deployment := find[*apps.Deployment](t, objects, "syncd")
	if len(deployment.Spec.Template.Spec.InitContainers) > 0 {
		t.Error("it migrates twice")
	}
	matches := true
	for key, value := range deployment.Spec.Selector.MatchLabels {
		matches = matches && job.Spec.Template.Labels[key] == value
	}
	if matches {
		t.Error("the Deployment takes the hook's pod for its own")
	}
}

func TestNetwork_is_closed_but_for_what_is_needed(t *testing.T) {
	t.Parallel()
	ports := func(policy *networking.NetworkPolicy) (all []string) {
		for _, rule := range policy.Spec.Egress {
			for _, port := range rule.Ports {
				all = append(all, fmt.Sprintf("%s/%s", port.Port, *port.Protocol))
			}
		}
		return all
	}
	policy := find[*networking.NetworkPolicy](t, chart(t, nil), "syncd")
	if diff := cmp.Diff([]string{"53/UDP", "53/TCP", "5353/UDP", "5353/TCP", "5432/TCP", "443/TCP"}, ports(policy)); diff != "" {
		t.Errorf("ways out (-want +got):\n%s", diff)
	}
	if len(policy.Spec.PolicyTypes) != 2 || len(policy.Spec.Ingress) != 1 || policy.Spec.Ingress[0].Ports[0].Port.String() != "http" {
		t.Errorf("ways in: %v", policy.Spec)
	}
	policy = find[*networking.NetworkPolicy](t, chart(t, values(t, "mode: cronjob")), "syncd")
	if len(policy.Spec.PolicyTypes) != 2 || len(policy.Spec.Ingress) != 0 {
		t.Errorf("somebody may ask a CronJob: %v", policy.Spec)
	}
	policy = find[*networking.NetworkPolicy](t, chart(t, full(t, "deployment-full.yaml")), "phones")
	if diff := cmp.Diff([]string{"53/UDP", "53/TCP", "5353/UDP", "5353/TCP", "6432/TCP", "443/TCP", "4318/TCP"}, ports(policy)); diff != "" {
		t.Errorf("ways out (-want +got):\n%s", diff)
	}
	if policy.Spec.Egress[1].To[0].IPBlock.CIDR != "10.0.0.0/8" || policy.Spec.Ingress[0].From[0].PodSelector == nil {
		t.Errorf("peers are lost: %v", policy.Spec)
	}
}

// TestAlerts_and_dashboards_are_those_of_deploy: the chart has links to them, no copies.
func TestAlerts_and_dashboards_are_those_of_deploy(t *testing.T) {
	t.Parallel()
	objects := chart(t, values(t, "{prometheusRule: {enabled: true}, dashboards: {enabled: true}}"))
	rule := find[*monitoring.PrometheusRule](t, objects, "syncd")
	var want monitoring.PrometheusRuleSpec
	if err := yaml.UnmarshalStrict([]byte(read(t, "prometheus", "alerts.yml")), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, rule.Spec); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
	files, err := filepath.Glob(render.Deploy("grafana", "dashboards", "*.json"))
	if err != nil || len(files) < 2 {
		t.Fatalf("dashboards: %v %v", files, err)
	}
	for _, file := range files {
		dashboard := strings.TrimSuffix(filepath.Base(file), ".json")
		made := find[*core.ConfigMap](t, objects, "syncd-dashboard-"+dashboard)
		if made.Labels["grafana_dashboard"] != "1" {
			t.Errorf("the sidecar does not find %s: %v", dashboard, made.Labels)
		}
		if diff := cmp.Diff(read(t, "grafana", "dashboards", filepath.Base(file)), made.Data["syncd-"+dashboard+".json"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", dashboard, diff)
		}
	}
}

func TestLinks_and_interval_are_those_of_the_values(t *testing.T) {
	t.Parallel()
	rendered, err := render.Chart(full(t, "deployment-full.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if left := strings.Count(rendered.Manifest, "docs/runbook.md"); left > 0 {
		t.Errorf("%d links lead nowhere", left)
	}
	if !strings.Contains(rendered.Manifest, "https://wiki.example.com/syncd/runbook.md#syncdmirrorstale") {
		t.Error("the link of SyncdMirrorStale is not there")
	}
	rule := find[*monitoring.PrometheusRule](t, decode(t, rendered.Manifest), "phones")
	if expression := rule.Spec.Groups[0].Rules[0].Expr.String(); !strings.Contains(expression, "+ 7200)") || strings.Contains(expression, "3600") {
		t.Errorf("the interval of a CronJob is not 7200: %s", expression)
	}
	dashboard := find[*core.ConfigMap](t, decode(t, rendered.Manifest), "phones-dashboard-operations").Data["syncd-operations.json"]
	if !strings.Contains(dashboard, "+ 7200)") || strings.Contains(dashboard, "3600") {
		t.Error("the interval of a CronJob is not 7200 in the dashboard")
	}
}

// TestMonitor_keeps_the_labels_of_syncd: the operator gives every target a label endpoint, and some metrics have their own.
func TestMonitor_keeps_the_labels_of_syncd(t *testing.T) {
	t.Parallel()
	monitor := find[*monitoring.ServiceMonitor](t, chart(t, values(t, "serviceMonitor: {enabled: true}")), "syncd")
	if len(monitor.Spec.Endpoints) != 1 || !monitor.Spec.Endpoints[0].HonorLabels {
		t.Errorf("endpoint becomes exported_endpoint: %+v", monitor.Spec.Endpoints)
	}
}

// TestPackage_holds_what_its_links_lead_to: a chart is installed from its package, where there are no links.
func TestPackage_holds_what_its_links_lead_to(t *testing.T) {
	t.Parallel()
	c, err := render.Load()
	if err != nil {
		t.Fatal(err)
	}
	path, err := chartutil.Save(c, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	packed, err := loader.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string]string{}
	for _, file := range packed.Files {
		contents[file.Name] = string(file.Data)
	}
	for name, source := range map[string]string{
		"files/alerts.yml": "prometheus/alerts.yml", "files/dashboards/operations.json": "grafana/dashboards/operations.json",
		"files/dashboards/directory.json": "grafana/dashboards/directory.json",
	} {
		if contents[name] != read(t, filepath.FromSlash(source)) {
			t.Errorf("%s is not %s", name, source)
		}
	}
	if packed.Schema == nil || !json.Valid(packed.Schema) {
		t.Error("the package has no schema")
	}
}

func TestNotes_name_the_secrets_and_what_is_shut_out(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"mode: deployment": {"create secret generic syncd-zoom", "--from-file=DATABASE_URL=database-url", "port-forward service/syncd 9090:9090"},
		"mode: cronjob": {
			"create job --from=cronjob/syncd syncd-first", "Prometheus learns nothing", "3300 seconds", "create job --from=cronjob/syncd syncd-approve --dry-run=client",
			`"path": "/spec/template/spec/containers/0/args"`, // of syncd: TestOrders_go_to_syncd
		},
		"{mode: cronjob, config: {SYNCD_PUSHGATEWAY_URL: 'http://gateway:9091'}}":          {"networkPolicy.extraEgress"},
		"{mode: cronjob, cronjob: {schedule: 0 3 * * *}, prometheusRule: {enabled: true}}": {"count the CronJob as hourly", `"0 3 * * *"`, "cronjobIntervalSeconds"},
		"{mode: cronjob, cronjob: {schedule: '@daily'}, dashboards: {enabled: true}}":      {"count the CronJob as hourly"},
		"migrate: {mode: none}": {`run "syncd migrate"`},
	} {
		rendered, err := render.Chart(values(t, text))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(rendered.Notes, part) {
				t.Errorf("%s: the notes lack %q:\n%s", text, part, rendered.Notes)
			}
		}
	}
}

// TestNotes_are_silent_of_an_interval_that_is_right: an hourly one, one that was said, and one that nobody asks for.
func TestNotes_are_silent_of_an_interval_that_is_right(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"{mode: cronjob, prometheusRule: {enabled: true}}",
		"{mode: cronjob, cronjob: {schedule: '@hourly'}, prometheusRule: {enabled: true}}",
		"{mode: cronjob, cronjob: {schedule: 0 3 * * *}, prometheusRule: {enabled: true, cronjobIntervalSeconds: 86400}}",
		"{mode: cronjob, cronjob: {schedule: 0 3 * * *}}",
		"{mode: deployment, cronjob: {schedule: 0 3 * * *}, prometheusRule: {enabled: true}}",
	} {
		rendered, err := render.Chart(values(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(rendered.Notes, "as hourly") {
			t.Errorf("%s:\n%s", text, rendered.Notes)
		}
	}
}

// TestRecreate_has_no_rolling_update: the API server forbids both together, and the default has one.
func TestRecreate_has_no_rolling_update(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]apps.DeploymentStrategyType{
		"deployment: {strategy: {type: Recreate}}": apps.RecreateDeploymentStrategyType,
		"deployment: {strategy: {type: null}}":     "",
		"{}":                                       apps.RollingUpdateDeploymentStrategyType,
	} {
		strategy := find[*apps.Deployment](t, chart(t, values(t, text)), "syncd").Spec.Strategy
		if rolls := want != apps.RecreateDeploymentStrategyType; strategy.Type != want || (strategy.RollingUpdate != nil) != rolls {
			t.Errorf("%s: %+v", text, strategy)
		}
	}
}

// TestOrders_go_to_syncd: who gives a Job of the CronJob other arguments gives them to the first container.
func TestOrders_go_to_syncd(t *testing.T) {
	t.Parallel()
	pod := find[*batch.CronJob](t, chart(t, full(t, "cronjob-full.yaml")), "syncd").Spec.JobTemplate.Spec.Template.Spec
	if first := pod.Containers[0]; first.Name != "syncd" || len(first.Args) == 0 {
		t.Errorf("the first container is %s, with the arguments %q", first.Name, first.Args)
	}
	for _, page := range []string{read(t, "helm", "syncd", "README.md"), read(t, "helm", "syncd", "templates", "NOTES.txt"), read(t, "..", "docs", "runbook.md")} {
		if !strings.Contains(page, `"path": "/spec/template/spec/containers/0/args"`) {
			t.Errorf("a page does not say how to give orders beside a CronJob:\n%s", page[:min(200, len(page))])
		}
	}
}

// TestPages_build_the_image_that_is_pulled: the tag that they tell to push is that which the manifests have.
func TestPages_build_the_image_that_is_pulled(t *testing.T) {
	t.Parallel()
	c, err := render.Load()
	if err != nil {
		t.Fatal(err)
	}
	const image = "registry.example.com/syncd"
	for _, page := range []string{read(t, "helm", "syncd", "README.md"), read(t, "kubernetes", "README.md")} {
		for _, part := range []string{"docker push " + image + ":" + c.Metadata.AppVersion + "\n", "VERSION=" + c.Metadata.AppVersion + " "} {
			if !strings.Contains(page, part) {
				t.Errorf("%q is not in\n%s", part, page[:min(200, len(page))])
			}
		}
	}
	if !strings.Contains(read(t, "kubernetes", "README.md"), "newName: "+image+", newTag: "+c.Metadata.AppVersion+"}") {
		t.Error("the kustomization takes another tag")
	}
}
