package sync

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// The phases of a pass, as its trace names them. Documents are fetched, and batches
// written, while the lists are still read.
const (
	spanPass   = "pass"
	spanUsers  = "list users"
	spanSites  = "list sites"
	spanFetch  = "fetch documents"
	spanSettle = "settle changes"
	spanAbsent = "check absent users"
)

// tracePass begins the span of a pass. One that is never ended is never exported.
func (p *pass) tracePass(ctx context.Context) (context.Context, trace.Span) {
	if p.tracer == nil {
		return ctx, noop.Span{}
	}
	return p.tracer.Start(ctx, spanPass, trace.WithAttributes(
		attribute.String("syncd.account_id", p.cfg.AccountID), attribute.Int("syncd.users_requested", len(p.cfg.Users)),
		attribute.Bool("syncd.dry_run", p.preview != nil),
	))
}

// tracePhase begins the span of a phase. The function ends it, with its error and its
// counts.
func (p *pass) tracePhase(ctx context.Context, name string) (context.Context, func(error, ...attribute.KeyValue)) {
	if p.tracer == nil {
		return ctx, func(error, ...attribute.KeyValue) {}
	}
	ctx, span := p.tracer.Start(ctx, name, trace.WithAttributes(
		attribute.String("syncd.account_id", p.cfg.AccountID), attribute.Int64("syncd.pass_id", p.ID),
	))
	return ctx, func(err error, counts ...attribute.KeyValue) {
		span.SetAttributes(counts...)
		endSpan(span, err)
	}
}

// traceResult ends the span of a pass.
func traceResult(span trace.Span, r Result) {
	span.SetAttributes(
		attribute.Int64("syncd.pass_id", r.PassID), attribute.String("syncd.status", string(r.Status)),
		attribute.Bool("syncd.continued", r.Continued), attribute.Bool("syncd.listing_complete", r.ListingComplete),
		attribute.Int("syncd.users_listed", r.UsersListed), attribute.Int("syncd.users_written", r.UsersWritten),
		attribute.Int("syncd.users_unchanged", r.UsersUnchanged), attribute.Int("syncd.users_failed", r.UsersFailed),
		attribute.Int("syncd.users_deleted", r.UsersDeleted),
		attribute.Int64("syncd.requests", r.Requests), attribute.Int64("syncd.throttled", r.Throttled),
		attribute.Float64("syncd.floor_seconds", r.Floor.Seconds()), attribute.Float64("syncd.floor_share", r.FloorShare()),
	)
	endSpan(span, r.Err)
}

func endSpan(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, faultOf(err))
	}
	span.End()
}

// faultOf names the fault of an error for a trace. Unlike its text, in which Zoom and
// Postgres have the word, it names nobody.
func faultOf(err error) string {
	var refused *zoom.Error
	var database *db.Error
	switch {
	case errors.As(err, &refused):
		return causeOf(refused).String()
	case errors.As(err, &database):
		return (&db.Error{Op: database.Op, Kind: database.Kind}).Error()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "told to end"
	}
	for _, kind := range []error{errIncomplete, errLeaseLost} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return "see the log and zoom.sync_passes"
}
