package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

const completePasses = "SELECT count(*) FROM zoom.sync_passes WHERE status = 'complete'"

func TestRun_standby_takes_over_from_a_killed_leader(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20})
	leader := b.start(nil, "run")
	b.waitFor(completePasses, "1")
	standby := b.start(nil, "run")
	b.waitFor("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'syncd leader'", "1")
	b.waitFor("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'syncd lease'", "0")
	b.sync(exitComplete) // between the leader's passes, the lease is free
	if err := leader.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = leader.Wait()
	b.waitFor(completePasses, "3") // the interval is an hour
	if err := standby.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := standby.Wait(); err != nil {
		t.Errorf("an order to stop is no failure: %v", err)
	}
}

// Somebody else gets the leadership when its connection breaks: failures of the leader before him are no news any more.
func TestRun_standby_has_no_failures(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	b.account.SetScopes("phone:read:user:admin")
	address := porttest.Free(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run") }()
	account := `{account="` + b.account.AccountID() + `"}`
	b.waitForMetric(address, "syncd_pass_consecutive_failures"+account+" 1")
	other, err := pgx.Connect(t.Context(), b.database.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	leads := make(chan error)
	go func() {
		_, err := other.Exec(t.Context(), "SELECT pg_advisory_lock(hashtextextended('syncd leader ' || $1, 0))", b.account.AccountID())
		leads <- err
	}()
	b.waitFor("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'", "1")
	b.database.Value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'syncd leader'")
	if err := <-leads; err != nil {
		t.Fatal(err)
	}
	b.waitForMetric(address, "syncd_pass_consecutive_failures"+account+" 0")
	b.waitForMetric(address, "syncd_leader"+account+" 0")
	if strings.Contains(b.metrics(address), "syncd_pass_last_attempt_timestamp_seconds"+account+" 0\n") {
		t.Error("it does not know any more that it began a pass")
	}
	stop()
	<-ended
}

func TestRun_serves_metrics(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	address := porttest.Free(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run") }()
	b.waitForMetric(address, `syncd_user_writes_total{account="`+b.account.AccountID()+`",outcome="written"} 5`)
	b.waitForMetric(address, `syncd_hold_open{account="`+b.account.AccountID()+`"} 0`)
	for _, name := range []string{"syncd_users", "syncd_oldest_document_age_seconds", "syncd_unmapped_fields", "syncd_build_info", "go_goroutines", "process_resident_memory_bytes"} {
		if !strings.Contains(b.metrics(address), "\n"+name) {
			t.Errorf("there is no %s", name)
		}
	}
	stop()
	if got := <-ended; got.code != exitComplete {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	wantOneError(t, b.runWith(t.Context(), map[string]string{"SYNCD_LISTEN": "192.0.2.1:1"}, "run"), exitFailed, "SYNCD_LISTEN=192.0.2.1:1")
}

func TestRun_says_once_that_somebody_else_makes_a_pass(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20})
	goOn := b.stallAfter(0)
	other := make(chan outcome)
	go func() { other <- b.runWith(context.Background(), nil, "sync") }()
	b.waitFor("SELECT count(*) FROM zoom.sync_passes", "1")
	address := porttest.Free(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run") }()
	b.waitForTries(address, 2)
	goOn()
	b.waitFor(completePasses, "2")
	stop()
	<-other
	got := <-ended
	if strings.Contains(got.stderr, `"level":"ERROR"`) || strings.Count(got.stderr, "somebody else makes a pass") != 1 {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
}

func TestRun_counts_passes_that_a_read_only_database_refuses(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	address := porttest.Free(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	b.database.Exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run") }()
	account := `{account="` + b.account.AccountID() + `"`
	b.waitForMetric(address, "syncd_passes_total"+account+`,status="failed"} 1`)
	if body := b.metrics(address); strings.Contains(body, "syncd_pass_last_attempt_timestamp_seconds"+account+"} 0\n") {
		t.Errorf("the metrics do not say that a pass was tried:\n%s", body)
	}
	stop()
	<-ended
}

// metrics gives the metrics of the daemon at an address; "" while it serves none.
func (b *bench) metrics(address string) string {
	b.t.Helper()
	_, body := b.get("http://" + address + "/metrics")
	return body
}

// get asks for a page; the status is 0 while nobody answers.
func (b *bench) get(page string) (status int, body string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, page, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func TestRun_answers_probes(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	probe := func(address string, healthy, ready string, code int) {
		t.Helper()
		if status, body := b.get("http://" + address + "/healthz"); status != http.StatusOK || body != healthy {
			t.Errorf("/healthz: %d %q, want %q", status, body, healthy)
		}
		if status, body := b.get("http://" + address + "/readyz"); status != code || body != ready {
			t.Errorf("/readyz: %d %q, want %d %q", status, body, code, ready)
		}
	}
	// It serves before it has a database.
	lost := porttest.Free(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go b.runWith(ctx, map[string]string{"SYNCD_LISTEN": lost, "DATABASE_URL": "postgres://syncd@" + porttest.Nobody + "/mirror"}, "run")
	b.waitForHealth(lost, "waiting for the database")
	const notYet = "not yet: see the log"
	probe(lost, "ok: waiting for the database\n", "FAIL database: "+notYet+"\nFAIL schema: "+notYet+"\nFAIL token: "+notYet+"\n", http.StatusServiceUnavailable)

	leader, standby := porttest.Free(t), porttest.Free(t)
	go b.runWith(ctx, map[string]string{"SYNCD_LISTEN": leader}, "run")
	b.waitFor(completePasses, "1")
	b.waitForHealth(leader, "waiting for the next pass") // which it also is for a moment before the first
	const all = "ok   database\nok   schema\nok   token\n"
	probe(leader, "ok: waiting for the next pass\n", all, http.StatusOK)
	go b.runWith(ctx, map[string]string{"SYNCD_LISTEN": standby}, "run")
	b.waitForHealth(standby, "asking who leads")
	probe(standby, "ok: asking who leads\n", all, http.StatusOK)
}

// waitForTries waits until the daemon at an address has decided so many times when its next pass begins.
func (b *bench) waitForTries(address string, tries int) {
	b.t.Helper()
	next := regexp.MustCompile(`(?m)^syncd_pass_next_timestamp_seconds\{.*\} (\S+)$`)
	seen := map[string]bool{}
	b.await(func() (missing string) {
		if found := next.FindStringSubmatch(b.metrics(address)); found != nil && found[1] != "0" {
			seen[found[1]] = true
		}
		if len(seen) < tries {
			return fmt.Sprintf("the next pass was to begin at %v, want %d times", seen, tries)
		}
		return ""
	})
}

// waitForHealth waits until the daemon at an address is well, and does this.
func (b *bench) waitForHealth(address, doing string) {
	b.t.Helper()
	b.await(func() (missing string) {
		if _, body := b.get("http://" + address + "/healthz"); body != "ok: "+doing+"\n" {
			return fmt.Sprintf("/healthz does not come to say %q: %q", doing, body)
		}
		return ""
	})
}

// waitForMetric waits until the daemon at an address serves a sample.
func (b *bench) waitForMetric(address, sample string) {
	b.t.Helper()
	b.await(func() (missing string) {
		if metrics := b.metrics(address); !strings.Contains(metrics, sample+"\n") {
			return fmt.Sprintf("the metrics do not come to say %s:\n%s", sample, metrics)
		}
		return ""
	})
}

func TestRun_ends_for_refused_credentials_and_an_unknown_schema(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	got := b.runWith(t.Context(), map[string]string{"ZOOM_CLIENT_SECRET": "wrong"}, "run")
	if got.code != exitFailed || !strings.Contains(got.stderr, "credentials refused") {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	b.database.Exec("INSERT INTO syncd.goose_db_version (version_id, is_applied) VALUES (99, true); UPDATE syncd.compatibility SET oldest = 99")
	wantOneError(t, b.run("run"), exitFailed, "schema is newer")
}

func TestRun_waits_for_a_database_that_cannot_be_reached(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	got := b.runWith(ctx, map[string]string{"DATABASE_URL": "postgres://syncd@" + porttest.Nobody + "/mirror"}, "run")
	if got.code != exitComplete || strings.Contains(got.stderr, `"level":"ERROR"`) {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
}
