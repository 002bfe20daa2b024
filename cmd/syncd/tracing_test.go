package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	gosync "sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

// tracedSync makes a pass as syncd sync does, and keeps its spans in memory.
func (b *bench) tracedSync(changes map[string]string) (got outcome, spans []sdktrace.ReadOnlySpan) {
	b.t.Helper()
	environment := maps.Clone(b.environment)
	maps.Copy(environment, changes)
	var stdout, stderr bytes.Buffer
	p := process{args: []string{"sync"}, getenv: func(name string) string { return environment[name] }, stdout: &stdout, stderr: &stderr}
	command, line, err := parse(p)
	if err != nil {
		b.t.Fatal(err)
	}
	cfg, err := line.check(command)
	if err != nil {
		b.t.Fatal(err)
	}
	recorder := tracetest.NewSpanRecorder()
	view := newScreen(&stderr)
	a := app{process: p, config: cfg, screen: view, log: newLogger(view, cfg), tracing: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))}
	code := a.sync(b.t.Context())
	return outcome{code, stdout.String(), stderr.String()}, recorder.Ended()
}

func TestTracing_of_a_pass(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 120, Seed: 41})
	b.sync(exitComplete)
	active, words := b.active(), b.personal()
	b.account.Remove(active[0])
	b.account.FailUser(active[1], zoomtest.Settings, http.StatusForbidden)
	b.account.SetFaults(zoomtest.Faults{InternalError: .05, Only: []string{"profile", "user_settings"}})
	got, spans := b.tracedSync(map[string]string{"SYNCD_LOG_LEVEL": "debug"})
	if got.code != exitPartial {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}

	byName := map[string][]sdktrace.ReadOnlySpan{}
	for _, s := range spans {
		byName[s.Name()] = append(byName[s.Name()], s)
	}
	passes := byName["pass"]
	if len(passes) != 1 {
		t.Fatalf("%d spans of a pass", len(passes))
	}
	pass := passes[0]
	attributes := attributesOf(pass)
	row := b.database.Query("SELECT pass_id, status, users_listed, users_failed, users_deleted, requests FROM zoom.sync_passes ORDER BY pass_id DESC LIMIT 1")[0]
	if diff := cmp.Diff(row, []string{
		attributes["syncd.pass_id"], attributes["syncd.status"], attributes["syncd.users_listed"],
		attributes["syncd.users_failed"], attributes["syncd.users_deleted"], attributes["syncd.requests"],
	}); diff != "" {
		t.Errorf("the table (-) and the span (+) of the pass differ\n%s", diff)
	}
	if pass.Status().Code != codes.Error || pass.Parent().IsValid() || attributes["syncd.account_id"] != b.account.AccountID() {
		t.Errorf("the pass has status %v, parent %v, attributes %v", pass.Status(), pass.Parent(), attributes)
	}

	phases := map[string]sdktrace.ReadOnlySpan{} // by span id
	for _, name := range []string{"list users", "list sites", "fetch documents", "settle changes", "check absent users"} {
		if len(byName[name]) != 1 {
			t.Fatalf("%d spans of the phase %q", len(byName[name]), name)
		}
		phase := byName[name][0]
		phases[phase.SpanContext().SpanID().String()] = phase
		if phase.Parent().SpanID() != pass.SpanContext().SpanID() || attributesOf(phase)["syncd.pass_id"] != row[0] {
			t.Errorf("%q is no child of the pass, or has another's id", name)
		}
	}
	if absent := attributesOf(byName["check absent users"][0]); absent["syncd.users_absent"] != "1" || absent["syncd.users_deleted"] != "1" {
		t.Errorf("absent users have %v", absent)
	}

	users := 0
	for _, batch := range byName["write users"] {
		a := attributesOf(batch)
		var n, rows int
		if _, err := fmt.Sscan(a["syncd.users"], &n); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(a["syncd.rows"], &rows); err != nil || rows < n {
			t.Errorf("a batch of %d users touches %s rows", n, a["syncd.rows"])
		}
		users += n
		if batch.Parent().SpanID() != byName["fetch documents"][0].SpanContext().SpanID() {
			t.Error("a batch is not part of its phase")
		}
	}
	if users != 119 {
		t.Errorf("batches of %d users, want 119", users)
	}

	requests := map[string]int{}
	retried, refused := 0, 0
	for _, s := range spans {
		a := attributesOf(s)
		if a["url.template"] == "" || a["syncd.endpoint"] == "token" {
			continue
		}
		if len(s.Links()) != 1 || phases[s.Links()[0].SpanContext.SpanID().String()] == nil {
			t.Fatalf("the links of a request are %v", s.Links())
		}
		phase := phases[s.Links()[0].SpanContext.SpanID().String()].Name()
		requests[phase+": "+s.Name()]++
		if a["syncd.attempts"] != "1" && len(s.Events()) > 0 {
			retried++
		}
		if s.Status().Code == codes.Error && a["http.response.status_code"] == "403" {
			refused++
			if !strings.Contains(got.stderr, a["syncd.request_id"]) {
				t.Error("the log does not have the request id of a failure")
			}
		}
	}
	if retried == 0 || refused != 1 {
		t.Errorf("%d requests were tried again, %d refused", retried, refused)
	}
	for name, want := range map[string]int{
		"list users: GET /phone/users": 4, "list sites: GET /phone/sites": 1, "check absent users: GET /phone/users/{userId}": 1,
		"fetch documents: GET /phone/users/{userId}": 119,
	} {
		if requests[name] != want {
			t.Errorf("%s: %d requests, want %d (of %v)", name, requests[name], want, requests)
		}
	}
	for line := range strings.Lines(got.stderr) {
		if strings.Contains(line, `"pass ended"`) && !strings.Contains(line, `"trace_id":"`+pass.SpanContext().TraceID().String()+`"`) {
			t.Errorf("the log does not name the trace: %s", line)
		}
	}
	var shown strings.Builder
	for _, s := range spans {
		fmt.Fprintln(&shown, s.Name(), s.Attributes(), s.Events(), s.Status(), s.Resource())
	}
	b.wantNothingPersonal(shown.String(), words)
}

