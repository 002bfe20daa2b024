package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"syncd/internal/db/dbtest"
	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

// podSpec is what a pod of deploy/kubernetes says of its containers. The chart renders the same, which a test of
// deploy/helm/test holds.
type podSpec struct {
	InitContainers []container `yaml:"initContainers"`
	Containers     []container `yaml:"containers"`
	Volumes        []struct {
		Name   string `yaml:"name"`
		Secret struct {
			Items []struct {
				Key  string `yaml:"key"`
				Path string `yaml:"path"`
			} `yaml:"items"`
		} `yaml:"secret"`
	} `yaml:"volumes"`
}

type container struct {
	Args []string `yaml:"args"`
	Env  []struct {
		Name  string `yaml:"name"`
		Value string `yaml:"value"`
	} `yaml:"env"`
	VolumeMounts []struct {
		Name      string `yaml:"name"`
		MountPath string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
	LivenessProbe  probe `yaml:"livenessProbe"`
	ReadinessProbe probe `yaml:"readinessProbe"`
}

type probe struct {
	HTTPGet struct {
		Path string `yaml:"path"`
	} `yaml:"httpGet"`
}

// manifest reads the pod of an overlay.
func manifest(t *testing.T, path string) podSpec {
	t.Helper()
	type template struct {
		Spec podSpec `yaml:"spec"`
	}
	var document struct {
		Spec struct {
			Template    template `yaml:"template"`
			JobTemplate struct {
				Spec struct {
					Template template `yaml:"template"`
				} `yaml:"spec"`
			} `yaml:"jobTemplate"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal([]byte(readText(t, "../../deploy/kubernetes/overlays/"+path)), &document); err != nil {
		t.Fatal(err)
	}
	if pod := document.Spec.Template.Spec; len(pod.Containers) > 0 {
		return pod
	}
	return document.Spec.JobTemplate.Spec.Template.Spec
}

// mounted makes the files that a container is given, and its variables, which then name them where they are.
// Nothing that is secret is a variable.
func (b *bench) mounted(pod podSpec, c container) map[string]string {
	b.t.Helper()
	root := b.t.TempDir()
	for _, mount := range c.VolumeMounts {
		folder := filepath.Join(root, mount.MountPath)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			b.t.Fatal(err)
		}
		for _, volume := range pod.Volumes {
			if volume.Name != mount.Name {
				continue
			}
			for _, item := range volume.Secret.Items {
				if err := os.WriteFile(filepath.Join(folder, item.Path), []byte(b.environment[item.Key]+"\n"), 0o400); err != nil {
					b.t.Fatal(err)
				}
			}
		}
	}
	variables := map[string]string{"ZOOM_ACCOUNT_ID": "", "ZOOM_CLIENT_ID": "", "ZOOM_CLIENT_SECRET": "", "DATABASE_URL": ""}
	for _, variable := range c.Env {
		value := variable.Value
		if strings.HasPrefix(value, "/") {
			value = filepath.Join(root, value)
		}
		variables[variable.Name] = value
	}
	return variables
}

func TestManifest_of_a_cronjob_migrates_and_mirrors(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	b.database = dbtest.Empty(t)
	b.environment["DATABASE_URL"] = b.database.URL
	pod := manifest(t, "cronjob/cronjob.yaml")
	for _, c := range append(pod.InitContainers, pod.Containers...) {
		if got := b.runWith(t.Context(), b.mounted(pod, c), c.Args...); got.code != exitComplete {
			t.Fatalf("syncd %v: exit code %d\n%s", c.Args, got.code, got.stderr)
		}
	}
	b.wantMirror()
}

func TestManifest_of_a_deployment_answers_its_probes(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	pod := manifest(t, "deployment/deployment.yaml")
	c := pod.Containers[0]
	variables := b.mounted(pod, c)
	address := porttest.Free(t)
	variables["SYNCD_LISTEN"] = address // instead of a port that others may have
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, variables, c.Args...) }()
	for _, probe := range []probe{c.LivenessProbe, c.ReadinessProbe} {
		if probe.HTTPGet.Path == "" {
			t.Fatal("the manifest has no probe")
		}
		deadline := time.After(time.Minute)
		for status := 0; status != http.StatusOK; {
			var body string
			if status, body = b.get("http://" + address + probe.HTTPGet.Path); status == http.StatusOK {
				continue
			}
			select {
			case <-deadline:
				t.Fatalf("%s: %d %s", probe.HTTPGet.Path, status, body)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	b.waitFor(completePasses, "1")
	stop()
	if got := <-ended; got.code != exitComplete {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	b.wantMirror()
}
