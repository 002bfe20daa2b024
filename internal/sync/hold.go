package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"syncd/internal/db"
)

// inquiry is what has to be decided about one kind of holds.
type inquiry struct {
	kind  db.HoldKind
	found []db.Held // of the kind, in this pass
	seen  seen
	// unknown gives the members of the open hold about whom this pass learned nothing.
	unknown func(context.Context, db.HeldSet) ([]db.Held, error)
	// judge says what the guard has against suspicions.
	judge func(context.Context, []db.Held) (db.Hold, error)
	check string // what to do before an approval
}

// ruling is what was decided, with the hold of each suspicion.
type ruling struct {
	back     map[db.Held]int64 // kept back
	releases map[db.Held]int64 // written by an approval
	held     error             // says what is kept back; nil for nothing
}

// rule decides about one kind of holds, and records the holds that begin and end. A
// hold that is released ends with the last of it that is written.
func (p *pass) rule(ctx context.Context, q inquiry) (ruling, error) {
	open, err := p.cfg.Store.HeldSet(ctx, p.cfg.AccountID, q.kind)
	if err != nil {
		return ruling{}, err
	}
	if open, err = p.concerning(ctx, open, q); err != nil {
		return ruling{}, err
	}
	var unknown []db.Held
	if open.HoldID != 0 && q.seen == everybody {
		if unknown, err = q.unknown(ctx, open); err != nil {
			return ruling{}, err
		}
		unknown = filter(unknown, p.asksFor)
	}
	judged, err := q.judge(ctx, slices.Concat(q.found, unknown))
	if err != nil {
		return ruling{}, err
	}
	d := decide(open, q.found, unknown, judged, q.seen)
	p.metrics.decided(q.kind, d.name(open, q.found))
	id, reason := open.HoldID, open.Reason
	if d.hold != nil {
		reason = d.hold.Reason
		if id, err = p.cfg.Store.Hold(ctx, p.cfg.AccountID, p.ID, *d.hold); err != nil {
			return ruling{}, err
		}
	}
	if d.end != "" {
		if err := p.cfg.Store.EndHold(ctx, p.cfg.AccountID, p.ID, q.kind, d.end); err != nil {
			return ruling{}, err
		}
	}
	if len(d.write) > 0 {
		p.log.InfoContext(ctx, "hold is released", slog.Int64("hold_id", id), slog.String("reason", reason),
			slog.Int("changes", len(d.write)), slog.Int("changes_unanswered", len(unknown)))
	}
	r := ruling{back: withHold(d.back, id), releases: withHold(d.write, id)}
	if len(d.back) > 0 {
		p.held = true
		r.held = heldBack(id, reason, q.check, d.hold == nil && open.Approved)
	}
	for _, h := range d.back {
		if h.UserID == "" {
			break // a dry run tells of users
		}
		p.tell(db.Change{Kind: ChangeHeld, UserID: h.UserID, Document: h.Document, Path: h.Change})
	}
	return r, nil
}

// concerning gives what of the open hold is about documents that this configuration asks
// for. Of the others no pass will ever learn anything: a hold of nothing else ends here,
// whoever was seen. If they are asked for again, what is found then is judged anew.
func (p *pass) concerning(ctx context.Context, open db.HeldSet, q inquiry) (db.HeldSet, error) {
	held := len(open.Set)
	open.Set = filter(open.Set, p.asksFor)
	if held == 0 || len(open.Set) > 0 || q.seen == theChosen {
		return open, nil
	}
	p.log.InfoContext(ctx, "hold ends, for nobody asks for its documents any more", slog.Int64("hold_id", open.HoldID), slog.String("reason", open.Reason))
	return db.HeldSet{}, p.cfg.Store.EndHold(ctx, p.cfg.AccountID, p.ID, q.kind, db.HoldLapsed)
}

// asksFor reports whether the pass asks for the document that is held.
func (p *pass) asksFor(h db.Held) bool {
	return h.Document != db.DocumentUserSettings || !p.cfg.SkipUserSettings
}

func withHold(held []db.Held, id int64) map[db.Held]int64 {
	holds := make(map[db.Held]int64, len(held))
	for _, h := range held {
		holds[h] = id
	}
	return holds
}

// heldBack says that something is kept back, and how it is written. A dry run records
// no hold: what would be a new one has the id 0.
func heldBack(id int64, reason, check string, approved bool) error {
	switch {
	case id == 0:
		return &problem{text: "held: " + reason, repair: check + "; if it is so, make the pass, and approve the hold that it records"}
	case approved:
		return &problem{
			text:   fmt.Sprintf("held: %s; see hold %d", reason, id),
			repair: fmt.Sprintf("hold %d is approved: the next pass that finds nobody beside it writes it", id),
		}
	}
	return &problem{
		text:   fmt.Sprintf("held: %s; see hold %d", reason, id),
		repair: fmt.Sprintf("%s; if it is so, run syncd approve %d, and the next pass that finds the same writes it", check, id),
	}
}

