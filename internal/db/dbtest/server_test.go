package dbtest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"syncd/internal/db/dbtest"
)

// childVariable makes this binary start a server, tell its address and wait to be killed.
const childVariable = "SYNCD_DBTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		dbtest.Main(m)
	}
	server, err := dbtest.Start(context.Background(), dbtest.Options{Private: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(server.URL("postgres"))
	select {}
}

func TestStart(t *testing.T) {
	t.Parallel()

	t.Run("tcp_wants_the_password", func(t *testing.T) {
		t.Parallel()
		server := dbtest.Private(t, dbtest.Options{TCP: true})
		address := parse(t, server.URL("postgres"))
		if socket := address.Query().Get("host"); socket != "" || address.Port() == "" {
			t.Errorf("no TCP address: %q, socket %q", address.Host, socket)
		}
		ping(t, address.String())
		address.User = url.UserPassword("postgres", "wrong")
		if conn, err := pgx.Connect(t.Context(), address.String()); err == nil {
			t.Error("a wrong password was taken", conn.Close(t.Context()))
		}
	})

	t.Run("has_the_settings_for_tests_and_those_asked_for", func(t *testing.T) {
		t.Parallel()
		database := dbtest.At(t, dbtest.Private(t, dbtest.Options{Settings: "work_mem = '5MB'"}).URL("postgres"))
		if fsync, memory := database.Value("SHOW fsync"), database.Value("SHOW work_mem"); fsync != "off" || memory != "5MB" {
			t.Errorf("fsync %s, work_mem %s", fsync, memory)
		}
	})

	t.Run("stop_leaves_nothing", func(t *testing.T) {
		t.Parallel()
		server := dbtest.Private(t, dbtest.Options{})
		ping(t, server.URL("postgres"))
		if err := server.Stop(); err != nil {
			t.Fatal(err)
		}
		if left := leftBehind(t, server.URL("postgres")); left != "" {
			t.Error(left)
		}
	})

	t.Run("halted_server_comes_back_with_its_data", func(t *testing.T) {
		t.Parallel()
		server := dbtest.Private(t, dbtest.Options{})
		if parse(t, server.URL("postgres")).Query().Get("host") == "" {
			return // a container cannot be halted
		}
		database := dbtest.At(t, server.URL("postgres"))
		// Otherwise a crash may lose the last moment.
		database.Exec(`ALTER DATABASE postgres SET synchronous_commit = on`)
		for i, abrupt := range []bool{false, true} {
			database.Exec(fmt.Sprintf(`CREATE TABLE kept_%d ()`, i))
			if err := server.Halt(abrupt); err != nil {
				t.Fatal(err)
			}
			if conn, err := pgx.Connect(t.Context(), server.URL("postgres")); err == nil {
				t.Error("a halted server answers", conn.Close(t.Context()))
			}
			if err := server.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := database.Value(`SELECT count(*) FROM pg_tables WHERE tablename LIKE 'kept%'`); got != "2" {
			t.Errorf("%s of 2 tables are left", got)
		}
	})

	t.Run("killed_owner_leaves_nothing", func(t *testing.T) {
		t.Parallel()
		server := dbtest.Private(t, dbtest.Options{}) // skips without Postgres
		if os.Getenv("TESTCONTAINERS_RYUK_DISABLED") == "true" && parse(t, server.URL("postgres")).Query().Get("host") == "" {
			return // a container stays: whose task it is to remove it was told to stay away
		}
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		child := exec.CommandContext(t.Context(), self)
		child.Env = append(os.Environ(), childVariable+"=1")
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err, child.Wait())
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // "signal: killed"
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			left := leftBehind(t, strings.TrimSpace(line))
			if left == "" {
				return
			}
			select {
			case <-tick.C:
			case <-t.Context().Done():
				t.Fatal(left)
			}
		}
	})
}

func TestNew(t *testing.T) {
	t.Parallel()
	one, two, blank := dbtest.New(t), dbtest.New(t), dbtest.Empty(t)
	one.Exec(`INSERT INTO syncd.users (account_id, user_id) VALUES ('a', 'u')`)
	for _, test := range []struct {
		database *dbtest.Database
		want     string
	}{{one, "1"}, {two, "0"}} {
		if got := test.database.Value(`SELECT count(*) FROM zoom.phone_users`); got != test.want {
			t.Errorf("users: got %s, want %s", got, test.want)
		}
	}
	if got := blank.Query(`SELECT to_regnamespace('syncd')`); got[0][0] != "<null>" {
		t.Errorf("a blank database has a schema: %v", got)
	}
}

// leftBehind says what is left of a server that ended, "" for nothing. One in a container has no folder to leave.
func leftBehind(t *testing.T, address string) string {
	t.Helper()
	folder := parse(t, address).Query().Get("host")
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		return fmt.Sprintf("%s is left behind: %v", folder, err)
	}
	if conn, err := pgx.Connect(t.Context(), address); err == nil {
		return fmt.Sprintf("the server goes on: %v", conn.Close(t.Context()))
	}
	return ""
}

func parse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func ping(t *testing.T, address string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
