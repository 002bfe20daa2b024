package test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"syncd/deploy/helm/test/render"
)

func TestSchema_refuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"mode: daemonset":                                                                "mode",
		"replicas: 3":                                                                    "replicas",
		"image: {repo: syncd}":                                                           "repo",
		"image: {digest: abc}":                                                           "digest",
		"zoom: {clientSecret: s3cret}":                                                   "clientSecret",
		"zoom: {existingSecret: ''}":                                                     "existingSecret",
		"database: {url: 'postgres://a:b@host/db'}":                                      "url",
		"database: {existingSecret: 'postgres://a:b@host/db'}":                           "existingSecret",
		"config: {DATABASE_URL: 'postgres://a:b@host/db'}":                               "DATABASE_URL",
		"config: {ZOOM_CLIENT_SECRET: s3cret}":                                           "ZOOM_CLIENT_SECRET",
		"config: {SYNCD_LISTEN: ':8080'}":                                                "SYNCD_LISTEN",
		"config: {SYNCD_PUSHGATEWAY_URL: 'http://a:b@gateway'}":                          "SYNCD_PUSHGATEWAY_URL",
		"config: {SYNCD_INTERVAL: hourly}":                                               "SYNCD_INTERVAL",
		"config: {ZOOM_RATE_SHARE: 1.5}":                                                 "ZOOM_RATE_SHARE",
		"config: {ZOOM_RATE_SHARE: 0.005}":                                               "ZOOM_RATE_SHARE",
		"config: {ZOOM_RATE_SHARE: '5'}":                                                 "ZOOM_RATE_SHARE",
		"config: {ZOOM_PLAN: enterprise}":                                                "ZOOM_PLAN",
		"config: {ZOOM_POOLS: 'phone-light:40'}":                                         "ZOOM_POOLS",
		"config: {ZOOM_POOLS: foo-bar=1}":                                                "ZOOM_POOLS",
		"config: {SYNCD_CONCURRENCY: 5000}":                                              "SYNCD_CONCURRENCY",
		"config: {SYNCD_MAX_DELETE_PERCENT: '250'}":                                      "SYNCD_MAX_DELETE_PERCENT",
		"config: {SYNCD_USER_SETTINGS: maybe}":                                           "SYNCD_USER_SETTINGS",
		"otel: {SYNCD_INTERVAL: 1h}":                                                     "SYNCD_INTERVAL",
		"otel: {OTEL_EXPORTER_OTLP_HEADERS: api-key=1}":                                  "OTEL_EXPORTER_OTLP_HEADERS",
		"otel: {OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a:b@c'}":                           "otel",
		"extraEnv: [{name: ZOOM_CLIENT_SECRET, value: s3cret}]":                          "extraEnv",
		"extraEnv: [{name: DATABASE_URL, valueFrom: {secretKeyRef: {name: a, key: b}}}]": "extraEnv",
		"extraEnv: [{name: OTEL_EXPORTER_OTLP_HEADERS, value: api-key=1}]":               "extraEnv",
		"extraEnv: [{name: HTTPS_PROXY, value: 'http://a:b@proxy:3128'}]":                "extraEnv",
		"migrate: {mode: always}":                                                        "migrate",
		"cronjob: {schedule: every hour}":                                                "schedule",
		"cronjob: {concurrencyPolicy: Allow}":                                            "concurrencyPolicy",
		"cronjob: {activeDeadlineSeconds: 0}":                                            "activeDeadlineSeconds",
		"deployment: {replicas: -1}":                                                     "replicas",
		"terminationGracePeriodSeconds: 5":                                               "terminationGracePeriodSeconds",
		"security: {runAsUser: 0}":                                                       "runAsUser",
		"security: {privileged: true}":                                                   "privileged",
		"extraVolumes: [{name: a, hostPath: {path: /}}]":                                 "extraVolumes",
		"podLabels: {app.kubernetes.io/name: phones}":                                    "app.kubernetes.io/name",
		"prune: {enabled: true}":                                                         "prune",
		"prune: {enabled: true, history: 5m}":                                            "history",
		"runbookURL: docs/runbook.md":                                                    "runbookURL",
		"{mode: cronjob, serviceMonitor: {enabled: true}}":                               "a CronJob's pass serves no metrics",
		"{mode: cronjob, pushgateway: {existingSecret: a}, config: {SYNCD_PUSHGATEWAY_URL: 'http://g:9091'}}": "not by both",
	} {
		_, err := render.Chart(values(t, text))
		if err == nil {
			t.Errorf("%s is taken", text)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error does not say %q: %v", text, want, err)
		}
	}
}

func TestSchema_takes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"global: {imageRegistry: registry.example.com}",
		"config: {SYNCD_MAX_DELETES: 0, SYNCD_MAX_DELETE_PERCENT: 0, SYNCD_USER_SETTINGS: true, SYNCD_CONCURRENCY: auto, SYNCD_INTERVAL: 1h30m}",
		"config: {ZOOM_API_URL: 'http://zoom.test:8080/v2', SYNCD_PUSHGATEWAY_URL: 'https://gateway/path'}",
		"cronjob: {schedule: '@daily'}",
		"extraEnv: [{name: HTTPS_PROXY, valueFrom: {secretKeyRef: {name: proxy, key: url}}}]",
		"deployment: {replicas: 0, strategy: {type: Recreate}}",
		"security: {runAsUser: null, runAsGroup: null, fsGroup: null}",
		"image: {repository: 'localhost:5000/syncd'}",
	} {
		if _, err := render.Chart(values(t, text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestSchema_knows_every_value: what values.yaml has the schema describes, and the other way round, and no object of the
// chart's own takes a name that is not there.
func TestSchema_knows_every_value(t *testing.T) {
	t.Parallel()
	c, err := render.Load()
	if err != nil {
		t.Fatal(err)
	}
	var root node
	if err := json.Unmarshal(c.Schema, &root); err != nil {
		t.Fatal(err)
	}
	delete(root.Properties, "global") // a parent chart's
	compare(t, "", root, c.Values)
}

// node is a part of a schema.
type node struct {
	Properties           map[string]node `json:"properties"`
	AdditionalProperties any             `json:"additionalProperties"`
}

// compare goes down as far as the chart itself says what there is.
func compare(t *testing.T, path string, schema node, value any) {
	t.Helper()
	object, ok := value.(map[string]any)
	if !ok || len(schema.Properties) == 0 {
		return
	}
	if schema.AdditionalProperties != false {
		t.Errorf("%s takes any name", path)
	}
	// Those of Kubernetes may have more than their defaults say.
	foreign := path == "/resources" || strings.HasPrefix(path, "/deployment/probes/") || path == "/deployment/strategy"
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if _, ok := object[name]; !ok && !foreign {
			t.Errorf("values.yaml does not have %s/%s", path, name)
		}
	}
	for name, value := range object {
		described, ok := schema.Properties[name]
		if !ok {
			t.Errorf("the schema does not have %s/%s", path, name)
		}
		compare(t, path+"/"+name, described, value)
	}
}
