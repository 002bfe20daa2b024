package main

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

// families reads an exposition.
func families(t *testing.T, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	all, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return all
}

// valueOf gives the value of the sample with these labels, given as name, value and so on.
func valueOf(t *testing.T, all map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	t.Helper()
samples:
	for _, metric := range all[name].GetMetric() {
		has := map[string]string{}
		for _, label := range metric.GetLabel() {
			has[label.GetName()] = label.GetValue()
		}
		for i := 0; i < len(labels); i += 2 {
			if has[labels[i]] != labels[i+1] {
				continue samples
			}
		}
		return metric.GetGauge().GetValue() + metric.GetCounter().GetValue() + float64(metric.GetHistogram().GetSampleCount())
	}
	t.Errorf("there is no sample of %s%v", name, labels)
	return -1
}

// After passes with faults, refused scopes and a neighbour, nothing is exported that docs/metrics.md does not have.
func TestMetrics_of_the_whole_program_are_documented(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 161, Plan: "business", Limits: map[string]float64{zoomtest.PhoneLight: 40}})
	b.account.SetNeighbour(zoomtest.PhoneLight, 20)
	b.account.SetFaults(zoomtest.Faults{InternalError: .05, BadGateway: .03, Garbage: .03, BrokenBody: .02, NotReady: .05, TokenFaults: .3})
	b.account.FailUser(b.active()[0], zoomtest.Settings, http.StatusForbidden)
	b.environment["ZOOM_POOLS"] = ""
	b.environment["ZOOM_RATE_SHARE"] = "0.8"
	address := porttest.Free(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run") }()
	b.waitFor("SELECT count(*) > 0 FROM zoom.sync_passes WHERE status <> 'running'", "t")
	b.waitForHealth(address, "waiting for the next pass") // all that is told of a pass has been told by then
	b.get("http://" + address + "/readyz")

	all := families(t, readMetrics(t, address))
	known := documented(t)
	for name, family := range all {
		if isOfGroup(name) {
			continue
		}
		labels, ok := known[name]
		if !ok {
			t.Errorf("%s is exported and not documented", name)
			continue
		}
		for _, metric := range family.GetMetric() {
			var has []string
			for _, label := range metric.GetLabel() {
				has = append(has, label.GetName())
			}
			if !slices.Equal(slices.Sorted(slices.Values(labels)), slices.Sorted(slices.Values(has))) {
				t.Errorf("%s has the labels %v, documented are %v", name, has, labels)
				break
			}
		}
		delete(known, name)
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		t.Errorf("%s is documented and not exported", name)
	}
	atLeast := func(least float64, name string, labels ...string) {
		t.Helper()
		if got := valueOf(t, all, name, labels...); got < least {
			t.Errorf("%s%v is %v, want at least %v", name, labels, got, least)
		}
	}
	atLeast(1, "syncd_zoom_retries_total", "endpoint", "phone_user")
	atLeast(1, "syncd_zoom_throttled_by_total", "pool", "phone-light", "cause", "neighbour")
	atLeast(1, "syncd_document_failures_total", "document", "settings", "cause", "forbidden")
	atLeast(1, "syncd_document_users", "document", "settings", "status", "forbidden")
	atLeast(1, "syncd_zoom_refusals_total", "kind", "forbidden")
	atLeast(1, "syncd_pass_last_status", "status", "partial")
	atLeast(1, "syncd_pass_last_cause", "cause", "users")
	atLeast(1, "syncd_pass_last_throttled", "cause", "neighbour")
	atLeast(1, "syncd_guard_decisions_total", "kind", "deletions", "decision", "clear")
	atLeast(50, "syncd_pass_users", "phase", "fetch", "state", "done")
	atLeast(60, "syncd_documents_total", "document", "list", "status", "ok")
	atLeast(1, "syncd_leader")
	atLeast(3600, "syncd_interval_seconds")
	atLeast(float64(time.Now().Unix()), "syncd_pass_next_timestamp_seconds")
	atLeast(1, "syncd_db_pool_connections_max")
	atLeast(1, "syncd_http_requests_total", "handler", "readyz")
	b.wantRows("SELECT cause, throttled_by_others > 0, throttled_by_others <= throttled, floor_share > 0 FROM zoom.sync_passes", []string{"users", "t", "t", "t"})
	stop()
	if got := <-ended; got.code != exitComplete {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
}

func TestMetrics_of_the_last_pass_are_there_after_a_restart(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	b.sync(exitComplete)
	address := porttest.Free(t)
	// One that has just begun, and whose pass fails.
	b.account.SetScopes("phone:read:user:admin")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run")
	account := `{account="` + b.account.AccountID() + `"`
	b.waitForMetric(address, "syncd_pass_last_cause"+account+`,cause="scopes"} 1`)
	all := families(t, readMetrics(t, address))
	if got := valueOf(t, all, "syncd_pass_last_success_timestamp_seconds"); got < float64(time.Now().Unix())-600 {
		t.Errorf("the last success is %v", got)
	}
	if got := valueOf(t, all, "syncd_pass_last_status", "status", "failed"); got != 1 {
		t.Error("the last pass has not failed")
	}
}

// gateway is a Pushgateway that remembers what it was told.
type gateway struct {
	*httptest.Server
	mu     gosync.Mutex
	pushes []pushed
	code   int
}

type pushed struct {
	method, path, user, password string
	families                     map[string]*dto.MetricFamily
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{code: http.StatusOK}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := pushed{method: r.Method, path: r.URL.Path, families: map[string]*dto.MetricFamily{}}
		p.user, p.password, _ = r.BasicAuth()
		decoder := expfmt.NewDecoder(r.Body, expfmt.ResponseFormat(r.Header))
		for {
			family := &dto.MetricFamily{}
			if decoder.Decode(family) != nil {
				break
			}
			p.families[family.GetName()] = family
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.pushes = append(g.pushes, p)
		w.WriteHeader(g.code)
	}))
	t.Cleanup(g.Close)
	return g
}

