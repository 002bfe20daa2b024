package dbtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"syncd/internal/porttest"
)

const (
	// startTimeout bounds initdb and start together; both take about a second.
	startTimeout = 60 * time.Second

	// leastMemory is the space that /dev/shm must have to hold the data; in a container it often has 64 MB only.
	leastMemory = 1 << 30
)

// onDisk is the folder for the cluster's folder when it is not in memory.
const onDisk = "/tmp"

// settings of the server. Nothing survives it, so nothing needs to be safe on disk; tables are small, so that to compile
// a query takes longer than to run it.
const settings = `
jit = off
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 300
shared_buffers = 64MB
max_wal_size = 256MB
wal_level = minimal
max_wal_senders = 0
log_min_messages = fatal
`

// findBinaries gives the folder of postgres and initdb: the one in PATH, else the newest in the usual places.
func findBinaries() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(real), nil
		}
	}
	var found []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin/postgres", // Debian
		"/usr/pgsql-*/bin/postgres",          // Red Hat
		"/opt/homebrew/opt/postgresql*/bin/postgres",
		"/usr/local/opt/postgresql*/bin/postgres",
	} {
		matches, _ := filepath.Glob(pattern) // the patterns are well formed
		slices.SortFunc(matches, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
		found = append(found, matches...)
	}
	for _, path := range found {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "initdb")); err == nil {
			return filepath.Dir(path), nil
		}
	}
	return "", errors.New("no binaries")
}

// majorVersion reads the first number in a path; 0 without one.
func majorVersion(path string) int {
	begin := strings.IndexAny(path, "0123456789")
	if begin < 0 {
		return 0
	}
	end := begin
	for end < len(path) && path[end] >= '0' && path[end] <= '9' {
		end++
	}
	version, _ := strconv.Atoi(path[begin:end]) // digits only
	return version
}

// startBinaries makes a cluster in a folder of its own and starts it.
func startBinaries(ctx context.Context, binaries string, options Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	parent := dataParent()
	if options.OnDisk {
		parent = onDisk
	}
	folder, err := os.MkdirTemp(parent, "syncd-postgres-")
	if err != nil {
		return nil, err
	}
	s := &cluster{binaries: binaries, folder: folder, owner: owner, password: rand.Text()}
	server, err := s.start(ctx, options)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return server, nil
}

// cluster is a Postgres that is being started.
type cluster struct {
	binaries string
	folder   string
	owner    *syscall.Credential // nil: our own user
	password string
}

func (c *cluster) start(ctx context.Context, options Options) (*Server, error) {
	if c.owner != nil {
		if err := os.Chown(c.folder, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			return nil, err
		}
	}
	if err := c.initialize(ctx); err != nil {
		return nil, err
	}
	config := settings + options.Settings + fmt.Sprintf("\nunix_socket_directories = '%s'\n", c.folder)
	base := &url.URL{Scheme: "postgres", User: url.User("postgres")}
	if options.TCP {
		address, err := porttest.Find(ctx)
		if err != nil {
			return nil, err
		}
		config += fmt.Sprintf("listen_addresses = '%s'\nport = %d\n", address.Addr(), address.Port())
		base.User = url.UserPassword("postgres", c.password)
		base.Host = address.String()
		base.RawQuery = "sslmode=disable"
	} else {
		config += "listen_addresses = ''\n"
		base.RawQuery = url.Values{"host": {c.folder}}.Encode()
	}
	if err := os.WriteFile(filepath.Join(c.folder, "data", "postgresql.auto.conf"), []byte(config), 0o644); err != nil {
		return nil, err
	}
	return c.run(ctx, base)
}

// initialize makes the cluster. The socket trusts, since the folder is closed to other users; TCP wants the password.
func (c *cluster) initialize(ctx context.Context) error {
	passwordFile := filepath.Join(c.folder, "password")
	if err := os.WriteFile(passwordFile, []byte(c.password), 0o644); err != nil {
		return err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(c.binaries, "initdb"),
		"--pgdata", filepath.Join(c.folder, "data"), "--username", "postgres", "--pwfile", passwordFile,
		"--auth-local", "trust", "--auth-host", "scram-sha-256",
		"--encoding", "UTF8", "--no-locale", "--no-sync")
	initdb.Dir = c.folder
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// run starts the server under its guard and waits until it answers.
func (c *cluster) run(ctx context.Context, base *url.URL) (*Server, error) {
	g, err := startGuard(c)
	if err != nil {
		return nil, err
	}
	server := &Server{base: base, guard: g, stop: g.stop}
	if err := waitReady(ctx, server.URL("postgres")); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.folder, "log")) // best effort: it only explains the error
		return nil, errors.Join(fmt.Errorf("start postgres: %w: %s", err, bytes.TrimSpace(log)), server.Stop())
	}
	return server, nil
}

// waitReady asks until the server answers.
func waitReady(ctx context.Context, address string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, address)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// serverUser is the user to run the server as: Postgres refuses root. Nil means ourselves.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(account.Uid, 10, 32)
		if err != nil {
			continue
		}
		gid, err := strconv.ParseUint(account.Gid, 10, 32)
		if err != nil {
			continue
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("postgres does not run as root, and there is no user postgres or nobody")
}

// dataParent is the folder for the cluster's folder: in memory when there is room. It is a short path, since that of a
// socket may not be longer than about 100 bytes.
func dataParent() string {
	const memory = "/dev/shm"
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memory, &stat); err == nil && stat.Bavail*uint64(stat.Bsize) >= leastMemory {
		return memory
	}
	return onDisk
}
