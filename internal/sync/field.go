package sync

import (
	"embed"
	"slices"
	"strings"
	"time"

	"syncd/internal/db"
)

// fieldTables say for every documented path of each document which type its value
// has and which column holds it: "path type" or "path type view.column". A path
// reads as in zoom-api; [] is any element, * any member that has no line.
//
//	text, boolean, integer    JSON types; an integer fits 64 bits
//	extension                 an integer, or the same as a text of digits
//	time                      a text, RFC 3339
//	object                    of the paths below it
//	array                     of the paths below it, each element once, in no order
//	policy                    an object, or true or false in its place
//	any                       whatever it is
//
// Every array that Zoom documents is a list of things that are there or not: numbers,
// grants, days, countries, languages. Of none does it say that the order means anything,
// and it gives the same ones in another order now and then. One whose order does mean
// something needs a type of its own here, so that a change of it is a change.
//
// A column holds a value whole, with all below it, where it is of type jsonb:
// zoom.policies.detail and zoom.user_settings.value. With = before the column, the
// list gives the same fact, and the column has it from there.
//
//go:embed fields/*.txt
var fieldTables embed.FS

// field is what the tables say of one path.
type field struct {
	kind     string
	column   string // "": none of its own
	fromList bool   // the list fills the column
	members  map[string]*field
	elements *field
}

// anyMember is the name of members that have no line of their own.
const anyMember = "*"

// fields reads the table of every document.
func fields() map[db.Document]*field {
	all := map[db.Document]*field{}
	for _, document := range []db.Document{db.DocumentList, db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings, db.DocumentSite} {
		table, _ := fieldTables.ReadFile("fields/" + string(document) + ".txt") // embedded: cannot fail
		root := &field{kind: "object"}
		for line := range strings.Lines(string(table)) {
			words := append(strings.Fields(line), "")
			f := root.at(words[0])
			f.kind = words[1]
			f.column, f.fromList = strings.CutPrefix(words[2], "=")
		}
		root.inherit(nil)
		all[document] = root
	}
	return all
}

// at finds or makes the field of a path.
func (f *field) at(path string) *field {
	for name := range strings.SplitSeq(path, ".") {
		plain, isArray := strings.CutSuffix(name, "[]")
		if f.members == nil {
			f.members = map[string]*field{}
		}
		if f.members[plain] == nil {
			f.members[plain] = &field{kind: "object"}
		}
		f = f.members[plain]
		if isArray {
			if f.elements == nil {
				f.elements = &field{kind: "object"}
			}
			f = f.elements
		}
	}
	return f
}

// inherit adds to a field the members that the field of any member has: what is
// true of every policy is true of those that have lines of their own.
func (f *field) inherit(general *field) {
	if f == nil || f == general {
		return
	}
	if general != nil && f.kind == general.kind {
		for name, member := range general.members {
			if f.members == nil {
				f.members = map[string]*field{}
			}
			if f.members[name] == nil {
				f.members[name] = member
			}
		}
	}
	for _, member := range f.members {
		member.inherit(f.members[anyMember])
	}
	f.elements.inherit(nil)
}

// member is the field of an object's member, nil where there is none.
func (f *field) member(name string) *field {
	if f == nil {
		return nil
	}
	if member, found := f.members[name]; found {
		return member
	}
	return f.members[anyMember]
}

// element is the field of an array's elements, nil where there is none.
func (f *field) element() *field {
	if f == nil {
		return nil
	}
	return f.elements
}

// expects reports whether a value is of the type that the table gives. null is as
// good as absent everywhere, and so is "" where a text is expected.
func (f *field) expects(v value) bool {
	switch {
	case v.kind == 'n', v.kind == '"' && v.text == "" && slices.Contains([]string{"text", "extension", "time"}, f.kind):
		return true
	}
	switch f.kind {
	case "text":
		return v.kind == '"'
	case "boolean":
		return v.boolean() != nil
	case "integer":
		return v.integer() != nil
	case "extension":
		return v.extension() != nil
	case "time":
		return v.time() != nil
	case "object":
		return v.kind == '{'
	case "array":
		return v.kind == '['
	case "policy":
		return v.kind == '{' || v.boolean() != nil
	}
	return true
}

// whole reports whether the column holds the value with all below it.
func (f *field) whole() bool {
	return f.column == "zoom.policies.detail" || f.column == "zoom.user_settings.value"
}

// plain reports whether the field is a single value: there is no path below it.
func (f *field) plain() bool { return f.members == nil && f.elements == nil }

// time is nil for anything but a text that RFC 3339 can read and Postgres can hold.
func (v value) time() *time.Time {
	if v.kind != '"' {
		return nil
	}
	t, err := time.Parse(time.RFC3339, v.text)
	t = t.UTC()
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return nil
	}
	return &t
}
