package zoom

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// traceTo makes a client trace into memory.
func traceTo(spans *tracetest.SpanRecorder) func(*Config) {
	return func(cfg *Config) {
		cfg.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	}
}

// flat is a set of attributes as text.
func flat(attributes []attribute.KeyValue) map[string]string {
	all := map[string]string{}
	for _, a := range attributes {
		all[string(a.Key)] = fmt.Sprint(a.Value.AsInterface())
	}
	return all
}

func TestTracing_shows_each_attempt_of_a_request(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused := zoomError(429, 429, "too many requests")
		refused.header = map[string]string{"Retry-After": "1", "X-Zm-Trackingid": "WEB_429"}
		broken := zoomError(500, 1, "user Anna Example (anna@example.com) is broken")
		broken.header = map[string]string{"X-Zm-Trackingid": "WEB_500"}
		zoom := &script{answer: inTurn(refused, broken, reply{body: anyBody})}
		spans := tracetest.NewSpanRecorder()
		c := newTestClient(t, zoom, traceTo(spans))
		ctx, phase := c.tracing.tracer.Start(t.Context(), "phase")
		if _, err := c.PhoneUserSettings(ctx, "anna-s-id"); err != nil {
			t.Fatal(err)
		}
		ended := spans.Ended()
		if len(ended) != 2 || ended[0].Name() != "POST /oauth/token" || ended[1].Name() != "GET /phone/users/{userId}/settings" {
			t.Fatalf("spans are %v", ended)
		}
		span := ended[1]
		if links := span.Links(); span.Parent().IsValid() || len(links) != 1 || !links[0].SpanContext.Equal(phase.SpanContext()) {
			t.Errorf("the request is a child of %v, and its links are %v", span.Parent(), links)
		}
		got := flat(span.Attributes())
		var waited float64
		if _, err := fmt.Sscan(got["syncd.pool_wait_seconds"], &waited); err != nil || waited < 0.9 || waited > 3 {
			t.Errorf("it waited %s s for the pool", got["syncd.pool_wait_seconds"])
		}
		delete(got, "syncd.pool_wait_seconds")
		if diff := cmp.Diff(map[string]string{
			"http.request.method": "GET", "url.template": "/phone/users/{userId}/settings", "server.address": "zoom.example",
			"http.response.status_code": "200", "http.request.resend_count": "2",
			"syncd.account_id": testAccount, "syncd.endpoint": "phone_user_settings", "syncd.pool": "phone-light", "syncd.attempts": "3",
		}, got); diff != "" {
			t.Errorf("attributes (-want +got)\n%s", diff)
		}
		events := span.Events()
		if len(events) != 2 || span.Status().Code != codes.Unset {
			t.Fatalf("events are %v, status %v", events, span.Status())
		}
		if diff := cmp.Diff(map[string]string{
			"error.type": "rate limited", "http.response.status_code": "429", "syncd.zoom_code": "429", "syncd.request_id": "WEB_429", "syncd.pause_seconds": "1",
		}, flat(events[0].Attributes)); diff != "" {
			t.Errorf("first attempt (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff(map[string]string{
			"error.type": "unavailable", "http.response.status_code": "500", "syncd.zoom_code": "1", "syncd.request_id": "WEB_500",
		}, flat(events[1].Attributes)); diff != "" {
			t.Errorf("second attempt (-want +got)\n%s", diff)
		}
	})
}

func TestTracing_shows_the_failure_of_a_request_and_nobody_s_name(t *testing.T) {
	t.Parallel()
	refused := zoomError(403, 300, "Anna Example may not be read")
	refused.header = map[string]string{"X-Zm-Trackingid": "WEB_403"}
	spans := tracetest.NewSpanRecorder()
	c := newTestClient(t, &script{answer: always(refused)}, traceTo(spans))
	if _, err := c.PhoneUser(t.Context(), "anna-s-id"); err == nil {
		t.Fatal("no error")
	}
	span := spans.Ended()[1]
	got := flat(span.Attributes())
	if span.Status() != (sdktrace.Status{Code: codes.Error, Description: "forbidden"}) ||
		got["error.type"] != "forbidden" || got["http.response.status_code"] != "403" || got["syncd.request_id"] != "WEB_403" || got["syncd.zoom_code"] != "300" {
		t.Errorf("status %v, attributes %v", span.Status(), got)
	}
	if text := fmt.Sprint(span.Name(), span.Attributes(), span.Events(), span.Status()); strings.Contains(strings.ToLower(text), "anna") {
		t.Errorf("the span names somebody: %s", text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = c.PhoneUser(ctx, "anna-s-id")
	ended := spans.Ended()
	if last := ended[len(ended)-1]; last.Status().Description != "context ended" {
		t.Errorf("a request that was told to end has status %v", last.Status())
	}
}

// Nothing of a request's spans may be felt by those who want none.
func TestTracing_costs_no_memory_when_it_is_off(t *testing.T) {
	var off tracing
	fault := &Error{Kind: ErrUnavailable, Status: 500, Until: time.Now()}
	n := testing.AllocsPerRun(1000, func() {
		_, span := off.begin(t.Context(), phoneUserEndpoint, http.MethodGet)
		span.wait(time.Second)
		span.attempt(fault)
		span.end(fault)
	})
	if n != 0 {
		t.Errorf("%v allocations a request", n)
	}
}

func BenchmarkTracing(b *testing.B) {
	for name, t := range map[string]tracing{
		"off":         {},
		"on":          newTracing(Config{TracerProvider: sdktrace.NewTracerProvider()}),
		"not sampled": newTracing(Config{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))}),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, span := t.begin(b.Context(), phoneUserEndpoint, http.MethodGet)
				span.wait(time.Second)
				span.attempt(nil)
				span.end(nil)
			}
		})
	}
}
