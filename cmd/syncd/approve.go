package main

import (
	"context"
	"fmt"

	"syncd/internal/db"
)

// approveHold lets the next pass write what a pass has held back.
func (a *app) approveHold(ctx context.Context, store *db.Store) error {
	hold, err := store.ApproveHold(ctx, a.zoom.AccountID, a.hold)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Hold %d is approved: %s (%s).\n", hold.ID, hold.Reason, hold.Extent())
	if hold.Abandoned(a.userSettings) {
		fmt.Fprintln(a.stdout, "But "+holdAbandoned+".")
		return nil
	}
	fmt.Fprintln(a.stdout, "The next pass writes it if it finds exactly this set again; if not, the approval lapses.")
	return nil
}
