package zoom

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object, read as far as its members: all of it is known to be
// well-formed, and what the members hold is still to be read.
type object struct {
	body    []byte
	members []objectMember // as they come; of a repeated name the last counts
}

type objectMember struct {
	name  string
	value json.RawMessage
}

// readObject reads body once; ok is false if it is no well-formed JSON object.
// Repeated names and broken UTF-8 inside strings are the reader's business.
func readObject(body []byte) (o object, ok bool) {
	d := newDecoder(body)
	if d.PeekKind() != '{' {
		return object{}, false
	}
	_, _ = d.ReadToken() // it has been peeked at
	o = object{body: body, members: make([]objectMember, 0, 32)}
	for d.PeekKind() != '}' {
		name, err := readPart(d, body)
		if err != nil {
			return object{}, false
		}
		value, err := readPart(d, body)
		if err != nil {
			return object{}, false
		}
		unquoted, _ := jsontext.AppendUnquote(nil, name) // but for broken UTF-8, all is well with it
		o.members = append(o.members, objectMember{string(unquoted), value})
	}
	_, _ = d.ReadToken() // it has been peeked at
	_, err := d.ReadToken()
	return o, errors.Is(err, io.EOF)
}

func newDecoder(body []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// readPart reads a name or a value, and gives the part of body that it is.
func readPart(d *jsontext.Decoder, body []byte) (json.RawMessage, error) {
	read, err := d.ReadValue()
	end := int(d.InputOffset())
	return body[end-len(read) : end : end], err
}

// get gives a member as it is, nil where there is none.
func (o object) get(name string) json.RawMessage {
	for _, m := range slices.Backward(o.members) {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// has reports whether there is a member that is not null.
func (o object) has(name string) bool { return !isAbsent(o.get(name)) }
