package sync

import (
	"fmt"
	"strings"

	"syncd/internal/db"
)

// unknown counts, of each document, the users who were asked for it and those whose is
// answered 404. The zero value is ready.
type unknown struct {
	asked, notFound map[db.Document]int
}

// add takes a user. Whoever is pending has no details, and what is dropped for that does not count.
func (u *unknown) add(documents []db.DocumentResult) {
	if u.asked == nil {
		u.asked, u.notFound = map[db.Document]int{}, map[db.Document]int{}
	}
	for _, d := range documents {
		if d.Drop {
			continue
		}
		u.asked[d.Document]++
		if d.Status == db.StatusNotFound {
			u.notFound[d.Document]++
		}
	}
}

// most notices that Zoom lacks a document of most users that it lists: one by one each
// might be licensed minutes ago, all together they are somebody's fault.
func (u *unknown) most() error {
	const few = 20
	var lacking []string
	for _, kind := range []db.Document{db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings} {
		if n, asked := u.notFound[kind], u.asked[kind]; n >= few && 2*n >= asked {
			lacking = append(lacking, fmt.Sprintf("%s of %d of %d", kind, n, asked))
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return &problem{
		text:   fmt.Sprintf("of the users that it lists, Zoom has no %s; their documents are kept as they were, but for users who came back after a deletion", strings.Join(lacking, ", no ")),
		repair: "check that ZOOM_API_URL leads to Zoom, and the app's scopes and owner; a mass licensing settles within minutes",
	}
}
