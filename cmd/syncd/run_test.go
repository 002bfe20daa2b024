package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	dbtest.Main(m)
}

// bench is a simulated account, a database of its own, and the environment that
// leads syncd to both.
type bench struct {
	t           *testing.T
	account     *zoomtest.Account
	database    *dbtest.Database
	environment map[string]string
	// intercept answers a request in the account's place, if it returns true.
	intercept atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

// fast raises every limit of the account to this many requests a second, so that
// budgets are enforced and the test is short all the same.
const fast = 1000

func fastLimits() map[string]float64 {
	return map[string]float64{zoomtest.PhoneLight: fast, zoomtest.PhoneMedium: fast, zoomtest.CoreMedium: fast}
}

func newBench(t *testing.T, options zoomtest.Options) *bench {
	t.Helper()
	if options.Limits == nil {
		options.Limits = fastLimits()
	}
	account := zoomtest.New(options)
	b := &bench{t: t, account: account, database: dbtest.New(t)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if intercept := b.intercept.Load(); intercept == nil || !(*intercept)(w, r) {
			account.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	b.environment = map[string]string{
		"ZOOM_ACCOUNT_ID": account.AccountID(), "ZOOM_CLIENT_ID": account.ClientID(), "ZOOM_CLIENT_SECRET": account.ClientSecret(),
		"ZOOM_API_URL": server.URL + "/v2", "ZOOM_TOKEN_URL": server.URL + "/oauth/token",
		"ZOOM_POOLS":   fmt.Sprintf("phone-light=%d,phone-medium=%d,core-medium=%d", fast, fast, fast),
		"DATABASE_URL": b.database.URL,
		"SYNCD_LISTEN": "127.0.0.1:0",
	}
	return b
}

// outcome is what a run of the program shows to its user.
type outcome struct {
	code           int
	stdout, stderr string
}

func (b *bench) run(args ...string) outcome {
	b.t.Helper()
	return b.runWith(b.t.Context(), nil, args...)
}

// runWith runs the program with some variables changed; "" unsets one.
func (b *bench) runWith(ctx context.Context, changes map[string]string, args ...string) outcome {
	b.t.Helper()
	environment := maps.Clone(b.environment)
	maps.Copy(environment, changes)
	var stdout, stderr bytes.Buffer
	code := run(ctx, process{args: args, getenv: func(name string) string { return environment[name] }, stdout: &stdout, stderr: &stderr})
	for _, secret := range append(b.account.Secrets(), b.account.ClientSecret()) {
		if strings.Contains(stdout.String()+stderr.String(), secret) {
			b.t.Errorf("syncd %v shows the secret %q", args, secret)
		}
	}
	return outcome{code, stdout.String(), stderr.String()}
}

func (b *bench) sync(wantCode int) outcome {
	b.t.Helper()
	got := b.run("sync")
	if got.code != wantCode {
		b.t.Fatalf("syncd sync: exit code %d, want %d\n%s", got.code, wantCode, got.stderr)
	}
	return got
}

// waitFor waits until a query gives the value.
func (b *bench) waitFor(query, want string) {
	b.t.Helper()
	b.await(func() (missing string) {
		if b.database.Value(query) != want {
			return fmt.Sprintf("%s does not become %s", query, want)
		}
		return ""
	})
}

// await asks until nothing is missing.
func (b *bench) await(ask func() (missing string)) {
	b.t.Helper()
	deadline := time.After(3 * time.Minute)
	for missing := ask(); missing != ""; missing = ask() {
		select {
		case <-deadline:
			b.t.Fatal(missing)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// lease takes the account's lease, as another syncd would, until the function is called.
func (b *bench) lease() (release func()) {
	b.t.Helper()
	store, err := db.Open(b.t.Context(), db.Config{URL: b.database.URL})
	if err != nil {
		b.t.Fatal(err)
	}
	lease, err := store.AcquireLease(b.t.Context(), b.account.AccountID())
	if err != nil {
		b.t.Fatal(err)
	}
	return func() {
		lease.Release()
		store.Close()
	}
}

// wantOneError checks that a run shows exactly one error, with each of the words.
func wantOneError(t *testing.T, got outcome, code int, words ...string) {
	t.Helper()
	if n := strings.Count(got.stderr, `"level":"ERROR"`); n != 1 {
		t.Errorf("%d errors are logged, want 1\n%s", n, got.stderr)
	}
	wantEnd(t, got, code, words...)
}

// wantInterrupted checks a run whose pass the next one goes on with: that is no error, but a warning.
func wantInterrupted(t *testing.T, got outcome, words ...string) {
	t.Helper()
	if n := strings.Count(got.stderr, `"level":"ERROR"`); n != 0 || !strings.Contains(got.stderr, `"level":"WARN","msg":"pass ended"`) {
		t.Errorf("%d errors are logged, want a warning that the pass was interrupted\n%s", n, got.stderr)
	}
	wantEnd(t, got, exitFailed, words...)
}

func wantEnd(t *testing.T, got outcome, code int, words ...string) {
	t.Helper()
	if got.code != code {
		t.Errorf("exit code %d, want %d\n%s", got.code, code, got.stderr)
	}
	for _, word := range append(words, "repair") {
		if !strings.Contains(got.stderr, word) {
			t.Errorf("the error does not say %q\n%s", word, got.stderr)
		}
	}
}

func TestSync_says_one_clear_error(t *testing.T) {
	t.Parallel()
	nobody := porttest.Nobody
	tests := []struct {
		name    string
		change  func(b *bench)
		changes map[string]string
		code    int
		words   []string
	}{
		{name: "wrong secret", changes: map[string]string{"ZOOM_CLIENT_SECRET": "wrong"}, code: exitFailed, words: []string{"credentials refused", "ZOOM_CLIENT_SECRET"}},
		{name: "wrong account", changes: map[string]string{"ZOOM_ACCOUNT_ID": "nobody"}, code: exitFailed, words: []string{"credentials refused", "ZOOM_ACCOUNT_ID"}},
		{
			name: "no scope to list", code: exitFailed, words: []string{"scope missing", "phone:read:list_users:admin"},
			change: func(b *bench) { b.account.SetScopes("phone:read:user:admin") },
		},
		{
			name: "no scope for the phone settings", code: exitPartial, words: []string{"scope missing", "phone:read:user_setting:admin"},
			change: func(b *bench) {
				b.account.SetScopes("phone:read:list_users:admin", "phone:read:user:admin", "phone:read:list_sites:admin", "user:read:settings:admin")
			},
		},
		{name: "zoom unreachable", changes: map[string]string{"ZOOM_API_URL": "http://" + nobody + "/v2", "ZOOM_TOKEN_URL": "http://" + nobody + "/oauth/token"}, code: exitFailed, words: []string{"unreachable", "ZOOM_API_URL"}},
		{name: "wrong api url", changes: map[string]string{"ZOOM_API_URL": "/v1"}, code: exitFailed, words: []string{"not the Zoom API", "ZOOM_API_URL"}},
		{name: "wrong token url", changes: map[string]string{"ZOOM_TOKEN_URL": "/nothing"}, code: exitFailed, words: []string{"not the Zoom API", "ZOOM_TOKEN_URL"}},
		{name: "postgres unreachable", changes: map[string]string{"DATABASE_URL": "postgres://syncd@" + nobody + "/mirror"}, code: exitFailed, words: []string{"cannot be reached", "DATABASE_URL"}},
		{
			name: "postgres read-only", code: exitFailed, words: []string{"read-only", "DATABASE_URL"},
			change: func(b *bench) {
				b.database.Exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
			},
		},
		{
			name: "no schema", code: exitFailed, words: []string{"schema is missing", "syncd migrate"},
			change: func(b *bench) { b.environment["DATABASE_URL"] = dbtest.Empty(b.t).URL },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 20})
			if test.change != nil {
				test.change(b)
			}
			changes := maps.Clone(test.changes)
			for name, value := range changes {
				if strings.HasPrefix(value, "/") { // a path on the account's own host
					changes[name] = strings.Replace(b.environment["ZOOM_API_URL"], "/v2", value, 1)
				}
			}
			got := b.runWith(t.Context(), changes, "sync")
			wantOneError(t, got, test.code, test.words...)
		})
	}
}

func TestSync_account_without_phone_fails_with_its_repair(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, NoPhone: true})
	wantOneError(t, b.run("sync"), exitFailed, "phone not enabled", "enable Zoom Phone")
	if got := b.database.Value("SELECT status || ': ' || error FROM zoom.sync_passes"); !strings.HasPrefix(got, "failed: ") {
		t.Errorf("the pass is recorded as %q", got)
	}
}

func TestSync_two_at_once_are_refused(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Small: true})
	goOn := b.stallAfter(0)
	first := make(chan outcome)
	go func() { first <- b.runWith(context.Background(), nil, "sync") }()
	b.waitFor("SELECT count(*) FROM zoom.sync_passes", "1")
	wantOneError(t, b.run("sync"), exitLeased, "another syncd")
	goOn()
	if got := <-first; got.code != exitComplete {
		t.Errorf("the first pass: exit code %d\n%s", got.code, got.stderr)
	}
}

