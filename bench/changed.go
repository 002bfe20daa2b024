package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"syncd/internal/zoom/zoomtest"
)

// changed measures whether a pass that finds one document in a hundred users changed costs what these documents cost.
func changed(ctx context.Context, b *bench, r *result) error {
	a, s, stop, err := stage(ctx, b.size.changed, false, quietSettings)
	if err != nil {
		return err
	}
	defer stop()
	d, _, err := b.mirror(ctx, a, s)
	if err != nil {
		return err
	}
	// Twice beforehand: the first change makes documents of an account a little different from those that it makes anew.
	edits := editsOf(a)
	if err := edits.apply(a, 0); err != nil {
		return err
	}
	if _, err := b.sync(ctx, a, d); err != nil {
		return err
	}
	if err := errors.Join(d.settle(ctx), d.fullPages(ctx, false)); err != nil {
		return err
	}
	_, nothing, err := b.weigh(ctx, a, d)
	if err != nil {
		return err
	}
	if err := errors.Join(edits.apply(a, 1), d.settle(ctx)); err != nil {
		return err
	}
	_, all, err := b.weigh(ctx, a, d)
	if err != nil {
		return err
	}
	if err := errors.Join(edits.apply(a, 2), d.settle(ctx)); err != nil {
		return err
	}
	_, alone, err := b.weigh(ctx, a, d, edits.chosen()...)
	if err != nil {
		return err
	}
	bare, err := d.bareChange(ctx, edits, a)
	if err != nil {
		return err
	}
	n := float64(len(edits))
	extra := float64(all.wal - nothing.wal)
	r.facts = facts{"users": count(len(a.Users())), "documents": count(len(edits))}
	r.add(
		number("WAL above that of an unchanged pass over that of the bare loop", extra/float64(bare.wal), "times").atMost(1.5),
		number("rows over those of a pass over the changed users alone", float64(all.changes())/float64(max(alone.changes(), 1)), "times").atMost(1.5),
		number("rows over those of the bare loop, which keeps no journal and derives nothing", float64(all.changes())/float64(max(bare.changes(), 1)), "times"),
		number("WAL above that of an unchanged pass, a changed document", extra/n, "bytes"),
		number("WAL of the bare loop, a changed document", float64(bare.wal)/n, "bytes"),
		number("WAL of a pass over the changed users alone, a changed document", float64(alone.wal)/n, "bytes"),
		number("rows a changed document", float64(all.changes())/n, ""),
		number("rows of the bare loop, a changed document", float64(bare.changes())/n, ""),
		number("WAL of the whole pass, a user of the account", float64(all.wal)/float64(len(a.Users())), "bytes"),
	)
	r.tables = append(r.tables, all.table("Rows written by the pass, those of TOAST tables included"))
	return nil
}

// edit is the place of a change.
type edit struct {
	user, kind, path string
}

type edits []edit

// editsOf chooses every hundredth user who has details.
func editsOf(a *account) edits {
	places := []edit{
		{kind: zoomtest.List, path: "department"},
		{kind: zoomtest.Profile, path: "policy.bench.note"},
		{kind: zoomtest.Settings, path: "area_code"},
		{kind: zoomtest.UserSettings, path: "feature.bench_note"},
	}
	users := a.Users()
	var all edits
	for i := 0; i < len(users); i += 100 {
		for j := i; j < min(i+100, len(users)); j++ {
			if users[j].Status != zoomtest.Pending {
				e := places[len(all)%len(places)]
				e.user = users[j].ID
				all = append(all, e)
				break
			}
		}
	}
	return all
}

// apply makes the changes of a round.
func (es edits) apply(a *account, round int) error {
	var faults []error
	for i, e := range es {
		faults = append(faults, a.Set(e.user, e.kind, e.path, fmt.Sprintf("round %d of %d", round, i)))
	}
	return errors.Join(faults...)
}

// chosen are the flags that name the users.
func (es edits) chosen() []string {
	var flags []string
	for _, e := range es {
		flags = append(flags, "--user="+e.user)
	}
	return flags
}

// bareChange writes the documents as they are now over those in a copy of the table, keeps those, and says what that took.
func (d *database) bareChange(ctx context.Context, es edits, a *account) (writes, error) {
	err := d.run(ctx,
		"CREATE TABLE syncd.bare_documents (LIKE syncd.documents INCLUDING ALL)", "INSERT INTO syncd.bare_documents SELECT * FROM syncd.documents",
		"CREATE TABLE syncd.bare_history (LIKE syncd.document_history INCLUDING ALL)", "INSERT INTO syncd.bare_history SELECT * FROM syncd.document_history",
	)
	if err := errors.Join(err, d.settle(ctx)); err != nil {
		return writes{}, err
	}
	before, err := d.writes(ctx)
	if err != nil {
		return writes{}, err
	}
	const (
		keep = `
			INSERT INTO syncd.bare_history (user_key, document, valid_from, valid_to, body, pending)
			SELECT b.user_key, b.document, b.valid_from, now(), b.body, b.pending
			FROM syncd.bare_documents b
			JOIN syncd.users u USING (user_key)
			WHERE u.user_id = $1 AND b.document = $2`
		replace = `
			UPDATE syncd.bare_documents b
			SET body = $3, valid_from = now()
			FROM syncd.users u
			WHERE u.user_key = b.user_key AND u.user_id = $1 AND b.document = $2`
	)
	numbers := map[string]int16{zoomtest.List: 1, zoomtest.Profile: 2, zoomtest.Settings: 3, zoomtest.UserSettings: 4}
	err = pgx.BeginFunc(ctx, d, func(tx pgx.Tx) error {
		for _, e := range es {
			now, _ := a.Document(e.user, e.kind) // it was changed, so it is there
			_, err := tx.Exec(ctx, keep, e.user, numbers[e.kind])
			if err == nil {
				_, err = tx.Exec(ctx, replace, e.user, numbers[e.kind], now)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return writes{}, err
	}
	after, err := d.writes(ctx)
	return after.since(before), err
}
