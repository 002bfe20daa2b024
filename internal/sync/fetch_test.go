package sync

import (
	"errors"
	"testing"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// A document that is left out for all users says nothing of how this one fares.
func TestFetched_missing_scope_hides_no_other_failure(t *testing.T) {
	t.Parallel()
	scope, first, second := &zoom.Error{Kind: zoom.ErrScopes}, &zoom.Error{Kind: zoom.ErrUnavailable}, &zoom.Error{Kind: zoom.ErrMalformed}
	for _, test := range []struct {
		errs []error
		want error
	}{
		{[]error{nil, scope, nil}, scope},
		{[]error{scope, first, second}, first},
		{[]error{first, scope, second}, first},
	} {
		var f fetched
		for _, err := range test.errs {
			f.add(db.DocumentResult{}, span{}, err)
		}
		if !errors.Is(f.err, test.want) {
			t.Errorf("after %v the user's failure is %v", test.errs, f.err)
		}
	}
}
