package sync

import (
	"context"
	"errors"

	"syncd/internal/db"
)

// What a pass does to a user besides writing documents.
const (
	ChangeDeleted db.ChangeKind = "deleted" // marked deleted: gone from a complete list, and Zoom knows no such user
	ChangeHeld    db.ChangeKind = "held"    // a deletion or another change that the guard holds back
)

// Preview makes a pass that writes nothing, and tells what it would change, user by
// user. It takes no lease and can run beside a pass, so it does not go on with one
// that was cut off: it fetches everybody. Result and error are those that the pass
// would have; a PassID there is none.
func (s *Syncer) Preview(ctx context.Context, tell func(db.Change)) (Result, error) {
	dry := *s
	store := &preview{store: s.cfg.Store, tell: tell, answered: map[db.Document][]string{}}
	dry.cfg.Store = store
	dry.metrics = NewMetrics(nil, s.cfg.AccountID) // the real ones tell of real passes
	p := dry.newPass()
	p.preview, p.tell = store, tell
	return p.once(ctx, func(ctx context.Context, work func(context.Context) error) error {
		if err := store.CheckSchema(ctx); err != nil {
			return err
		}
		return work(ctx)
	})
}

// errNoLease: a preview never asks for one.
var errNoLease = errors.New("a dry run takes no lease")

// preview is a store that a pass reads from, and that tells in place of writing. It
// embeds no store: what a store learns to do has to be decided here as well.
type preview struct {
	store Store
	tell  func(db.Change)

	suspicions []db.Held
	parked     []db.Change              // of users about whom there is one
	answered   map[db.Document][]string // users with an answer of Zoom
}

// CheckWritable has nothing to find: a dry run writes nothing.
func (s *preview) CheckWritable(context.Context) error { return nil }

func (s *preview) CheckSchema(ctx context.Context) error { return s.store.CheckSchema(ctx) }

func (s *preview) CurrentUsers(ctx context.Context, accountID string) ([]string, error) {
	return s.store.CurrentUsers(ctx, accountID)
}

func (s *preview) SiteBodies(ctx context.Context, accountID string) (map[string][]byte, error) {
	return s.store.SiteBodies(ctx, accountID)
}

func (s *preview) VerifiedUsers(ctx context.Context, accountID string, passID int64, userSettings bool) (map[string]db.VerifiedUser, error) {
	return s.store.VerifiedUsers(ctx, accountID, passID, userSettings)
}

func (s *preview) PreviewPass(ctx context.Context, accountID string) (db.Pass, error) {
	return s.store.PreviewPass(ctx, accountID)
}

func (s *preview) PreviewUsers(ctx context.Context, accountID string, users []db.User) (db.Preview, error) {
	return s.store.PreviewUsers(ctx, accountID, users)
}

func (s *preview) PreviewFill(ctx context.Context, accountID, column string, answered func(db.Document) []string) (db.Fill, bool, error) {
	return s.store.PreviewFill(ctx, accountID, column, answered)
}

func (s *preview) HeldSet(ctx context.Context, accountID string, kind db.HoldKind) (db.HeldSet, error) {
	return s.store.HeldSet(ctx, accountID, kind)
}

func (s *preview) Standings(ctx context.Context, accountID string, passID int64) (map[string]db.Standing, error) {
	return s.store.Standings(ctx, accountID, passID)
}

func (s *preview) BeginPass(ctx context.Context, accountID string, _ int) (db.Pass, error) {
	return s.store.PreviewPass(ctx, accountID)
}

func (s *preview) WriteUsers(ctx context.Context, accountID string, _ int64, users []db.User, _ *db.PassProgress) (db.Written, error) {
	found, err := s.store.PreviewUsers(ctx, accountID, users)
	if err != nil {
		return db.Written{}, err
	}
	for _, u := range users {
		for _, d := range u.Documents {
			if d.Status == db.StatusOK || d.Drop {
				s.answered[d.Document] = append(s.answered[d.Document], u.ID)
			}
		}
	}
	s.suspicions = append(s.suspicions, found.Suspicions...)
	suspected := map[string]bool{}
	for _, h := range found.Suspicions {
		suspected[h.UserID] = true
	}
	for _, c := range found.Changes {
		if suspected[c.UserID] {
			s.parked = append(s.parked, c)
		} else {
			s.tell(c)
		}
	}
	found.Written.Written -= len(suspected) // each of them has something to write
	found.Written.Parked = len(suspected)
	return found.Written, nil
}

func (s *preview) Suspicions(context.Context, string, int64) ([]db.Held, error) {
	return s.suspicions, nil
}

func (s *preview) Fill(ctx context.Context, accountID string, _ int64, column string) (db.Fill, bool, error) {
	return s.store.PreviewFill(ctx, accountID, column, func(kind db.Document) []string { return s.answered[kind] })
}

// Unanswered goes by what this run was answered: no table says it.
func (s *preview) Unanswered(ctx context.Context, passID int64, held db.HeldSet) ([]db.Held, error) {
	members, err := s.store.Unanswered(ctx, passID, held)
	answered := map[db.Document]map[string]bool{}
	for kind, users := range s.answered {
		answered[kind] = make(map[string]bool, len(users))
		for _, id := range users {
			answered[kind][id] = true
		}
	}
	return filter(members, func(h db.Held) bool { return !answered[h.Document][h.UserID] }), err
}

// StatusChanges are those of runs before, which a dry run never goes on with.
func (s *preview) StatusChanges(context.Context, int64) (int, error) { return 0, nil }

func (s *preview) Hold(context.Context, string, int64, db.Hold) (int64, error) { return 0, nil }

func (s *preview) EndHold(context.Context, string, int64, db.HoldKind, db.HoldOutcome) error {
	return nil
}

func (s *preview) Parked(context.Context, string, int64, int) ([]db.ParkedUser, error) {
	return nil, nil
}

// settle tells of what was parked and is not kept back, and gives the number of users
// whom it is about.
func (s *preview) settle(r ruling) (users int) {
	type document struct {
		user string
		kind db.Document
	}
	kept := map[document]bool{}
	for h := range r.back {
		kept[document{h.UserID, h.Document}] = true
	}
	written := map[string]bool{}
	for _, c := range s.parked {
		dropped := c.Kind == db.ChangeDropped && kept[document{c.UserID, db.DocumentList}]
		if !kept[document{c.UserID, c.Document}] && !dropped {
			s.tell(c)
			written[c.UserID] = true
		}
	}
	return len(written)
}

func (s *preview) Tombstone(_ context.Context, _ string, _ int64, deletions db.Deletions) (int, error) {
	for _, user := range deletions.Gone {
		s.tell(db.Change{Kind: ChangeDeleted, UserID: user.UserID})
	}
	return len(deletions.Gone), nil
}

func (s *preview) AcquireLease(context.Context, string) (*db.Lease, error) { return nil, errNoLease }

func (s *preview) ContinuePass(context.Context, string) (db.Pass, bool, error) {
	return db.Pass{}, false, nil
}

func (s *preview) RecordProgress(context.Context, int64, db.PassProgress) error { return nil }

func (s *preview) FinishPass(context.Context, int64, db.PassResult) error { return nil }

func (s *preview) CollectSettings(context.Context, string, int64) error { return nil }

func (s *preview) WriteSites(context.Context, string, int64, db.SiteChanges) (int, error) {
	return 0, nil
}

func (s *preview) WriteUnmapped(context.Context, string, int64, []db.UnmappedField, []db.Document) error {
	return nil
}
