package sync

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// Whoever reads the next document gets the rooms of one that was left.
func TestRooms_hold_nothing_that_a_user_still_has(t *testing.T) {
	t.Parallel()
	r, other := newReader(), newReader()
	random := generator{rand.New(rand.NewPCG(1, 1))}
	for kind, s := range r.shapes {
		for range 200 {
			body := appendJSON(nil, random.object(s, 4))
			doc, err := r.read(kind, body)
			if err != nil {
				t.Fatal(err)
			}
			var got, want db.User
			project(&got, kind, doc.value, s)
			doc.leave()
			kept := okDocument(kind, doc)
			if _, err := r.read(kind, appendJSON(nil, random.object(s, 4))); err != nil {
				t.Fatal(err)
			}
			fresh, err := other.read(kind, body)
			if err != nil {
				t.Fatal(err)
			}
			project(&want, kind, fresh.value, s)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s %s: the rows changed (-want +got)\n%s", kind, body, diff)
			}
			changes, err := kept.Compare([]byte(`{}`), false)
			again, err2 := okDocument(kind, fresh).Compare([]byte(`{}`), false)
			if diff := cmp.Diff(again, changes); diff != "" || fmt.Sprint(err) != fmt.Sprint(err2) {
				t.Fatalf("%s %s: the comparison changed (-want +got)\n%s", kind, body, diff)
			}
		}
	}
	if len(r.shapes) != 5 {
		t.Fatalf("%d kinds of documents", len(r.shapes))
	}
}