// attributesOf gives the attributes of a span as text.
func attributesOf(span sdktrace.ReadOnlySpan) map[string]string {
	all := map[string]string{}
	for _, a := range span.Attributes() {
		all[string(a.Key)] = fmt.Sprint(a.Value.AsInterface())
	}
	return all
}

// otlp is a collector that keeps what it receives.
type otlp struct {
	*httptest.Server

	mu       gosync.Mutex
	faults   []error
	requests []*http.Request
	spans    map[string]int // by name
	services map[string]bool
}

func newCollector(t *testing.T, status int) *otlp {
	t.Helper()
	c := &otlp{spans: map[string]int{}, services: map[string]bool{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.requests = append(c.requests, r)
		if err := c.take(r); err != nil {
			c.faults = append(c.faults, err)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		w.WriteHeader(status)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *otlp) take(r *http.Request) error {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = unpacked
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var export collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(raw, &export); err != nil {
		return err
	}
	for _, resource := range export.GetResourceSpans() {
		for _, a := range resource.GetResource().GetAttributes() {
			c.services[a.GetKey()+"="+a.GetValue().GetStringValue()] = true
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				c.spans[span.GetName()]++
			}
		}
	}
	return nil
}

func TestTracing_exports_to_a_collector(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 42})
	to := newCollector(t, http.StatusOK)
	log := b.startLogged(map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": to.URL, "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20hunter2", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
		"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test", "OTEL_SERVICE_NAME": "mirror",
	}, "run")
	b.waitFor(completePasses, "1")
	if err := log.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := log.Wait(); err != nil {
		t.Errorf("an order to stop is no failure: %v\n%s", err, log.text())
	}
	to.mu.Lock()
	defer to.mu.Unlock()
	if len(to.faults) > 0 || len(to.requests) == 0 {
		t.Fatalf("%d requests reach the collector; %v", len(to.requests), to.faults)
	}
	if r := to.requests[0]; r.URL.Path != "/v1/traces" || r.Header.Get("Authorization") != "Bearer hunter2" {
		t.Errorf("%s %v", r.URL, r.Header)
	}
	if to.spans["pass"] != 1 || to.spans["GET /phone/users/{userId}"] == 0 || to.spans["write users"] == 0 {
		t.Errorf("spans are %v", to.spans)
	}
	for _, want := range []string{"service.name=mirror", "deployment.environment.name=test", "telemetry.sdk.name=opentelemetry"} {
		if !to.services[want] {
			t.Errorf("the resource lacks %s: %v", want, to.services)
		}
	}
	if text := log.text(); !strings.Contains(text, `"msg":"tracing is on","exporter":"otlp","endpoint":"`+to.URL+`/v1/traces"`) || strings.Contains(text, "hunter2") {
		t.Errorf("the log says\n%s", text)
	}
}

