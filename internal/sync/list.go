package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

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

// roster is everybody that the lists gave, by id.
type roster struct {
	lists      []ids // one of each status
	unfiltered int   // users of the unfiltered list
	complete   bool
	pages      int
	err        error // why it is not complete
}

// has reports whether one of the lists has a user.
func (r *roster) has(id string) bool { return r.hasKey(keyOf(id)) }

func (r *roster) hasKey(key idKey) bool {
	return slices.ContainsFunc(r.lists, func(l ids) bool { return l.hasKey(key) })
}

// users counts those of all lists.
func (r *roster) users() (n int) {
	for i, l := range r.lists {
		before := roster{lists: r.lists[:i]}
		for key := range l {
			if !before.hasKey(key) {
				n++
			}
		}
	}
	return n
}

// absent gives the current users that no list has.
func (r *roster) absent(current []string) []string {
	var gone []string
	for _, id := range current {
		if !r.has(id) {
			gone = append(gone, id)
		}
	}
	return gone
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

// listUsers reads the unfiltered list and those of the users it may leave out. It
// gives each user once, a page at a time: as the first list has it that does, in the
// first reading that does.
func (p *pass) listUsers(ctx context.Context, give func(page []listed)) (all roster) {
	ctx, end := p.tracePhase(ctx, spanUsers)
	defer func() {
		end(all.err, attribute.Int("syncd.elements", p.listed), attribute.Int("syncd.pages", all.pages), attribute.Bool("syncd.listing_complete", all.complete))
	}()
	all.complete = true
	var given []ids // what other readings have given
	for _, status := range []string{zoom.StatusAny, zoom.StatusDeactivate, zoom.StatusPending} {
		fresh := func(page []listed) {
			page = slices.DeleteFunc(page, func(u listed) bool {
				return slices.ContainsFunc(given, func(set ids) bool { return set.has(u.id) })
			})
			for i := range page {
				page[i].pending = status == zoom.StatusPending
			}
			give(page)
		}
		l := p.readList(ctx, "phone users, "+cmp.Or(status, "unfiltered"), (*list).check,
			func() pageSeq { return p.cfg.API.PhoneUsers(ctx, status) }, fresh, func(dropped ids) { given = append(given, dropped) })
		all.pages += l.pages
		all.lists = append(all.lists, l.ids)
		given = append(given, l.ids)
		if status == zoom.StatusAny {
			all.unfiltered = len(l.ids)
		}
		if l.err != nil {
			all.complete = false
			all.err = errors.Join(all.err, l.err)
			p.warn(ctx, "listing is not complete", l.err, slog.String("status_filter", status))
		}
		unreadable := l.err != nil && !errors.Is(l.err, errIncomplete) && all.users() == 0
		if unreadable || stopsPass(l.err) || ctx.Err() != nil {
			break
		}
	}
	return all
}

// list is one listing, read to its end or to an error.
type list struct {
	ids   ids
	pages int
	total int  // as Zoom counts them, -1 where it does not say
	moved bool // the total changed from one page to another
	noID  int  // elements without an id that can be stored
	gap   gap
	err   error
}

// readList reads a listing and checks it. One that does not add up is read again:
// somebody may have come or gone between two of its pages. It gives the elements of
// each page that are the first with their ids in a reading, and tells of the ids of a
// reading that is dropped.
func (p *pass) readList(ctx context.Context, name string, check func(*list) error, open func() pageSeq, give func([]listed), drop func(ids)) list {
	const attempts = 3
	before := p.listed
	var l list
	pages := 0
	for attempt := 1; ; attempt++ {
		tell := func(elements int) { p.progress(Progress{Phase: PhaseList, Done: before + elements}) }
		l = readOnce(open(), give, drop, tell)
		pages += l.pages
		if l.err == nil {
			l.err = check(&l)
		}
		if !errors.Is(l.err, errIncomplete) || attempt == attempts || pause(ctx, time.Second) != nil {
			break
		}
		drop(l.ids)
	}
	l.pages = pages
	p.listed = before + len(l.ids)
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
func readOnce(pages pageSeq, give func([]listed), drop func(ids), tell func(elements int)) list {
	l := list{total: -1, ids: ids{}}
	asked := time.Now()
	for page, err := range pages {
		if err != nil {
			l.err = err
			break
		}
		if page.First && l.pages > 0 {
			drop(l.ids)
			l = list{total: -1, pages: l.pages, ids: ids{}}
		}
		l.pages++
		if page.Total >= 0 {
			l.moved = l.moved || l.total >= 0 && l.total != page.Total
			l.total = page.Total
		}
		answered := span{asked, time.Now()}
		var elements []listed
		for _, item := range page.Items {
			if l.add(item.ID) {
				elements = append(elements, listed{id: item.ID, raw: item.Raw, span: answered})
			}
		}
		l.gap.follow(page, len(elements))
		give(elements)
		tell(len(l.ids))
		asked = time.Now()
	}
	return l
}

// add notes an id, and reports whether it is the first time.
func (l *list) add(id string) bool {
	// Real ids have 22 characters; what is far from it is none.
	const longest = 200
	if id == "" || len(id) > longest || strings.ContainsFunc(id, unicode.IsControl) || !utf8.ValidString(id) {
		l.noID++
		return false
	}
	return l.ids.add(id)
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
	if l.total >= 0 && l.total != len(l.ids) {
		return incomplete("it has %d different elements, total_records says %d", len(l.ids), l.total)
	}
	return l.gap.check(l.total)
}

// checkSites does the same for a list of sites, of which Zoom's words leave open
// whether total_records counts all of them or those on the page.
func (l *list) checkSites() error {
	if l.noID > 0 {
		return incomplete("%d of its elements have no usable id", l.noID)
	}
	if l.total > len(l.ids) {
		return incomplete("it has %d different elements, total_records says %d", len(l.ids), l.total)
	}
	return l.gap.check(l.total)
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
