package main

import (
	"context"
	"errors"
)

// unchanged measures what a pass costs that finds everything as it was.
func unchanged(ctx context.Context, b *bench, r *result) error {
	a, s, stop, err := stage(ctx, b.size.unchanged, false, quietSettings)
	if err != nil {
		return err
	}
	defer stop()
	d, mirrored, err := b.mirror(ctx, a, s)
	if err != nil {
		return err
	}
	users := float64(len(a.Users()))
	if err := errors.Join(d.settle(ctx), d.fullPages(ctx, true)); err != nil {
		return err
	}
	whole, withPages, err := b.weigh(ctx, a, d)
	if err != nil {
		return err
	}
	if err := errors.Join(d.settle(ctx), d.fullPages(ctx, false)); err != nil {
		return err
	}
	plain, withoutPages, err := b.weigh(ctx, a, d)
	if err != nil {
		return err
	}
	dead := int64(0)
	for name, t := range withPages.tables {
		if !bookkeeping(name) {
			dead += t.updated + t.deleted
		}
	}
	_, fetched, err := bareFetch(ctx, a)
	if err != nil {
		return err
	}
	r.facts = facts{"users": count(len(a.Users())), "concurrency": bareConcurrency}
	slower := max(whole.took, plain.took)
	r.add(
		number("WAL a user without full page images", float64(withoutPages.wal)/users, "bytes").atMost(200),
		number("WAL a user right after a checkpoint, full page images included", float64(withPages.wal)/users, "bytes").atMost(200),
		number("dead tuples outside of freshness and passes", float64(dead), "").atMost(0),
		number("users a second over those of the first mirror", mirrored.took.Seconds()/slower.Seconds(), "times").atLeast(2),
		number("users a second over those of a bare fetch", fetched.Seconds()/slower.Seconds(), "times"),
		number("the first mirror", users/mirrored.took.Seconds(), "users/s"),
		number("the unchanged pass right after a checkpoint", users/whole.took.Seconds(), "users/s"),
		number("the unchanged pass without full page images", users/plain.took.Seconds(), "users/s"),
		number("the bare fetch", users/fetched.Seconds(), "users/s"),
	)
	r.tables = append(r.tables, withPages.table("Rows written by the unchanged pass, those of TOAST tables included"))
	return nil
}

// weigh makes a pass and says what the server wrote meanwhile.
func (b *bench) weigh(ctx context.Context, a *account, d *database, args ...string) (pass, writes, error) {
	before, err := d.writes(ctx)
	if err != nil {
		return pass{}, writes{}, err
	}
	p, err := b.sync(ctx, a, d, args...)
	if err != nil {
		return p, writes{}, err
	}
	after, err := d.writes(ctx)
	return p, after.since(before), err
}
