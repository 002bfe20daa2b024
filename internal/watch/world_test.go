//go:build watch

package watch

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"syncd/internal/db/dbtest"
	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

const (
	users = 80 // of an account
	limit = 300
)

// world is an account with its mirror, the daemons that keep it, and what goes wrong.
type world struct {
	name     string   // also the account's id
	want     []string // alerts that must fire of this account
	may      []string // alerts that may fire as well
	replicas int      // 0: one
	limits   float64  // of each pool, requests a second; 0: limit
	server   bool     // the database is on a server of its own
	begin    zoomtest.Faults
	drift    float64        // share of the documents with a value of an unexpected type
	change   func(w *world) // what happens after the first pass

	t           *testing.T
	account     *zoomtest.Account
	database    *dbtest.Database
	postgres    *dbtest.Server
	environment []string
	daemons     []*daemon
}

// daemon is one that runs.
type daemon struct {
	address string
	command *exec.Cmd
	mu      sync.Mutex
	output  bytes.Buffer
}

// Write keeps what the daemon says.
func (d *daemon) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.output.Write(p)
}

// open makes the account, its database and its daemons.
func (w *world) open(t *testing.T, seed uint64) {
	t.Helper()
	w.t = t
	perSecond := w.limits
	if perSecond == 0 {
		perSecond = limit
	}
	w.account = zoomtest.New(zoomtest.Options{
		AccountID: w.name, Users: users, Seed: seed, MaxPageSize: 25, Drift: w.drift, Latency: 5 * time.Millisecond, Jitter: 5 * time.Millisecond, Faults: w.begin,
		Limits: map[string]float64{zoomtest.PhoneLight: perSecond, zoomtest.PhoneMedium: perSecond, zoomtest.CoreMedium: perSecond},
	})
	zoom := httptest.NewServer(w.account)
	t.Cleanup(zoom.Close)
	if w.server {
		w.postgres = dbtest.Private(t, dbtest.Options{})
		dbtest.At(t, w.postgres.URL("postgres")).Exec("CREATE DATABASE mirror")
		w.database = dbtest.At(t, w.postgres.URL("mirror"))
	} else {
		w.database = dbtest.New(t)
	}
	w.environment = []string{
		"ZOOM_ACCOUNT_ID=" + w.name, "ZOOM_CLIENT_ID=" + w.account.ClientID(), "ZOOM_CLIENT_SECRET=" + w.account.ClientSecret(),
		"ZOOM_API_URL=" + zoom.URL + "/v2", "ZOOM_TOKEN_URL=" + zoom.URL + "/oauth/token",
		fmt.Sprintf("ZOOM_POOLS=phone-light=%v,phone-medium=%[1]v,core-medium=%[1]v", perSecond),
		"DATABASE_URL=" + w.database.URL, "SYNCD_INTERVAL=1m", "SYNCD_LOG_FORMAT=json", "PATH=" + os.Getenv("PATH"),
	}
	w.run("migrate")
	for range max(1, w.replicas) {
		w.daemons = append(w.daemons, w.start())
	}
}

// run runs a command of the program to its end.
func (w *world) run(args ...string) {
	w.t.Helper()
	command := exec.CommandContext(w.t.Context(), program, args...) //nolint:gosec // the program under test
	command.Env = w.environment
	if out, err := command.CombinedOutput(); err != nil {
		w.t.Fatalf("%s: syncd %v: %v\n%s", w.name, args, err, out)
	}
}

// start starts a daemon, which is ended with the test.
func (w *world) start() *daemon {
	w.t.Helper()
	d := &daemon{address: porttest.Free(w.t)}
	d.command = exec.CommandContext(w.t.Context(), program, "run")
	d.command.Env = append(slices.Clone(w.environment), "SYNCD_LISTEN="+d.address)
	d.command.Stdout, d.command.Stderr = d, d
	d.command.Cancel = func() error { return d.command.Process.Signal(syscall.SIGTERM) }
	d.command.WaitDelay = 10 * time.Second
	if err := d.command.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = d.command.Wait() }) // the test's context has ended by then
	return d
}

// kill ends a daemon for good.
func (d *daemon) kill() { _ = d.command.Process.Kill() }

// wait lets time pass.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}
