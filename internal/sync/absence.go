package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// tombstone asks Zoom for each absent user, and then marks those that it says do
// not exist, unless they are more than the guard allows.
func (p *pass) tombstone(ctx context.Context, gone []string, listed int) error {
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
	if held != nil || err != nil {
		return errors.Join(held, err, failures)
	}
	marked, err := p.cfg.Store.Tombstone(ctx, p.cfg.AccountID, p.ID, deletions)
	p.result.UsersDeleted += marked
	return errors.Join(failures, err)
}

// permitted gives the deletions that the guard or somebody's approval permits. The
// first error says that they are held back. Unanswered are users of whom Zoom has not
// said whether they exist.
func (p *pass) permitted(ctx context.Context, proven []db.Tombstone, unanswered map[string]bool) (deletions db.Deletions, held, err error) {
	q := inquiry{kind: db.HoldDeletions, seen: everybody, judge: p.judgeDeletions, check: "check at Zoom whether they are really gone"}
	for _, t := range proven {
		q.found = append(q.found, db.Held{UserID: t.UserID, Change: "deleted"})
	}
	q.unknown = func(_ context.Context, open db.HeldSet) ([]db.Held, error) {
		return filter(open.Set, func(h db.Held) bool { return unanswered[h.UserID] }), nil
	}
	r, err := p.rule(ctx, q)
	deletions = db.Deletions{Gone: proven}
	for _, id := range r.releases {
		deletions.Releases = id // the same for all
	}
	return deletions, r.held, err
}

func (p *pass) judgeDeletions(ctx context.Context, suspected []db.Held) (db.Hold, error) {
	hold := db.Hold{Kind: db.HoldDeletions, Set: suspected}
	if p.First || len(suspected) == 0 {
		return hold, nil
	}
	users, err := p.cfg.Store.Standings(ctx, p.cfg.AccountID, p.ID)
	if err != nil {
		return hold, err
	}
	going := make(map[string]bool, len(suspected))
	for _, h := range suspected {
		going[h.UserID] = true
	}
	hold.Reason = p.cfg.Guard.deletions(users, going)
	return hold, nil
}

// probed is what Zoom says of the users whom a complete listing lacks.
type probed struct {
	gone       []absentUser
	stillThere int             // answered 200
	unanswered map[string]bool // of whom nothing is known
	unproven   error           // why; nil when there are none
}

// absentUser is one of whom Zoom says that there is none.
type absentUser struct {
	userID  string
	refused *zoom.Error
}

// probe asks Zoom for each absent user. The error is one that stops the pass.
func (p *pass) probe(ctx context.Context, absent []string) (probed, error) {
	found := probed{unanswered: map[string]bool{}}
	for i, id := range absent {
		p.cfg.Progress(Progress{Phase: PhaseAbsent, Done: i, Total: len(absent)})
		_, err := p.cfg.API.PhoneUser(ctx, id)
		var refused *zoom.Error
		switch {
		case errors.As(err, &refused) && provesAbsence(refused):
			found.gone = append(found.gone, absentUser{id, refused})
		case err == nil:
			found.stillThere++
			p.log.WarnContext(ctx, "user is on no list and still exists; it is kept", slog.String("user_id", id))
		case stopsPass(err), ctx.Err() != nil:
			return probed{}, err
		default:
			p.log.WarnContext(ctx, "absence of a user is not proven; it is kept", slog.String("user_id", id), slog.Any("error", err))
			found.unanswered[id] = true
			found.unproven = &problem{
				text:   "absence of users not proven, they are kept: " + err.Error(),
				repair: "the next pass asks for them again; see the log for each",
				kind:   err,
			}
		}
	}
	return found, nil
}

// provesAbsence reports whether an answer says that there is no such user, and not
// merely that something was not found.
func provesAbsence(e *zoom.Error) bool {
	const userDoesNotExist = 1001
	return errors.Is(e, zoom.ErrNotFound) && e.Status == 404 && e.Code == userDoesNotExist
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
