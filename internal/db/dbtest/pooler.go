package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"syncd/internal/porttest"
)

// poolerGuard runs the pooler until its input, a pipe that we hold open, ends with us.
const poolerGuard = `"$1" "$2/pgbouncer.ini" >"$2/log" 2>&1 </dev/null & cat >/dev/null; kill -KILL $!; wait`

// Pooler gives the address of the database through a PgBouncer of the test's own, in one of its modes: session,
// transaction or statement. All else is as it comes. Skips like New, without PgBouncer.
func (d *Database) Pooler(mode string) string {
	d.tb.Helper()
	program, err := findPooler()
	switch {
	case err != nil && os.Getenv("CI") == "":
		d.tb.Skip(err)
	case err != nil:
		d.tb.Fatal("dbtest:", err)
	}
	address, err := startPooler(d.tb, program, d.URL, mode)
	if err != nil {
		d.tb.Fatal("dbtest:", err)
	}
	return address
}

// findPooler gives the path of PgBouncer, which Debian keeps out of the PATH of ordinary users.
func findPooler() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no PgBouncer found: install one (Debian: apt-get install pgbouncer; macOS: brew install pgbouncer)")
}

func startPooler(tb testing.TB, program, database, mode string) (string, error) {
	tb.Helper()
	behind, err := pgx.ParseConfig(database)
	if err != nil {
		return "", err
	}
	own, err := porttest.Find(tb.Context())
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "syncd-pgbouncer-") //nolint:usetesting // a test's own folder is closed to the server's user
	if err != nil {
		return "", err
	}
	tb.Cleanup(func() { _ = os.RemoveAll(folder) }) // files of the test
	server := fmt.Sprintf("host=%s port=%d user=%s", behind.Host, behind.Port, behind.User)
	if behind.Password != "" {
		server += fmt.Sprintf(" password='%s'", strings.ReplaceAll(behind.Password, "'", "''"))
	}
	config := fmt.Sprintf("[databases]\n%s = %s\n[pgbouncer]\n"+
		"listen_addr = %s\nlisten_port = %d\nunix_socket_dir =\nauth_type = any\npool_mode = %s\n",
		behind.Database, server, own.Addr(), own.Port(), mode)
	if err := os.WriteFile(filepath.Join(folder, "pgbouncer.ini"), []byte(config), 0o600); err != nil {
		return "", err
	}
	owner, err := serverUser() // PgBouncer refuses root too
	if err != nil {
		return "", err
	}
	if owner != nil {
		for _, path := range []string{folder, filepath.Join(folder, "pgbouncer.ini")} {
			if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); err != nil {
				return "", err
			}
		}
	}
	// Not bound to the test's context: the test's last questions go through it.
	command := exec.Command("/bin/sh", "-c", poolerGuard, "sh", program, folder) //nolint:noctx // see above
	command.SysProcAttr = &syscall.SysProcAttr{Credential: owner, Setsid: true}
	pipe, err := command.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := command.Start(); err != nil {
		return "", err
	}
	guard := guard{command: command, orders: pipe}
	tb.Cleanup(func() { _ = guard.stop() }) // it was killed, as it should be
	address := &url.URL{
		Scheme: "postgres", User: url.User("syncd"), Host: own.String(),
		Path: "/" + behind.Database, RawQuery: "sslmode=disable",
	}
	ctx, cancel := context.WithTimeout(tb.Context(), startTimeout)
	defer cancel()
	if err := waitReady(ctx, address.String()); err != nil {
		log, _ := os.ReadFile(filepath.Join(folder, "log")) // best effort: it only explains the error
		return "", fmt.Errorf("start pgbouncer: %w: %s", err, log)
	}
	return address.String(), nil
}
