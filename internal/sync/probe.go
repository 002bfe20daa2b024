package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	gosync "sync"

	"syncd/internal/zoom"
)

// probed is what Zoom says of the users whom a complete listing lacks.
type probed struct {
	gone       []absentUser    // in the order in which they were asked for
	stillThere int             // answered 200
	unanswered map[string]bool // of whom nothing is known
	unproven   error           // why; nil when there are none
}

// absentUser is one of whom Zoom says that there is none.
type absentUser struct {
	userID  string
	refused *zoom.Error
}

// probe asks Zoom for each absent user. When most answers fail for one cause, nobody else
// is asked for: who was not is as good as not answered. The error is one that stops the pass.
func (p *pass) probe(ctx context.Context, absent []string) (probed, error) {
	answers, broken, err := p.askForAbsent(ctx, absent)
	if err != nil {
		return probed{}, err
	}
	found := probed{unanswered: map[string]bool{}}
	cause := broken
	for i, id := range absent {
		a := answers[i]
		refused := absence(a.err)
		switch {
		case !a.heard:
			found.unanswered[id] = true
		case refused != nil:
			found.gone = append(found.gone, absentUser{id, refused})
		case a.err == nil:
			found.stillThere++
			p.log.WarnContext(ctx, "user is on no list and still exists; it is kept", slog.String("user_id", id))
		default:
			p.warn(ctx, "absence of a user is not proven; it is kept", a.err, slog.String("user_id", id))
			found.unanswered[id] = true
			if broken == nil {
				cause = a.err
			}
		}
	}
	if cause != nil {
		found.unproven = &problem{
			text:   fmt.Sprintf("absence of %d of %d users is not proven, they are kept: %v", len(found.unanswered), len(absent), cause),
			repair: "the next pass asks for them again; see the log for each",
			kind:   cause,
		}
	}
	return found, nil
}

// answer is what came of asking for one user.
type answer struct {
	heard bool
	err   error
}

// askForAbsent gives the answer about each of the users, who are asked for several at once. Broken says
// why some were not asked for, or not to the end. The error is one that stops the pass.
func (p *pass) askForAbsent(ctx context.Context, absent []string) (answers []answer, broken, fatal error) {
	// Who fails is tried again for long: a few in a row are enough to end it.
	const few = 10
	asking, stop := context.WithCancel(ctx)
	defer stop()
	answers = make([]answer, len(absent))
	fuse, done := newBreaker(few), 0
	var mu gosync.Mutex
	note := func(i int, err error) {
		mu.Lock()
		defer mu.Unlock()
		if asking.Err() != nil {
			return // it may be for this that it failed
		}
		answers[i] = answer{heard: true, err: err}
		done++
		p.progress(Progress{Phase: PhaseAbsent, Done: done, Total: len(absent)})
		switch {
		case absence(err) != nil:
			broken = fuse.add(nil)
		case stopsPass(err):
			fatal = err
		default:
			broken = fuse.add(err)
		}
		if broken != nil || fatal != nil {
			stop()
		}
	}
	users := make(chan int)
	var working gosync.WaitGroup
	for range min(newCrew(p.cfg.Concurrency).size, len(absent)) {
		working.Go(func() {
			for i := range users {
				_, err := p.cfg.API.PhoneUser(asking, absent[i])
				note(i, err)
			}
		})
	}
	for i := 0; i < len(absent) && asking.Err() == nil; i++ {
		select {
		case users <- i:
		case <-asking.Done():
		}
	}
	close(users)
	working.Wait()
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	return answers, broken, fatal
}

// absence is an answer that says that there is no such user, and not merely that
// something was not found; nil for any other.
func absence(err error) *zoom.Error {
	const userDoesNotExist = 1001
	var refused *zoom.Error
	if errors.As(err, &refused) && errors.Is(err, zoom.ErrNotFound) && refused.Status == 404 && refused.Code == userDoesNotExist {
		return refused
	}
	return nil
}
