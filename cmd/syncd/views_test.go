package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

func TestSync_fills_every_cell_of_every_view(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]zoomtest.Options{
		"as documented":    {Users: 1000, Seed: 21},
		"with other types": {Users: 1000, Seed: 22, Drift: .05},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options)
			for _, u := range b.account.Users() {
				// Without an id or a status a user cannot be listed.
				b.set(u.ID, zoomtest.List, "id", u.ID)
				b.set(u.ID, zoomtest.List, "status", u.Status)
			}
			b.sync(exitComplete)
			b.wantViews()
			before := b.contents()
			b.sync(exitComplete)
			if diff := cmp.Diff(before, b.contents()); diff != "" {
				t.Errorf("a pass over unchanged data wrote rows (-before +after):\n%s", diff)
			}
			b.wantViews()
		})
	}
}

func (b *bench) set(id, kind, path string, value any) {
	b.t.Helper()
	if err := b.account.Set(id, kind, path, value); err != nil {
		b.t.Fatal(err)
	}
}
