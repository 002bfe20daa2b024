package sync

import (
	"context"
	"fmt"

	"syncd/internal/db"
)

// Forgetter is what Forget asks of the database; *db.Store is one.
type Forgetter interface {
	Forget(ctx context.Context, accountID, user string, evenIfListed bool, unmapped db.UnmappedPaths) (db.Forgotten, error)
}

// Forget erases what the mirror holds about a user, as the store does, and tells it which
// unmapped fields a document has. The caller holds the lease.
func Forget(ctx context.Context, mirror Forgetter, accountID, user string, evenIfListed bool) (db.Forgotten, error) {
	r, columns := newReader(), fields()
	return mirror.Forget(ctx, accountID, user, evenIfListed, func(kind db.Document, body []byte) ([]string, error) {
		v, err := parseStored(r.shapes[kind], body)
		if err != nil {
			return nil, fmt.Errorf("stored %s: %w", kind, err)
		}
		replaceSecrets(&v, r.shapes[kind])
		found := newUnmapped(columns, r.shapes)
		found.add(kind, v)
		seen, _ := found.list()
		paths := make([]string, len(seen))
		for i, field := range seen {
			paths[i] = field.Path
		}
		return paths, nil
	})
}
