package sync

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"syncd/internal/zoom"
)

func TestBreaker(t *testing.T) {
	t.Parallel()
	var (
		unavailable = &zoom.Error{Op: "phone user", Kind: zoom.ErrUnavailable, Status: 503, Message: "busy with anna", TrackingID: "abc"}
		gateway     = &zoom.Error{Kind: zoom.ErrUnavailable, Status: 502}
		malformed   = &zoom.Error{Kind: zoom.ErrMalformed, Status: 200}
		scopes      = &zoom.Error{Kind: zoom.ErrScopes}
		odd         = errors.New("repeated name \"anna\"")
	)
	several := func(n int, errs ...error) []error { return slices.Repeat(errs, n) }
	for _, test := range []struct {
		name   string
		users  []error
		at     int // the user with whom it breaks, 0: never
		reason string
	}{
		{"users_without_failure", several(1000, nil), 0, ""},
		{"one_cause", several(1000, unavailable), 50, "stopped after 50 of 50 users failed for one cause: unavailable: http 503"},
		{"few_users", several(49, unavailable), 0, ""},
		{
			"one_cause_in_several_wrappings", several(100, unavailable, fmt.Errorf("wrapped: %w", unavailable), &zoom.Error{Kind: zoom.ErrUnavailable, Status: 503, TrackingID: "def"}),
			50, "stopped after 50 of 50 users failed for one cause: unavailable: http 503",
		},
		{"different_causes", several(100, unavailable, gateway, malformed), 0, ""},
		{"half_of_the_users", several(1000, nil, unavailable), 0, ""},
		{"most_users_and_a_success_between", several(100, unavailable, unavailable, nil), 50, "stopped after 34 of 50 users failed for one cause: unavailable: http 503"},
		{"hardly_most_of_few_users", several(19, unavailable, nil, unavailable, nil, unavailable), 0, ""},
		{"hardly_most_of_many", several(200, unavailable, nil, unavailable, nil, unavailable), 96, "stopped after 58 of 96 users failed for one cause: unavailable: http 503"},
		{"many_together_among_more", append(several(200, nil), several(130, unavailable)...), 0, ""},
		{"from_a_moment_on", append(several(100, nil), several(200, unavailable)...), 231, "stopped after 131 of 231 users failed for one cause: unavailable: http 503"},
		{"documents_that_cannot_be_read", several(20, odd, errors.New("another"), unavailable), 50, "stopped after 34 of 50 users failed for one cause: documents that cannot be read"},
		{"a_missing_scope", several(1000, fmt.Errorf("wrapped: %w", scopes)), 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBreaker(fewFinished)
			at, got := 0, ""
			for i, err := range test.users {
				reason := b.add(err)
				if reason == nil {
					continue
				}
				at, got = i+1, reason.Error()
				if !errors.Is(reason, err) || Repair(reason) != Repair(err) {
					t.Errorf("the reason %v with the repair %q is not that of %v", reason, Repair(reason), err)
				}
				break
			}
			if at != test.at || got != test.reason || strings.Contains(got, "anna") {
				t.Errorf("it broke at user %d for %q, want %d, %q", at, got, test.at, test.reason)
			}
		})
	}
}
