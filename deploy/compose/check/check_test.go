// Package check_test loads the Compose files as Docker Compose does, with its own library. It is a module of its own, so
// that the program's dependencies do not grow by it. "make check-compose" runs it.
package check_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// load reads the files of a folder as "docker compose" does there.
func load(t *testing.T, folder string, files ...string) *types.Project {
	t.Helper()
	t.Chdir(folder) // which COMPOSE_FILE is relative to
	options, err := cli.NewProjectOptions(files,
		cli.WithWorkingDirectory(folder), cli.WithEnvFiles(), cli.WithDotEnv, cli.WithConfigFileEnv, cli.WithDefaultConfigPath)
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context()) // which checks the schema strictly
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func folder(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDemonstration_is_what_compose_takes_by_itself(t *testing.T) {
	project := load(t, folder(t))
	if project.Name != "syncd-demo" {
		t.Errorf("its name is %s: it would share the volumes of a real account", project.Name)
	}
	inspect(t, project)
	for name, secret := range project.Secrets {
		if !strings.Contains(secret.File, "/demo/") {
			t.Errorf("secret %s is %s", name, secret.File)
		}
		if _, err := os.Stat(secret.File); err != nil {
			t.Error(err)
		}
	}
	for _, service := range project.Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s is open to others: %+v", service.Name, port)
			}
		}
	}
	if got := project.Services["account"].Build; got.Target != "demo-account" {
		t.Errorf("the account is built from target %q", got.Target)
	}
}

func TestReal_account_has_nothing_of_the_demonstration(t *testing.T) {
	// As README.md says: the example becomes .env.
	example, err := os.ReadFile("../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "deploy"), os.DirFS("../..")); err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(root, "deploy", "compose")
	if err := os.WriteFile(filepath.Join(real, ".env"), example, 0o600); err != nil {
		t.Fatal(err)
	}
	// The command of README.md that takes the demonstration away, volumes and all, never means this project.
	if demo := load(t, real, "compose.yaml", "compose.override.yaml"); demo.Name != "syncd-demo" {
		t.Errorf("the demonstration's files make the project %s", demo.Name)
	}
	project := load(t, real)
	inspect(t, project)
	if _, there := project.Services["account"]; there || project.Name != "syncd" {
		t.Errorf("project %s has these services: %v", project.Name, project.ServiceNames())
	}
	for name, secret := range project.Secrets {
		if secret.File != filepath.Join(real, "secrets", name) {
			t.Errorf("secret %s is %s", name, secret.File)
		}
	}
	for _, service := range project.Services {
		for name := range service.Environment {
			if strings.Contains(name, "ANONYMOUS") {
				t.Errorf("%s has %s", service.Name, name)
			}
		}
	}
}

// inspect looks at what holds of both.
func inspect(t *testing.T, project *types.Project) {
	t.Helper()
	for _, service := range project.Services {
		if !service.ReadOnly || !slices.Contains(service.CapDrop, "ALL") || len(service.CapAdd) > 0 || service.Privileged ||
			!slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s is not hardened", service.Name)
		}
		_, tag, _ := strings.Cut(service.Image[strings.LastIndex(service.Image, "/")+1:], ":")
		if tag == "" || tag == "latest" {
			t.Errorf("%s: the image %s is not pinned", service.Name, service.Image)
		}
		if healthless := []string{"account", "migrate"}; service.HealthCheck == nil && !slices.Contains(healthless, service.Name) {
			t.Errorf("%s has no health check", service.Name)
		}
		for name, value := range service.Environment {
			if value != nil && *value != "" && !strings.HasSuffix(name, "_FILE") && (strings.Contains(name, "PASSWORD") || strings.Contains(name, "SECRET")) {
				t.Errorf("%s: %s holds a secret", service.Name, name)
			}
			// What a file names must be mounted.
			if secret, ok := strings.CutPrefix(deref(value), "/run/secrets/"); ok &&
				!slices.ContainsFunc(service.Secrets, func(s types.ServiceSecretConfig) bool { return s.Source == secret }) {
				t.Errorf("%s: %s names a secret that it does not get", service.Name, name)
			}
		}
		for _, volume := range service.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(volume.Source); err != nil || !volume.ReadOnly {
				t.Errorf("%s: mount of %s: %v, read-only %v", service.Name, volume.Source, err, volume.ReadOnly)
			}
		}
	}
}

func deref(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}
