package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"syncd/internal/db"
	"syncd/internal/human"
	"syncd/internal/sync"
)

// status prints how the mirror is.
func (a *app) status(ctx context.Context, store *db.Store) error {
	s, err := store.MirrorStatus(ctx, a.zoom.AccountID)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(table, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	line("account", "%s", a.zoom.AccountID)
	line("users", "%d, and %d deleted", s.Users, s.Deleted)
	line("oldest document", "%s", since(s.Oldest, "none"))
	line("last complete pass", "%s", since(s.Succeeded, "never"))
	if s.HistoryBegins != nil {
		line("history begins", "%s: what was before is pruned", since(s.HistoryBegins, ""))
	}
	if p := s.Last(); p == nil {
		line("last pass", "never: run syncd sync")
	} else {
		line("last pass", "%d, %s, begun %s", p.ID, p.Status, since(&p.StartedAt, ""))
		line("", "%d listed, %d written, %d unchanged, %d failed, %d deleted", p.UsersListed, p.UsersWritten, p.UsersUnchanged, p.UsersFailed, p.UsersDeleted)
		if p.FinishedAt != nil {
			r := sync.Result{Status: p.Status, Duration: p.FinishedAt.Sub(p.StartedAt), Floor: p.Floor}
			if share := r.FloorShare(); share > 0 {
				line("", "took %s; the least that Zoom's limits allow is %s, %.0f %% of it", human.Duration(r.Duration), human.Duration(r.Floor), 100*share)
			}
		}
		if p.Error != nil {
			line("", "%s", *p.Error)
		}
	}
	if len(s.Holds) == 0 {
		line("open holds", "none")
	}
	for _, h := range s.Holds {
		line(fmt.Sprintf("hold %d", h.ID), "%s (%s, since %s)", h.Reason, h.Extent(), since(&h.CreatedAt, ""))
		abandoned := h.Abandoned(a.userSettings)
		switch {
		case abandoned:
			line("", holdAbandoned)
		case h.ApprovedAt == nil:
			line("", "who they are: SELECT * FROM zoom.held_users WHERE hold_id = %d; to release them: syncd approve %d", h.ID, h.ID)
		default:
			line("", "approved %s: the next pass that finds the same set writes it", since(h.ApprovedAt, ""))
		}
		for _, d := range h.Documents {
			if d.Unanswered > 0 && !abandoned {
				line("", "it waits for the %s of %d users, which Zoom refused or did not find: see zoom.freshness; syncd doctor names a scope that is missing", d.Document, d.Unanswered)
			}
		}
	}
	return table.Flush()
}

// holdAbandoned is said of a hold that nobody can release any more.
const holdAbandoned = "nobody asks for its documents any more (SYNCD_USER_SETTINGS=false): the next pass ends it, and writes nothing of it"

// since writes a time and how long ago it was.
func since(at *time.Time, none string) string {
	if at == nil {
		return none
	}
	return fmt.Sprintf("%s (%v ago)", at.UTC().Format(time.RFC3339), time.Since(*at).Round(time.Second))
}
