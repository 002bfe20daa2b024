package sync

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"syncd/internal/db"
)

// runChosen is a pass over the users that were asked for. It decides nothing about
// anybody else: no absence, no site, no hold. What an open hold keeps back it keeps back.
func (p *pass) runChosen(ctx context.Context) error {
	choice := p.newChoice()
	work, _ := p.newWork(ctx)
	defer work.end()
	all := p.listUsers(ctx, func(page []listed) { work.users.add(choice.of(page)) })
	p.result.UsersListed = all.users()
	if p.result.UsersListed == 0 && all.err != nil || stopsPass(all.err) {
		return all.err
	}
	users := work.users.len()
	p.measure(ctx, users, users, all.pages)
	work.start()
	if err := work.finish(); err != nil {
		return err
	}
	held, err := p.settle(ctx, theChosen, users)
	if err != nil {
		return err
	}
	p.saved = true
	return p.verdict(users, all.err, held, choice.unknown())
}

// holdsChanges reports whether changes of documents are held back, which being asked
// for by name is no way around.
func (p *pass) holdsChanges(ctx context.Context) (bool, error) {
	for _, kind := range []db.HoldKind{db.HoldStatus, db.HoldEmptied} {
		open, err := p.cfg.Store.HeldSet(ctx, p.cfg.AccountID, kind)
		if err != nil || open.HoldID != 0 {
			return true, err
		}
	}
	return false, nil
}

// choice is the users that were asked for by name.
type choice struct {
	reader  *reader
	names   []string
	met     map[string]bool // by name
	byEmail bool
}

func (p *pass) newChoice() *choice {
	c := &choice{reader: p.reader, names: p.cfg.Users, met: map[string]bool{}}
	for _, name := range c.names {
		c.met[userKey(name)] = false
		c.byEmail = c.byEmail || strings.Contains(name, "@")
	}
	return c
}

// of gives those of the listed users that were asked for.
func (c *choice) of(users []listed) []listed {
	return slices.DeleteFunc(users, func(u listed) bool {
		keys := []string{u.id}
		if c.byEmail {
			keys = append(keys, c.emailOf(u))
		}
		asked := false
		for _, key := range keys {
			if _, ok := c.met[key]; ok {
				c.met[key], asked = true, true
			}
		}
		return !asked
	})
}

// unknown is an error that names those whom no list has.
func (c *choice) unknown() error {
	var missing []string
	for i, name := range c.names {
		switch {
		case c.met[userKey(name)]:
		case strings.Contains(name, "@"): // which is nobody's business but the caller's
			missing = append(missing, fmt.Sprintf("the e-mail address given as user %d", i+1))
		default:
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &problem{
		text:   "no list of phone users has " + strings.Join(missing, ", "),
		repair: "check the user ID or e-mail address; a pass over all users marks those deleted that are gone",
	}
}

func (c *choice) emailOf(u listed) string {
	doc, err := c.reader.read(db.DocumentList, u.raw)
	if err != nil {
		return ""
	}
	return userKey(text(doc.value.get("email").str()))
}

// userKey is what tells users apart by the name that they were asked for by: ids
// differ in case, e-mail addresses do not.
func userKey(name string) string {
	if strings.Contains(name, "@") {
		return strings.ToLower(name)
	}
	return name
}
