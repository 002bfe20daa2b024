package sync

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// value is one JSON value, exact: strings are decoded, numbers keep every digit.
// The members of an object stand sorted by name, each name once: of a repeated
// name the last counts, as in Postgres.
type value struct {
	kind    jsontext.Kind // '{' '[' '"' '0' 't' 'f' 'n', 0: absent
	plain   bool          // of a string: text stands in JSON as it is
	text    string        // of a string or number
	members []member      // of an object
	items   []value       // of an array
}

type member struct {
	name  string
	value value
	shape *shape // nil until somebody has looked it up, see shape.of
}

// The limits of what Postgres can store as jsonb. A document beyond them fails
// alone, before it can sink a batch.
const (
	maxDepth = 500
	// Postgres keeps at most 16383 digits after the decimal point, so digits and
	// exponent together must stay below that.
	maxExponent = 10_000
	maxDigits   = 5_000
)

var errNotStorable = errors.New("not storable as jsonb")

// parseStored reads a document as Postgres gives it back: there 1e9999 has become
// ten thousand digits.
func parseStored(s *shape, body []byte) (value, error) { return parse(s, body, anyNumber) }

// anyNumber takes every number that is one.
func anyNumber(string) error { return nil }

// parse reads a document of a shape, which must be one JSON object.
func parse(s *shape, body []byte, check func(number string) error) (value, error) {
	return newParser(body, check, nil).document(s)
}

func newParser(body []byte, check func(number string) error, rooms *rooms) *parser {
	return &parser{
		decoder: jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true)),
		source:  string(body), check: check, rooms: rooms,
	}
}

// document reads the one object that there is.
func (p *parser) document(s *shape) (value, error) {
	v, err := p.read(0, s)
	if err != nil {
		return value{}, jsonError(err)
	}
	if _, err := p.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return value{}, errors.New("json: more than one value")
	}
	if v.kind != '{' {
		return value{}, errors.New("json: not an object")
	}
	return v, nil
}

// jsonError keeps what went wrong and where, but nothing of the document.
func jsonError(err error) error {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("json: not well-formed at byte %d", syntax.ByteOffset)
	}
	if errors.Is(err, io.EOF) {
		return errors.New("json: empty")
	}
	return fmt.Errorf("json: %w", err)
}

// parser reads one document. All texts without an escape are parts of one copy of it,
// and so are all members of one slice, as long as there is room in it: a document has
// hundreds of both.
type parser struct {
	decoder *jsontext.Decoder
	source  string
	check   func(number string) error

	open  []member // of the objects that are being read, the outer ones first
	items []value  // of the arrays
	room  []member // for members of objects that are read
	rooms *rooms   // where that comes from; nil: it is made
}

func (p *parser) read(depth int, s *shape) (v value, err error) {
	if depth > maxDepth {
		return value{}, fmt.Errorf("nested deeper than %d: %w", maxDepth, errNotStorable)
	}
	switch v.kind = p.decoder.PeekKind(); v.kind {
	case '"':
		v.text, v.plain, err = p.text()
		return v, err
	case '{':
		v.members, err = p.members(depth, s)
		return v, err
	case '[':
		v.items, err = p.elements(depth, s)
		return v, err
	}
	raw, err := p.decoder.ReadValue()
	if v.kind == '0' && err == nil {
		v.text = p.just(raw)
		err = p.check(v.text)
	}
	return v, err
}

// just is what the decoder has just read.
func (p *parser) just(raw []byte) string {
	end := p.decoder.InputOffset()
	return p.source[end-int64(len(raw)) : end]
}

// text reads a string, and tells whether it has no escapes.
func (p *parser) text() (text string, plain bool, err error) {
	raw, err := p.decoder.ReadValue()
	if err != nil {
		return "", false, err
	}
	if plain = bytes.IndexByte(raw, '\\') < 0; plain { // which the decoder has found to be well-formed
		text = p.just(raw)
		return text[1 : len(text)-1], true, nil
	}
	decoded, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return "", false, err
	}
	text, err = storable(string(decoded))
	return text, false, err
}

func (p *parser) members(depth int, s *shape) ([]member, error) {
	if _, err := p.decoder.ReadToken(); err != nil {
		return nil, err
	}
	begin := len(p.open)
	for p.decoder.PeekKind() != '}' {
		name, _, err := p.text()
		if err != nil {
			return nil, err
		}
		m := member{name: name}
		if s != nil {
			m.shape = s.member(name)
		}
		if m.value, err = p.read(depth+1, m.shape); err != nil {
			return nil, err
		}
		p.open = append(p.open, m)
	}
	read := sortMembers(p.open[begin:])
	p.open = p.open[:begin]
	if len(read) == 0 {
		_, err := p.decoder.ReadToken()
		return nil, err
	}
	if len(read) > len(p.room) {
		p.room = p.rooms.take(len(read))
	}
	kept := p.room[:len(read):len(read)]
	p.room = p.room[copy(kept, read):]
	_, err := p.decoder.ReadToken()
	return kept, err
}

