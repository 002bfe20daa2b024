package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"syncd/internal/db"
)

// hold records a set that the guard holds back, and says so by the first error, nil
// when somebody has approved exactly this set. Without a reason there is nothing to
// hold back any more, and what was is resolved. Check is what to do about it.
func (p *pass) hold(ctx context.Context, hold db.Hold, check string) (id int64, back, err error) {
	if hold.Reason == "" {
		return 0, nil, p.cfg.Store.EndHold(ctx, p.cfg.AccountID, hold.Kind, db.HoldResolved)
	}
	id, approved, err := p.cfg.Store.Hold(ctx, p.cfg.AccountID, p.ID, hold)
	if err != nil {
		return 0, nil, err
	}
	if approved {
		p.log.InfoContext(ctx, "hold is released", slog.Int64("hold_id", id), slog.String("reason", hold.Reason))
		p.released = append(p.released, hold.Kind)
		return id, nil, nil
	}
	p.held = true
	for _, h := range hold.Set {
		p.tell(db.Change{Kind: ChangeHeld, UserID: h.UserID, Document: h.Document, Path: h.Change})
	}
	back = &problem{
		text:   fmt.Sprintf("held: %s; see hold %d", hold.Reason, id),
		repair: fmt.Sprintf("%s; if it is so, run syncd approve %d, and the next pass that finds the same writes it", check, id),
	}
	if id == 0 { // of a dry run
		back = &problem{text: "held: " + hold.Reason, repair: check + "; if it is so, make the pass, and approve the hold that it records"}
	}
	return id, back, nil
}

// release ends the holds whose sets are written now.
func (p *pass) release(ctx context.Context) error {
	var failures error
	for _, kind := range p.released {
		failures = errors.Join(failures, p.cfg.Store.EndHold(ctx, p.cfg.AccountID, kind, db.HoldReleased))
	}
	return failures
}

// settle decides about the users that were parked: what is no part of a hold is
// written, what is keeps the document that the mirror has. The first error says
// what is held back.
func (p *pass) settle(ctx context.Context, listed int) (back, err error) {
	suspected, err := p.cfg.Store.Suspicions(ctx, p.cfg.AccountID, p.ID)
	if err != nil {
		return nil, err
	}
	reasons, sets, err := p.judge(ctx, suspected, listed)
	if err != nil {
		return nil, err
	}
	held := map[db.Held]int64{}
	for _, kind := range []db.HoldKind{db.HoldStatus, db.HoldEmptied} {
		hold := db.Hold{Kind: kind, Reason: reasons[kind], Set: sets[kind]}
		id, heldBack, err := p.hold(ctx, hold, "look at some of the users in Zoom's admin portal")
		if err != nil {
			return nil, err
		}
		if heldBack != nil {
			for _, h := range hold.Set {
				held[h] = id
			}
			back = errors.Join(back, heldBack)
		}
	}
	if p.preview != nil {
		p.preview.release(held)
		return back, nil
	}
	for {
		users, err := p.cfg.Store.Parked(ctx, p.cfg.AccountID, p.ID, batchSize)
		if err != nil || len(users) == 0 {
			return back, err
		}
		batch := make([]fetched, len(users))
		for i, u := range users {
			batch[i] = p.settled(u, held)
		}
		if err := p.save(ctx, batch); err != nil {
			return back, err
		}
		if ctx.Err() != nil {
			return back, context.Cause(ctx)
		}
	}
}

// judge says what of the suspected changes is held back, by kind, and why.
func (p *pass) judge(ctx context.Context, suspected []db.Held, listed int) (reasons map[db.HoldKind]string, sets map[db.HoldKind][]db.Held, err error) {
	reasons, sets = map[db.HoldKind]string{}, map[db.HoldKind][]db.Held{}
	users := map[string]int{} // by suspicion, of columns
	for _, h := range suspected {
		if isStatus(h.Change) {
			sets[db.HoldStatus] = append(sets[db.HoldStatus], h)
		} else {
			users[h.Change]++
		}
	}
	reasons[db.HoldStatus] = p.cfg.Guard.statuses(len(sets[db.HoldStatus]), listed)
	var emptied []string
	for _, column := range slices.Sorted(maps.Keys(users)) {
		if users[column] < fewUsers {
			continue
		}
		fill, known, err := p.cfg.Store.Fill(ctx, p.cfg.AccountID, p.ID, column)
		if err != nil {
			return nil, nil, err
		}
		if reason := p.cfg.Guard.emptied(users[column], fill); known && reason != "" {
			emptied = append(emptied, column+" "+reason)
			for _, h := range suspected {
				if h.Change == column {
					sets[db.HoldEmptied] = append(sets[db.HoldEmptied], h)
				}
			}
		}
	}
	if len(emptied) > 0 {
		reasons[db.HoldEmptied] = "columns would go empty: " + strings.Join(emptied, ", ")
	}
	return reasons, sets, nil
}

// settled is a parked user as it is to be written. What is dropped because of a new
// status is held with it.
func (p *pass) settled(u db.ParkedUser, held map[db.Held]int64) fetched {
	holdOf := func(d db.ParkedDocument) (id int64) {
		for _, suspicion := range d.Suspicions {
			id = max(id, held[db.Held{UserID: u.ID, Document: d.Document, Change: suspicion}])
		}
		return id
	}
	f := fetched{user: db.User{ID: u.ID}}
	now := time.Now()
	var list int64
	for _, d := range u.Documents {
		id := holdOf(d)
		if d.Document == db.DocumentList {
			list = id
		}
		if d.Body == nil {
			id = list
		}
		f.add(p.settledDocument(&f.user, d, id), span{now.Add(-d.AskedAgo), now.Add(-d.AnsweredAgo)}, nil)
	}
	return f
}

func (p *pass) settledDocument(u *db.User, d db.ParkedDocument, hold int64) db.DocumentResult {
	switch {
	case hold != 0:
		return db.DocumentResult{
			Document: d.Document, Status: db.StatusFailed,
			Failure: &db.Failure{Common: true, Message: fmt.Sprintf("held back: see hold %d", hold)},
		}
	case d.Body == nil:
		return p.dropped(d.Document, d.Status)
	}
	doc, err := p.reader.read(d.Document, d.Body)
	if err != nil {
		return failedDocument(d.Document, err)
	}
	project(u, d.Document, doc.value)
	result := unsuspected(okDocument(d.Document, doc))
	if d.Pending {
		markPending(u, &result)
	}
	return result
}
