package sync

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/db"
)

// refusingStore refuses every batch, each a second after it was asked.
type refusingStore struct {
	Store
	asked int
}

func (s *refusingStore) WriteUsers(ctx context.Context, _ string, _ int64, users []db.User) (db.Written, error) {
	s.asked++
	if err := pause(ctx, time.Second); err != nil {
		return db.Written{}, err
	}
	return db.Written{}, db.ErrBadData
}

func TestSave_ends_in_time(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cause error
		most  time.Duration
	}{"order_to_stop": {context.Canceled, closingTime}, "lost_lease": {leaseLost(), 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &refusingStore{}
				p := &pass{Syncer: &Syncer{cfg: Config{Store: store}, log: slog.New(slog.DiscardHandler), metrics: NewMetrics(nil, "acc")}}
				ctx, cancel := context.WithCancelCause(t.Context())
				cancel(test.cause)
				begun := time.Now()
				s := p.save(ctx, make([]fetched, 64))
				if took := time.Since(begun); s.err == nil || errors.Is(s.err, db.ErrBadData) || took > test.most {
					t.Errorf("it ends after %v, asked %d times: %v", took, store.asked, s.err)
				}
			})
		})
	}
}
