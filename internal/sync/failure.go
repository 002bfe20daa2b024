package sync

import (
	"context"
	"errors"
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

// errLeaseLost: nothing may be written any more.
var errLeaseLost = errors.New("the lease was lost")

func leaseLost() error {
	return &problem{
		text:   "the lease was lost: its database connection broke, and another syncd may write now",
		repair: "run again; if it happens often, look at what ends idle connections between here and Postgres",
		kind:   errLeaseLost,
	}
}

// stopsPass reports whether a failure is one that no other user can escape, so
// that going on would only repeat it. Refused credentials and the like are the word
// of the token endpoint or of a list: of what an answer about one user says, [claim]
// decides how far it goes.
func stopsPass(err error) bool {
	for _, kind := range []error{
		zoom.ErrCredentials, zoom.ErrPhoneNotEnabled, zoom.ErrAccount, zoom.ErrDailyLimit,
		zoom.ErrBudgetGone, context.Canceled, context.DeadlineExceeded, errLeaseLost, db.ErrPassClosed, errAccountClaim,
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
		// Pending, or licensed minutes ago. What the mirror holds stays, unless the user comes back after a deletion.
		return db.DocumentResult{Document: document, Status: db.StatusNotFound}
	}
	result := db.DocumentResult{Document: document, Status: db.StatusFailed, Failure: &db.Failure{Message: err.Error()}}
	if errors.Is(err, zoom.ErrForbidden) || errors.Is(err, zoom.ErrScopes) {
		result.Status = db.StatusForbidden
	}
	result.Failure.Common = errors.Is(err, errScopeMissing)
	if refused := (*zoom.Error)(nil); errors.As(err, &refused) {
		result.Failure.HTTPStatus, result.Failure.ZoomCode, result.Failure.RequestID = refused.Status, refused.Code, refused.TrackingID
	}
	return result
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
