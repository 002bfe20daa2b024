package sync

import "crypto/sha256"

// ids are those of one reading of a list, which may be very many: each is kept by a
// digest that takes a fifth of the memory.
type ids map[idKey]struct{}

// idKey stands for an id. That two ids have the same would take more of them than there
// are people, times a billion.
type idKey [16]byte

func keyOf(id string) idKey {
	sum := sha256.Sum256([]byte(id))
	return idKey(sum[:len(idKey{})])
}

// add takes in an id, and reports whether it is new.
func (set ids) add(id string) bool {
	key := keyOf(id)
	if set.hasKey(key) {
		return false
	}
	set[key] = struct{}{}
	return true
}

func (set ids) has(id string) bool { return set.hasKey(keyOf(id)) }

func (set ids) hasKey(key idKey) bool {
	_, ok := set[key]
	return ok
}
