// Command demo shows syncd at work on this machine: it starts a private
// Postgres and, unless ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET
// name a real account, a simulated Zoom account; runs the real syncd program
// against both; and asks the mirror what an analyst would ask: the first
// questions of docs/cookbook.md. The simulated account is changed after the first
// pass and mirrored a second time, so that there is a history to ask for.
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
	"os"
	"os/exec"
	"os/signal"
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
	users := flag.Int("users", defaultUsers, "users of the simulated account")
	flag.Parse()
	d := demo{out: os.Stdout, log: os.Stderr, program: *program, users: *users, terminal: term.IsTerminal(int(os.Stdout.Fd())) && term.IsTerminal(int(os.Stdin.Fd()))}
	err := d.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo is one showing.
type demo struct {
	out, log io.Writer
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
	environment, simulated, err := d.account(ctx)
	if err != nil {
		return err
	}
	environment = append(environment, "DATABASE_URL="+address)
	if !d.terminal {
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go d.watch(watching, address)
	}
	if err := d.mirror(ctx, environment, simulated); err != nil {
		return err
	}
	if err := ask(ctx, d.out, address); err != nil {
		return err
	}
	if !d.terminal {
		d.say("\nThe mirror was a Postgres database like any other, at '%s'. Run this on a terminal, and it stays up, to be asked with psql what docs/cookbook.md asks.", address)
		return nil
	}
	d.say("\nThe mirror is a Postgres database like any other, and docs/cookbook.md has more questions:\n\n  psql '%s'\n", address)
	d.say("It stays up until you press Ctrl-C.")
	<-ctx.Done()
	d.say("")
	return nil
}

// mirror makes the mirror of an account; a simulated one is changed and mirrored
// again.
func (d demo) mirror(ctx context.Context, environment []string, simulated *zoomtest.Account) error {
	if err := d.syncd(ctx, environment, "migrate"); err != nil {
		return err
	}
	if err := d.syncd(ctx, environment, "sync"); err != nil || simulated == nil {
		return err
	}
	d.say("\nPeople come, go and move, and an administrator changes settings. What does a second pass see of it?")
	if err := change(simulated); err != nil {
		return err
	}
	return d.syncd(ctx, environment, "sync")
}

// syncd runs the program as its user would, in sight.
func (d demo) syncd(ctx context.Context, environment []string, command string) error {
	d.say("\n$ syncd %s", command)
	syncd := exec.CommandContext(ctx, d.program, command) //nolint:gosec // the program is the one this demo shows
	syncd.Env = append(environment, "SYNCD_LOG_FORMAT=text")
	syncd.Stdout, syncd.Stderr = d.out, d.log
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
	for before := 0; ; {
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
		if conn.QueryRow(ctx, "SELECT count(*) FROM zoom.phone_users").Scan(&users) == nil && users != before {
			d.say("  %d users mirrored", users)
			before = users
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
