package sync

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"syncd/internal/db"
)

// Mirror is what Rebuild asks of the database; *db.Store is one.
type Mirror interface {
	Rebuild(ctx context.Context, accountID string, projection db.Projection) (db.Rebuilt, error)
	WriteUnmapped(ctx context.Context, accountID string, passID int64, seen []db.UnmappedField, whole []db.Document) error
}

// PhaseRebuild is all that a rebuild does.
const PhaseRebuild Phase = "rebuilding users"

// Rebuild derives every table of an account from the documents that the mirror
// holds, without a call to Zoom: what a pass would write that finds Zoom unchanged.
// A column that a newer syncd has added is filled so. What is known by now to be secret or
// personal is treated so in old versions and in the journal too. The caller holds the lease.
func Rebuild(ctx context.Context, mirror Mirror, accountID string, progress func(Progress)) (db.Rebuilt, error) {
	reader := newReader()
	r := rebuild{reader: reader, unmapped: newUnmapped(fields(), reader.shapes)}
	done, err := mirror.Rebuild(ctx, accountID, db.Projection{
		Users:    func(page []db.StoredUser) ([]db.User, error) { return several(page, r.user) },
		Site:     r.site,
		Versions: func(page []db.StoredVersion) ([]db.Judged, error) { return several(page, reader.judgeVersion) },
		Changes:  func(page []db.StoredChange) ([]db.StoredChange, error) { return several(page, reader.judgeChange) },
		Hides:    reader.hides,
		Progress: func(done, total int) { progress(Progress{Phase: PhaseRebuild, Done: done, Total: total}) },
	})
	if err != nil {
		return done, err
	}
	seen, all := r.unmapped.list()
	var whole []db.Document
	if all {
		whole = []db.Document{db.DocumentList, db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings, db.DocumentSite}
	}
	return done, mirror.WriteUnmapped(ctx, accountID, 0, seen, whole)
}

type rebuild struct {
	reader   *reader
	unmapped *unmapped
}

// several does the same with all of a page, with a few of it at once.
func several[From, To any](page []From, do func(From) (To, error)) ([]To, error) {
	done := make([]To, len(page))
	var group errgroup.Group
	group.SetLimit(4)
	for i := range page {
		group.Go(func() (err error) {
			done[i], err = do(page[i])
			return err
		})
	}
	return done, group.Wait()
}

func (r *rebuild) user(stored db.StoredUser) (db.User, error) {
	u := db.User{ID: stored.ID}
	for kind, body := range stored.Documents {
		doc, err := r.reader.readStored(kind, body)
		if err != nil {
			return u, fmt.Errorf("stored %s of user %s: %w", kind, stored.ID, err)
		}
		project(&u, kind, doc.value, r.reader.shapes[kind])
		if kind == db.DocumentList && stored.Pending {
			markPending(&u, &doc)
		}
		if !stored.Deleted {
			r.unmapped.add(kind, doc.value)
		}
		doc.leave() // nothing is compared
		u.Documents = append(u.Documents, okDocument(kind, doc))
	}
	return u, nil
}

func (r *rebuild) site(stored db.StoredSite) (db.Site, error) {
	doc, err := r.reader.readStored(db.DocumentSite, stored.Body)
	if err != nil {
		return db.Site{}, err
	}
	if !stored.Deleted {
		r.unmapped.add(db.DocumentSite, doc.value)
	}
	return siteRow(stored.ID, doc), nil
}