func TestTracing_is_off_unless_it_is_asked_for(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 43})
	to := newCollector(t, http.StatusOK)
	log := b.startLogged(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": to.URL, "OTEL_SDK_DISABLED": "true"}, "run")
	b.waitFor(completePasses, "1")
	if err := log.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := log.Wait(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.text(), `"msg":"tracing is off"`) || strings.Contains(log.text(), "trace_id") || len(to.requests) > 0 {
		t.Errorf("%d requests reach the collector, the log says\n%s", len(to.requests), log.text())
	}
}

// A collector that is lost costs spans, a line in the log now and then, and no pass.
func TestTracing_harms_no_pass(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string]map[string]string{
		"refuses":       {"OTEL_EXPORTER_OTLP_ENDPOINT": newCollector(t, http.StatusBadRequest).URL},
		"answers never": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + porttest.Nobody, "OTEL_EXPORTER_OTLP_TIMEOUT": "500"},
		"speaks gRPC":   {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + porttest.Nobody, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		"no URL":        {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"},
		"no sampler":    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + porttest.Nobody, "OTEL_TRACES_SAMPLER": "nonsense"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 20, Seed: 44})
			changes["OTEL_BSP_SCHEDULE_DELAY"] = "10"
			log := b.startLogged(changes, "sync")
			if err := log.Wait(); err != nil {
				t.Errorf("%v\n%s", err, log.text())
			}
			warnings := 0
			for line := range strings.Lines(log.text()) {
				if strings.Contains(line, `"level":"WARN"`) {
					warnings++
				}
				if !strings.HasPrefix(line, "{") {
					t.Errorf("the log has a line that is no JSON: %s", line)
				}
			}
			if warnings == 0 || warnings > 2 {
				t.Errorf("%d warnings\n%s", warnings, log.text())
			}
			b.wantMirror()
		})
	}
}

func TestTraceTarget(t *testing.T) {
	t.Parallel()
	const endpoint, traces, exporter = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER"
	for _, test := range []struct {
		environment map[string]string
		want        target
		fault       string
	}{
		{nil, target{}, ""},
		{map[string]string{"OTEL_SERVICE_NAME": "x", "OTEL_EXPORTER_OTLP_HEADERS": "a=b"}, target{}, ""},
		{map[string]string{endpoint: "http://c:4318/"}, target{"otlp", "http://c:4318/v1/traces"}, ""},
		{map[string]string{endpoint: "http://c:4318/x", traces: "https://me:secret@d/y?key=secret"}, target{"otlp", "https://d/y"}, ""},
		{map[string]string{exporter: "otlp"}, target{"otlp", "https://localhost:4318/v1/traces"}, ""},
		{map[string]string{exporter: "console", endpoint: "http://c"}, target{"console", ""}, ""},
		{map[string]string{exporter: "none", endpoint: "http://c"}, target{}, ""},
		{map[string]string{endpoint: "http://c", "OTEL_SDK_DISABLED": "TRUE"}, target{}, ""},
		{map[string]string{exporter: "zipkin"}, target{}, "otlp, console, none"},
		{map[string]string{endpoint: "c:4318"}, target{}, "write http://host:4318"},
		{map[string]string{endpoint: "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, target{}, "4318"},
		{map[string]string{endpoint: "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, target{"otlp", "http://c/v1/traces"}, ""},
	} {
		got, err := traceTarget(func(name string) string { return test.environment[name] })
		if got != test.want || (err == nil) != (test.fault == "") || err != nil && !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%v: got %v, %v", test.environment, got, err)
		}
	}
}

func TestComplaints_come_once_in_a_while(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := complaints{log: slog.New(slog.NewJSONHandler(&log, nil))}
		for range 120 {
			c.Handle(errors.New("no answer " + strings.Repeat("x", 10_000)))
			time.Sleep(5 * time.Second) // by the bubble's clock
		}
		if n := strings.Count(log.String(), "not exported"); n != 2 || !strings.Contains(log.String(), `"unsaid_before":59`) || log.Len() > 1500 {
			t.Errorf("%d lines in ten minutes:\n%s", n, log.String())
		}
	})
}
