package sync

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"syncd/internal/db"
)

// judgeVersion judges a stored body anew: an earlier release may have known fewer
// secrets, and other personal names.
func (r *reader) judgeVersion(stored db.StoredVersion) (db.Judged, error) {
	s := r.shapes[stored.Document]
	v, err := parseStored(s, stored.Body)
	if err != nil {
		return db.Judged{}, fmt.Errorf("stored version of a %s: %w", stored.Document, err)
	}
	var judged db.Judged
	before := appendJSON(make([]byte, 0, len(stored.Body)), v)
	replaceSecrets(&v, s)
	if after := appendJSON(make([]byte, 0, len(stored.Body)), v); !bytes.Equal(before, after) {
		judged.Body = after
	}
	if stored.Document == db.DocumentProfile {
		judged.Policies = policies(v.get("policy"), s.member("policy"))
	}
	return judged, nil
}

// judgeChange judges a row of the journal anew, by its path and its two values. Nothing
// else is left of the documents that it was made of, so that what stood beside the path
// is not known:
//
//   - a label: that of {"key": "voicemail_pin", "value": "4711"} was secret is known
//     where the row has the object, and not where its path ends at value;
//   - the member that gave an element its identity, where the path goes on below it;
//   - the name for which * stands.
//
// Where one of these may be why a row is private, it stays so.
func (r *reader) judgeChange(stored db.StoredChange) (db.StoredChange, error) {
	before, err := parseRecorded(stored.Old)
	if err != nil {
		return stored, err
	}
	after, err := parseRecorded(stored.New)
	if err != nil {
		return stored, err
	}
	way, ok := steps(stored.Path)
	v := verdict{shape: r.shapes[stored.Document]}
	v.walk(way, before, after)
	if v.hidden {
		stored.Path = joined(way)
	}
	stored.Private = !ok || v.personal || holdsPersonal(&before, v.shape) || holdsPersonal(&after, v.shape) || stored.Private && v.unsure
	stored.Old, stored.New = v.masked(stored.Old, before), v.masked(stored.New, after)
	return stored, nil
}

// hides reports whether a path of an unmapped field has a name that is hidden by now.
func (r *reader) hides(kind db.Document, path string) bool {
	way, _ := steps(path) // what is no path, because a name in it would have to be quoted, is as it is recorded today
	v := verdict{shape: r.shapes[kind]}
	v.walk(way)
	return v.hidden
}

// parseRecorded reads a value as Postgres gives it back; nil is an absent one.
func parseRecorded(json []byte) (value, error) {
	if json == nil {
		return value{}, nil
	}
	v, err := newParser(json, func(string) error { return nil }, nil).read(0, nil)
	if err != nil {
		return value{}, fmt.Errorf("recorded value: %w", jsonError(err))
	}
	return v, nil
}

// walk goes the whole way, to some values.
func (v *verdict) walk(way []step, values ...value) {
	for i := range way {
		if i+1 < len(way) {
			v.through(&way[i], containerOf(way[i+1]))
		} else {
			v.to(&way[i], values...)
		}
	}
}

// containerOf is as much as is known of a value of which a path has a part.
func containerOf(next step) value {
	if next.element {
		return value{kind: '['}
	}
	return value{kind: '{'}
}

// verdict is what a path says of what it leads to.
type verdict struct {
	shape            *shape // of what the steps so far lead to
	personal, secret bool   // and so is what is below
	name             string // of the last member; "": an element
	outer            *shape // that it is a member of
	hidden           bool   // a step is shown otherwise than it stands in the path
	unsure           bool   // a step may be personal for a reason that the path does not tell
}

// through takes a step to a value below which the way goes on.
func (v *verdict) through(s *step, container value) {
	secret := !s.element && v.shape.secretMember(&member{name: s.name, value: container}, false)
	v.to(s, container)
	v.secret = v.secret || secret
}

// to takes a step to one of the values.
func (v *verdict) to(s *step, values ...value) {
	within := v.personal || v.secret
	v.outer, v.name = v.shape, ""
	if s.element {
		v.shape = v.outer.element()
		if v.outer.hidesID(s.name, values, within) {
			v.hide(s)
		}
		return
	}
	v.name, v.shape = s.name, v.outer.member(s.name)
	v.unsure = v.unsure || s.name == anything || v.shape.spelling.content
	for _, there := range values {
		v.personal = v.personal || v.outer.personalMember(&member{name: s.name, value: there}, false)
	}
	if v.outer.shownName(&member{name: s.name}, within) != s.name {
		v.hide(s)
	}
}

func (v *verdict) hide(s *step) {
	if s.name != anything {
		s.hide()
		v.hidden = true
	}
}

// hidesID reports whether what identifies an element is hidden. The values are known
// where they are the whole element.
func (s *shape) hidesID(id string, items []value, within bool) bool {
	isSecret := func(item value) bool {
		m := s.identifying(item)
		return id != mask && m.name != "" && s.element().secretMember(&m, s.element().labelled(item.members, looksSecret))
	}
	return s.shownID(id, items, within || slices.ContainsFunc(items, isSecret)) != id
}

// masked is one of the values to which the path leads, without secrets: as it is
// stored, unless it has any.
func (v *verdict) masked(stored []byte, to value) []byte {
	if to.kind == jsontext.KindInvalid {
		return nil
	}
	before := appendJSON(nil, to)
	if v.secret || v.name != "" && v.outer.secretMember(&member{name: v.name, value: to}, false) {
		conceal(&to)
	} else {
		replaceSecrets(&to, v.shape)
	}
	if after := appendJSON(nil, to); !bytes.Equal(before, after) {
		return after
	}
	return stored
}
