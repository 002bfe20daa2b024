package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

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

func TestRun_serves_metrics(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	address := closedAddress(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run") }()
	b.waitFor(completePasses, "1")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if want := `syncd_user_writes_total{account="` + b.account.AccountID() + `",outcome="written"} 5`; err != nil || !strings.Contains(string(body), want) {
		t.Errorf("the metrics do not say %s: %v\n%s", want, err, body)
	}
	stop()
	if got := <-ended; got.code != exitComplete {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	wantOneError(t, b.runWith(t.Context(), map[string]string{"SYNCD_LISTEN": "192.0.2.1:1"}, "run"), exitFailed, "SYNCD_LISTEN=192.0.2.1:1")
}

func TestRun_ends_for_refused_credentials_and_an_unknown_schema(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	got := b.runWith(t.Context(), map[string]string{"ZOOM_CLIENT_SECRET": "wrong"}, "run")
	if got.code != exitFailed || !strings.Contains(got.stderr, "credentials refused") {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	b.database.Exec("INSERT INTO syncd.goose_db_version (version_id, is_applied) VALUES (99, true)")
	wantOneError(t, b.run("run"), exitFailed, "schema is newer")
}

func TestRun_waits_for_a_database_that_cannot_be_reached(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	got := b.runWith(ctx, map[string]string{"DATABASE_URL": "postgres://syncd@" + closedAddress(t) + "/mirror"}, "run")
	if got.code != exitComplete || strings.Contains(got.stderr, `"level":"ERROR"`) {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
}
