package main

import (
	"context"
	"fmt"

	"syncd/internal/db"
	"syncd/internal/sync"
)

// rebuild derives every table from the stored documents, judges anew what was stored
// before, and prints what changed.
func (a *app) rebuild(ctx context.Context, store *db.Store) error {
	done, err := sync.Rebuild(ctx, store, a.zoom.AccountID, a.screen.progress)
	a.screen.finish()
	if err != nil {
		return err
	}
	if done.Users == 0 {
		fmt.Fprintf(a.stdout, "The mirror holds no user of the account %s: nothing to rebuild.\n", a.zoom.AccountID)
		return nil
	}
	fmt.Fprintf(a.stdout, "%d users and %d sites rebuilt: %d rows and %d documents differed.\n", done.Users, done.Sites, done.Rows, done.Documents)
	if done.Versions+done.Changes > 0 {
		fmt.Fprintf(a.stdout, "%d old versions and %d rows of the journal were judged anew: what is secret, what is personal, or the order of sets differed.\n",
			done.Versions, done.Changes)
	}
	return nil
}
