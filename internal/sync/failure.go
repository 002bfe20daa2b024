package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// problem is a failure that sync itself has found, with what to do about it.
type problem struct {
	text, repair string
	kind         error // what errors.Is finds; may be nil
}

func (p *problem) Error() string  { return p.text }
func (p *problem) Unwrap() error  { return p.kind }
func (p *problem) Repair() string { return p.repair }

// stopsPass reports whether a failure is one that no other user can escape, so
// that going on would only repeat it.
func stopsPass(err error) bool {
	for _, kind := range []error{
		zoom.ErrCredentials, zoom.ErrPhoneNotEnabled, zoom.ErrAccount, zoom.ErrDailyLimit,
		context.Canceled, context.DeadlineExceeded, errLeaseLost,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// outcome is what a failed request means for the document that was asked for.
func outcome(document db.Document, err error) db.DocumentResult {
	if errors.Is(err, zoom.ErrNotFound) {
		// Pending, or licensed minutes ago. What the mirror holds stays.
		return db.DocumentResult{Document: document, Status: db.StatusNotFound}
	}
	result := db.DocumentResult{Document: document, Status: db.StatusFailed, Failure: &db.Failure{Message: err.Error()}}
	if errors.Is(err, zoom.ErrForbidden) || errors.Is(err, zoom.ErrScopes) {
		result.Status = db.StatusForbidden
	}
	if refused := (*zoom.Error)(nil); errors.As(err, &refused) {
		result.Failure.HTTPStatus, result.Failure.ZoomCode = refused.Status, refused.Code
	}
	return result
}

// breaker notices that one cause meets every user.
type breaker struct {
	limit int // users in a row that may fail for one cause
	kind  error
	count int
}

// newBreaker makes one that gives in after more users than are in flight at once:
// a fault of a moment meets that many.
func newBreaker(concurrency int) breaker { return breaker{limit: max(100, 2*concurrency)} }

// add notes how a user fared and gives the reason to stop the pass, if there is one.
func (b *breaker) add(err error) error {
	kind := kindOf(err)
	if kind == nil || !errors.Is(kind, b.kind) {
		b.kind, b.count = kind, 0
	}
	if kind == nil {
		return nil
	}
	if b.count++; b.count < b.limit {
		return nil
	}
	return fmt.Errorf("stopped after %d users in a row failed for one cause: %w", b.count, err)
}

// kindOf is the kind of a refusal, nil for what does not count: a missing scope
// meets every user by its nature, and costs them one document, not the pass.
func kindOf(err error) error {
	if refused := (*zoom.Error)(nil); errors.As(err, &refused) && !errors.Is(err, zoom.ErrScopes) {
		return refused.Kind
	}
	return nil
}

// Repair says what an operator can do about an error: the repairs of all that it
// joins, or "" when none of them says.
func Repair(err error) string { return strings.Join(repairs(nil, err), "; ") }

func repairs(known []string, err error) []string {
	if e, ok := err.(interface{ Repair() string }); ok {
		if repair := e.Repair(); repair != "" && !slices.Contains(known, repair) {
			known = append(known, repair)
		}
		return known
	}
	switch e := err.(type) { //nolint:errorlint // the tree is walked here
	case interface{ Unwrap() error }:
		return repairs(known, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			known = repairs(known, err)
		}
	}
	return known
}
