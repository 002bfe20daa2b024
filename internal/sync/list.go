package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"syncd/internal/zoom"
)

type pageSeq = iter.Seq2[zoom.Page, error]

// listed is an element of a list: a user, or a site.
type listed struct {
	id      string
	raw     []byte
	span    span // from the question for the page to its answer
	pending bool // only the list of pending users has it
}

// roster is everybody that the lists gave.
type roster struct {
	users      []listed
	unfiltered int // users of the unfiltered list
	complete   bool
	pages      int
	err        error // why it is not complete
}

// errIncomplete: a list came to its end and does not add up.
var errIncomplete = errors.New("the list does not add up")

func incomplete(format string, args ...any) error {
	return &problem{
		text:   errIncomplete.Error() + ": " + fmt.Sprintf(format, args...),
		repair: "nothing was marked deleted; if the next pass says the same, check that the app belongs to an administrator of the whole account",
		kind:   errIncomplete,
	}
}

// listUsers reads the unfiltered list and those of the users it may leave out,
// and unites them by id. Where two lists have a user, the later one is newer.
func (p *pass) listUsers(ctx context.Context) roster {
	all := roster{complete: true}
	places := map[string]int{}
	for _, status := range []string{zoom.StatusAny, zoom.StatusDeactivate, zoom.StatusPending} {
		l := p.readList(ctx, "phone users, "+cmp.Or(status, "unfiltered"), (*list).check, func() pageSeq { return p.cfg.API.PhoneUsers(ctx, status) })
		all.pages += l.pages
		if status == zoom.StatusAny {
			all.unfiltered = len(l.elements)
		}
		if l.err != nil {
			all.complete = false
			all.err = errors.Join(all.err, l.err)
			p.log.WarnContext(ctx, "listing is not complete", slog.String("status_filter", status), slog.Any("error", l.err))
		}
		for _, u := range l.elements {
			if place, known := places[u.id]; known {
				all.users[place].raw, all.users[place].span = u.raw, u.span
				continue
			}
			u.pending = status == zoom.StatusPending
			places[u.id] = len(all.users)
			all.users = append(all.users, u)
		}
		unreadable := l.err != nil && !errors.Is(l.err, errIncomplete) && len(all.users) == 0
		if unreadable || stopsPass(l.err) || ctx.Err() != nil {
			break
		}
	}
	return all
}

// list is one listing, read to its end or to an error.
type list struct {
	elements []listed
	pages    int
	total    int  // as Zoom counts them, -1 where it does not say
	moved    bool // the total changed from one page to another
	noID     int  // elements without an id that can be stored
	err      error
	places   map[string]int
}

// readList reads a listing and checks it. One that does not add up is read again:
// somebody may have come or gone between two of its pages.
func (p *pass) readList(ctx context.Context, name string, check func(*list) error, open func() pageSeq) list {
	const attempts = 3
	before := p.listed
	var l list
	pages := 0
	for attempt := 1; ; attempt++ {
		l = readOnce(open(), func(users int) { p.cfg.Progress(Progress{Phase: PhaseList, Done: before + users}) })
		pages += l.pages
		if l.err == nil {
			l.err = check(&l)
		}
		if !errors.Is(l.err, errIncomplete) || attempt == attempts || pause(ctx, time.Second) != nil {
			break
		}
	}
	l.pages = pages
	p.listed = before + len(l.elements)
	if l.err == nil {
		l.err = context.Cause(ctx) // the lists that follow will not be read
	}
	if l.err != nil {
		l.err = fmt.Errorf("%s: %w", name, l.err)
	}
	return l
}

// readOnce reads a listing from its first page to its last, or to an error. After
// each page it tells how many elements there are so far.
func readOnce(pages pageSeq, tell func(elements int)) list {
	l := list{total: -1, places: map[string]int{}}
	asked := time.Now()
	for page, err := range pages {
		if err != nil {
			l.err = err
			break
		}
		if page.First {
			l = list{total: -1, pages: l.pages, places: map[string]int{}}
		}
		l.pages++
		if page.Total >= 0 {
			l.moved = l.moved || l.total >= 0 && l.total != page.Total
			l.total = page.Total
		}
		answered := span{asked, time.Now()}
		for _, item := range page.Items {
			l.add(listed{id: item.ID, raw: item.Raw, span: answered})
		}
		tell(len(l.elements))
		asked = time.Now()
	}
	return l
}

func (l *list) add(u listed) {
	// Real ids have 22 characters; what is far from it is none.
	const longest = 200
	if u.id == "" || len(u.id) > longest || strings.ContainsFunc(u.id, unicode.IsControl) || !utf8.ValidString(u.id) {
		l.noID++
		return
	}
	if place, known := l.places[u.id]; known {
		l.elements[place] = u
		return
	}
	l.places[u.id] = len(l.elements)
	l.elements = append(l.elements, u)
}

// check decides whether a listing that came to its end counts as complete: every
// element has an id, and there are as many different ones as Zoom says, which
// says the same on every page. When somebody goes while the list is read, the rest
// moves up, and one who stays slips between two pages unseen.
func (l *list) check() error {
	if l.noID > 0 {
		return incomplete("%d of its elements have no usable id", l.noID)
	}
	if l.moved {
		return incomplete("total_records changed while it was read")
	}
	if l.total >= 0 && l.total != len(l.elements) {
		return incomplete("it has %d different elements, total_records says %d", len(l.elements), l.total)
	}
	return nil
}

// checkSites does the same for a list of sites, of which Zoom's words leave open
// whether total_records counts all of them or those on the page.
func (l *list) checkSites() error {
	if l.noID > 0 {
		return incomplete("%d of its elements have no usable id", l.noID)
	}
	if l.total > len(l.elements) {
		return incomplete("it has %d different elements, total_records says %d", len(l.elements), l.total)
	}
	return nil
}

// absent gives the current users that a list does not have.
func absent(current []string, users []listed) []string {
	present := make(map[string]bool, len(users))
	for _, u := range users {
		present[u.id] = true
	}
	var gone []string
	for _, id := range current {
		if !present[id] {
			gone = append(gone, id)
		}
	}
	return gone
}

// pause waits for d or for the context, whichever ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
