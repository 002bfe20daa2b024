package db

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// ChangeKind says what writing would do.
type ChangeKind string

// The kinds of change.
const (
	ChangeAdded     ChangeKind = "added"     // a user who was never seen
	ChangeReturned  ChangeKind = "returned"  // a user who was marked deleted
	ChangeStored    ChangeKind = "stored"    // a document that a known user had not
	ChangeChanged   ChangeKind = "changed"   // a document, at a path
	ChangeRefreshed ChangeKind = "refreshed" // a document, in values only that make no version
	ChangeDropped   ChangeKind = "dropped"   // a document that no longer applies
)

// Change is one thing that writing would do. It has no values, since they may be personal.
type Change struct {
	Kind     ChangeKind
	UserID   string
	Document Document // empty: the user as a whole
	Path     string   // of ChangeChanged, for example policy.sms.enable
}

// PreviewPass tells what BeginPass would, and opens none: the pass has no id.
func (s *Store) PreviewPass(ctx context.Context, accountID string) (Pass, error) {
	var pass Pass
	err := s.inTx(ctx, "preview pass", func(tx pgx.Tx) error { return pass.readEarlier(ctx, tx, accountID) })
	return pass, err
}

// Preview is what WriteUsers would do.
type Preview struct {
	Changes    []Change // also those of users whom it would park
	Written    Written  // as if it parked nobody
	Suspicions []Held   // for which it would park their users
}

// PreviewUsers tells what WriteUsers would do, and writes nothing. It needs no lease and no pass. ErrBadData is what it is
// there.
func (s *Store) PreviewUsers(ctx context.Context, accountID string, users []User) (Preview, error) {
	const op = "preview users"
	if err := checkUsers(users); err != nil {
		return Preview{}, &Error{Op: op, Kind: ErrBadData, Err: err}
	}
	var preview Preview
	err := s.inTx(ctx, op, func(tx pgx.Tx) error {
		stored, err := readStored(ctx, tx, accountID, users)
		if err != nil {
			return err
		}
		if err := completeUsers(users, stored); err != nil {
			return &Error{Op: op, Kind: ErrBadData, Err: err}
		}
		ids := make(map[int64]string, len(users))
		for i := range users {
			id := users[i].ID
			if stored[id] == nil {
				stored[id] = &storedUser{key: -1 - int64(i), created: true} // no key is negative
			}
			ids[stored[id].key] = id
		}
		plan, found, err := planCompared(ctx, tx, 0, users, stored, false)
		if err != nil {
			return err
		}
		preview = Preview{Changes: plan.changes(ids), Written: plan.written}
		for key, documents := range found.suspicions {
			if slices.Contains(plan.returned, key) {
				continue // of whom nothing is parked
			}
			for document, suspicions := range documents {
				for _, suspicion := range suspicions {
					preview.Suspicions = append(preview.Suspicions, Held{UserID: ids[key], Document: document, Change: suspicion})
				}
			}
		}
		return checkBodies(ctx, tx, slices.Concat(plan.first.bodies, plan.added.bodies, plan.replaced.bodies))
	})
	if err != nil {
		return Preview{}, err
	}
	return preview, nil
}

// checkBodies has Postgres read bodies as if they were stored.
func checkBodies(ctx context.Context, tx pgx.Tx, bodies [][]byte) error {
	const read = `SELECT count(*) FROM unnest(@bodies::jsonb[])`
	_, err := tx.Exec(ctx, read, pgx.StrictNamedArgs{"bodies": bodies})
	return err
}

// changes gives what the plan does, the changes of a user together. Ids are those of the users behind the keys.
func (p *plan) changes(ids map[int64]string) []Change {
	var changes []Change
	add := func(kind ChangeKind, key int64, document int16, path string) {
		changes = append(changes, Change{Kind: kind, UserID: ids[key], Document: documentOf(document), Path: path})
	}
	added := make(map[int64]bool, len(p.created))
	for _, key := range p.created {
		added[key] = true
		add(ChangeAdded, key, 0, "")
	}
	for _, key := range p.returned {
		add(ChangeReturned, key, 0, "")
	}
	type place struct {
		key      int64
		document int16
	}
	whole := map[place]bool{} // documents that come or go, which is told in one
	for _, refs := range []documentRefs{p.added.documentRefs, p.dropped} {
		for i, key := range refs.keys {
			whole[place{key, refs.documents[i]}] = true
		}
	}
	told := make(map[place]bool, len(p.journal.paths))
	for i, path := range p.journal.paths {
		at := place{p.journal.changed.keys[i], p.journal.changed.documents[i]}
		if whole[at] {
			continue
		}
		told[at] = true
		add(ChangeChanged, p.journal.changed.keys[i], p.journal.changed.documents[i], path)
	}
	for i, key := range p.added.keys {
		if !added[key] {
			add(ChangeStored, key, p.added.documents[i], "")
		}
	}
	for i, key := range p.replaced.keys {
		if !told[place{key, p.replaced.documents[i]}] {
			add(ChangeRefreshed, key, p.replaced.documents[i], "")
		}
	}
	for i, key := range p.dropped.keys {
		add(ChangeDropped, key, p.dropped.documents[i], "")
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(a.UserID, b.UserID) })
	return changes
}
