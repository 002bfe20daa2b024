package db_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"syncd/internal/db"
)

// silent gives the URL of a way to a database on which connections of an application
// whose name ends with a word get no answer.
func silent(t *testing.T, database, word string) string {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				start := make([]byte, 4096)
				n, _ := client.Read(start)
				if bytes.Contains(start[:n], []byte(word+"\x00")) {
					_, _ = io.Copy(io.Discard, client)
					return
				}
				server, err := net.Dial(network, address)
				if err != nil {
					return
				}
				defer server.Close()
				_, _ = server.Write(start[:n])
				go func() { _, _ = io.Copy(server, client) }()
				_, _ = io.Copy(client, server)
			}()
		}
	}()
	parsed, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Host = listener.Addr().String()
	query := parsed.Query()
	query.Del("host")
	query.Del("port")
	query.Set("sslmode", "disable")
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

func TestStore_lease_of_a_silent_server_is_given_up(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for word, acquire := range map[string]func(*db.Store) error{
		"syncd lease":  func(s *db.Store) error { _, err := s.AcquireLease(t.Context(), account); return err },
		"syncd leader": func(s *db.Store) error { _, err := s.AcquireLeadership(t.Context(), account); return err },
	} {
		store := open(t, silent(t, b.database.URL, word))
		store.SetPatience(300 * time.Millisecond)
		if err := acquire(store); !errors.Is(err, db.ErrUnreachable) {
			t.Errorf("%s: got %v, want ErrUnreachable", word, err)
		}
	}
}
