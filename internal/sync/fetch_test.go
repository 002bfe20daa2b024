package sync

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

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

// patientAPI answers after a tenth of a second, and has a budget without an end.
type patientAPI struct{ idleAPI }

func (patientAPI) PhoneUser(ctx context.Context, id string) ([]byte, error) {
	return []byte(`{"id":"` + id + `"}`), pause(ctx, 100*time.Millisecond)
}

func (a patientAPI) PhoneUserSettings(ctx context.Context, id string) ([]byte, error) {
	return a.PhoneUser(ctx, id)
}

func (a patientAPI) UserSettings(ctx context.Context, id string) ([]byte, error) {
	return a.PhoneUser(ctx, id)
}

// Somebody who takes 50 users every four seconds is slower than the first crew already.
func TestFetch_crew_does_not_grow_while_nobody_takes_what_it_brings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{AccountID: "acc", API: patientAPI{}, Store: struct{ Store }{}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		users := s.newPass().fetch(ctx, endlessBacklog(20_000))
		most := 0.0
		for n := range 50 * 150 { // ten minutes
			if <-users; n%50 == 0 {
				time.Sleep(4 * time.Second) // by the bubble's clock
			}
			most = max(most, testutil.ToFloat64(s.metrics.workers))
		}
		stop()
		for range users { // until it ends
		}
		if most > firstCrew {
			t.Errorf("%v users are worked on at once, want %d", most, firstCrew)
		}
	})
}