// take gives what was pushed since the last time.
func (g *gateway) take() []pushed {
	g.mu.Lock()
	defer g.mu.Unlock()
	taken := g.pushes
	g.pushes = nil
	return taken
}

func TestSync_pushes_its_metrics(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 10})
	g := newGateway(t)
	b.environment["SYNCD_PUSHGATEWAY_URL"] = g.URL
	one := func(when string) pushed {
		t.Helper()
		taken := g.take()
		if len(taken) != 1 {
			t.Fatalf("%s: %d pushes, want 1", when, len(taken))
		}
		want := []string{http.MethodPost, "/metrics/job/syncd/account/" + b.account.AccountID()} // POST adds to what is there
		if diff := cmp.Diff(want, []string{taken[0].method, taken[0].path}); diff != "" {
			t.Errorf("%s (-want +got)\n%s", when, diff)
		}
		return taken[0]
	}
	want := func(p pushed, want float64, name string, labels ...string) {
		t.Helper()
		if got := valueOf(t, p.families, name, labels...); got != want {
			t.Errorf("%s%v is %v, want %v", name, labels, got, want)
		}
	}
	b.sync(exitComplete)
	p := one("a complete pass")
	want(p, 1, "syncd_passes_total", "status", "complete")
	want(p, 1, "syncd_pass_last_status", "status", "complete")
	want(p, 10, "syncd_user_writes_total", "outcome", "written")
	want(p, 10, "syncd_pass_last_users", "outcome", "listed")
	success := valueOf(t, p.families, "syncd_pass_last_success_timestamp_seconds")
	if success < float64(time.Now().Unix())-600 || valueOf(t, p.families, "syncd_zoom_requests_total", "endpoint", "phone_user", "status", "200") < 5 || p.families["syncd_pass_floor_ratio"] == nil {
		t.Errorf("the last success was at %v", success)
	}
	if p.families["go_goroutines"] != nil || p.families["syncd_leader"] != nil {
		t.Error("metrics of a process that stays are pushed")
	}
	for name := range p.families {
		if strings.HasSuffix(name, "_age_seconds") {
			t.Errorf("%s is pushed: it would stand still until the next pass, or for ever", name)
		}
	}

	b.account.SetScopes("phone:read:user:admin")
	b.sync(exitFailed)
	p = one("a failed pass")
	want(p, 1, "syncd_passes_total", "status", "failed")
	want(p, 1, "syncd_pass_consecutive_failures")
	want(p, 1, "syncd_pass_last_cause", "cause", "scopes")
	want(p, success, "syncd_pass_last_success_timestamp_seconds")
	if p.families["syncd_pass_floor_ratio"] != nil {
		t.Error("the floor ratio of the complete pass is overwritten")
	}

	// What nobody knows is left as it was.
	got := b.runWith(t.Context(), map[string]string{"DATABASE_URL": "postgres://syncd@" + porttest.Nobody + "/mirror"}, "sync")
	wantOneError(t, got, exitFailed, "cannot be reached")
	p = one("without a database")
	want(p, 1, "syncd_passes_total", "status", "failed")
	if p.families["syncd_pass_last_success_timestamp_seconds"] != nil || p.families["syncd_users"] != nil {
		t.Error("what only the database knows is pushed without one")
	}

	b.account.SetScopes(zoomtest.DefaultScopes()...)
	b.run("sync", "--dry-run")
	b.run("sync", "--user="+b.active()[0])
	if n := len(g.take()); n != 0 {
		t.Errorf("%d pushes of passes that say nothing about the mirror", n)
	}
}

func TestSync_does_not_fail_for_its_gateway(t *testing.T) {
	t.Parallel()
	const password = "hunter2-of-the-gateway"
	b := newBench(t, zoomtest.Options{Users: 3})
	g := newGateway(t)
	g.code = http.StatusBadGateway
	secret := strings.Replace(g.URL, "http://", "http://someone:"+password+"@", 1)
	nobody := "http://someone:" + password + "@" + porttest.Nobody
	for _, address := range []string{secret, nobody} {
		got := b.runWith(t.Context(), map[string]string{"SYNCD_PUSHGATEWAY_URL": address, "SYNCD_LOG_LEVEL": "debug"}, "sync")
		if got.code != exitComplete || !strings.Contains(got.stderr, `"level":"WARN","msg":"the metrics of the pass are not pushed"`) {
			t.Errorf("exit code %d\n%s", got.code, got.stderr)
		}
		if strings.Contains(got.stderr, password) {
			t.Errorf("the log shows the password:\n%s", got.stderr)
		}
	}
	if taken := g.take(); len(taken) != 1 || taken[0].user != "someone" || taken[0].password != password {
		t.Errorf("%+v", taken)
	}
	for _, bad := range []string{"gateway:9091", "ftp://someone:" + password + "@gateway", "http://", "http://gateway?x=" + password, "http://someone:" + password + "@ga teway"} {
		got := b.runWith(t.Context(), map[string]string{"SYNCD_PUSHGATEWAY_URL": bad}, "sync")
		if got.code != exitUsage || !strings.Contains(got.stderr, "SYNCD_PUSHGATEWAY_URL: is not the URL of a Pushgateway") || strings.Contains(got.stderr, password) {
			t.Errorf("%s: exit code %d\n%s", bad, got.code, got.stderr)
		}
	}
}
