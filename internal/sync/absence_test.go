package sync

import (
	"context"
	"log/slog"
	"testing"

	"syncd/internal/db"
)

// countingStore counts how often somebody asks for what everybody is weighed by.
type countingStore struct {
	Store
	standings int
	open      db.HeldSet
}

func (s *countingStore) HeldSet(context.Context, string, db.HoldKind) (db.HeldSet, error) {
	return s.open, nil
}

func (s *countingStore) Standings(context.Context, string, int64) (map[string]db.Standing, error) {
	s.standings++
	return map[string]db.Standing{"u1": {Active: true}, "u2": {Active: true}}, nil
}

// What everybody is weighed by is over a hundred bytes a user of the account.
func TestPermitted_reads_the_account_only_to_judge_somebody(t *testing.T) {
	t.Parallel()
	gone := []db.Tombstone{{UserID: "u1"}}
	open := db.HeldSet{HoldID: 1, Reason: "too many", Set: []db.Held{{UserID: "u2", Change: "deleted"}}}
	for name, test := range map[string]struct {
		proven     []db.Tombstone
		unanswered map[string]bool
		open       db.HeldSet
		asked      int
	}{
		"nobody is absent":                    {},
		"somebody is gone":                    {proven: gone, asked: 1},
		"nobody answers of whom a hold keeps": {unanswered: map[string]bool{"u2": true}, open: open, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guard := DefaultGuard()
			store := &countingStore{open: test.open}
			p := &pass{Syncer: &Syncer{cfg: Config{Store: store, Guard: &guard}, log: slog.New(slog.DiscardHandler), metrics: NewMetrics(nil, "acc")}}
			deletions, held, err := p.permitted(t.Context(), test.proven, test.unanswered)
			if err != nil || held != nil || len(deletions.Gone) != len(test.proven) {
				t.Errorf("deleted are %v, held is %v, %v", deletions.Gone, held, err)
			}
			if store.standings != test.asked {
				t.Errorf("it is asked %d times, want %d", store.standings, test.asked)
			}
		})
	}
}
