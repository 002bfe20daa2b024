package sync

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// open takes up the account's pass that was cut off, or begins one.
func (p *pass) open(ctx context.Context) (err error) {
	if !p.cfg.Full && len(p.cfg.Users) == 0 {
		if p.Pass, p.continued, err = p.cfg.Store.ContinuePass(ctx, p.cfg.AccountID); err != nil {
			return err
		}
	}
	if !p.continued {
		if p.Pass, err = p.cfg.Store.BeginPass(ctx, p.cfg.AccountID, len(p.cfg.Users)); err != nil {
			return err
		}
	}
	p.guarded = p.Saved
	if len(p.cfg.Users) > 0 {
		if p.guarded, err = p.holdsChanges(ctx); err != nil {
			return err
		}
	}
	p.result.PassID, p.result.Continued = p.ID, p.continued
	done := p.Done
	p.result.UsersWritten, p.result.UsersUnchanged, p.result.UsersDeleted = done.UsersWritten, done.UsersUnchanged, done.UsersDeleted
	return nil
}

// verified is with whom a pass is done that was cut off, and what became of them in
// the run that goes on with it.
type verified struct {
	users     map[string]db.VerifiedUser
	left      int // listed as they were then: not asked for again
	forbidden int // of these, those of whom Zoom forbids a document
}

// verified gives the users with whom the pass is done already.
func (p *pass) verified(ctx context.Context) (*verified, error) {
	done := &verified{}
	if !p.continued {
		return done, nil
	}
	var err error
	done.users, err = p.cfg.Store.VerifiedUsers(ctx, p.cfg.AccountID, p.ID, !p.cfg.SkipUserSettings)
	return done, err
}

// due gives those of the users whose documents have to be fetched: those with whom the
// pass is not done, and those whom the list shows otherwise than it did then.
func (p *pass) due(done *verified, users []listed) []listed {
	return slices.DeleteFunc(users, func(u listed) bool {
		stored, known := done.users[u.id]
		if !known {
			return false
		}
		doc, err := p.readListed(&db.User{}, u)
		if err != nil {
			return false
		}
		doc.leave()
		if doc.full != stored.List {
			return false
		}
		done.left++
		if stored.Forbidden {
			done.forbidden++
		}
		return true
	})
}

// goOn takes up the counts of a pass that was cut off.
func (p *pass) goOn(ctx context.Context, done *verified) {
	p.countAgain(done.left)
	p.result.UsersFailed += done.forbidden // the run before has told the metrics
	p.log.InfoContext(ctx, "going on with a pass that was cut off",
		slog.Int64("pass_id", p.ID), slog.Int("users_done", done.left), slog.Int("users_due", p.result.UsersListed-done.left))
}

// countAgain takes out of the counts those users who are not among the given number
// that the pass is done with: whoever is fetched again counts again. As unchanged
// first, because a fault, for which most of them are fetched, changes nothing.
func (p *pass) countAgain(done int) {
	again := max(0, p.result.UsersWritten+p.result.UsersUnchanged-done)
	unchanged := min(again, p.result.UsersUnchanged)
	p.result.UsersUnchanged -= unchanged
	p.result.UsersWritten -= again - unchanged
}

// whole reports whether this run asks for every user of the account.
func (p *pass) whole() bool { return !p.continued && p.mirrors() }

// mirrors reports whether the pass is over the account, not over chosen users, who
// say nothing about the mirror.
func (p *pass) mirrors() bool { return len(p.cfg.Users) == 0 }

// measures are known once the lists are read.
type measures struct {
	users, due int           // listed, and of them those whose documents are asked for
	floor      time.Duration // of the whole pass
	left       time.Duration // of what this run has to do of it
}

// measure finds the floor of a pass over so many users, of whom so many are due.
func (p *pass) measure(ctx context.Context, users, due, pages int) {
	budget, settings := p.cfg.API.Budget(), !p.cfg.SkipUserSettings
	m := measures{users: users, due: due}
	m.floor, _ = Floor(budget, users, pages, settings)
	m.left, _ = Floor(budget, due, pages, settings)
	p.result.Floor = m.left
	p.measured.Store(&m)
	p.record(ctx)
}

// measures gives what is known of them so far.
func (p *pass) measures() measures {
	if m := p.measured.Load(); m != nil {
		return *m
	}
	return measures{}
}

// used is what the pass has used of the API, its runs before this one included.
func (p *pass) used() zoom.Usage {
	used := p.cfg.API.Usage()
	return zoom.Usage{
		Requests:  p.Done.Requests + used.Requests - p.before.Requests,
		Throttled: p.Done.Throttled + used.Throttled - p.before.Throttled,
		Neighbour: p.Done.ThrottledByOthers + used.Neighbour - p.before.Neighbour,
	}
}

// stands is how far the pass is, for whoever looks and for the run that continues it.
func (p *pass) stands() *db.PassProgress {
	used, m := p.used(), p.measures()
	return &db.PassProgress{
		UsersListed: m.users, Requests: used.Requests, Throttled: used.Throttled, FloorSeconds: m.floor.Seconds(),
		ThrottledByOthers: used.Neighbour,
	}
}

// record notes how far the pass is. Should that fail, the next batch says it again.
func (p *pass) record(ctx context.Context) {
	if err := p.cfg.Store.RecordProgress(ctx, p.ID, *p.stands()); err != nil {
		p.log.LogAttrs(ctx, slog.LevelDebug, "progress is not recorded", LogAttrs(err)...)
	}
}
