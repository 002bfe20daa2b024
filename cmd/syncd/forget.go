package main

import (
	"context"
	"fmt"

	"syncd/internal/db"
	"syncd/internal/sync"
)

// forgetUser erases what the mirror holds about a user, and prints how much that was.
func (a *app) forgetUser(ctx context.Context, store *db.Store) error {
	done, err := sync.Forget(ctx, store, a.zoom.AccountID, a.forget, a.stillListed)
	if err != nil {
		return err
	}
	for _, erased := range done.Erased {
		fmt.Fprintf(a.stdout, "%-30s %d rows\n", erased.Table, erased.Rows)
	}
	fmt.Fprintf(a.stdout, "The user is %s now: a row without values, so that counts stay.\n", done.Alias)
	if done.Mentions > 0 {
		fmt.Fprintf(a.stdout, "%d documents, old versions and journal rows of other users name this one, as settings of theirs: they stay.\n", done.Mentions)
	}
	if done.Holds > 0 {
		holds := "holds"
		if done.Holds == 1 {
			holds = "hold"
		}
		fmt.Fprintf(a.stdout, "The user was removed from %d open %s.\n", done.Holds, holds)
	}
	if a.stillListed {
		fmt.Fprintln(a.stdout, "If Zoom still lists the user, the next pass mirrors them again, as a new user.")
	}
	fmt.Fprintln(a.stdout, "Backups and archived logs of the database keep what they hold, and its files the erased rows until it vacuums.")
	return nil
}
