package main

import (
	"context"
	"fmt"
	"time"

	"syncd/internal/db"
	"syncd/internal/human"
	"syncd/internal/sync"
)

// phasePrune is all that a prune does.
const phasePrune sync.Phase = "pruning users"

// prune removes old history, and prints how much it was and where history begins now.
// What one that was stopped has done counts, and is printed too.
func (a *app) prune(ctx context.Context, store *db.Store) error {
	if !a.dryRun {
		if err := store.CheckWritable(ctx); err != nil {
			return err
		}
	}
	done, err := store.Prune(ctx, a.zoom.AccountID, a.history, a.dryRun, func(done, total int) {
		a.screen.progress(sync.Progress{Phase: phasePrune, Done: done, Total: total})
	})
	a.screen.finish()
	if done.Limit.IsZero() {
		return err
	}
	verb := "removed"
	if a.dryRun {
		verb = "would be removed"
	}
	for _, removed := range []struct {
		rows int
		what string
	}{
		{done.Versions, "old versions of documents"},
		{done.Changes, "rows of the journal"},
		{done.Passes, "passes"},
		{done.Failures, "failures of these passes"},
	} {
		fmt.Fprintf(a.stdout, "%12s %s %s\n", human.Count(removed.rows), removed.what, verb)
	}
	fmt.Fprintf(a.stdout, "The limit is %s.\n", done.Limit.UTC().Format(time.RFC3339))
	if done.Begins == nil {
		fmt.Fprintln(a.stdout, "History was never pruned: it goes as far back as the mirror.")
	} else {
		fmt.Fprintf(a.stdout, "History begins at %s.\n", done.Begins.UTC().Format(time.RFC3339))
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("it was told to stop, and the next run goes on: %w", err)
	}
	return err
}
