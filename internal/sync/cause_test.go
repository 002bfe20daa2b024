package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

func TestPassCause(t *testing.T) {
	t.Parallel()
	refused := func(kind error) error { return fmt.Errorf("list: %w", &zoom.Error{Kind: kind}) }
	other := errors.New("x")
	for name, test := range map[string]struct {
		result Result
		want   db.PassCause
	}{
		"complete":                    {Result{Status: db.PassComplete, ListingComplete: true}, ""},
		"credentials":                 {Result{Status: db.PassFailed, Err: refused(zoom.ErrCredentials)}, db.CauseCredentials},
		"a scope beside failed users": {Result{Status: db.PassPartial, ListingComplete: true, UsersFailed: 3, Err: errors.Join(other, refused(zoom.ErrScopes))}, db.CauseScopes},
		"no phone":                    {Result{Status: db.PassFailed, Err: refused(zoom.ErrPhoneNotEnabled)}, db.CausePhoneNotEnabled},
		"a claim of user after user":  {Result{Status: db.PassFailed, Err: &problem{kind: errors.Join(errAccountClaim, refused(zoom.ErrClaim))}}, db.CauseAccount},
		"daily limit":                 {Result{Status: db.PassInterrupted, Err: refused(zoom.ErrDailyLimit)}, db.CauseDailyLimit},
		"no budget":                   {Result{Status: db.PassInterrupted, Err: refused(zoom.ErrBudgetGone)}, db.CauseBudget},
		"lease":                       {Result{Status: db.PassInterrupted, Err: leaseLost()}, db.CauseLease},
		"told to stop":                {Result{Status: db.PassInterrupted, Err: context.Canceled}, db.CauseStopped},
		"told to stop while it wrote": {Result{Status: db.PassInterrupted, Err: &db.Error{Kind: db.ErrUnreachable}}, db.CauseStopped},
		"database":                    {Result{Status: db.PassFailed, Err: &db.Error{Kind: db.ErrDiskFull}}, db.CauseDatabase},
		"zoom is down":                {Result{Status: db.PassFailed, Err: refused(zoom.ErrUnavailable)}, db.CauseZoomUnavailable},
		"no network":                  {Result{Status: db.PassFailed, Err: refused(zoom.ErrUnreachable)}, db.CauseZoomUnavailable},
		"another server":              {Result{Status: db.PassFailed, Err: refused(zoom.ErrWrongURL)}, db.CauseZoomURL},
		"most answers are no answers": {Result{Status: db.PassFailed, Err: refused(zoom.ErrMalformed)}, db.CauseZoomAnswers},
		"the list broke off":          {Result{Status: db.PassPartial, Err: refused(zoom.ErrUnavailable)}, db.CauseListing},
		"held":                        {Result{Status: db.PassHeld, ListingComplete: true, Err: other}, db.CauseHeld},
		"some users":                  {Result{Status: db.PassPartial, ListingComplete: true, UsersFailed: 1, Err: other}, db.CauseUsers},
		"the list of sites":           {Result{Status: db.PassPartial, ListingComplete: true, Err: refused(zoom.ErrUnavailable)}, db.CauseZoomUnavailable},
		"something else":              {Result{Status: db.PassPartial, ListingComplete: true, Err: other}, db.CauseOther},
	} {
		got := passCause(test.result)
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		if got != "" && !slices.Contains(db.PassCauses(), got) {
			t.Errorf("%s: %q has no sample from the start", name, got)
		}
	}
}

func TestFailureCause(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"scopes":      &problem{kind: errors.Join(errScopeMissing, &zoom.Error{Kind: zoom.ErrScopes})},
		"forbidden":   &zoom.Error{Kind: zoom.ErrForbidden},
		"throttled":   &zoom.Error{Kind: zoom.ErrBudgetGone},
		"unavailable": &zoom.Error{Kind: zoom.ErrUnavailable},
		"unstorable":  &db.Error{Kind: db.ErrBadData},
		"unreadable":  errors.New("no JSON"),
		"other":       &zoom.Error{Kind: zoom.ErrPageToken},
	} {
		if got := failureCause(err); got != want || !slices.Contains(failureCauses(), got) {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

func TestSettlement_name(t *testing.T) {
	t.Parallel()
	one := []db.Held{{UserID: "u1", Change: "deleted"}}
	open, approved := db.HeldSet{HoldID: 7, Set: one}, db.HeldSet{HoldID: 7, Set: one, Approved: true}
	too := db.Hold{Reason: "too many", Set: one}
	for name, test := range map[string]struct {
		open   db.HeldSet
		found  []db.Held
		judged db.Hold
		want   string
	}{
		"nothing":               {want: decisionClear},
		"few":                   {found: one, want: decisionPermitted},
		"too many":              {found: one, judged: too, want: decisionHeld},
		"the same again":        {open: open, found: one, judged: too, want: decisionKept},
		"the same, approved":    {open: approved, found: one, judged: too, want: decisionReleased},
		"gone of itself":        {open: open, want: decisionEnded},
		"another set than that": {open: open, found: []db.Held{{UserID: "u2", Change: "deleted"}}, judged: db.Hold{Reason: "too many", Set: []db.Held{{UserID: "u2", Change: "deleted"}}}, want: decisionHeld},
	} {
		d := decide(test.open, test.found, nil, test.judged, everybody)
		if got := d.name(test.open, test.found); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