func TestSync_order_to_stop_closes_the_pass_as_interrupted(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 300, Small: true})
	goOn := b.stallAfter(150)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_CONCURRENCY": "2"}, "sync") }()
	b.waitFor("SELECT count(*) > 0 FROM zoom.phone_users", "t")
	cancel()
	got := <-ended
	goOn()
	if got.code != exitFailed {
		t.Errorf("exit code %d, want %d\n%s", got.code, exitFailed, got.stderr)
	}
	if status := b.database.Value("SELECT status FROM zoom.sync_passes"); status != "interrupted" {
		t.Errorf("the pass is recorded as %q", status)
	}
	b.sync(exitComplete)
}

func TestConfiguration_reports_all_faults_at_once(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	got := b.runWith(t.Context(), map[string]string{
		"ZOOM_ACCOUNT_ID": "", "ZOOM_PLAN": "gold", "ZOOM_RATE_SHARE": "1.5", "ZOOM_POOLS": "phone-lite=4,phone-medium=x",
		"ZOOM_API_URL": "api.zoom.us", "SYNCD_INTERVAL": "1 hour", "SYNCD_CONCURRENCY": "many", "SYNCD_LISTEN": "9090",
		"SYNCD_USER_SETTINGS": "perhaps", "SYNCD_MAX_DELETES": "-1", "SYNCD_MAX_DELETE_PERCENT": "101", "SYNCD_LOG_LEVEL": "loud", "SYNCD_LOG_FORMAT": "xml",
		"DATABASE_URL": "postgress://user:hunter2@host/db",
	}, "sync")
	if got.code != exitUsage {
		t.Errorf("exit code %d, want %d", got.code, exitUsage)
	}
	for _, words := range []string{
		"15 faults", "ZOOM_ACCOUNT_ID is not set", `ZOOM_PLAN: "gold"`, "pro, business", `ZOOM_RATE_SHARE: "1.5"`, `ZOOM_POOLS: "phone-lite"`, `ZOOM_POOLS: "phone-medium=x"`,
		`ZOOM_API_URL: "api.zoom.us"`, `SYNCD_INTERVAL: "1 hour"`, "write 30m or 1h", `SYNCD_CONCURRENCY: "many"`, `SYNCD_LISTEN: "9090"`,
		`SYNCD_USER_SETTINGS: "perhaps"`, `SYNCD_MAX_DELETES: "-1"`, `SYNCD_MAX_DELETE_PERCENT: "101"`, `SYNCD_LOG_LEVEL: "loud"`, `SYNCD_LOG_FORMAT: "xml"`, "DATABASE_URL: is not a Postgres URL",
	} {
		if !strings.Contains(got.stderr, words) {
			t.Errorf("the faults do not say %q:\n%s", words, got.stderr)
		}
	}
	if strings.Contains(got.stderr, "hunter2") {
		t.Error("the faults show the database's password")
	}
}

