package sync

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

func TestStopsPass(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&zoom.Error{Kind: zoom.ErrCredentials}, &zoom.Error{Kind: zoom.ErrPhoneNotEnabled}, &zoom.Error{Kind: zoom.ErrAccount},
		&zoom.Error{Kind: zoom.ErrDailyLimit}, context.Canceled, context.DeadlineExceeded, errLeaseLost,
		fmt.Errorf("phone settings: %w", &zoom.Error{Kind: zoom.ErrDailyLimit}),
		errors.Join(&zoom.Error{Kind: zoom.ErrUnavailable}, &zoom.Error{Kind: zoom.ErrCredentials}),
		&problem{kind: errors.Join(errAccountClaim, &zoom.Error{Kind: zoom.ErrClaim})},
	} {
		if !stopsPass(err) {
			t.Errorf("%v does not stop the pass", err)
		}
	}
	for _, err := range []error{
		nil, errors.New("of any kind"), errIncomplete,
		&zoom.Error{Kind: zoom.ErrNotFound}, &zoom.Error{Kind: zoom.ErrForbidden}, &zoom.Error{Kind: zoom.ErrScopes}, &zoom.Error{Kind: zoom.ErrRejected},
		&zoom.Error{Kind: zoom.ErrUnavailable}, &zoom.Error{Kind: zoom.ErrUnreachable}, &zoom.Error{Kind: zoom.ErrMalformed}, &zoom.Error{Kind: zoom.ErrRateLimited},
		&zoom.Error{Kind: zoom.ErrPageToken}, &zoom.Error{Kind: zoom.ErrClaim, Claim: zoom.ErrCredentials},
		&problem{kind: errors.Join(errScopeMissing, &zoom.Error{Kind: zoom.ErrScopes})},
	} {
		if stopsPass(err) {
			t.Errorf("%v stops the pass", err)
		}
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		err  error
		want db.DocumentResult
	}{
		{"not_found_is_no_failure", &zoom.Error{Kind: zoom.ErrNotFound, Status: 404}, db.DocumentResult{Status: db.StatusNotFound}},
		{
			"forbidden", &zoom.Error{Op: "phone user", Kind: zoom.ErrForbidden, Status: 403, Code: 200},
			db.DocumentResult{Status: db.StatusForbidden, Failure: &db.Failure{HTTPStatus: 403, ZoomCode: 200, Message: "phone user: forbidden: http 403 code 200"}},
		},
		{
			"scope_missing_says_one_user", &zoom.Error{Op: "phone user", Kind: zoom.ErrScopes, Status: 400, Code: 4711},
			db.DocumentResult{Status: db.StatusForbidden, Failure: &db.Failure{HTTPStatus: 400, ZoomCode: 4711, Message: "phone user: scope missing: http 400 code 4711"}},
		},
		{
			"scope_missing", &problem{text: "no scope", kind: errors.Join(errScopeMissing, &zoom.Error{Kind: zoom.ErrScopes, Status: 400, Code: 4711})},
			db.DocumentResult{Status: db.StatusForbidden, Failure: &db.Failure{HTTPStatus: 400, ZoomCode: 4711, Message: "no scope", Common: true}},
		},
		{
			"no_account_says_one_user", &zoom.Error{Op: "phone user", Kind: zoom.ErrClaim, Claim: zoom.ErrAccount, Status: 404, Code: 2001},
			db.DocumentResult{Status: db.StatusFailed, Failure: &db.Failure{HTTPStatus: 404, ZoomCode: 2001, Message: "phone user: refused on behalf of the account: account not found: http 404 code 2001"}},
		},
		{
			"refused", fmt.Errorf("wrapped: %w", &zoom.Error{Op: "phone user", Kind: zoom.ErrUnavailable, Status: 503}),
			db.DocumentResult{Status: db.StatusFailed, Failure: &db.Failure{HTTPStatus: 503, Message: "wrapped: phone user: unavailable: http 503"}},
		},
		{
			"no_answer", &zoom.Error{Op: "phone user", Kind: zoom.ErrUnreachable},
			db.DocumentResult{Status: db.StatusFailed, Failure: &db.Failure{Message: "phone user: unreachable"}},
		},
		{"another_error", errors.New("odd"), db.DocumentResult{Status: db.StatusFailed, Failure: &db.Failure{Message: "odd"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.want.Document = db.DocumentSettings
			if diff := cmp.Diff(test.want, outcome(db.DocumentSettings, test.err)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRepair(t *testing.T) {
	t.Parallel()
	credentials, rejected := &zoom.Error{Kind: zoom.ErrCredentials}, &zoom.Error{Kind: zoom.ErrNotFound}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"no_error", nil, ""},
		{"an_error_that_knows_none", errors.New("odd"), ""},
		{"a_refusal", fmt.Errorf("wrapped: %w", credentials), credentials.Repair()},
		{"a_refusal_that_knows_none", rejected, ""},
		{"a_refusal_that_knows_none_beside_one_that_does", fmt.Errorf("wrapped: %w", errors.Join(errors.Join(rejected), errors.New("odd"), credentials)), credentials.Repair()},
		{"a_problem_of_our_own", fmt.Errorf("wrapped: %w", &problem{text: "broken", repair: "mend it"}), "mend it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := Repair(test.err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestProblem(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("phone users: %w", incomplete("%d of its elements have no id", 2))
	if !errors.Is(err, errIncomplete) || Repair(err) == "" {
		t.Errorf("%v is no incomplete list with a repair", err)
	}
	if want := "phone users: the list does not add up: 2 of its elements have no id"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
