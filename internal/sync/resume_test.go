package sync

import (
	"slices"
	"strconv"
	"testing"
)

func TestShuffled(t *testing.T) {
	t.Parallel()
	users := make([]listed, 1000)
	for i := range users {
		users[i].id = strconv.Itoa(i)
	}
	same := func(a, b []listed) bool {
		return slices.EqualFunc(a, b, func(x, y listed) bool { return x.id == y.id })
	}
	inPass := func(id int64) []listed { return shuffled(users, id) }
	if !same(inPass(7), inPass(7)) {
		t.Error("a pass has two orders")
	}
	if same(inPass(7), inPass(8)) || same(inPass(7), users) {
		t.Error("two passes have the same order")
	}
	// The first twentieth of each pass: whoever stands together in the list does not
	// fill it, and after some passes everybody was in it once.
	const first = 50
	reached := map[string]bool{}
	for pass := range int64(200) {
		together := 0
		for _, u := range inPass(pass)[:first] {
			reached[u.id] = true
			if i, _ := strconv.Atoi(u.id); i < 130 {
				together++
			}
		}
		if 2*together > first {
			t.Errorf("pass %d: %d of the first %d users stand together in the list", pass, together, first)
		}
	}
	if len(reached) != len(users) {
		t.Errorf("200 passes that end early reach %d of %d users", len(reached), len(users))
	}
	everybody := inPass(7)
	slices.SortFunc(everybody, func(a, b listed) int {
		x, _ := strconv.Atoi(a.id)
		y, _ := strconv.Atoi(b.id)
		return x - y
	})
	if !same(everybody, users) {
		t.Error("somebody is missing or comes twice")
	}
}
