package sync

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// step is one of a path in the journal: to a member, or to an element of an array.
type step struct {
	text    string // as it stands in the path, without the dot before it
	name    string // of the member; of an element, what identifies it
	element bool
}

// steps takes a path apart that diff has made: policy."a.b".numbers[id].n. It is false
// for what is no such path.
func steps(path string) (all []step, ok bool) {
	for rest := path; ; {
		s := step{element: strings.HasPrefix(rest, "[")}
		var after string
		if s.element {
			s.name, after, ok = word(rest[1:], "]")
			after, ok = cutIf(ok, after, "]")
		} else {
			s.name, after, ok = word(rest, ".[")
			ok = ok && after != rest
		}
		if !ok {
			return nil, false
		}
		s.text = rest[:len(rest)-len(after)]
		all = append(all, s)
		if after == "" {
			return all, true
		}
		if rest = after; rest[0] != '[' {
			if rest, ok = cutIf(true, after, "."); !ok {
				return nil, false
			}
		}
	}
}

// cutIf cuts a prefix off that has to be there.
func cutIf(ok bool, text, prefix string) (string, bool) {
	rest, found := strings.CutPrefix(text, prefix)
	return rest, ok && found
}

// word reads a name or an identity up to one of what ends it, which it holds itself
// only if it is quoted.
func word(text, ends string) (name, rest string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		raw, err := jsontext.NewDecoder(strings.NewReader(text)).ReadValue()
		if err != nil {
			return "", "", false
		}
		unquoted, err := jsontext.AppendUnquote(nil, raw)
		return string(unquoted), text[len(raw):], err == nil
	}
	end := strings.IndexAny(text, ends)
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:], !strings.ContainsAny(text[:end], `[]"`)
}

// joined writes steps as a path.
func joined(all []step) string {
	var path strings.Builder
	for i, s := range all {
		if i > 0 && !s.element {
			path.WriteByte('.')
		}
		path.WriteString(s.text)
	}
	return path.String()
}

// hide puts what stands for anything in the place of the name.
func (s *step) hide() {
	if s.name = anything; s.element {
		s.text = "[" + anything + "]"
	} else {
		s.text = anything
	}
}