func TestConfiguration_flag_wins_and_is_named(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	got := b.runWith(t.Context(), map[string]string{"ZOOM_PLAN": "pro"}, "sync", "--zoom-plan=gold")
	if got.code != exitUsage || !strings.Contains(got.stderr, `--zoom-plan: "gold"`) {
		t.Errorf("exit code %d:\n%s", got.code, got.stderr)
	}
	for _, args := range [][]string{{"sink"}, {"sync", "--zoom-plann=pro"}, {}} {
		if got := b.run(args...); got.code != exitUsage || !strings.Contains(got.stderr, "syncd --help") {
			t.Errorf("syncd %v: exit code %d:\n%s", args, got.code, got.stderr)
		}
	}
}

func TestConfiguration_secrets_come_from_files(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 3})
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secret, empty := write("secret", b.account.ClientSecret()+"\n"), write("empty", "\n")
	if got := b.runWith(t.Context(), map[string]string{"ZOOM_CLIENT_SECRET": "", "ZOOM_CLIENT_SECRET_FILE": secret}, "sync"); got.code != exitComplete {
		t.Errorf("exit code %d:\n%s", got.code, got.stderr)
	}
	for name, test := range map[string]struct{ value, file, want string }{
		"both":    {"x", secret, "unset one of them"},
		"missing": {"", filepath.Join(folder, "none"), "cannot be read"},
		"empty":   {"", empty, "is empty"},
	} {
		got := b.runWith(t.Context(), map[string]string{"ZOOM_CLIENT_SECRET": test.value, "ZOOM_CLIENT_SECRET_FILE": test.file}, "sync")
		if got.code != exitUsage || !strings.Contains(got.stderr, test.want) || strings.Contains(got.stderr, "2 faults") {
			t.Errorf("%s: exit code %d:\n%s", name, got.code, got.stderr)
		}
	}
}

