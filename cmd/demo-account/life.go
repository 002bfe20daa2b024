package main

import (
	"context"
	"log/slog"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// fewest users that an account needs to have a life.
const fewest = 50

// live lets something change in an account at an interval, until the context ends.
func live(ctx context.Context, account *zoomtest.Account, every time.Duration, log *slog.Logger) {
	if every <= 0 {
		return
	}
	l := newLife(account)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		what, err := l.step()
		if err != nil {
			log.WarnContext(ctx, "nothing changed", slog.Any("error", err))
			continue
		}
		log.InfoContext(ctx, "something changed", slog.String("what", what))
	}
}

// life is what happens in an account: the same steps every time. Whatever it takes away it gives back. So the account
// differs from the one that the seed makes by a handful of users at most, whenever it is looked at: one that was started
// anew is no other account, and a mirror of it has nothing to hold.
type life struct {
	account *zoomtest.Account
	users   []string // who have details, as the seed made them
	steps   int
}

func newLife(account *zoomtest.Account) *life {
	l := &life{account: account}
	for _, user := range account.Users() {
		if user.Status == zoomtest.Active {
			l.users = append(l.users, user.ID)
		}
	}
	return l
}

// Of so many users, the first ones, somebody is gone, or deactivated, for a while.
const leavers, sleepers = 4, 3

// departments that people move between.
func departments() []string {
	return []string{"Sales", "Support", "Finance", "Engineering", "Facilities"}
}

// step makes the next change, and says what it was without saying who.
func (l *life) step() (what string, err error) {
	n := l.steps
	l.steps++
	turn := n / 6
	// Those after the leavers and sleepers, in an order that comes back only after all of them.
	rest := l.users[leavers+sleepers:]
	one := rest[n*7%len(rest)]
	switch n % 6 {
	case 0:
		return "text messages", l.toggle(one, "sms")
	case 1:
		department := departments()[turn%len(departments())]
		for _, kind := range []string{zoomtest.List, zoomtest.Profile} {
			if err := l.account.Set(one, kind, "department", department); err != nil {
				return "", err
			}
		}
		return "department", nil
	case 2:
		return "international calls", l.toggle(one, "international_calling")
	case 3:
		id := l.users[turn/2%leavers]
		if turn%2 == 0 {
			l.account.Remove(id)
			return "somebody left", nil
		}
		l.account.Return(id)
		return "somebody came back", nil
	case 4:
		return "recording", l.toggle(one, "auto_call_recording")
	default:
		id := l.users[leavers+turn/2%sleepers]
		if turn%2 == 0 {
			l.account.SetStatus(zoomtest.Deactivated, id)
			return "somebody was deactivated", nil
		}
		l.account.SetStatus(zoomtest.Active, id)
		return "somebody was activated", nil
	}
}

// toggle switches a policy of a user, which is a switch itself or has one named enable.
func (l *life) toggle(id, policy string) error {
	return l.account.Change(id, zoomtest.Profile, func(profile map[string]any) {
		policies, _ := profile["policy"].(map[string]any)
		switch held := policies[policy].(type) {
		case bool:
			policies[policy] = !held
		case map[string]any:
			on, _ := held["enable"].(bool)
			held["enable"] = !on
		}
	})
}
