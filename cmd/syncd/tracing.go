package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// flushTime is what the last spans get to reach their collector.
const flushTime = 5 * time.Second

// startTracing begins to trace if the standard variables of OpenTelemetry ask for it,
// and gives what ends it. Traces are never worth a pass: where they cannot be had the
// log says so, and the program goes on without.
func (a *app) startTracing(ctx context.Context, command string) (stop func()) {
	none := func() {}
	to, err := traceTarget(a.getenv)
	if err == nil && to.exporter == "" {
		if command == "run" {
			a.log.InfoContext(ctx, "tracing is off")
		}
		return none
	}
	var provider *sdktrace.TracerProvider
	if err == nil {
		provider, err = a.newTracerProvider(ctx, to)
	}
	if err != nil {
		a.log.WarnContext(ctx, "tracing is off, for its settings cannot be used", slog.Any("error", err))
		return none
	}
	a.log.InfoContext(ctx, "tracing is on", slog.String("exporter", to.exporter), slog.String("endpoint", to.endpoint))
	a.tracing = provider
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			a.log.WarnContext(ctx, "the last spans are not exported", slog.Any("error", err))
		}
	}
}

// newTracerProvider makes what makes spans. The library itself reads the variables that
// say how: address, headers, certificates, sampler, limits, queue.
func (a *app) newTracerProvider(ctx context.Context, to target) (*sdktrace.TracerProvider, error) {
	otel.SetErrorHandler(&complaints{log: a.log})
	otel.SetLogger(logr.Discard()) // of headers that it cannot read it logs the value
	var exporter sdktrace.SpanExporter
	var err error
	if to.exporter == "console" {
		exporter, err = stdouttrace.New(stdouttrace.WithWriter(a.screen.beside(a.stdout)))
	} else {
		exporter, err = otlptracehttp.New(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("exporter %s: %w", to.exporter, err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "syncd"), attribute.String("service.version", version())),
		resource.WithFromEnv()) // which wins
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about)), nil
}

// target is where spans go.
type target struct {
	exporter string // otlp or console; empty: nowhere
	endpoint string // of otlp: without what may be a secret
}

// traceTarget says where the standard variables have spans go. Unlike the standard's, the
// exporter is none unless it or an endpoint is given.
func traceTarget(getenv func(string) string) (target, error) {
	get := func(name string) string { return strings.TrimSpace(getenv(name)) }
	if strings.EqualFold(get("OTEL_SDK_DISABLED"), "true") {
		return target{}, nil
	}
	endpoint := get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if base := get("OTEL_EXPORTER_OTLP_ENDPOINT"); endpoint == "" && base != "" {
		endpoint = strings.TrimRight(base, "/") + "/v1/traces"
	}
	exporter := get("OTEL_TRACES_EXPORTER")
	switch {
	case exporter == "none", exporter == "" && endpoint == "":
		return target{}, nil
	case exporter == "console":
		return target{exporter: exporter}, nil
	case exporter != "" && exporter != "otlp":
		return target{}, fmt.Errorf("OTEL_TRACES_EXPORTER: %q is none of otlp, console, none", exporter)
	}
	protocol := cmp.Or(get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), get("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	if !slices.Contains([]string{"http/protobuf", "http/json"}, protocol) {
		return target{}, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not supported: set http/protobuf, and the collector's port for it, usually 4318", protocol)
	}
	address, err := url.Parse(cmp.Or(endpoint, "https://localhost:4318/v1/traces"))
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return target{}, fmt.Errorf("the endpoint of OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is no URL: write http://host:4318")
	}
	return target{exporter: "otlp", endpoint: address.Scheme + "://" + address.Host + address.Path}, nil
}

// complainEvery is how often the log says that spans are lost: that is no news, and no
// harm to the mirror.
const complainEvery = 5 * time.Minute

// complaints logs what goes wrong with traces, once in a while.
type complaints struct {
	log *slog.Logger

	mu     sync.Mutex
	said   time.Time // zero: not yet
	unsaid int       // since then
}

// Handle takes a fault of the library.
func (c *complaints) Handle(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.said.IsZero() && time.Since(c.said) < complainEvery {
		c.unsaid++
		return
	}
	const most = 300 // of a collector's answer, which may be a page
	text := err.Error()
	text = strings.ToValidUTF8(text[:min(len(text), most)], "")
	c.log.Warn("traces are not exported", slog.String("error", text), slog.Int("unsaid_before", c.unsaid))
	c.said, c.unsaid = time.Now(), 0
}
