// Package test checks the chart and the manifests of deploy/kubernetes without a cluster: that helm and kustomize render
// them, that every field is one that Kubernetes knows, that the schema refuses what is wrong, and that what is there twice
// is the same. What only an API server knows is asked by the command verify, see "make verify-deploy".
package test

import (
	"flag"
	"os"
	"testing"

	"sigs.k8s.io/yaml"

	"syncd/deploy/helm/test/render"
)

var update = flag.Bool("update", false, "write what is written from the chart")

// chart renders the chart and reads what comes out.
func chart(t *testing.T, values map[string]any) []render.Object {
	t.Helper()
	rendered, err := render.Chart(values)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, rendered.Manifest)
}

func decode(t *testing.T, text string) []render.Object {
	t.Helper()
	objects, err := render.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// values reads values as a user writes them.
func values(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// full reads the values with every option on.
func full(t *testing.T, name string) map[string]any {
	t.Helper()
	v, err := render.Values(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// find gives the object of a kind and a name.
func find[T render.Object](t *testing.T, objects []render.Object, name string) T {
	t.Helper()
	for _, o := range objects {
		if typed, ok := o.(T); ok && o.GetName() == name {
			return typed
		}
	}
	var none T
	t.Fatalf("no %T %s is rendered", none, name)
	return none
}

func names(objects []render.Object) []string {
	var all []string
	for _, o := range objects {
		all = append(all, render.Name(o))
	}
	return all
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(render.Deploy(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