// settle decides about the users that were parked: what is no part of a hold is
// written, what is keeps the document that the mirror has. The first error says
// what is held back.
func (p *pass) settle(ctx context.Context, seen seen, users int) (held, err error) {
	ctx, end := p.tracePhase(ctx, spanSettle)
	defer func() { end(err, attribute.Bool("syncd.held", held != nil)) }()
	suspected, err := p.cfg.Store.Suspicions(ctx, p.cfg.AccountID, p.ID)
	if err != nil {
		return nil, err
	}
	q := inquiry{seen: seen, check: "look at some of the users in Zoom's admin portal"}
	q.unknown = func(ctx context.Context, open db.HeldSet) ([]db.Held, error) {
		return p.cfg.Store.Unanswered(ctx, p.ID, open)
	}
	changedBefore := 0 // they count with those who change now
	if p.continued {
		if changedBefore, err = p.cfg.Store.StatusChanges(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	all := ruling{back: map[db.Held]int64{}, releases: map[db.Held]int64{}}
	for _, kind := range []db.HoldKind{db.HoldStatus, db.HoldEmptied} {
		q.kind, q.judge = kind, p.judgeEmptied
		if kind == db.HoldStatus {
			q.judge = func(_ context.Context, changed []db.Held) (db.Hold, error) {
				return db.Hold{Kind: kind, Reason: p.statuses(len(changed), changedBefore, users), Set: changed}, nil
			}
		}
		q.found = filter(suspected, func(h db.Held) bool { return isStatus(h.Change) == (kind == db.HoldStatus) })
		r, err := p.rule(ctx, q)
		if err != nil {
			return nil, err
		}
		maps.Copy(all.back, r.back)
		maps.Copy(all.releases, r.releases)
		held = errors.Join(held, r.held)
	}
	if p.preview != nil {
		p.result.UsersWritten += p.preview.settle(all)
		return held, nil
	}
	return held, p.writeParked(ctx, all, parkedUsers(suspected))
}

// statuses says what the guard has against so many changes of the status, after those
// that the pass has written before it was cut off.
func (p *pass) statuses(changed, before, users int) string {
	if changed == 0 {
		return ""
	}
	return p.cfg.Guard.statuses(changed+before, users)
}

// judgeEmptied says which columns the guard does not let go empty.
func (p *pass) judgeEmptied(ctx context.Context, suspected []db.Held) (db.Hold, error) {
	hold := db.Hold{Kind: db.HoldEmptied}
	users := map[string]int{} // by column
	for _, h := range suspected {
		users[h.Change]++
	}
	reasons := map[string]string{}
	for column, n := range users {
		if n < fewUsers {
			continue
		}
		fill, known, err := p.cfg.Store.Fill(ctx, p.cfg.AccountID, p.ID, column)
		if err != nil {
			return hold, err
		}
		if reason := p.cfg.Guard.emptied(n, fill); known && reason != "" {
			reasons[column] = printable(column) + " " + reason
		}
	}
	if len(reasons) > 0 {
		columns := slices.Sorted(maps.Values(reasons))
		hold.Reason = "columns would go empty: " + strings.Join(columns, ", ")
		hold.Set = filter(suspected, func(h db.Held) bool { return reasons[h.Change] != "" })
	}
	return hold, nil
}

// printable is a name, of which Zoom has given a part, as it fits into one line.
func printable(name string) string {
	quoted := strconv.Quote(name)
	return quoted[1 : len(quoted)-1]
}

// parkedUsers is how many users are parked: each is for a suspicion.
func parkedUsers(suspected []db.Held) int {
	users := map[string]struct{}{}
	for _, h := range suspected {
		users[h.UserID] = struct{}{}
	}
	return len(users)
}

// writeParked writes the users that were parked, so many, but for what is kept back.
func (p *pass) writeParked(ctx context.Context, r ruling, due int) error {
	for done := 0; ; {
		users, err := p.cfg.Store.Parked(ctx, p.cfg.AccountID, p.ID, batchSize)
		if err != nil || len(users) == 0 {
			return err
		}
		batch := make([]fetched, len(users))
		for i, u := range users {
			if batch[i] = p.settled(u, r); batch[i].err != nil {
				p.failed(1)
			}
		}
		if err := p.add(p.save(ctx, batch)); err != nil {
			return err
		}
		done += len(batch)
		p.progress(Progress{Phase: PhaseSettle, Done: done, Total: due})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// settled is a parked user as it is to be written. What is dropped because of a new
// status is held with it.
func (p *pass) settled(u db.ParkedUser, r ruling) fetched {
	f := fetched{user: db.User{ID: u.ID}}
	now := time.Now()
	var list int64
	for _, d := range u.Documents {
		var hold int64
		var releases []int64
		for _, suspicion := range d.Suspicions {
			h := db.Held{UserID: u.ID, Document: d.Document, Change: suspicion}
			hold = max(hold, r.back[h])
			if id := r.releases[h]; id != 0 && !slices.Contains(releases, id) {
				releases = append(releases, id)
			}
		}
		if d.Document == db.DocumentList {
			list = hold
		}
		if d.Body == nil {
			hold = list
		}
		result, err := p.settledDocument(&f.user, d, hold)
		if result.Status == db.StatusOK {
			result.Releases = releases
		}
		f.add(result, span{now.Add(-d.AskedAgo), now.Add(-d.AnsweredAgo)}, err)
	}
	return f
}

// settledDocument is a parked document as it is to be written; the error says that it
// cannot be read any more.
func (p *pass) settledDocument(u *db.User, d db.ParkedDocument, hold int64) (db.DocumentResult, error) {
	switch {
	case hold != 0:
		return db.DocumentResult{
			Document: d.Document, Status: db.StatusFailed,
			Failure: &db.Failure{Common: true, Message: fmt.Sprintf("held back: see hold %d", hold)},
		}, nil
	case d.Body == nil:
		return p.dropped(d.Document, d.Status), nil
	}
	doc, err := p.reader.readStored(d.Document, d.Body)
	if err != nil {
		return failedDocument(d.Document, err), err
	}
	project(u, d.Document, doc.value, p.reader.shapes[d.Document])
	if d.Pending {
		markPending(u, &doc)
	}
	return unsuspected(okDocument(d.Document, doc)), nil
}
