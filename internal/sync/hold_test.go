package sync

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// slowStore has users whose status changed parked, and writes a batch in ten minutes.
type slowStore struct {
	Store
	parked []string
}

func (s *slowStore) Suspicions(context.Context, string, int64) (set []db.Held, err error) {
	for _, id := range s.parked {
		for _, document := range []db.Document{db.DocumentProfile, db.DocumentSettings} {
			set = append(set, db.Held{UserID: id, Document: document, Change: statusSuspicion + "pending"})
		}
	}
	return set, nil
}

func (s *slowStore) HeldSet(context.Context, string, db.HoldKind) (db.HeldSet, error) {
	return db.HeldSet{}, nil
}

func (s *slowStore) Parked(_ context.Context, _ string, _ int64, most int) (users []db.ParkedUser, err error) {
	for _, id := range s.parked[:min(most, len(s.parked))] {
		users = append(users, db.ParkedUser{ID: id, Documents: []db.ParkedDocument{{Document: db.DocumentProfile, Status: db.StatusNotFound}}})
	}
	return users, nil
}

func (s *slowStore) WriteUsers(ctx context.Context, _ string, _ int64, users []db.User, _ *db.PassProgress) (db.Written, error) {
	s.parked = s.parked[len(users):]
	return db.Written{Written: len(users)}, pause(ctx, 10*time.Minute)
}

// idleAPI is asked nothing.
type idleAPI struct{ API }

func (idleAPI) Usage() zoom.Usage { return zoom.Usage{} }

func (*slowStore) RecordProgress(context.Context, int64, db.PassProgress) error { return nil }

// A pass that writes what it had put aside gets on, and says so: the daemon takes one in
// which nothing happens for a quarter of an hour for stuck.
func TestSettle_tells_how_far_it_is(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const users = 2*batchSize + 20
		store := &slowStore{}
		for i := range users {
			store.parked = append(store.parked, fmt.Sprint(i))
		}
		type told struct {
			after time.Duration
			Progress
		}
		var got []told
		begun := time.Now()
		guard := DefaultGuard()
		p := &pass{
			Syncer: &Syncer{
				cfg: Config{API: idleAPI{}, Store: store, Guard: &guard, Progress: func(now Progress) { got = append(got, told{time.Since(begun), now}) }},
				log: slog.New(slog.DiscardHandler), metrics: NewMetrics(nil, "acc"),
			},
			refusals: newBreaker(fewFinished), tell: func(db.Change) {},
		}
		if held, err := p.settle(t.Context(), everybody, 100*users); held != nil || err != nil {
			t.Fatalf("%v, %v", held, err)
		}
		want := []told{
			{10 * time.Minute, Progress{Phase: PhaseSettle, Done: batchSize, Total: users}},
			{20 * time.Minute, Progress{Phase: PhaseSettle, Done: 2 * batchSize, Total: users}},
			{30 * time.Minute, Progress{Phase: PhaseSettle, Done: users, Total: users}},
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(told{})); diff != "" {
			t.Errorf("what it told (-want +got)\n%s", diff)
		}
		for state, want := range map[string]float64{"done": users, "due": users} {
			if got := testutil.ToFloat64(p.metrics.users.WithLabelValues("acc", "settle", state)); got != want {
				t.Errorf("the metrics have %v %s, want %v", got, state, want)
			}
		}
	})
}
