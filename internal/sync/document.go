package sync

import (
	"crypto/sha256"
	"slices"

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
}

// version is a document as it is stored. Without a body, there is none.
type version struct {
	body    []byte
	pending bool // see markPending
}

// documentSite is an element of the site list. It is not a user's, and the store
// keeps it elsewhere.
const documentSite db.Document = "site"

// reader makes documents. It is safe for concurrent use.
type reader struct {
	shapes  map[db.Document]*shape
	secrets secretNames
}

func newReader() *reader { return &reader{shapes: shapes()} }

// read parses a reply, replaces its secrets and digests it.
func (r *reader) read(kind db.Document, body []byte) (document, error) {
	v, err := parse(body)
	if err != nil {
		return document{}, err
	}
	s := r.shapes[kind]
	r.secrets.replace(&v, s)
	stored := appendJSON(make([]byte, 0, len(body)), v)
	return document{
		value:  v,
		body:   stored,
		full:   digest(appendCanonical(make([]byte, 0, len(body)), v, s, full)),
		stable: digest(appendCanonical(make([]byte, 0, len(body)), v, s, stable)),
		compare: func(before, after version) (db.Comparison, error) {
			return r.compare(kind, before, after)
		},
	}, nil
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
)

// appendCanonical writes a value so that two documents that mean the same are
// the same bytes.
func appendCanonical(dst []byte, v value, s *shape, f form) []byte {
	switch v.kind {
	case '{':
		dst = append(dst, '{')
		first := true
		for _, m := range v.members {
			known := s.member(m.name)
			if f == stable && known != nil && known.volatile {
				continue
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(appendString(dst, m.name), ':')
			dst = appendCanonical(dst, m.value, known, f)
		}
		return append(dst, '}')
	case '[':
		return appendArray(dst, v, s, f)
	default:
		return appendScalar(dst, v)
	}
}

func appendArray(dst []byte, v value, s *shape, f form) []byte {
	elements := make([]string, len(v.items))
	for i, item := range v.items {
		elements[i] = string(appendCanonical(nil, item, s.element(), f))
	}
	if s.unordered(v.items) {
		slices.Sort(elements)
		if f == stable {
			elements = slices.Compact(elements)
		}
	}
	dst = append(dst, '[')
	for i, e := range elements {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, e...)
	}
	return append(dst, ']')
}
