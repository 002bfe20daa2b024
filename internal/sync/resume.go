package sync

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"

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
	p.guarded = !p.First
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

// due gives the users whose documents have to be fetched: of a pass that is
// continued, those with whom it is not done, and those whom the list shows otherwise
// than it did then. Each pass has an order of its own.
func (p *pass) due(ctx context.Context, users []listed) ([]listed, error) {
	if !p.continued {
		return shuffled(users, p.ID), nil
	}
	verified, err := p.cfg.Store.VerifiedUsers(ctx, p.cfg.AccountID, p.ID, !p.cfg.SkipUserSettings)
	if err != nil {
		return nil, err
	}
	var due []listed
	for _, u := range users {
		stored, done := verified[u.id]
		if done {
			result, _, err := p.readListed(&db.User{}, u)
			done = err == nil && result.Full == stored.List
		}
		switch {
		case !done:
			due = append(due, u)
		case stored.Forbidden:
			p.result.UsersFailed++ // and the run before has told the metrics
		}
	}
	left := len(users) - len(due)
	p.countAgain(left)
	p.log.InfoContext(ctx, "going on with a pass that was cut off",
		slog.Int64("pass_id", p.ID), slog.Int("users_done", left), slog.Int("users_due", len(due)))
	return shuffled(due, p.ID), nil
}

// shuffled gives the users in an order of chance that belongs to the pass. Whoever
// stands together in Zoom's list may fail together: in another order the first
// users are a fair sample of the account, and passes that end early, each time
// elsewhere, leave nobody out for good.
func shuffled(users []listed, passID int64) []listed {
	users = slices.Clone(users)
	chance := rand.New(rand.NewPCG(uint64(passID), 0)) //nolint:gosec // no secret depends on it, and ids are positive
	chance.Shuffle(len(users), func(i, j int) { users[i], users[j] = users[j], users[i] })
	return users
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

// measure finds the floor of a pass over so many users, of whom so many are due.
func (p *pass) measure(ctx context.Context, users, due, pages int) {
	budget, settings := p.cfg.API.Budget(), !p.cfg.SkipUserSettings
	p.floor, _ = Floor(budget, users, pages, settings)
	p.result.Floor, _ = Floor(budget, due, pages, settings)
	p.record(ctx)
}

// used is what the pass has used of the API, its runs before this one included.
func (p *pass) used() zoom.Usage {
	used := p.cfg.API.Usage()
	return zoom.Usage{
		Requests:  p.Done.Requests + used.Requests - p.before.Requests,
		Throttled: p.Done.Throttled + used.Throttled - p.before.Throttled,
	}
}

// record notes how far the pass is, for whoever looks and for the run that continues
// it. Should that fail, the next batch says it again.
func (p *pass) record(ctx context.Context) {
	used := p.used()
	err := p.cfg.Store.RecordProgress(ctx, p.ID, db.PassProgress{
		UsersListed: p.result.UsersListed, Requests: used.Requests, Throttled: used.Throttled, FloorSeconds: p.floor.Seconds(),
	})
	if err != nil {
		p.log.DebugContext(ctx, "progress is not recorded", slog.Any("error", err))
	}
}
