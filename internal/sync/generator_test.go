package sync

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
)

// generator makes random documents that use the paths of a shape and others.
type generator struct{ *rand.Rand }

func (g generator) value(s *shape, depth int) value {
	isArray := s != nil && (s.key != "" || s.elements != nil)
	switch {
	case depth <= 0:
		return g.scalar()
	case isArray && g.IntN(8) > 0:
		return g.array(s, depth)
	case s != nil && s.members != nil && g.IntN(8) > 0:
		return g.object(s, depth)
	}
	switch g.IntN(6) {
	case 0:
		return g.array(s, depth)
	case 1:
		return g.object(s, depth)
	default:
		return g.scalar()
	}
}

func (g generator) scalar() value {
	switch g.IntN(8) {
	case 0:
		return value{kind: 'n'}
	case 1:
		return value{kind: 't'}
	case 2:
		return value{kind: '"', text: ""}
	case 3:
		return value{kind: '0', text: strconv.Itoa(g.IntN(4))}
	default:
		return value{kind: '"', text: fmt.Sprintf("é%d", g.IntN(4))}
	}
}

func (g generator) object(s *shape, depth int) value {
	names := []string{"id", "status", "name", "slg_id", "access_user_id", "vendorPIN", "new field"}
	if s != nil {
		known := slices.Sorted(maps.Keys(s.members))
		names = append(names, known...)
		names = append(names, known...)
	}
	v := value{kind: '{'}
	for range g.IntN(6) {
		name := names[g.IntN(len(names))]
		v.members = append(v.members, member{name: name, value: g.value(s.member(name), depth-1)})
	}
	v.members = sortMembers(v.members)
	return v
}

// array gives its elements an identity three times out of four.
func (g generator) array(s *shape, depth int) value {
	v := value{kind: '['}
	identity := []string{"id", "slg_id", "", "id"}[g.IntN(4)]
	if s != nil && s.key != "" && g.IntN(2) == 0 {
		identity = s.key
	}
	for range g.IntN(4) {
		item := g.value(s.element(), depth-1)
		if identity != "" {
			item = g.object(s.element(), depth-1)
			item.members = sortMembers(append(item.members, member{name: identity, value: value{kind: '0', text: strconv.Itoa(g.IntN(3))}}))
		}
		v.items = append(v.items, item)
	}
	return v
}

// shuffled puts into another order what has none that counts.
func (g generator) shuffled(v value, s *shape) value {
	v.members, v.items = slices.Clone(v.members), slices.Clone(v.items)
	for i, m := range v.members {
		v.members[i].value = g.shuffled(m.value, s.member(m.name))
	}
	unordered := s.unordered(v.items)
	for i, item := range v.items {
		v.items[i] = g.shuffled(item, s.element())
	}
	g.Shuffle(len(v.members), func(i, j int) { v.members[i], v.members[j] = v.members[j], v.members[i] })
	if unordered {
		g.Shuffle(len(v.items), func(i, j int) { v.items[i], v.items[j] = v.items[j], v.items[i] })
	}
	return v
}

type leaf struct {
	value    *value
	volatile bool // it, or something around it
}

// leavesOf gives every scalar of v that is not under a secret name.
func leavesOf(leaves []leaf, v *value, s *shape, volatile bool) []leaf {
	volatile = volatile || s != nil && s.volatile
	if v.kind != '{' && v.kind != '[' {
		return append(leaves, leaf{v, volatile})
	}
	for i := range v.members {
		m := &v.members[i]
		if !looksSecret(m.name) {
			leaves = leavesOf(leaves, &m.value, s.member(m.name), volatile)
		}
	}
	for i := range v.items {
		leaves = leavesOf(leaves, &v.items[i], s.element(), volatile)
	}
	return leaves
}
