package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// siteList is what the site list says against what the mirror has.
type siteList struct {
	stored  map[string]db.Site
	changes db.SiteChanges
	missing map[string]bool // stored sites that a complete list lacks
	pages   int
	refused bool  // Zoom refuses the list, as it may for an account without multiple sites
	none    bool  // there is nothing to write: the account has no sites, and never had
	err     error // why it is not complete
}

// waits reports whether the site list is judged by what users say of sites, once they
// are written.
func (s *siteList) waits() bool { return s.refused || len(s.missing) > 0 }

// listSites reads the site list. An account without multiple sites has none, and Zoom
// refuses the call; that is no failure unless the mirror knows better.
func (p *pass) listSites(ctx context.Context) (s siteList) {
	ctx, end := p.tracePhase(ctx, spanSites)
	defer func() {
		end(s.err, attribute.Int("syncd.sites", len(s.changes.Sites)), attribute.Int("syncd.pages", s.pages))
	}()
	if s.stored, s.err = p.storedSites(ctx); s.err != nil {
		s.none = true // nothing can be said of them
		return s
	}
	var elements []listed
	l := p.readList(ctx, "phone sites", (*list).checkSites, func() pageSeq { return p.cfg.API.PhoneSites(ctx) },
		func(page []listed) { elements = append(elements, page...) }, func(ids) { elements = nil })
	s.pages, s.err = l.pages, l.err
	s.refused = l.pages == 0 && (errors.Is(l.err, zoom.ErrRejected) || errors.Is(l.err, zoom.ErrNotFound) || errors.Is(l.err, zoom.ErrForbidden))
	if s.none = s.refused && len(s.stored) == 0; s.none {
		p.log.LogAttrs(ctx, slog.LevelInfo, "account gives no sites", LogAttrs(l.err)...)
		s.refused, s.err = false, nil
		return s
	}
	if s.err != nil && ctx.Err() == nil {
		// It costs the sites alone, whatever of its kind would mean for users.
		s.err = &problem{text: s.err.Error(), repair: Repair(s.err)}
	}
	for _, site := range elements {
		doc, err := p.reader.read(db.DocumentSite, site.raw)
		if err != nil {
			s.err = errors.Join(s.err, fmt.Errorf("site %s: %w", site.id, err))
			continue
		}
		p.unmapped.add(db.DocumentSite, doc.value)
		s.changes.Sites = append(s.changes.Sites, siteRow(site.id, doc))
	}
	if s.err == nil {
		s.missing = missingSites(s.stored, l.ids)
	}
	return s
}

// missingSites gives the stored sites that a complete list lacks.
func missingSites(stored map[string]db.Site, list ids) map[string]bool {
	missing := map[string]bool{}
	for id := range stored {
		if !list.has(id) {
			missing[id] = true
		}
	}
	return missing
}

// writeSites writes what the guard does not hold back. The error says why the sites
// are not mirrored completely.
func (p *pass) writeSites(ctx context.Context, s siteList, all roster) error {
	if s.none {
		return s.err
	}
	var kept error
	if s.waits() {
		named, err := p.namedSites(ctx, all)
		if err != nil {
			return err
		}
		if s.refused && all.complete && len(named) == 0 {
			s.missing, s.err = missingSites(s.stored, nil), nil // the users say so too
		}
		kept = keepNamed(s.missing, named)
		s.changes.Gone = slices.Sorted(maps.Keys(s.missing))
	}
	failures := errors.Join(s.err, kept)
	if failures != nil {
		p.warn(ctx, "sites are not mirrored completely", failures)
	}
	held, err := p.holdSites(ctx, s.stored, &s.changes, s.err == nil)
	if err == nil {
		_, err = p.cfg.Store.WriteSites(ctx, p.cfg.AccountID, p.ID, s.changes)
	}
	return errors.Join(failures, held, err)
}

// storedSites gives the sites that the mirror has, by id.
func (p *pass) storedSites(ctx context.Context) (map[string]db.Site, error) {
	bodies, err := p.cfg.Store.SiteBodies(ctx, p.cfg.AccountID)
	if err != nil {
		return nil, err
	}
	stored := make(map[string]db.Site, len(bodies))
	for id, body := range bodies {
		doc, err := p.reader.readStored(db.DocumentSite, body)
		if err != nil {
			return nil, fmt.Errorf("stored site %s: %w", id, err)
		}
		stored[id] = siteRow(id, doc)
	}
	return stored, nil
}

// namedSites gives the sites that listed users name. They are there, whatever their list
// says.
func (p *pass) namedSites(ctx context.Context, all roster) (map[string]bool, error) {
	users, err := p.cfg.Store.Standings(ctx, p.cfg.AccountID, p.ID)
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for id, user := range users {
		if user.Site != "" && all.has(id) {
			named[user.Site] = true
		}
	}
	return named, nil
}

// keepNamed takes out of the missing sites those that are named. The error says so.
func keepNamed(missing, named map[string]bool) error {
	lacking := len(missing)
	maps.DeleteFunc(missing, func(id string, _ bool) bool { return named[id] })
	n := lacking - len(missing)
	if n == 0 {
		return nil
	}
	return &problem{
		text:   fmt.Sprintf("the site list lacks %d sites that users name; they are kept as they were", n),
		repair: "compare the sites in Zoom's admin portal with those of the users; it ends when the list has them, or nobody names them",
	}
}

// holdSites takes out of changes what the guard holds back. The first error says that
// there is something.
func (p *pass) holdSites(ctx context.Context, stored map[string]db.Site, changes *db.SiteChanges, complete bool) (held, err error) {
	q := inquiry{kind: db.HoldSites, found: siteLosses(stored, *changes), check: "look at the sites in Zoom's admin portal"}
	q.unknown = func(_ context.Context, open db.HeldSet) ([]db.Held, error) {
		if complete {
			return nil, nil // it says all
		}
		losses := newHeldSet(q.found)
		return filter(open.Set, func(h db.Held) bool { return !losses[h] }), nil
	}
	q.judge = func(_ context.Context, suspected []db.Held) (db.Hold, error) {
		hold := db.Hold{Kind: db.HoldSites}
		if p.guarded {
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
