package sync

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

func TestClaim(t *testing.T) {
	t.Parallel()
	var (
		account   = &zoom.Error{Kind: zoom.ErrClaim, Claim: zoom.ErrAccount, Status: 404, Code: 2001}
		noPhone   = &zoom.Error{Kind: zoom.ErrClaim, Claim: zoom.ErrPhoneNotEnabled, Status: 403, Code: 2031}
		scopes    = &zoom.Error{Kind: zoom.ErrScopes, Status: 400, Code: 4711}
		notFound  = &zoom.Error{Kind: zoom.ErrNotFound, Status: 404, Code: 1001}
		forbidden = &zoom.Error{Kind: zoom.ErrForbidden, Status: 403}
		busy      = &zoom.Error{Kind: zoom.ErrUnavailable, Status: 503}
	)
	several := func(n int, errs ...error) []error { return slices.Repeat(errs, n) }
	for _, test := range []struct {
		name    string
		answers []error
		at      int // the answer with which it counts for all, 0: never
	}{
		{"nobody_says_so", several(100, nil, notFound, forbidden), 0},
		{"one_user_among_many", append([]error{account}, several(100, nil)...), 0},
		{"the_first_users_and_nobody_else", several(10, account), 5},
		{"a_missing_scope", several(10, scopes), 5},
		{"users_one_by_one", several(100, account, nil), 0},
		{"some_users_together", append(append(several(4, account), nil), several(19, account)...), 0},
		{"everybody_from_a_moment_on", append(several(100, nil), several(30, account)...), 120},
		{"who_is_not_found_was_answered_otherwise", append([]error{notFound}, several(30, scopes)...), 21},
		{"a_fault_is_no_answer", several(10, account, busy, errors.New("odd")), 13},
		{"two_claims_in_turn", several(100, account, noPhone), 0},
		{"two_claims_one_after_the_other", append(several(4, account), several(30, noPhone)...), 24},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var c claim
			at := 0
			for i, err := range test.answers {
				if c.add(err) > 0 {
					at = i + 1
					break
				}
			}
			if at != test.at {
				t.Errorf("it counts for all with answer %d, want %d", at, test.at)
			}
		})
	}
}

func TestClaims_of_one_document_say_nothing_about_another(t *testing.T) {
	t.Parallel()
	var c claims
	scopes := &zoom.Error{Kind: zoom.ErrScopes}
	for range claimsAtFirst - 1 {
		c.add(db.DocumentSettings, scopes)
		c.add(db.DocumentProfile, nil)
	}
	if c.add(db.DocumentUserSettings, scopes) > 0 {
		t.Error("one answer about the general settings is enough")
	}
	if got := c.undisputed(); !errors.Is(got, scopes) || len(strings.Split(got.Error(), "\n")) != 2 {
		t.Errorf("of two documents every answer is the same, and undisputed is: %v", got)
	}
	c.add(db.DocumentUserSettings, nil)
	if c.add(db.DocumentSettings, scopes) != claimsAtFirst {
		t.Error("answers about the profile stand in the way")
	}
	if got := c.undisputed(); got != nil {
		t.Errorf("one document was answered otherwise, the other counts for all, and undisputed is: %v", got)
	}
}
