package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// batchSpan is the span of a batch of users on its way into the database. A nil one is
// that of a batch that is not traced.
type batchSpan struct {
	span trace.Span
	rows int64
}

// traceBatch begins the span of a batch. Without a provider there is none, and it costs nothing.
func (s *Store) traceBatch(ctx context.Context, accountID string, passID int64, users int) (context.Context, *batchSpan) {
	if s.tracer == nil {
		return ctx, nil
	}
	ctx, span := s.tracer.Start(ctx, "write users", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", "postgresql"), attribute.String("syncd.account_id", accountID),
		attribute.Int64("syncd.pass_id", passID), attribute.Int("syncd.users", users),
	))
	if !span.IsRecording() {
		return ctx, nil
	}
	return ctx, &batchSpan{span: span}
}

// count has the rows counted that statements touch. A transaction that is tried again counts anew.
func (b *batchSpan) count(statements *pgx.Batch) *pgx.Batch {
	if b == nil {
		return statements
	}
	b.rows = 0
	for _, q := range statements.QueuedQueries {
		if q.Fn == nil {
			q.Exec(func(tag pgconn.CommandTag) error { b.rows += tag.RowsAffected(); return nil })
		}
	}
	return statements
}

// end ends the span with what came of the batch. Of an error it has the fault, not the
// words of the server, which may quote a value.
func (b *batchSpan) end(written Written, err error) {
	if b == nil {
		return
	}
	defer b.span.End()
	if err == nil {
		b.span.SetAttributes(
			attribute.Int("syncd.users_written", written.Written), attribute.Int("syncd.users_unchanged", written.Unchanged),
			attribute.Int("syncd.users_parked", written.Parked), attribute.Int64("syncd.rows", b.rows),
		)
		return
	}
	fault := &Error{Op: "context ended"}
	if known := (*Error)(nil); errors.As(err, &known) {
		fault = &Error{Op: known.Op, Kind: known.Kind}
		if known.Code != "" {
			b.span.SetAttributes(attribute.String("db.response.status_code", known.Code))
		}
	}
	b.span.SetStatus(codes.Error, fault.Error())
}
