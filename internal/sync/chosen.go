package sync

import (
	"context"
	"fmt"
	"strings"

	"syncd/internal/db"
)

// runChosen is a pass over the users that were asked for. It decides nothing about
// anybody else: no absence, no site, no hold. What an open hold keeps back it keeps back.
func (p *pass) runChosen(ctx context.Context, all roster) error {
	users, unknown := p.chosen(all.users)
	p.measure(ctx, len(users), len(users), all.pages)
	if err := p.details(ctx, users); err != nil {
		return err
	}
	held, err := p.settle(ctx, theChosen, len(users))
	if err != nil {
		return err
	}
	p.saved = true
	return p.verdict(len(users), all.err, held, unknown)
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

// chosen gives the listed users that were asked for, and an error that names those
// whom no list has.
func (p *pass) chosen(users []listed) (found []listed, unknown error) {
	met, byEmail := map[string]bool{}, false
	for _, name := range p.cfg.Users {
		met[userKey(name)] = false
		byEmail = byEmail || strings.Contains(name, "@")
	}
	for _, u := range users {
		keys := []string{u.id}
		if byEmail {
			keys = append(keys, p.emailOf(u))
		}
		asked := false
		for _, key := range keys {
			if _, ok := met[key]; ok {
				met[key], asked = true, true
			}
		}
		if asked {
			found = append(found, u)
		}
	}
	var missing []string
	for i, name := range p.cfg.Users {
		switch {
		case met[userKey(name)]:
		case strings.Contains(name, "@"): // which is nobody's business but the caller's
			missing = append(missing, fmt.Sprintf("the e-mail address given as user %d", i+1))
		default:
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	return found, &problem{
		text:   "no list of phone users has " + strings.Join(missing, ", "),
		repair: "check the user ID or e-mail address; a pass over all users marks those deleted that are gone",
	}
}

func (p *pass) emailOf(u listed) string {
	doc, err := p.reader.read(db.DocumentList, u.raw)
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
