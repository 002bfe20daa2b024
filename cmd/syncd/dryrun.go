package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"syncd/internal/db"
	"syncd/internal/sync"
)

// makeDryRun prints what a pass would change, a line each, and a summary.
func (a *app) makeDryRun(ctx context.Context, syncer *sync.Syncer) int {
	lines := a.screen.beside(a.stdout)
	counts, held := map[db.ChangeKind]int{}, map[string]bool{}
	result, err := syncer.Preview(ctx, func(c db.Change) {
		counts[c.Kind]++
		if c.Kind == sync.ChangeHeld {
			held[c.UserID] = true
		}
		printChange(lines, c)
	})
	a.screen.finish()
	fmt.Fprintf(a.stdout, "Of %d users listed: %d to write (%d of them new), %d unchanged, %d failed; %d to mark deleted, %d held. Nothing was written.\n",
		result.UsersListed, result.UsersWritten, counts[db.ChangeAdded], result.UsersUnchanged, result.UsersFailed,
		result.UsersDeleted, len(held))
	if err != nil {
		fmt.Fprintf(a.stdout, "The pass would be %s: %v\n", result.Status, err)
	}
	return exitCode(result.Status, err)
}

func printChange(out io.Writer, c db.Change) {
	path := c.Path
	if strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		path = strconv.QuoteToGraphic(path) // it holds names that others chose
	}
	words := slices.DeleteFunc([]string{fmt.Sprintf("%-9s", c.Kind), c.UserID, string(c.Document), path}, func(word string) bool { return word == "" })
	fmt.Fprintln(out, strings.Join(words, " "))
}
