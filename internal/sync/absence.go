package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// tombstone asks Zoom for each absent user, and then marks those that it says do
// not exist, unless they are more than the guard allows.
func (p *pass) tombstone(ctx context.Context, gone []string, listed int) (err error) {
	ctx, end := p.tracePhase(ctx, spanAbsent)
	defer func() {
		end(err, attribute.Int("syncd.users_absent", len(gone)), attribute.Int("syncd.users_deleted", p.result.UsersDeleted))
	}()
	found, err := p.probe(ctx, gone)
	if err != nil {
		return err
	}
	failures := found.unproven
	if found.stillThere > 0 {
		failures = errors.Join(failures, &problem{
			text:   fmt.Sprintf("the list lacks %d users whom Zoom still has, of %d whom it lacks; they are kept as they were", found.stillThere, len(gone)),
			repair: "if the next pass says the same, check that the app belongs to an administrator of the whole account",
		})
	}
	listing := listEvidence{Complete: true, Users: listed, Absent: len(gone), StillThere: found.stillThere}
	var proven []db.Tombstone
	for _, answer := range found.gone {
		evidence, err := p.evidence(answer.refused, listing)
		if err != nil {
			return err
		}
		proven = append(proven, db.Tombstone{UserID: answer.userID, Evidence: evidence})
	}
	deletions, held, err := p.permitted(ctx, proven, found.unanswered)
	if err != nil {
		return errors.Join(held, err, failures)
	}
	marked, err := p.cfg.Store.Tombstone(ctx, p.cfg.AccountID, p.ID, deletions)
	p.result.UsersDeleted += marked
	return errors.Join(held, failures, err)
}

// permitted gives the deletions that the guard or somebody's approval permits. The
// first error says that they are held back. Unanswered are users of whom Zoom has not
// said whether they exist.
func (p *pass) permitted(ctx context.Context, proven []db.Tombstone, unanswered map[string]bool) (deletions db.Deletions, held, err error) {
	var users map[string]db.Standing // everybody: asked for only where there is somebody to judge
	standings := func(ctx context.Context) (err error) {
		if users == nil {
			users, err = p.cfg.Store.Standings(ctx, p.cfg.AccountID, p.ID)
		}
		return err
	}
	if len(proven) > 0 {
		if err := standings(ctx); err != nil {
			return deletions, nil, err
		}
	}
	deletion := func(id string) db.Held {
		if users[id].Unknown {
			return db.Held{UserID: id, Change: vanished}
		}
		return db.Held{UserID: id, Change: "deleted"}
	}
	q := inquiry{kind: db.HoldDeletions, seen: everybody, check: "check at Zoom whether they are really gone"}
	q.judge = func(ctx context.Context, suspected []db.Held) (db.Hold, error) {
		if len(suspected) > 0 {
			if err := standings(ctx); err != nil {
				return db.Hold{}, err
			}
		}
		return p.judgeDeletions(users, suspected), nil
	}
	for _, t := range proven {
		q.found = append(q.found, deletion(t.UserID))
	}
	q.unknown = func(_ context.Context, open db.HeldSet) ([]db.Held, error) {
		return filter(open.Set, func(h db.Held) bool { return unanswered[h.UserID] }), nil
	}
	r, err := p.rule(ctx, q)
	for _, t := range proven {
		if _, back := r.back[deletion(t.UserID)]; !back {
			deletions.Gone = append(deletions.Gone, t)
		}
	}
	for _, id := range r.releases {
		deletions.Releases = id // the same for all
	}
	return deletions, r.held, err
}

// vanished is the deletion of a user of whom Zoom had no profile before, as of those who
// are pending: that it has none proves nothing new.
const vanished = "vanished"

// judgeDeletions says what the guard has against deletions: against all, for they are
// too many, or against those whose absence only a list says, for they are most of
// their kind. An empty list of pending users takes them all.
func (p *pass) judgeDeletions(users map[string]db.Standing, suspected []db.Held) db.Hold {
	hold := db.Hold{Kind: db.HoldDeletions, Set: suspected}
	if p.First || len(suspected) == 0 {
		return hold
	}
	going := make(map[string]bool, len(suspected))
	for _, h := range suspected {
		going[h.UserID] = true
	}
	if hold.Reason = p.cfg.Guard.deletions(users, going); hold.Reason != "" {
		return hold
	}
	unknown := 0
	for _, user := range users {
		if user.Unknown && !user.Gone {
			unknown++
		}
	}
	if hold.Set = filter(suspected, func(h db.Held) bool { return h.Change == vanished }); 2*len(hold.Set) > unknown {
		hold.Reason = fmt.Sprintf("%d of %d users of whom Zoom had no profile before, as of those who are pending, are on no list any more, and no answer proves them gone",
			len(hold.Set), unknown)
	}
	return hold
}

// listEvidence is what the evidence of a deletion says of the lists that lack the user.
type listEvidence struct {
	Complete   bool `json:"complete"`
	Users      int  `json:"users"`
	Absent     int  `json:"absent"`      // current users whom it lacks
	StillThere int  `json:"still_there"` // of these, those whom Zoom still has
}

// evidence is what proves that a user is gone: the listing that lacks it and the
// probe that Zoom answered with 404.
func (p *pass) evidence(probe *zoom.Error, listing listEvidence) ([]byte, error) {
	return json.Marshal(map[string]any{
		"pass_id": p.ID,
		"listing": listing,
		"probe": map[string]any{
			"call": "GET /phone/users/{userId}", "http_status": probe.Status, "zoom_code": probe.Code, "tracking_id": probe.TrackingID,
		},
	})
}
