package sync

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	gosync "sync"

	"github.com/go-json-experiment/json/jsontext"

	"syncd/internal/db"
)

// document is a JSON reply made ready for the store: its secrets are replaced,
// and only then is it digested and written out.
type document struct {
	value        value // without secrets
	body         []byte
	full, stable db.Digest
	pending      bool // see markPending
	compare      func(before, after version) (db.Comparison, error)

	canonical canonical // the full form, from which finish makes body and stable
	rooms     *rooms    // of the value
}

// leave gives the rooms of the value back: nobody may look at it any more.
func (d *document) leave() {
	d.rooms.leave()
	d.value = value{}
}

// version is a document as it is stored. Without a body, there is none.
type version struct {
	body    []byte
	value   value // of the body, where it is at hand
	pending bool  // see markPending
}

// content is the value of a version; of one that is not there it is an empty object.
func (v version) content(s *shape) (value, error) {
	switch {
	case v.value.kind != jsontext.KindInvalid:
		return v.value, nil
	case v.body == nil:
		return value{kind: '{'}, nil
	}
	return parseStored(s, v.body)
}

// reader makes documents. It is safe for concurrent use.
type reader struct {
	shapes map[db.Document]*shape
	rooms  gosync.Pool
}

func newReader() *reader { return &reader{shapes: shapes()} }

// read makes a document of a reply.
func (r *reader) read(kind db.Document, body []byte) (document, error) {
	doc, err := r.open(kind, body)
	if err == nil {
		doc.finish(r.shapes[kind])
	}
	return doc, err
}

// readStored makes a document of a body that Postgres gives back. It is stored, and so
// it can be: 1e6000 has become 6,001 digits there, which read would refuse.
func (r *reader) readStored(kind db.Document, body []byte) (document, error) {
	doc, err := r.openWith(kind, body, anyNumber)
	if err == nil {
		doc.finish(r.shapes[kind])
	}
	return doc, err
}

// open makes as much of a document as tells whether it is another one than the mirror
// has: its value and the full digest.
func (r *reader) open(kind db.Document, body []byte) (document, error) {
	return r.openWith(kind, body, checkNumber)
}

func (r *reader) openWith(kind db.Document, body []byte, check func(number string) error) (document, error) {
	s := r.shapes[kind]
	rooms := &rooms{pool: &r.rooms}
	v, err := newParser(body, check, rooms).document(s)
	if err != nil {
		return document{}, err
	}
	replaceSecrets(&v, s)
	written := canonical{form: full, dst: make([]byte, 0, len(body))}
	written.append(v, s)
	return document{
		value: v, full: digest(written.dst), canonical: written, rooms: rooms,
		compare: func(before, after version) (db.Comparison, error) {
			return r.compare(kind, before, after)
		},
	}, nil
}

// finish makes the rest of a document of a shape. Most documents have nothing in which
// their forms differ.
func (d *document) finish(s *shape) {
	d.body, d.stable = d.canonical.dst, d.full
	if d.canonical.unstable {
		d.stable = digest(appendCanonical(make([]byte, 0, len(d.body)), d.value, s, stable))
	}
	if d.canonical.moved {
		d.body = appendJSON(make([]byte, 0, len(d.body)), d.value)
	}
	d.canonical = canonical{}
}

func digest(canonical []byte) db.Digest {
	sum := sha256.Sum256(canonical)
	return db.Digest(sum[:len(db.Digest{})])
}

// markPending marks a list document without a status that only the list of pending
// users has. The body does not tell, so that the fact is kept beside it and makes a
// version of its own.
func markPending(u *db.User, doc *document) {
	if u.List.Status != nil {
		return
	}
	u.List.Status = new(pendingStatus)
	doc.pending = true
	for _, d := range []*db.Digest{&doc.full, &doc.stable} {
		*d = digest(append(d[:], pendingStatus...))
	}
}

// form is what of a document counts.
type form int

