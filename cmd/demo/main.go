// Command demo shows syncd at work on this machine: it starts a private
// Postgres and, unless ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET
// name a real account, a simulated Zoom account; runs the real syncd program
// against both; and asks the mirror what an analyst would ask.
//
// It owns nothing of the mirror: whatever it shows is done by the syncd program
// and read back over SQL. On a terminal it stays up until Ctrl-C, otherwise it
// ends by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/term"

	"syncd/internal/db/dbtest"
	"syncd/internal/zoom/zoomtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	program := flag.String("syncd", "bin/syncd", "the syncd program to show")
	users := flag.Int("users", 500, "users of the simulated account")
	flag.Parse()
	d := demo{out: os.Stdout, program: *program, users: *users, terminal: term.IsTerminal(int(os.Stdout.Fd())) && term.IsTerminal(int(os.Stdin.Fd()))}
	err := d.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo is one showing.
type demo struct {
	out      io.Writer
	program  string
	users    int
	terminal bool
}

func (d demo) run(ctx context.Context) (err error) {
	if _, err := exec.LookPath(d.program); err != nil {
		return fmt.Errorf("%s is not there: run \"make demo\", which builds it first", d.program)
	}
	d.say("Starting a private Postgres ...")
	server, err := dbtest.Start(ctx, dbtest.Options{Private: true, TCP: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	address := server.URL("zoom_mirror")
	if err := createDatabase(ctx, server.URL("postgres")); err != nil {
		return err
	}
	environment, err := d.account(ctx)
	if err != nil {
		return err
	}
	environment = append(environment, "DATABASE_URL="+address)
	if err := d.syncd(ctx, environment, "migrate"); err != nil {
		return err
	}
	if !d.terminal {
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go d.watch(watching, address)
	}
	if err := d.syncd(ctx, environment, "sync"); err != nil {
		return err
	}
	if err := ask(ctx, d.out, address); err != nil {
		return err
	}
	d.say("\nThe mirror is a Postgres database like any other:\n\n  psql '%s'\n", address)
	if !d.terminal {
		return nil
	}
	d.say("It stays up until you press Ctrl-C.")
	<-ctx.Done()
	d.say("")
	return nil
}

// account gives the environment that leads syncd to the account to mirror.
func (d demo) account(ctx context.Context) ([]string, error) {
	environment := without(os.Environ(), "DATABASE_URL")
	var missing []string
	credentials := []string{"ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"}
	for _, name := range credentials {
		if os.Getenv(name) == "" && os.Getenv(name+"_FILE") == "" {
			missing = append(missing, name)
		}
	}
	switch len(missing) {
	case 0:
		d.say("Using the Zoom account of ZOOM_ACCOUNT_ID.")
		return environment, nil
	case len(credentials):
	default:
		return nil, fmt.Errorf("some ZOOM_* variables are set, but not %s: set all three to mirror a real account, or none", strings.Join(missing, ", "))
	}
	environment = without(environment, append(credentials, "ZOOM_API_URL", "ZOOM_TOKEN_URL", "ZOOM_PLAN", "ZOOM_RATE_SHARE", "ZOOM_POOLS")...)
	d.say("Starting a simulated Zoom account with %d phone users; its rate limits are those of a Business account ...", d.users)
	simulated := zoomtest.New(zoomtest.Options{Users: d.users, Seed: 1, Latency: 60 * time.Millisecond, Jitter: 60 * time.Millisecond})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	zoom := &http.Server{Handler: simulated, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = zoom.Serve(listener) }() // it ends with the listener
	context.AfterFunc(ctx, func() { _ = zoom.Close() })
	base := "http://" + listener.Addr().String()
	return append(environment,
		"ZOOM_ACCOUNT_ID="+simulated.AccountID(), "ZOOM_CLIENT_ID="+simulated.ClientID(), "ZOOM_CLIENT_SECRET="+simulated.ClientSecret(),
		"ZOOM_API_URL="+base+"/v2", "ZOOM_TOKEN_URL="+base+"/oauth/token",
	), nil
}

// without drops variables, and the names of files that stand for them.
func without(environment []string, names ...string) []string {
	return slices.DeleteFunc(environment, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(names, strings.TrimSuffix(name, "_FILE"))
	})
}

// syncd runs the program as its user would, in sight.
func (d demo) syncd(ctx context.Context, environment []string, command string) error {
	d.say("\n$ syncd %s", command)
	syncd := exec.CommandContext(ctx, d.program, command) //nolint:gosec // the program is the one this demo shows
	syncd.Env = append(environment, "SYNCD_LOG_FORMAT=text")
	syncd.Stdout, syncd.Stderr = os.Stdout, os.Stderr
	syncd.Cancel = func() error { return syncd.Process.Signal(syscall.SIGTERM) }
	syncd.WaitDelay = 10 * time.Second
	err := syncd.Run()
	var exit *exec.ExitError
	const partial = 3
	if errors.As(err, &exit) && exit.ExitCode() == partial {
		d.say("(the pass is partial: see the messages above)")
		return nil
	}
	if err != nil {
		return fmt.Errorf("syncd %s: %w", command, err)
	}
	return nil
}

// watch shows, where there is no terminal for a progress bar, how the mirror
// fills.
func (d demo) watch(ctx context.Context, address string) {
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		var users int
		conn, err := pgx.Connect(ctx, address)
		if err != nil {
			continue
		}
		if conn.QueryRow(ctx, "SELECT count(*) FROM zoom.phone_users").Scan(&users) == nil {
			d.say("  %d users mirrored", users)
		}
		_ = conn.Close(ctx)
	}
}

func createDatabase(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect to the private Postgres: %w", err)
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE zoom_mirror")
	return errors.Join(err, conn.Close(ctx))
}

func (d demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }
