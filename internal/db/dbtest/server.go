package dbtest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
)

// urlVariable names a running Postgres to use; its role must be allowed to create databases.
const urlVariable = "TEST_DATABASE_URL"

// imageVariable names the image that Docker runs when there are no binaries, instead of image.
const imageVariable = "TEST_POSTGRES_IMAGE"

const image = "postgres:17-alpine"

// readyLog lets a server in a container log that it is ready, which is waited for.
const readyLog = "\nlog_min_messages = log\n"

// ErrNoPostgres means that there is no way to a Postgres on this machine; the message says what to install.
var ErrNoPostgres = errors.New("no Postgres found: install one (Debian: apt-get install postgresql; " +
	"macOS: brew install postgresql) or start Docker")

// Options of Start. The zero value takes what there is.
type Options struct {
	// Private leaves TEST_DATABASE_URL aside and always starts a server.
	Private bool

	// TCP makes a server from binaries listen on a free port of 127.0.0.1 as well, with a password. URL then gives that
	// address instead of the socket's.
	TCP bool

	// OnDisk keeps the data of a server from binaries on disk, for more of it than memory should hold.
	OnDisk bool

	// Settings of the server, as lines of postgresql.conf, a name and a value each; they override those for tests.
	Settings string
}

// Server is a running Postgres.
type Server struct {
	base  *url.URL // of the database postgres
	guard *guard   // nil: not from binaries
	stop  func() error
}

// Start finds or starts a Postgres: TEST_DATABASE_URL, else the newest binaries of this machine, else Docker. Without
// any of them the error is ErrNoPostgres. A server from binaries keeps its data in memory where it can, writes nothing
// safely to disk, and ends with this process even if that is killed.
func Start(ctx context.Context, options Options) (*Server, error) {
	if given := os.Getenv(urlVariable); given != "" && !options.Private {
		base, err := url.Parse(given)
		if err != nil || base.Host == "" && base.RawQuery == "" {
			// The parser's words may quote a password.
			return nil, errors.New(urlVariable + " is not a URL: write postgres://user:password@host:5432/postgres")
		}
		return &Server{base: base, stop: func() error { return nil }}, nil
	}
	binaries, err := findBinaries()
	if err == nil {
		return startBinaries(ctx, binaries, options)
	}
	server, dockerErr := startContainer(ctx, options)
	if dockerErr != nil && !options.Private {
		return nil, fmt.Errorf("%w, or set %s (%w; docker: %w)", ErrNoPostgres, urlVariable, err, dockerErr)
	}
	if dockerErr != nil {
		return nil, fmt.Errorf("%w (%w; docker: %w)", ErrNoPostgres, err, dockerErr)
	}
	return server, nil
}

// URL is the address of a database on the server. The role may create databases.
func (s *Server) URL(database string) string {
	u := *s.base
	u.Path = "/" + database
	return u.String()
}

// Stop ends the server and removes its files. A server from TEST_DATABASE_URL goes on.
func (s *Server) Stop() error { return s.stop() }

// Halt ends the server and keeps its files: abruptly as in a crash, else after it has sent its clients away. Only a server
// from binaries can be halted.
func (s *Server) Halt(abrupt bool) error {
	switch {
	case s.guard == nil:
		return errNoGuard
	case abrupt:
		return s.guard.order("QUIT") // what Postgres calls an immediate shutdown
	default:
		return s.guard.order("INT") // a fast one
	}
}

// Resume starts a halted server again, at the same address, and waits until it answers.
func (s *Server) Resume(ctx context.Context) error {
	if s.guard == nil {
		return errNoGuard
	}
	if err := s.guard.order("start"); err != nil {
		return err
	}
	return waitReady(ctx, s.URL("postgres"))
}

func startContainer(ctx context.Context, options Options) (server *Server, err error) {
	// The library panics when it finds no engine in some set-ups.
	defer func() {
		if fault := recover(); fault != nil {
			server, err = nil, fmt.Errorf("%v", fault)
		}
	}()
	container, err := postgres.Run(ctx, cmp.Or(os.Getenv(imageVariable), image), postgres.BasicWaitStrategies(),
		postgres.WithPassword(rand.Text()), // one that no message has by chance, as it has "postgres"
		testcontainers.WithCmd(append([]string{"postgres"}, asArguments(settings+options.Settings+readyLog)...)...))
	if err != nil {
		return nil, errors.Join(err, testcontainers.TerminateContainer(container))
	}
	stop := func() error { return testcontainers.TerminateContainer(container) }
	address, err := container.ConnectionString(ctx, "sslmode=disable")
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return &Server{base: base, stop: stop}, nil
}

// asArguments gives lines of postgresql.conf as arguments of postgres.
func asArguments(lines string) []string {
	var arguments []string
	for line := range strings.Lines(lines) {
		if name, value, found := strings.Cut(line, "="); found {
			arguments = append(arguments, "-c", strings.TrimSpace(name)+"="+strings.Trim(strings.TrimSpace(value), "'"))
		}
	}
	return arguments
}
