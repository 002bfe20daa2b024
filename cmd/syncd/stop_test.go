package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"syncd/internal/zoom/zoomtest"
)

// graceTime is within what an order to stop has to be obeyed; Kubernetes gives 30 seconds.
const graceTime = 20 * time.Second

// obstacle is what a pass runs into. Reach returns when it has.
type obstacle struct{ reach, remove func() }

// answerWith makes the account answer the paths that end with suffix in this way.
func (b *bench) answerWith(suffix string, answer http.HandlerFunc) obstacle {
	asked := make(chan struct{}, 1)
	intercept := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, suffix) {
			return false
		}
		select {
		case asked <- struct{}{}:
		default:
		}
		answer(w, r)
		return true
	}
	b.intercept.Store(&intercept)
	return obstacle{func() { <-asked }, func() { b.intercept.Store(nil) }}
}

// lock locks a table.
func (b *bench) lock(table string) obstacle {
	b.t.Helper()
	conn, err := pgx.Connect(context.Background(), b.database.URL)
	if err == nil {
		_, err = conn.Exec(context.Background(), "BEGIN; LOCK TABLE "+table+" IN EXCLUSIVE MODE")
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return obstacle{
		func() {
			b.waitFor("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", "1")
		},
		func() { _ = conn.Close(context.Background()) },
	}
}

// never answers.
func never(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client has gone
	<-r.Context().Done()
}

func refused(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(status)
	}
}

func TestStop_is_obeyed_wherever_a_pass_waits(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]func(*bench) obstacle{
		"for a token":          func(b *bench) obstacle { return b.answerWith("/oauth/token", never) },
		"for a list":           func(b *bench) obstacle { return b.answerWith("/phone/users", never) },
		"for the lists pool":   func(b *bench) obstacle { return b.answerWith("/phone/users", refused(429)) },
		"to list once more":    func(b *bench) obstacle { return b.answerWith("/phone/users", refused(503)) },
		"for the sites":        func(b *bench) obstacle { return b.answerWith("/phone/sites", never) },
		"for a document":       func(b *bench) obstacle { return b.answerWith("/settings", never) },
		"for a documents pool": func(b *bench) obstacle { return b.answerWith("/settings", refused(429)) },
		"to ask once more":     func(b *bench) obstacle { return b.answerWith("/settings", refused(503)) },
		"for a lock":           func(b *bench) obstacle { return b.lock("syncd.documents") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 40, Small: true, Seed: 90})
			blocked := block(b)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan outcome)
			go func() { ended <- b.runWith(ctx, nil, "sync") }()
			blocked.reach()
			cancel()
			begun := time.Now()
			got := <-ended
			if took := time.Since(begun); got.code != exitFailed || took > graceTime {
				t.Errorf("exit code %d after %v\n%s", got.code, took, got.stderr)
			}
			if status := b.database.Value("SELECT status FROM zoom.sync_passes"); status != "interrupted" {
				t.Errorf("the pass is recorded as %q", status)
			}
			blocked.remove()
			b.sync(exitComplete) // the lease is free, and nothing is half written
			b.wantMirror()
			b.wantPasses([]string{"1", "complete", "40", "40", "0", "0"})
		})
	}
}
