package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// sites mirrors the site list. An account without multiple sites has none, and
// Zoom refuses the call; that is no failure unless the mirror knows better. Users are
// those of the lists: a site that one of them names is there, whatever its list says.
func (p *pass) sites(ctx context.Context, users []listed) (pages int, err error) {
	stored, err := p.storedSites(ctx)
	if err != nil {
		return 0, err
	}
	l := p.readList(ctx, "phone sites", (*list).checkSites, func() pageSeq { return p.cfg.API.PhoneSites(ctx) })
	refused := errors.Is(l.err, zoom.ErrRejected) || errors.Is(l.err, zoom.ErrNotFound) || errors.Is(l.err, zoom.ErrForbidden)
	if refused && len(stored) == 0 {
		p.log.InfoContext(ctx, "account gives no sites", slog.Any("error", l.err))
		return l.pages, nil
	}
	if l.err != nil {
		p.log.WarnContext(ctx, "sites are not mirrored completely", slog.Any("error", l.err))
	}
	changes := db.SiteChanges{}
	for _, site := range l.elements {
		doc, err := p.reader.read(documentSite, site.raw)
		if err != nil {
			l.err = errors.Join(l.err, fmt.Errorf("site %s: %w", site.id, err))
			continue
		}
		changes.Sites = append(changes.Sites, siteRow(site.id, doc))
	}
	failures := l.err
	if l.err == nil {
		var named error
		changes.Gone, named = p.goneSites(ctx, stored, l.places, users)
		failures = named
	}
	held, err := p.holdSites(ctx, stored, &changes, l.err == nil)
	if err == nil {
		_, err = p.cfg.Store.WriteSites(ctx, p.cfg.AccountID, p.ID, changes)
	}
	return l.pages, errors.Join(failures, held, err)
}

// storedSites gives the sites that the mirror has, by id.
func (p *pass) storedSites(ctx context.Context) (map[string]db.Site, error) {
	bodies, err := p.cfg.Store.SiteBodies(ctx, p.cfg.AccountID)
	if err != nil {
		return nil, err
	}
	stored := make(map[string]db.Site, len(bodies))
	for id, body := range bodies {
		doc, err := p.reader.read(documentSite, body)
		if err != nil {
			return nil, fmt.Errorf("stored site %s: %w", id, err)
		}
		stored[id] = siteRow(id, doc)
	}
	return stored, nil
}

// goneSites gives the stored sites that a complete list lacks, but for those that
// users name, about which there is an error.
func (p *pass) goneSites(ctx context.Context, stored map[string]db.Site, isListed map[string]int, users []listed) (gone []string, named error) {
	missing := map[string]bool{}
	for id := range stored {
		if _, ok := isListed[id]; !ok {
			missing[id] = true
		}
	}
	lacking := len(missing)
	if lacking == 0 {
		return nil, nil
	}
	for _, u := range users {
		if doc, err := p.reader.read(db.DocumentList, u.raw); err == nil {
			delete(missing, text(doc.value.get("site", "id").str()))
		}
	}
	if n := lacking - len(missing); n > 0 {
		named = &problem{
			text:   fmt.Sprintf("the site list lacks %d sites that users name; they are kept as they were", n),
			repair: "compare the sites in Zoom's admin portal with those of the users; it ends when the list has them, or nobody names them",
		}
		p.log.WarnContext(ctx, "sites are not mirrored completely", slog.Any("error", named))
	}
	return slices.Sorted(maps.Keys(missing)), named
}

// holdSites takes out of changes what the guard holds back. The first error says that
// there is something.
func (p *pass) holdSites(ctx context.Context, stored map[string]db.Site, changes *db.SiteChanges, complete bool) (held, err error) {
	q := inquiry{kind: db.HoldSites, found: siteLosses(stored, *changes), check: "look at the sites in Zoom's admin portal"}
	if !complete {
		q.seen = aPart
	}
	q.unknown = func(context.Context, db.HeldSet) ([]db.Held, error) { return nil, nil } // a complete list says all
	q.judge = func(_ context.Context, suspected []db.Held) (db.Hold, error) {
		hold := db.Hold{Kind: db.HoldSites}
		if !p.First {
			hold.Reason, hold.Set = p.cfg.Guard.sites(stored, suspected)
		}
		return hold, nil
	}
	r, err := p.rule(ctx, q)
	if err != nil {
		return nil, err
	}
	back := map[string]bool{}
	for h := range r.back {
		back[h.SiteID] = true
	}
	changes.Sites = slices.DeleteFunc(changes.Sites, func(s db.Site) bool { return back[s.ID] })
	changes.Gone = slices.DeleteFunc(changes.Gone, func(id string) bool { return back[id] })
	for h, id := range r.releases {
		changes.Releases = id // the same for all
		changes.Released = append(changes.Released, h.SiteID)
	}
	return r.held, nil
}

// siteLosses gives what changes would take from the mirror: sites, and columns of
// theirs.
func siteLosses(stored map[string]db.Site, changes db.SiteChanges) []db.Held {
	var losses []db.Held
	for _, id := range changes.Gone {
		losses = append(losses, db.Held{SiteID: id, Change: siteDeleted})
	}
	for _, site := range changes.Sites {
		before, known := stored[site.ID]
		if !known {
			continue
		}
		is := siteColumns(site)
		for column, filled := range siteColumns(before) {
			if filled && !is[column] {
				losses = append(losses, db.Held{SiteID: site.ID, Change: column})
			}
		}
	}
	return losses
}

// siteDeleted is the loss of a site as a whole.
const siteDeleted = "deleted"

// siteColumns tells which columns a site fills.
func siteColumns(s db.Site) map[string]bool {
	return map[string]bool{
		"sites.name":                                    s.Name != nil,
		"sites.site_code":                               s.SiteCode != nil,
		"sites.level":                                   s.Level != nil,
		"sites.country_code":                            s.CountryCode != nil,
		"sites.country_name":                            s.CountryName != nil,
		"sites.main_auto_receptionist_id":               s.MainAutoReceptionistID != nil,
		"sites.main_auto_receptionist_name":             s.MainAutoReceptionistName != nil,
		"sites.main_auto_receptionist_extension_id":     s.MainAutoReceptionistExtensionID != nil,
		"sites.main_auto_receptionist_extension_number": s.MainAutoReceptionistExtensionNumber != nil,
	}
}
