package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

// runProbe runs syncd probe with nothing but an address, and a secret that cannot be read.
func runProbe(t *testing.T, listen string, args ...string) outcome {
	t.Helper()
	environment := map[string]string{"SYNCD_LISTEN": listen, "DATABASE_URL_FILE": "/nowhere/at/all", "HTTP_PROXY": "http://192.0.2.1:1"}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), process{
		args: append([]string{"probe"}, args...), getenv: func(name string) string { return environment[name] }, stdout: &stdout, stderr: &stderr,
	})
	return outcome{code, stdout.String(), stderr.String()}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	address := porttest.Free(t)
	if got := runProbe(t, address); got.code != exitFailed || !strings.Contains(got.stderr, "gives no answer") {
		t.Errorf("without a daemon: %+v", got)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run") }()
	b.waitFor(completePasses, "1")
	if got := runProbe(t, address); got.code != exitComplete || !strings.HasPrefix(got.stdout, "ok") || got.stderr != "" {
		t.Errorf("a healthy daemon: %+v", got)
	}
	want := outcome{exitComplete, "ok   database\nok   schema\nok   token\n", ""}
	if diff := cmp.Diff(want, runProbe(t, address, "--ready"), cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("a ready daemon (-want +got):\n%s", diff)
	}
	stop()
	<-ended

	// One that gets on, and cannot do its work.
	lost := porttest.Free(t)
	ctx, stop = context.WithCancel(t.Context())
	go func() {
		ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": lost, "DATABASE_URL": "postgres://syncd@" + porttest.Nobody + "/mirror"}, "run")
	}()
	b.waitForHealth(lost, "waiting for the database")
	if got := runProbe(t, lost); got.code != exitComplete {
		t.Errorf("a daemon without a database: %+v", got)
	}
	if got := runProbe(t, lost, "--ready"); got.code != exitFailed || !strings.Contains(got.stdout, "FAIL database") || !strings.Contains(got.stderr, "503") {
		t.Errorf("a daemon without a database: %+v", got)
	}
	stop()
	<-ended
}

func TestProbe_goes_where_the_daemon_can_be_reached(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":9090": "127.0.0.1:9090", "0.0.0.0:1": "127.0.0.1:1", "[::]:1": "127.0.0.1:1", "[::1]:1": "[::1]:1", "10.0.0.7:80": "10.0.0.7:80", "host:80": "host:80",
	} {
		if got := reachable(listen); got != want {
			t.Errorf("%s: got %s, want %s", listen, got, want)
		}
	}
	if got := runProbe(t, "9090"); got.code != exitUsage || !strings.Contains(got.stderr, "SYNCD_LISTEN") {
		t.Errorf("no address: %+v", got)
	}
}
