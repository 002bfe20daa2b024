package sync

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"syncd/internal/db"
)

// change is one difference between two versions of a document: what stood at a
// path before and what stands there now, of which one may be absent.
type change struct {
	path     string
	old, new value
	personal bool
}

// diff gives the changes that lead from one version of a document to the next,
// sorted by path, and what went before what came. There are some exactly when the stable digests differ, for all
// but the spelling of a number.
//
//   - A path goes down to values that are no objects: policy.sms.enable. A name
//     that is not plain is quoted: policy."a.b".
//   - An element of an array is found by what identifies it, not by its place:
//     phone_numbers[---M1padRvSUtw7YihN7sA].number. Where nothing identifies one, or
//     the same several, it is the element itself: one change, with the path
//     delegation.privileges[], for each that went or came.
//   - Where the order of elements may count (see shape.unordered), and where a value
//     becomes one of another type, the whole value changes.
//   - Below what is personal, a name that Zoom does not document may be the value
//     itself, and so may an identity: * stands in their place.
//   - What was absent and is empty now is a change; what was emptied is one of its
//     contents, and so is what was filled.
func diff(before, after value, s *shape) []change {
	var d differ
	d.compare("", settled(before, s), settled(after, s), s, false)
	slices.SortFunc(d.changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.path, b.path), -cmp.Compare(a.old.kind, b.old.kind), compareValues(a.old, b.old), compareValues(a.new, b.new))
	})
	return d.changes
}

// settled gives what of a value counts for a version: nothing volatile, no
// repeated elements, and numbers as Postgres gives them back.
func settled(v value, s *shape) value {
	switch v.kind {
	case '0':
		v.text = plainNumber(v.text)
	case '{':
		members := v.members
		v.members = nil
		for _, m := range members {
			if known := s.of(&m); !known.volatile {
				m.value = settled(m.value, known)
				v.members = append(v.members, m)
			}
		}
	case '[':
		items := make([]value, len(v.items))
		for i, item := range v.items {
			items[i] = settled(item, s.element())
		}
		if s.unordered(v.items) {
			items = slices.SortedFunc(maps.Values(byText(items)), compareValues)
		}
		v.items = items
	}
	return v
}

// byText gives each of several values once, by what it is as JSON.
func byText(items []value) map[string]value {
	all := make(map[string]value, len(items))
	for _, item := range items {
		all[string(appendCanonical(nil, item, nil, full))] = item
	}
	return all
}

func compareValues(a, b value) int {
	return strings.Compare(string(appendCanonical(nil, a, nil, full)), string(appendCanonical(nil, b, nil, full)))
}

// differ collects changes.
type differ struct{ changes []change }

func (d *differ) compare(path string, before, after value, s *shape, personal bool) {
	kind := cmp.Or(before.kind, after.kind)
	contained := len(before.members)+len(before.items)+len(after.members)+len(after.items) > 0
	sameKind := before.kind == after.kind || before.kind == 0 || after.kind == 0
	switch {
	case kind == '{' && sameKind && (contained || before.kind == after.kind):
		d.compareMembers(path, before.members, after.members, s, personal)
	case kind == '[' && sameKind && (contained || before.kind == after.kind) && s.unordered(before.items) && s.unordered(after.items):
		d.compareElements(path, before.items, after.items, s, personal)
	case before.kind != after.kind || compareValues(before, after) != 0:
		d.add(path, before, after, s, personal)
	}
}

func (d *differ) add(path string, before, after value, s *shape, personal bool) {
	personal = personal || holdsPersonal(&before, s) || holdsPersonal(&after, s)
	d.changes = append(d.changes, change{path, before, after, personal})
}

