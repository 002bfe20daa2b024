package main

import (
	"context"
	"fmt"
	"slices"
)

// memory measures how much memory a first mirror takes, and how long a user takes, from few users to very many.
func memory(ctx context.Context, b *bench, r *result) error {
	whole, err := b.grow(ctx, b.size.documents, false)
	if err != nil {
		return err
	}
	small, err := b.grow(ctx, b.size.small, true)
	if err != nil {
		return err
	}
	limits := []float64{64, 96}
	if len(whole) == len(limits) {
		for i, g := range whole {
			r.add(number(fmt.Sprintf("peak memory with %s users", count(g.users)), megabytes(g.pass.peak), "MB").atMost(limits[i]))
		}
	}
	most, yardstick := small[len(small)-1], small[0]
	for _, g := range small {
		if g.users <= 10_000 && g.users < most.users {
			yardstick = g
		}
	}
	r.add(
		number(
			fmt.Sprintf("time a user with %s users over that with %s, small documents", count(most.users), count(yardstick.users)),
			most.perUser()/yardstick.perUser(), "times",
		).atMost(1.2),
		number(fmt.Sprintf("peak memory with %s users, small documents", count(most.users)), megabytes(most.pass.peak), "MB"),
		number(fmt.Sprintf("the pass over %s users", count(most.users)), most.pass.took.Seconds(), "s"),
	)
	sizes := table{caption: "All sizes", head: []string{"documents", "users", "peak memory, MB", "ms a user", "users/s", "s"}}
	for _, series := range []struct {
		name  string
		grown []growth
	}{{"as Zoom sends them", whole}, {"small", small}} {
		for _, g := range series.grown {
			sizes.rows = append(sizes.rows, []string{
				series.name, count(g.users), amount(megabytes(g.pass.peak), ""),
				amount(g.perUser(), ""), amount(1000/g.perUser(), ""), amount(g.pass.took.Seconds(), ""),
			})
		}
	}
	r.tables = append(r.tables, sizes)
	users := axis{label: "users", log: true}
	draw := func(name, title, label string, value func(growth) float64) picture {
		return picture{name: name, alt: title, chart: chart{
			title: title, x: users, y: axis{label: label, zero: true}, dots: true,
			lines: []line{{name: "documents as Zoom sends them", points: points(whole, value)}, {name: "small documents", points: points(small, value)}},
		}}
	}
	r.pictures = append(r.pictures,
		draw("memory", "Peak memory of a first mirror", "MB resident", func(g growth) float64 { return megabytes(g.pass.peak) }),
		draw("time", "Time a user of a first mirror", "milliseconds a user", growth.perUser),
	)
	return nil
}

// growth is a pass over so many users.
type growth struct {
	users int
	pass  pass
}

// perUser is the time of the pass a user, in milliseconds.
func (g growth) perUser() float64 { return g.pass.took.Seconds() * 1000 / float64(max(g.users, 1)) }

// grow makes first mirrors of accounts of these sizes.
func (b *bench) grow(ctx context.Context, sizes []int, small bool) ([]growth, error) {
	var all []growth
	for _, users := range slices.Sorted(slices.Values(sizes)) {
		g, err := b.growth(ctx, users, small)
		if err != nil {
			return nil, fmt.Errorf("%s users: %w", count(users), err)
		}
		b.note("memory: %s users, %.0f MB, %.2f ms a user", count(users), megabytes(g.pass.peak), g.perUser())
		all = append(all, g)
	}
	return all, nil
}

// growth makes one of them, on a server of its own: what one leaves to clean up does not slow down the next.
func (b *bench) growth(ctx context.Context, users int, small bool) (growth, error) {
	ctx, end := context.WithCancel(ctx)
	defer end() // of the account, too
	a, err := unlimited(ctx, users, small)
	if err != nil {
		return growth{}, err
	}
	s, stop, err := startServer(ctx, serverSettings)
	if err != nil {
		return growth{}, err
	}
	defer stop()
	d, p, err := b.mirror(ctx, a, s)
	if err != nil {
		return growth{}, err
	}
	return growth{users: users, pass: p}, s.drop(ctx, d)
}

func points(all []growth, value func(growth) float64) []point {
	var ps []point
	for _, g := range all {
		ps = append(ps, point{float64(g.users), value(g)})
	}
	return ps
}
