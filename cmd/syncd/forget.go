package main

import (
	"context"
	"errors"
	"fmt"
)

// forgetUser erases what the mirror holds about a user, and prints how much that was.
func (a *app) forgetUser(ctx context.Context) int {
	store, err := a.openStore(ctx, nil)
	if err != nil {
		return a.fail(ctx, "forget", err)
	}
	defer store.Close()
	if err := errors.Join(store.CheckWritable(ctx), store.CheckSchema(ctx)); err != nil {
		return a.fail(ctx, "forget", err)
	}
	lease, err := store.AcquireLease(ctx, a.zoom.AccountID)
	if err != nil {
		return a.fail(ctx, "forget", err)
	}
	defer lease.Release() //nolint:contextcheck // it must also work after the context has ended
	done, err := store.Forget(ctx, a.zoom.AccountID, a.forget, a.stillListed)
	if err != nil {
		return a.fail(ctx, "forget", err)
	}
	for _, erased := range done.Erased {
		fmt.Fprintf(a.stdout, "%-30s %d rows\n", erased.Table, erased.Rows)
	}
	fmt.Fprintf(a.stdout, "The user is %s now: a row without values, so that counts stay.\n", done.Alias)
	if done.Mentions > 0 {
		fmt.Fprintf(a.stdout, "%d documents of other users name this one, as settings of theirs: they stay, with their history.\n", done.Mentions)
	}
	if a.stillListed {
		fmt.Fprintln(a.stdout, "If Zoom still lists the user, the next pass mirrors them again, as a new user.")
	}
	fmt.Fprintln(a.stdout, "Backups and archived logs of the database keep what they hold.")
	return exitComplete
}
