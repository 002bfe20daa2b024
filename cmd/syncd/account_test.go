package main

import "syncd/internal/zoom/zoomtest"

// put changes a value at Zoom.
func (b *bench) put(id, kind, path string, value any) {
	b.t.Helper()
	if err := b.account.Set(id, kind, path, value); err != nil {
		b.t.Fatal(err)
	}
}

// change edits a document at Zoom.
func (b *bench) change(id, kind string, edit func(doc map[string]any)) {
	b.t.Helper()
	if err := b.account.Change(id, kind, edit); err != nil {
		b.t.Fatal(err)
	}
}

// replace gives a document other bytes at Zoom.
func (b *bench) replace(id, kind, doc string) {
	b.t.Helper()
	if err := b.account.SetDocument(id, kind, []byte(doc)); err != nil {
		b.t.Fatal(err)
	}
}

// active gives the ids of the account's active users.
func (b *bench) active() []string {
	var ids []string
	for _, u := range b.account.Users() {
		if u.Status == zoomtest.Active {
			ids = append(ids, u.ID)
		}
	}
	return ids
}
