package sync

import (
	"context"
	"errors"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// passCause is the kind of thing that kept a pass from being complete, for the table of
// passes: the one that a person must look at first, where there are several.
func passCause(r Result) db.PassCause {
	err := r.Err
	if err == nil {
		return ""
	}
	for _, known := range []struct {
		kind  error
		cause db.PassCause
	}{
		{zoom.ErrCredentials, db.CauseCredentials},
		{zoom.ErrScopes, db.CauseScopes},
		{zoom.ErrPhoneNotEnabled, db.CausePhoneNotEnabled},
		{zoom.ErrAccount, db.CauseAccount},
		{errAccountClaim, db.CauseAccount},
		{zoom.ErrDailyLimit, db.CauseDailyLimit},
		{zoom.ErrBudgetGone, db.CauseBudget},
		{zoom.ErrRateLimited, db.CauseBudget},
		{errLeaseLost, db.CauseLease},
		{db.ErrPassClosed, db.CauseLease},
	} {
		if errors.Is(err, known.kind) {
			return known.cause
		}
	}
	var stored *db.Error
	switch {
	case r.Status == db.PassInterrupted, errors.Is(err, context.Canceled):
		return db.CauseStopped
	case errors.As(err, &stored):
		return db.CauseDatabase
	case r.Status == db.PassHeld:
		return db.CauseHeld
	case r.Status == db.PassFailed:
		return zoomCause(err)
	case !r.ListingComplete:
		return db.CauseListing
	case r.UsersFailed > 0:
		return db.CauseUsers
	default:
		return zoomCause(err)
	}
}

// zoomCause is the cause of a failure that Zoom is at.
func zoomCause(err error) db.PassCause {
	switch {
	case errors.Is(err, zoom.ErrWrongURL):
		return db.CauseZoomURL
	case errors.Is(err, zoom.ErrUnreachable), errors.Is(err, zoom.ErrUnavailable):
		return db.CauseZoomUnavailable
	case errors.As(err, new(*zoom.Error)):
		return db.CauseZoomAnswers
	default:
		return db.CauseOther
	}
}

// failureCauses are the kinds of failures of a document, as metrics name them.
func failureCauses() []string {
	causes := []string{unreadable, unstorable}
	for _, known := range documentCauses() {
		causes = append(causes, known.name)
	}
	return append(causes, otherFailure)
}

const (
	unreadable   = "unreadable" // syncd itself cannot do anything with the answer
	unstorable   = "unstorable" // the database refuses it
	otherFailure = "other"
)

type documentCause struct {
	kind error
	name string
}

func documentCauses() []documentCause {
	return []documentCause{
		{zoom.ErrScopes, "scopes"},
		{zoom.ErrForbidden, "forbidden"},
		{zoom.ErrClaim, "claim"},
		{zoom.ErrUnauthorized, "token"},
		{zoom.ErrCredentials, "credentials"},
		{zoom.ErrDailyLimit, "throttled"},
		{zoom.ErrBudgetGone, "throttled"},
		{zoom.ErrRateLimited, "throttled"},
		{zoom.ErrUnavailable, "unavailable"},
		{zoom.ErrUnreachable, "unreachable"},
		{zoom.ErrMalformed, "malformed"},
		{zoom.ErrWrongURL, "url"},
		{zoom.ErrRejected, "rejected"},
	}
}

// failureCause is the kind of a document's failure.
func failureCause(err error) string {
	for _, known := range documentCauses() {
		if errors.Is(err, known.kind) {
			return known.name
		}
	}
	switch {
	case errors.As(err, new(*db.Error)):
		return unstorable
	case errors.As(err, new(*zoom.Error)):
		return otherFailure
	default:
		return unreadable
	}
}
