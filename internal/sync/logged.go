package sync

import (
	"context"
	"errors"
	"log/slog"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// LogAttrs gives what a log says of an error: its text, and beside it what is asked for
// when somebody looks for its cause, as far as there is any: endpoint, http_status,
// zoom_code, request_id (for Zoom's support), sql_state.
func LogAttrs(err error) []slog.Attr {
	attrs := []slog.Attr{slog.Any("error", err)}
	if refused := (*zoom.Error)(nil); errors.As(err, &refused) {
		attrs = append(attrs, refused.LogAttrs()...)
	}
	if database := (*db.Error)(nil); errors.As(err, &database) && database.Code != "" {
		attrs = append(attrs, slog.String("sql_state", database.Code))
	}
	return attrs
}

// warn logs that something is off, with what is known of its error.
func (s *Syncer) warn(ctx context.Context, message string, err error, attrs ...slog.Attr) {
	s.log.LogAttrs(ctx, slog.LevelWarn, message, append(attrs, LogAttrs(err)...)...) //nolint:sloglint // its callers give constants
}

// failure is why a document of a user was not mirrored.
type failure struct {
	document db.Document
	err      error
}

// logFailures logs each document of a user that could not be fetched or read. A missing
// scope is said once for all users.
func (p *pass) logFailures(ctx context.Context, f fetched) {
	for _, failed := range f.failures {
		if !errors.Is(failed.err, errScopeMissing) {
			p.warn(ctx, "document is not mirrored", failed.err, slog.String("user_id", f.user.ID), slog.String("document", string(failed.document)))
		}
	}
}
