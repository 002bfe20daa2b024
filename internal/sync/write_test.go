package sync

import (
	"context"
	"errors"
	"log/slog"
	"slices"
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

func (s *refusingStore) WriteUsers(ctx context.Context, _ string, _ int64, _ []db.User, _ *db.PassProgress) (db.Written, error) {
	s.asked++
	if err := pause(ctx, time.Second); err != nil {
		return db.Written{}, err
	}
	return db.Written{}, db.ErrBadData
}

// forgetfulStore takes a batch, each user of which must have its rooms still, at the
// second attempt.
type forgetfulStore struct {
	Store
	asked int
	look  func()
}

func (s *forgetfulStore) WriteUsers(context.Context, string, int64, []db.User, *db.PassProgress) (db.Written, error) {
	s.look()
	if s.asked++; s.asked == 1 {
		return db.Written{}, db.ErrConflict
	}
	return db.Written{}, nil
}

func TestSave_leaves_the_rooms_of_what_is_written(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reader := newReader()
		var batch []fetched
		for range 3 {
			doc, err := reader.read(db.DocumentProfile, []byte(`{"id":"u","policy":{"sms":{"enable":true}}}`))
			if err != nil {
				t.Fatal(err)
			}
			batch = append(batch, fetched{user: db.User{ID: "u"}, rooms: []*rooms{doc.rooms}})
		}
		all := slices.Concat(batch[0].rooms, batch[1].rooms, batch[2].rooms)
		store := &forgetfulStore{look: func() {
			for i, r := range all {
				if len(r.taken) == 0 {
					t.Errorf("the rooms of user %d are left before the user is written", i)
				}
			}
		}}
		p := &pass{Syncer: &Syncer{cfg: Config{Store: store, API: idleAPI{}}, log: slog.New(slog.DiscardHandler), metrics: NewMetrics(nil, "acc")}}
		if s := p.save(t.Context(), batch); s.err != nil || store.asked != 2 {
			t.Fatalf("asked %d times: %v", store.asked, s.err)
		}
		for i, r := range all {
			if len(r.taken) > 0 || len(batch[i].rooms) > 0 {
				t.Errorf("the rooms of user %d are not left", i)
			}
		}
	})
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
				p := &pass{Syncer: &Syncer{cfg: Config{Store: store, API: idleAPI{}}, log: slog.New(slog.DiscardHandler), metrics: NewMetrics(nil, "acc")}}
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
