package compose_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"syncd/internal/zoom/zoomtest"
)

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}

func TestDemonstration_has_the_credentials_of_the_simulated_account(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"zoom_account_id": zoomtest.DefaultAccountID, "zoom_client_id": zoomtest.DefaultClientID, "zoom_client_secret": zoomtest.DefaultClientSecret,
		"database_url": "postgres://syncd:" + read(t, "demo/syncd_password") + "@postgres:5432/zoom_mirror",
	} {
		if got := read(t, filepath.Join("demo", name)); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// source is a data source as Grafana reads it; other keys are an error.
type source struct {
	Name, UID, Type, Access, URL, User string
	SecureJSONData                     map[string]string `yaml:"secureJsonData"`
	JSONData                           struct {
		HTTPMethod      string `yaml:"httpMethod"`
		TimeInterval    string `yaml:"timeInterval"`
		Database        string
		SSLMode         string
		MaxOpenConns    int `yaml:"maxOpenConns"`
		PostgresVersion int `yaml:"postgresVersion"`
		TimescaleDB     bool
	} `yaml:"jsonData"`
}

func sources(t *testing.T, path string) []source {
	t.Helper()
	var file struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []source
	}
	decoder := yaml.NewDecoder(strings.NewReader(read(t, path)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return file.Datasources
}

// What the dashboards rely on is the same; only where the sources are, and how to get in, is written down.
func TestGrafana_has_the_sources_of_its_own_provisioning(t *testing.T) {
	t.Parallel()
	got, want := sources(t, "grafana/datasources.yml"), sources(t, "../grafana/provisioning/datasources/syncd.yml")
	for _, list := range [][]source{got, want} {
		for i := range list {
			s := &list[i]
			s.URL, s.User, s.SecureJSONData, s.JSONData.Database, s.JSONData.SSLMode, s.JSONData.PostgresVersion = "", "", nil, "", "", 0
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("data sources (-provisioning +compose):\n%s", diff)
	}
}

// Beside an .env, "docker compose down -v" alone is the end of the real mirror: no block of commands has it.
func TestPage_takes_away_the_demonstration_alone(t *testing.T) {
	t.Parallel()
	page := read(t, "README.md")
	taken := 0
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		for line := range strings.Lines(block[1]) {
			if !strings.Contains(line, " down") {
				continue
			}
			if taken++; line != "docker compose -p syncd-demo -f compose.yaml -f compose.override.yaml down -v\n" {
				t.Errorf("the page has %s", line)
			}
		}
	}
	if taken != 1 {
		t.Errorf("the page takes the demonstration away %d times", taken)
	}
}

func TestSecrets_are_asked_for_once(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "secrets.sh"), []byte(read(t, "secrets.sh")), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(answers string, environment ...string) error {
		command := exec.CommandContext(t.Context(), "sh", filepath.Join(folder, "secrets.sh"))
		command.Env, command.Stdin = append(os.Environ(), environment...), strings.NewReader(answers)
		return command.Run()
	}
	secret := func(name string) string { return read(t, filepath.Join(folder, "secrets", name)) }
	if run("acme\n", "ZOOM_CLIENT_ID=id") == nil {
		t.Error("it goes on without an answer")
	}
	if err := run("\nanswered secret\n", "ZOOM_CLIENT_ID=id"); err != nil { // an empty answer is asked for again
		t.Fatal(err)
	}
	got := map[string]string{"account": secret("zoom_account_id"), "client": secret("zoom_client_id"), "secret": secret("zoom_client_secret")}
	if diff := cmp.Diff(map[string]string{"account": "acme", "client": "id", "secret": "answered secret"}, got); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
	before := secret("syncd_password")
	if len(before) < 32 || before == secret("postgres_password") || secret("database_url") != "postgres://syncd:"+before+"@postgres:5432/zoom_mirror" {
		t.Errorf("password %q, address %q", before, secret("database_url"))
	}
	if err := run(""); err != nil || secret("syncd_password") != before {
		t.Errorf("a second run (%v) changes what is there", err)
	}
	info, err := os.Stat(filepath.Join(folder, "secrets"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("other users can look into the folder: %v, %v", info.Mode(), err)
	}
}
