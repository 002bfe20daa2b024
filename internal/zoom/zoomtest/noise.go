package zoomtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// disturb makes two reads of an unchanged document differ, as far as Volatile and ShuffleDocuments ask for it.
func (a *Account) disturb(doc []byte, kind string, f *Faults) []byte {
	a.mu.Lock()
	volatile, seed := a.volatile, uint64(0)
	if volatile || f.ShuffleDocuments {
		seed = a.dice.Uint64()
	}
	a.mu.Unlock()
	if !volatile && !f.ShuffleDocuments || !json.Valid(doc) {
		return doc
	}
	rng := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // simulated data needs no secrecy
	var object any = decode(doc)
	if volatile {
		flicker(object, rng)
	}
	if f.ShuffleDocuments {
		return appendShuffled(nil, object, a.shapes[kind], rng)
	}
	return encode(object)
}

// SetVolatile changes Options.Volatile.
func (a *Account) SetVolatile(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.volatile = on
}

// flicker changes the states and addresses of devices and intercoms.
func flicker(node any, rng *rand.Rand) {
	switch n := node.(type) {
	case map[string]any:
		_, isDevice := n["device_type"]
		for _, name := range slices.Sorted(maps.Keys(n)) {
			switch {
			case name == "device_status", name == "status" && isDevice:
				n[name] = []string{"online", "offline"}[rng.IntN(2)]
			case name == "private_ip", name == "public_ip":
				n[name] = fmt.Sprintf("10.%d.%d.%d", rng.IntN(256), rng.IntN(256), rng.IntN(256))
			default:
				flicker(n[name], rng)
			}
		}
	case []any:
		for _, element := range n {
			flicker(element, rng)
		}
	}
}

// appendShuffled writes JSON with the keys, and the arrays that have no order of their own, in any order.
func appendShuffled(buf []byte, node any, f *field, rng *rand.Rand) []byte {
	switch n := node.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(n))
		rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		buf = append(buf, '{')
		for i, name := range names {
			if i > 0 {
				buf = append(buf, ',')
			}
			buf = append(appendText(buf, name), ':')
			buf = appendShuffled(buf, n[name], f.member(name), rng)
		}
		return append(buf, '}')
	case []any:
		if f.isArray() || identified(n) {
			n = slices.Clone(n)
			rng.Shuffle(len(n), func(i, j int) { n[i], n[j] = n[j], n[i] })
		}
		buf = append(buf, '[')
		for i, element := range n {
			if i > 0 {
				buf = append(buf, ',')
			}
			within := f
			if _, isArray := element.([]any); isArray {
				within = nil // no array of arrays is documented
			}
			buf = appendShuffled(buf, element, within, rng)
		}
		return append(buf, ']')
	default:
		return append(buf, encode(node)...)
	}
}

// identified says whether an array that nobody documents is a set all the same: of objects that something identifies.
func identified(elements []any) bool {
	for _, element := range elements {
		e, isObject := element.(map[string]any)
		names := []string{"id", "shared_id", "access_user_id", "extension_id", "user_id", "slg_id"}
		if !isObject || !slices.ContainsFunc(names, func(name string) bool { return e[name] != nil }) {
			return false
		}
	}
	return true
}