func TestDoctor_names_each_fault_and_its_repair(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20})
	if got := b.run("doctor"); got.code != exitComplete || strings.Contains(got.stdout, "FAIL") {
		t.Errorf("exit code %d:\n%s%s", got.code, got.stdout, got.stderr)
	}
	b.account.SetScopes("phone:read:list_users:admin", "phone:read:list_sites:admin", "user:read:settings:admin")
	b.environment["DATABASE_URL"] = dbtest.Empty(t).URL
	got := b.run("doctor")
	for _, words := range []string{"run syncd migrate", "phone:read:user:admin", "phone:read:user_setting:admin", "3 of the checks failed"} {
		if !strings.Contains(got.stdout, words) {
			t.Errorf("doctor does not say %q:\n%s", words, got.stdout)
		}
	}
	if got.code != exitFailed {
		t.Errorf("exit code %d, want %d", got.code, exitFailed)
	}
}

func TestMigrate_then_version(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	b.environment = map[string]string{"DATABASE_URL": dbtest.Empty(t).URL} // it needs nothing else
	for range 2 {
		if got := b.run("migrate"); got.code != exitComplete || !strings.Contains(got.stderr, "up to date") {
			t.Errorf("exit code %d:\n%s", got.code, got.stderr)
		}
	}
	if got := b.run("version"); got.code != exitComplete || !strings.HasPrefix(got.stdout, "syncd ") {
		t.Errorf("exit code %d: %q", got.code, got.stdout)
	}
	if got := b.run("--help"); got.code != exitComplete || !strings.Contains(got.stdout, "$ZOOM_CLIENT_SECRET") {
		t.Errorf("exit code %d: %q", got.code, got.stdout)
	}
}

func TestConfiguration_hides_secrets_in_wrong_places(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	const secret = "hunter2-hunter2-hunter2"
	for name, got := range map[string]outcome{
		"in place of the file":     b.runWith(t.Context(), map[string]string{"ZOOM_CLIENT_SECRET": "", "ZOOM_CLIENT_SECRET_FILE": secret}, "sync"),
		"url in place of the file": b.runWith(t.Context(), map[string]string{"DATABASE_URL": "", "DATABASE_URL_FILE": "postgres://u:" + secret + "@h/db"}, "sync"),
		"after a flag too many":    b.run("sync", "--zoom-client-secret", "a", secret),
		"url as an argument":       b.run("sync", "postgres://u:"+secret+"@h/db"),
	} {
		if got.code != exitUsage || strings.Contains(got.stdout+got.stderr, "hunter2") {
			t.Errorf("%s: exit code %d\n%s", name, got.code, got.stderr)
		}
	}
}
