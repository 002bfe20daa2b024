package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	gosync "sync"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// What Zoom says of the whole account in an answer about one user (the account does
// not exist, has no Zoom Phone, the app lacks a scope) is true of all users or is a
// fault of that one answer. One user's word costs that user's document; it counts
// for all when so many different users in a row are told the same.
const (
	claimsAtFirst = 5  // while nobody was answered otherwise about that document
	claimsLater   = 20 // after somebody was
)

// errAccountClaim: user after user is told something that is true of no user of the
// account, or of all.
var errAccountClaim = errors.New("said of the whole account")

// errScopeMissing: user after user is told that the app lacks the scope for a
// document, which is therefore left out for all.
var errScopeMissing = errors.New("the document is left out for all users")

// claim follows what is said of the whole account in the answers about one document,
// user after user.
type claim struct {
	said      cause
	err       error // the last that says so
	inARow    int
	otherwise bool // some user's answer said something else
}

// add notes the answer about one user, nil for a success. Where what it says of the
// account counts for all users, it gives the number of those in a row who were told
// the same, else 0.
func (c *claim) add(err error) (users int) {
	if !isAnswer(err) {
		return 0
	}
	said := causeOf(err)
	if c.inARow > 0 && said != c.said {
		c.inARow, c.otherwise = 0, true
	}
	if !isClaim(err) {
		c.otherwise = true
		return 0
	}
	c.said, c.err = said, err
	c.inARow++
	if c.inARow < claimsAtFirst || c.otherwise && c.inARow < claimsLater {
		return 0
	}
	return c.inARow
}

func isClaim(err error) bool {
	return errors.Is(err, zoom.ErrClaim) || errors.Is(err, zoom.ErrScopes)
}

// isAnswer reports whether Zoom has answered at all: no answer says neither this nor
// that of the account.
func isAnswer(err error) bool {
	for _, kind := range []error{zoom.ErrNotFound, zoom.ErrForbidden, zoom.ErrRejected} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return err == nil || isClaim(err)
}

// claims are those about all documents. The zero value is ready, and safe for
// concurrent use.
type claims struct {
	mu gosync.Mutex
	of map[db.Document]*claim
}

func (c *claims) add(kind db.Document, err error) (users int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[db.Document]*claim{}
	}
	if c.of[kind] == nil {
		c.of[kind] = &claim{}
	}
	return c.of[kind].add(err)
}

// undisputed gives what all users who were answered are told, where they are too few
// for it to count for others.
func (c *claims) undisputed() (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, kind := range slices.Sorted(maps.Keys(c.of)) {
		if said := c.of[kind]; !said.otherwise && said.inARow < claimsAtFirst {
			err = errors.Join(err, said.err)
		}
	}
	return err
}

// hear takes what Zoom answered when it was asked for a document of one user, and
// gives the error of it: where it counts for all users, one that says so.
func (p *pass) hear(ctx context.Context, kind db.Document, err error) error {
	users := p.claims.add(kind, err)
	if users == 0 {
		return err
	}
	if !errors.Is(err, zoom.ErrScopes) {
		return &problem{
			text:   fmt.Sprintf("the answers about %d users in a row say the same: %v", users, err),
			repair: Repair(err),
			kind:   errors.Join(errAccountClaim, err),
		}
	}
	missing := &problem{text: err.Error(), repair: Repair(err), kind: errors.Join(errScopeMissing, err)}
	if _, known := p.blocked.LoadOrStore(kind, error(missing)); !known {
		p.warn(ctx, "a scope is missing; the document is left out for all users", err, slog.String("document", string(kind)))
	}
	return missing
}