func (p *parser) elements(depth int, s *shape) ([]value, error) {
	if _, err := p.decoder.ReadToken(); err != nil {
		return nil, err
	}
	begin := len(p.items)
	for p.decoder.PeekKind() != ']' {
		v, err := p.read(depth+1, s.element())
		if err != nil {
			return nil, err
		}
		p.items = append(p.items, v)
	}
	var read []value
	if begin < len(p.items) {
		read = slices.Clone(p.items[begin:])
	}
	p.items = p.items[:begin]
	_, err := p.decoder.ReadToken()
	return read, err
}

// sortMembers sorts by name and keeps the last of each name.
func sortMembers(members []member) []member {
	byName := func(a, b member) int { return strings.Compare(a.name, b.name) }
	if !slices.IsSortedFunc(members, byName) {
		slices.SortStableFunc(members, byName)
	}
	kept := members[:0]
	for i, m := range members {
		if i+1 == len(members) || members[i+1].name != m.name {
			kept = append(kept, m)
		}
	}
	return kept
}

func storable(s string) (string, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return "", fmt.Errorf("a string holds the character U+0000: %w", errNotStorable)
	}
	return s, nil
}

func checkNumber(text string) error {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	n, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if exponent != "" && (err != nil || n > maxExponent || n < -maxExponent) || len(mantissa) > maxDigits {
		return fmt.Errorf("a number is out of range: %w", errNotStorable)
	}
	return nil
}

// plainNumber writes a number without an exponent, the way Postgres does when it
// gives a stored one back: 1e3 is 1000, 1.50e1 is 15.0, -0 is 0.
func plainNumber(text string) string {
	if text[0] != '-' && strings.IndexByte(text, 'e') < 0 && strings.IndexByte(text, 'E') < 0 {
		return text // as nearly all are
	}
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(text), "e")
	shift, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if scientific && (err != nil || shift > maxExponent || shift < -maxExponent) {
		return text
	}
	digits, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if !scientific {
		shift = 0
	}
	switch {
	case shift >= len(fraction):
		whole, fraction = whole+fraction+strings.Repeat("0", shift-len(fraction)), ""
	case shift >= 0:
		whole, fraction = whole+fraction[:shift], fraction[shift:]
	default:
		whole = strings.Repeat("0", max(0, 1-shift-len(whole))) + whole
		whole, fraction = whole[:len(whole)+shift], whole[len(whole)+shift:]+fraction
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if negative && strings.Trim(whole, "0.") != "" {
		return "-" + whole
	}
	return whole
}

// get walks down the members of objects. What is not there is an absent value.
func (v value) get(names ...string) value {
	for _, name := range names {
		i, found := slices.BinarySearchFunc(v.members, name, func(m member, name string) int { return strings.Compare(m.name, name) })
		if !found {
			return value{}
		}
		v = v.members[i].value
	}
	return v
}

// str is the text of a string, nil for "", for an absent one, and for any other type.
func (v value) str() *string {
	if v.kind != '"' || v.text == "" {
		return nil
	}
	return new(v.text) // not a part of v, which would be kept with it
}

// boolean is nil for anything but true and false.
func (v value) boolean() *bool {
	if v.kind != 't' && v.kind != 'f' {
		return nil
	}
	b := v.kind == 't'
	return &b
}

// integer is nil for anything but an integer that fits 64 bits. 1e3 is one, as it
// is in Postgres, which stores 1000; 1.0 is none.
func (v value) integer() *int64 {
	if v.kind != '0' {
		return nil
	}
	n, err := strconv.ParseInt(plainNumber(v.text), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// extension is an extension number: Zoom sends it as an integer here and as a
// string of digits there.
func (v value) extension() *int64 {
	if v.kind == '"' && v.text != "" && strings.Trim(v.text, "0123456789") == "" {
		v.kind = '0'
	}
	return v.integer()
}

// appendJSON writes a value as JSON.
func appendJSON(dst []byte, v value) []byte {
	switch v.kind {
	case '{':
		dst = append(dst, '{')
		for i, m := range v.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, m.name), ':')
			dst = appendJSON(dst, m.value)
		}
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		for i, item := range v.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	default:
		return appendScalar(dst, v)
	}
}

func appendScalar(dst []byte, v value) []byte {
	switch v.kind {
	case '"':
		if v.plain {
			return append(append(append(dst, '"'), v.text...), '"')
		}
		return appendString(dst, v.text)
	case '0':
		return append(dst, v.text...)
	case 't':
		return append(dst, "true"...)
	case 'f':
		return append(dst, "false"...)
	default:
		return append(dst, "null"...)
	}
}

func appendString(dst []byte, s string) []byte {
	// The decoder has refused broken UTF-8, so quoting cannot fail.
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
