package main

import (
	"context"
	"fmt"
	"time"
)

// first measures a first mirror that no budget holds back, against bare loops over the same documents.
func first(ctx context.Context, b *bench, r *result) error {
	a, s, stop, err := stage(ctx, b.size.first, false, serverSettings)
	if err != nil {
		return err
	}
	defer stop()
	users := len(a.Users())
	perSecond := func(took time.Duration) float64 { return float64(users) / took.Seconds() }
	var mirrored, fetched, copied []float64
	rounds := table{caption: "The rounds", head: []string{"round", "bare fetch, users/s", "bare COPY, users/s", "syncd, users/s"}}
	var documents, bytes int
	for round := range b.size.firstRounds {
		bodies, took, err := bareFetch(ctx, a)
		if err != nil {
			return err
		}
		fetched = append(fetched, perSecond(took))
		d, err := s.create(ctx)
		if err != nil {
			return err
		}
		if took, err = d.bareCopy(ctx, bodies); err != nil {
			return err
		}
		copied = append(copied, perSecond(took))
		documents, bytes = len(bodies), 0
		for _, doc := range bodies {
			bytes += len(doc.json)
		}
		if err := s.drop(ctx, d); err != nil {
			return err
		}
		d, p, err := b.mirror(ctx, a, s)
		if err != nil {
			return err
		}
		if err := s.drop(ctx, d); err != nil {
			return err
		}
		mirrored = append(mirrored, perSecond(p.took))
		row := []string{fmt.Sprint(round + 1)}
		for _, rate := range []float64{fetched[round], copied[round], mirrored[round]} {
			row = append(row, amount(rate, ""))
		}
		rounds.rows = append(rounds.rows, row)
	}
	slower := min(median(fetched), median(copied))
	inTurn := 1 / (1/median(fetched) + 1/median(copied))
	r.facts = facts{
		"users": count(users), "rounds": b.size.firstRounds, "concurrency": bareConcurrency,
		"documents": count(documents), "size": amount(megabytes(int64(bytes)), "MB"),
	}
	r.add(
		share("syncd's users a second over those of the slower bare loop", median(mirrored)/slower).atLeast(60),
		share("the two bare loops, one after the other, over the slower one", inTurn/slower),
		number("syncd", median(mirrored), "users/s"),
		number("bare fetch", median(fetched), "users/s"),
		number("bare COPY", median(copied), "users/s"),
	)
	r.tables = append(r.tables, rounds)
	return nil
}
