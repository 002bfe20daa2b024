package sync

import (
	"fmt"

	"syncd/internal/zoom"
)

// gap is a place in a list where elements may be missing, as its pages show it. Where Zoom
// gives no total, nothing else tells that a page was lost.
type gap struct {
	text   string // "" for none
	before *zoom.Page
}

// follow takes the next page, of whose elements so many are new. A few that come again are
// normal, and so are an empty page at the end and one before it that is not full.
func (g *gap) follow(page zoom.Page, fresh int) {
	before := g.before
	g.before = &page
	switch {
	case g.text != "":
	case len(page.Items) > 0 && fresh == 0:
		g.text = "a page holds nothing new"
	case before == nil:
	case len(before.Items) == 0:
		g.text = "a page is empty, and another follows"
	case len(page.Items) > 0 && len(before.Items) < before.Size:
		g.text = fmt.Sprintf("a page holds %d elements, %d fit on it, and another follows", len(before.Items), before.Size)
	}
}

// check decides by the pages, where there is no total.
func (g *gap) check(total int) error {
	if total < 0 && g.text != "" {
		return incomplete("%s, and it has no total_records", g.text)
	}
	return nil
}
