package sync

import (
	"fmt"
	"testing"

	"syncd/internal/db"
)

func TestGuard_sites(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                      string
		stored, gone, unnamed     int // unnamed: of those that are listed
		nameless                  int // of the stored ones
		wantReason                string
		wantHeldGone, wantUnnamed int
	}{
		{name: "nothing_is_lost", stored: 4},
		{name: "fewer_than_half_are_gone", stored: 5, gone: 2},
		{name: "half_are_gone", stored: 4, gone: 2, wantReason: "2 of 4 sites are gone", wantHeldGone: 2},
		{name: "the_only_one_is_gone", stored: 1, gone: 1, wantReason: "1 of 1 sites are gone", wantHeldGone: 1},
		{name: "half_lose_their_name", stored: 4, unnamed: 2},
		{name: "most_lose_their_name", stored: 5, gone: 1, unnamed: 3, wantReason: "sites.name would go empty for 3 of 5 sites", wantUnnamed: 3},
		{name: "few_had_one", stored: 7, nameless: 4, unnamed: 3},
		{name: "both", stored: 6, gone: 3, unnamed: 0, wantReason: "3 of 6 sites are gone", wantHeldGone: 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stored := map[string]db.Site{}
			var changes db.SiteChanges
			for i := range test.stored {
				site := db.Site{ID: fmt.Sprint(i)}
				if i < test.stored-test.nameless {
					site.Name = new("North")
				}
				stored[site.ID] = site
				switch {
				case i < test.unnamed:
					changes.Sites = append(changes.Sites, db.Site{ID: site.ID})
				case i >= test.stored-test.gone:
					changes.Gone = append(changes.Gone, site.ID)
				default:
					changes.Sites = append(changes.Sites, site)
				}
			}
			reason, held := DefaultGuard().sites(stored, siteLosses(stored, changes))
			gone := len(filter(held, func(h db.Held) bool { return h.Change == siteDeleted }))
			if reason != test.wantReason || gone != test.wantHeldGone || len(held)-gone != test.wantUnnamed {
				t.Errorf("%q, held %v", reason, held)
			}
		})
	}
}
