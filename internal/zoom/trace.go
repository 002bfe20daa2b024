package zoom

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// tracing makes the spans of requests. Without a provider there are none, and they
// cost nothing.
//
// A pass over many users sends too many requests for one trace, of which backends
// limit the size. So each request is a trace of its own, linked to what it was sent
// for, and a sampler chooses among requests.
type tracing struct {
	tracer             trace.Tracer // nil: off
	account            attribute.KeyValue
	apiHost, tokenHost attribute.KeyValue
}

func newTracing(cfg Config) tracing {
	if cfg.TracerProvider == nil {
		return tracing{}
	}
	return tracing{
		tracer:  cfg.TracerProvider.Tracer("syncd/internal/zoom"),
		account: attribute.String("syncd.account_id", cfg.AccountID),
		apiHost: serverAddress(cfg.APIURL), tokenHost: serverAddress(cfg.TokenURL),
	}
}

func serverAddress(address string) attribute.KeyValue {
	host := ""
	if u, err := url.Parse(address); err == nil {
		host = u.Hostname()
	}
	return attribute.String("server.address", host)
}

// requestSpan is the span of one request with all of its attempts. A nil one is that
// of a request that is not traced.
type requestSpan struct {
	span     trace.Span
	attempts int
	waited   time.Duration // for the pool
	status   int           // of the last answer
}

// begin begins the span of a request. Of its address it holds the template alone,
// which names nobody.
func (t *tracing) begin(ctx context.Context, e endpoint, method string) (context.Context, *requestSpan) {
	if t.tracer == nil {
		return ctx, nil
	}
	host := t.apiHost
	if e.name == tokenEndpoint.name {
		host = t.tokenHost
	}
	attributes := []attribute.KeyValue{
		attribute.String("http.request.method", method), attribute.String("url.template", e.template), host,
		t.account, attribute.String("syncd.endpoint", e.name),
	}
	if e.pool != "" {
		attributes = append(attributes, attribute.String("syncd.pool", string(e.pool)))
	}
	ctx, span := t.tracer.Start(ctx, method+" "+e.template, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithNewRoot(), trace.WithLinks(trace.LinkFromContext(ctx)), trace.WithAttributes(attributes...))
	if !span.IsRecording() {
		return ctx, nil
	}
	return ctx, &requestSpan{span: span}
}

// wait counts time that the request has waited for its pool.
func (s *requestSpan) wait(waited time.Duration) {
	if s != nil {
		s.waited += waited
	}
}

// attempt notes what came of sending the request once.
func (s *requestSpan) attempt(fault *Error) {
	if s == nil {
		return
	}
	s.attempts++
	s.status = http.StatusOK
	if fault == nil {
		return
	}
	s.status = fault.Status
	attributes := fault.attributes()
	if !fault.Until.IsZero() {
		attributes = append(attributes, attribute.Float64("syncd.pause_seconds", time.Until(fault.Until).Seconds()))
	}
	s.span.AddEvent("attempt failed", trace.WithAttributes(attributes...))
}

// end ends the span with what came of the request.
func (s *requestSpan) end(err error) {
	if s == nil {
		return
	}
	s.span.SetAttributes(
		attribute.Int("syncd.attempts", s.attempts), attribute.Int("http.request.resend_count", max(0, s.attempts-1)),
		attribute.Float64("syncd.pool_wait_seconds", s.waited.Seconds()),
	)
	if s.status != 0 {
		s.span.SetAttributes(attribute.Int("http.response.status_code", s.status))
	}
	if err != nil {
		kind, fault := "context ended", (*Error)(nil)
		if errors.As(err, &fault) {
			kind = fault.Kind.Error()
			s.span.SetAttributes(fault.attributes()...)
		}
		s.span.SetStatus(codes.Error, kind)
	}
	s.span.End()
}

// attributes tell of a failure what is never personal: not its text, in which Zoom has
// the word.
func (e *Error) attributes() []attribute.KeyValue {
	attributes := []attribute.KeyValue{attribute.String("error.type", e.Kind.Error())}
	if e.Status != 0 {
		attributes = append(attributes, attribute.Int("http.response.status_code", e.Status))
	}
	if e.Code != 0 {
		attributes = append(attributes, attribute.Int("syncd.zoom_code", e.Code))
	}
	if e.TrackingID != "" {
		attributes = append(attributes, attribute.String("syncd.request_id", e.TrackingID))
	}
	return attributes
}