func (d *differ) compareMembers(path string, before, after []member, s *shape, personal bool) {
	values := map[string][2]value{}
	for _, m := range before {
		values[m.name] = [2]value{m.value, {}}
	}
	for _, m := range after {
		values[m.name] = [2]value{values[m.name][0], m.value}
	}
	labelled := s.labelsPersonal(slices.Concat(before, after))
	for name, pair := range values {
		at := pathName(s.shownName(&member{name: name}, personal))
		if path != "" {
			at = path + "." + at
		}
		within := personal || s.personalMember(&member{name: name, value: pair[0]}, labelled) || s.personalMember(&member{name: name, value: pair[1]}, labelled)
		d.compare(at, pair[0], pair[1], s.member(name), within)
	}
}

func (d *differ) compareElements(path string, before, after []value, s *shape, personal bool) {
	type group struct{ before, after []value }
	groups := map[string]group{}
	for _, item := range before {
		g := groups[s.identity(item)]
		g.before = append(g.before, item)
		groups[s.identity(item)] = g
	}
	for _, item := range after {
		g := groups[s.identity(item)]
		g.after = append(g.after, item)
		groups[s.identity(item)] = g
	}
	for id, g := range groups {
		at := path + "[" + pathID(s.shownID(id, slices.Concat(g.before, g.after), personal)) + "]"
		if id != "" && len(g.before) <= 1 && len(g.after) <= 1 {
			d.compare(at, onlyOne(g.before), onlyOne(g.after), s.element(), personal)
			continue
		}
		gone, come := byText(g.before), byText(g.after)
		for text, item := range gone {
			if _, stays := come[text]; !stays {
				d.add(at, item, value{}, s.element(), personal)
			}
			delete(come, text)
		}
		for _, item := range come {
			d.add(at, value{}, item, s.element(), personal)
		}
	}
}

func onlyOne(items []value) value {
	if len(items) == 0 {
		return value{}
	}
	return items[0]
}

// identity is what tells an element of an array whose order means nothing from the others: the
// member that the tables name, else its id, else the first id of something else. Empty: none.
func (s *shape) identity(item value) string {
	return s.identifying(item).value.text
}

// identifying is the member that has the identity, an empty one if none has.
func (s *shape) identifying(item value) member {
	names := []string{"id"}
	if s != nil && s.key != "" {
		names = []string{s.key, "id"}
	}
	for _, m := range item.members {
		if strings.HasSuffix(m.name, "_id") {
			names = append(names, m.name)
		}
	}
	for _, name := range names {
		if v := item.get(name); v.kind == '"' || v.kind == '0' {
			if v.text != "" {
				return member{name: name, value: v}
			}
		}
	}
	return member{}
}

// pathName is a member's name as part of a path.
func pathName(name string) string {
	if name == "" || strings.ContainsAny(name, `.[]"`) {
		return string(appendString(nil, name))
	}
	return name
}

// pathID is an element's identity as part of a path.
func pathID(id string) string {
	if strings.ContainsAny(id, `[]"`) {
		return string(appendString(nil, id))
	}
	return id
}

// compare is what the store is told about two versions of a document, as JSON. Nil is
// one that was not there, or is there no longer: each of its contents came, or went.
func (r *reader) compare(kind db.Document, before, after version) (db.Comparison, error) {
	from, err := before.content(r.shapes[kind])
	if err != nil {
		return db.Comparison{}, err
	}
	replaceSecrets(&from, r.shapes[kind]) // an earlier release may have known fewer
	to, err := after.content(r.shapes[kind])
	if err != nil {
		return db.Comparison{}, err
	}
	var changes []db.SettingChange
	for _, c := range diff(from, to, r.shapes[kind]) {
		changes = append(changes, db.SettingChange{Path: c.path, Old: jsonOrNil(c.old), New: jsonOrNil(c.new), Private: c.personal})
	}
	found, err := suspicions(kind, document{value: from, pending: before.pending}, document{value: to, pending: after.pending}, r.shapes[kind])
	return db.Comparison{Changes: changes, Suspicions: found}, err
}

func jsonOrNil(v value) []byte {
	if v.kind == jsontext.KindInvalid {
		return nil
	}
	return appendJSON(nil, v)
}