const (
	// full: everything but the order of members and of unordered elements.
	full form = iota
	// stable: what full says, without volatile values, and with repeated unordered
	// elements (Zoom sends some now and then) counting once.
	stable
	// shown: what full says, with repeated unordered elements once, and numbers among
	// them by their value. Columns that hold a value whole have it in this form: equal
	// sets are the same there, whatever order Zoom has sent last.
	shown
)

// appendCanonical writes a value so that two documents that mean the same are
// the same bytes.
func appendCanonical(dst []byte, v value, s *shape, f form) []byte {
	c := canonical{form: f, dst: dst}
	c.append(v, s)
	return c.dst
}

// canonical writes one form of a document.
type canonical struct {
	form     form
	dst      []byte
	moved    bool // elements are written in another order than they have, or a number in another way
	arranged bool // the elements of an array are others now, or in another order
	unstable bool // there is something that the stable form leaves out
}

func (c *canonical) append(v value, s *shape) {
	switch v.kind {
	case '{':
		c.dst = append(c.dst, '{')
		first := true
		for i := range v.members {
			m := &v.members[i]
			known := s.of(m)
			if known.volatile {
				c.unstable = true
				if c.form == stable {
					continue
				}
			}
			if !first {
				c.dst = append(c.dst, ',')
			}
			first = false
			if known.label != "" {
				c.dst = append(c.dst, known.label...)
			} else {
				c.dst = append(appendString(c.dst, m.name), ':')
			}
			c.append(m.value, known)
		}
		c.dst = append(c.dst, '}')
	case '[':
		c.array(v, s)
	case '0':
		// However it is written, Postgres gives the same number back, in one spelling.
		plain := plainNumber(v.text)
		c.moved = c.moved || plain != v.text
		c.dst = append(c.dst, plain...)
	default:
		c.dst = appendScalar(c.dst, v)
	}
}

func (c *canonical) array(v value, s *shape) {
	c.dst = append(c.dst, '[')
	begin := len(c.dst)
	ends := make([]int, len(v.items))
	for i := range v.items {
		if i > 0 {
			c.dst = append(c.dst, ',')
		}
		c.append(v.items[i], s.element())
		ends[i] = len(c.dst)
	}
	if len(v.items) > 1 && s.unordered(v.items) {
		c.sort(begin, ends)
	}
	c.dst = append(c.dst, ']')
}

// compareShown puts numbers before all else, by their value, and the rest into the order
// of its text.
func compareShown(a, b []byte) int {
	x, isX := number(a)
	y, isY := number(b)
	switch {
	case isX && isY:
		return cmp.Or(cmp.Compare(x, y), bytes.Compare(a, b))
	case isX:
		return -1
	case isY:
		return 1
	}
	return bytes.Compare(a, b)
}

// number is about as much as a JSON number says.
func number(json []byte) (n float64, ok bool) {
	if json[0] != '-' && (json[0] < '0' || json[0] > '9') {
		return 0, false
	}
	n, _ = strconv.ParseFloat(string(json), 64) // one that is out of range is infinite
	return n, true
}

// sort puts elements that are written, each to one of these ends, into the order of
// their text.
func (c *canonical) sort(begin int, ends []int) {
	elements := make([][]byte, len(ends))
	for i, end := range ends {
		elements[i], begin = c.dst[begin:end], end+len(",")
	}
	begin = ends[0] - len(elements[0])
	compare := bytes.Compare
	if c.form == shown {
		compare = compareShown
	}
	if !slices.IsSortedFunc(elements, compare) {
		c.moved, c.arranged = true, true
		slices.SortFunc(elements, compare)
	}
	different := slices.CompactFunc(slices.Clone(elements), bytes.Equal)
	if len(different) < len(elements) {
		c.unstable = true
		if c.form != full {
			elements, c.arranged = different, true
		}
	}
	if c.moved || c.form != full {
		sorted := bytes.Join(elements, []byte(","))
		c.dst = append(c.dst[:begin], sorted...)
	}
}
