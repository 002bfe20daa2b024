package sync

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	gosync "sync"

	"syncd/internal/db"
)

const (
	// maxUnmapped is how many paths a pass collects. More means that Zoom uses keys
	// as values; the first of them show that.
	maxUnmapped = 10_000
	// maxPath is how long a path gets before what lies below it is left out, in bytes.
	maxPath = 500
)

// unmapped collects the paths of a pass that no column holds, or whose values are
// of an unexpected type. It is safe for concurrent use.
type unmapped struct {
	fields map[db.Document]*field
	shapes map[db.Document]*shape

	mu   gosync.RWMutex
	seen map[db.UnmappedField]bool
	full bool // there were more than maxUnmapped
}

func newUnmapped(fields map[db.Document]*field, shapes map[db.Document]*shape) *unmapped {
	return &unmapped{fields: fields, shapes: shapes, seen: map[db.UnmappedField]bool{}}
}

// add collects from one document.
func (u *unmapped) add(kind db.Document, v value) {
	w := walk{unmapped: u, document: kind}
	w.visit(&v, u.fields[kind], u.shapes[kind], inside{})
}

// list gives what was collected, in a fixed order, and whether that is all.
func (u *unmapped) list() (seen []db.UnmappedField, all bool) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	for field := range u.seen {
		seen = append(seen, field)
	}
	slices.SortFunc(seen, func(a, b db.UnmappedField) int {
		return cmp.Or(cmp.Compare(a.Document, b.Document), cmp.Compare(a.Path, b.Path), cmp.Compare(a.JSONType, b.JSONType))
	})
	return seen, !u.full
}

func (u *unmapped) note(f db.UnmappedField) {
	u.mu.RLock()
	known := u.seen[f] || u.full
	u.mu.RUnlock()
	if known {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.seen[f] && len(u.seen) >= maxUnmapped {
		u.full = true
		return
	}
	u.seen[f] = true
}

// walk is the way through one document.
type walk struct {
	*unmapped
	document db.Document
	path     []byte
}

// inside says what a value is part of.
type inside struct {
	held     bool // by a column that holds everything here unless the tables say otherwise
	personal bool
}

// visit notes the paths at and below v.
func (w *walk) visit(v *value, f *field, s *shape, in inside) {
	switch {
	case f == nil && in.held:
		return
	case f == nil:
		w.note(v, s)
	case !f.expects(*v):
		w.note(v, s)
		// Of a policy of another type, the column for what is left holds all.
		in.held = f.whole() || in.held && f.column == ""
	case v.kind == 'n':
		return
	default:
		in.held = f.whole() || in.held && f.column == ""
		if f.plain() && f.column == "" && !in.held {
			w.note(v, s)
		}
	}
	at, labelled := len(w.path), s.labelsPersonal(v.members)
	for i := range v.members {
		m := &v.members[i]
		if at > 0 {
			w.path = append(w.path, '.')
		}
		if w.path = append(w.path, pathName(s.shownName(m, in.personal))...); len(w.path) <= maxPath {
			below := in
			below.personal = in.personal || s.personalMember(m, labelled)
			w.visit(&m.value, f.member(m.name), s.of(m), below)
		}
		w.path = w.path[:at]
	}
	for i := range v.items {
		if w.path = append(w.path, "[]"...); len(w.path) <= maxPath {
			w.visit(&v.items[i], f.element(), s.element(), in)
		}
		w.path = w.path[:at]
	}
}

// note takes down a path, unless it is a secret: that has no column on purpose.
func (w *walk) note(v *value, s *shape) {
	if s == nil || !s.secret {
		w.unmapped.note(db.UnmappedField{Document: w.document, Path: string(w.path), JSONType: typeOf(v)})
	}
}

// typeOf names the type of a value as Postgres does.
func typeOf(v *value) string {
	switch v.kind {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	default:
		return "null"
	}
}

// recordUnmapped writes what the pass collected, also when it was cut off. Only a
// complete pass has seen enough to say that a path is gone.
func (p *pass) recordUnmapped(ctx context.Context, complete bool) error {
	if errors.Is(context.Cause(ctx), errLeaseLost) {
		return nil // another may write by now
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
	defer cancel()
	seen, all := p.unmapped.list()
	if !all {
		p.log.WarnContext(ctx, "not every unmapped field is recorded: Zoom seems to use data as names of members", slog.Int("recorded", len(seen)))
	}
	var whole []db.Document
	if complete && all {
		whole = []db.Document{db.DocumentList, db.DocumentProfile, db.DocumentSettings, db.DocumentSite}
		if !p.cfg.SkipUserSettings {
			whole = append(whole, db.DocumentUserSettings)
		}
	}
	if len(seen) == 0 && len(whole) == 0 {
		return nil
	}
	return p.cfg.Store.WriteUnmapped(ctx, p.cfg.AccountID, p.ID, seen, whole)
}
