package zoomtest

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf8"
)

// choice is what a document says about one of its fields before the shape decides.
type choice struct {
	absent bool
	value  any // string, int, int64, bool, json.RawMessage, elements; nil leaves it to the shape
}

// elements is the length of an array of objects.
type elements int

func given(value any) choice { return choice{value: value} }

func when(present bool, value any) choice {
	return choice{absent: !present, value: value}
}

// writer makes one document from its shape: the fields that documents agree on come from choose, all others from a
// stream of random numbers that belongs to the user and the document.
type writer struct {
	account *Account
	person  *person
	rng     *rand.Rand
	choose  func(w *writer, path string) (c choice, ok bool)
	at      []int // positions in the arrays around the current field
	drift   bool
	plain   bool // no unknown fields
	buf     []byte
}

func (w *writer) one(in int) bool { return w.rng.IntN(in) == 0 }

// here is the position in the innermost array.
func (w *writer) here() int { return w.at[len(w.at)-1] }

func (w *writer) object(f *field) {
	w.buf = append(w.buf, '{')
	first := true
	for _, child := range f.fields {
		c, ok := w.choose(w, child.path)
		if c.absent || !ok && w.one(14) {
			continue
		}
		w.key(child.name, &first)
		w.field(child, c.value)
	}
	if !w.plain && w.one(25) {
		w.unknown(&first)
	}
	w.buf = append(w.buf, '}')
}

func (w *writer) key(name string, first *bool) {
	if !*first {
		w.buf = append(w.buf, ',')
	}
	*first = false
	w.text(name)
	w.buf = append(w.buf, ':')
}

// unknown adds fields that no specification has, with numbers that no float64 holds.
func (w *writer) unknown(first *bool) {
	w.key("x_serial", first)
	w.buf = strconv.AppendUint(append(w.buf, "9007"...), 1_000_000_000_000_000+w.rng.Uint64N(1_000_000_000_000_000), 10)
	w.key("x_ratio", first)
	w.buf = strconv.AppendUint(append(w.buf, "0.10000000000000000"...), w.rng.Uint64N(1<<40), 10)
	w.key("x_trial", first)
	w.buf = append(w.buf, `{"group":[null,"β",{"weights":[1.50,-7]}],"since":""}`...)
}

func (w *writer) field(f *field, value any) {
	if w.drift && f.kind != object && f.kind != array && w.one(40) {
		w.buf = append(w.buf, `{"value":[]}`...)
		return
	}
	switch v := value.(type) {
	case string:
		w.text(v)
	case int:
		w.buf = strconv.AppendInt(w.buf, int64(v), 10)
	case int64:
		w.buf = strconv.AppendInt(w.buf, v, 10)
	case bool:
		w.buf = strconv.AppendBool(w.buf, v)
	case json.RawMessage:
		w.buf = append(w.buf, v...)
	case elements:
		w.array(f, int(v))
	default:
		w.generate(f)
	}
}

func (w *writer) array(f *field, n int) {
	w.buf = append(w.buf, '[')
	for i := range n {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.at = append(w.at, i)
		w.object(f)
		w.at = w.at[:len(w.at)-1]
	}
	w.buf = append(w.buf, ']')
}

// generate fills a field that no document cares about.
func (w *writer) generate(f *field) {
	switch f.kind {
	case object:
		w.object(f)
	case array:
		w.array(f, w.rng.IntN(3))
	case boolean:
		w.buf = strconv.AppendBool(w.buf, w.one(2))
	case integer:
		w.number(f)
	case str:
		w.text(w.sample(f))
	case objects:
		w.buf = append(w.buf, `[{"code":"US","name":"United States"},{"code":"CI","name":"Côte d'Ivoire"}]`...)
	case strs, integers:
		w.buf = append(w.buf, '[')
		for i := range w.rng.IntN(4) {
			if i > 0 {
				w.buf = append(w.buf, ',')
			}
			if f.kind == strs {
				w.text(f.values[w.rng.IntN(len(f.values))])
			} else {
				w.number(f)
			}
		}
		w.buf = append(w.buf, ']')
	}
}

func (w *writer) number(f *field) {
	if len(f.values) > 0 {
		w.buf = append(w.buf, f.values[w.rng.IntN(len(f.values))]...)
		return
	}
	w.buf = strconv.AppendInt(w.buf, w.rng.Int64N(5000), 10)
}

// sample is a string that suits the name of its field; now and then it is empty or outside the documented values.
func (w *writer) sample(f *field) string {
	switch {
	case w.one(40):
		return ""
	case len(f.values) > 0 && w.one(150):
		return "value of tomorrow"
	case len(f.values) > 0:
		return f.values[w.rng.IntN(len(f.values))]
	case f.name == "id" || strings.HasSuffix(f.name, "_id"):
		return w.account.minter.id(idOther, w.person.index, w.rng.IntN(1000))
	case strings.HasSuffix(f.name, "name"):
		return fullName(w.rng, w.rng.IntN(1000))
	case f.name == "from":
		return []string{"00:00", "08:30", "09:00"}[w.rng.IntN(3)]
	case f.name == "to":
		return []string{"12:00", "17:30", "23:59"}[w.rng.IntN(3)]
	default:
		samples := texts()
		return samples[w.rng.IntN(len(samples))]
	}
}

func (w *writer) text(s string) { w.buf = appendText(w.buf, s) }

// appendText appends s as JSON without the escapes for HTML, which Zoom does not make either.
func appendText(buf []byte, s string) []byte {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
		return append(append(append(buf, '"'), s...), '"')
	}
	return append(buf, encode(s)...)
}
