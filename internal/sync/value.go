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
	text    string        // of a string or number
	members []member      // of an object
	items   []value       // of an array
}

type member struct {
	name  string
	value value
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

// parse reads a document, which must be one JSON object.
func parse(body []byte) (value, error) { return parseWith(body, checkNumber) }

// parseStored reads a document as Postgres gives it back: there 1e9999 has become
// ten thousand digits.
func parseStored(body []byte) (value, error) {
	return parseWith(body, func(string) error { return nil })
}

func parseWith(body []byte, check func(number string) error) (value, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true))
	v, err := readValue(decoder, 0, check)
	if err != nil {
		return value{}, jsonError(err)
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
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

func readValue(d *jsontext.Decoder, depth int, check func(number string) error) (value, error) {
	token, err := d.ReadToken()
	if err != nil {
		return value{}, err
	}
	if depth > maxDepth {
		return value{}, fmt.Errorf("nested deeper than %d: %w", maxDepth, errNotStorable)
	}
	v := value{kind: token.Kind()}
	switch v.kind {
	case '"':
		v.text, err = storable(token.String())
		return v, err
	case '0':
		v.text = token.String()
		return v, check(v.text)
	case '{':
		v.members = make([]member, 0, 4) // few have less
		for d.PeekKind() != '}' {
			name, err := d.ReadToken()
			if err != nil {
				return value{}, err
			}
			text, err := storable(name.String())
			if err != nil {
				return value{}, err
			}
			item, err := readValue(d, depth+1, check)
			if err != nil {
				return value{}, err
			}
			v.members = append(v.members, member{text, item})
		}
		v.members = sortMembers(v.members)
	case '[':
		for d.PeekKind() != ']' {
			item, err := readValue(d, depth+1, check)
			if err != nil {
				return value{}, err
			}
			v.items = append(v.items, item)
		}
	default:
		return v, nil
	}
	_, err = d.ReadToken() // the closing bracket
	return v, err
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
	return &v.text
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
