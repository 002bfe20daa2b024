package main

import (
	"context"
	"fmt"
)

// memory measures how much memory a first mirror and the pass after it take, and how long a user takes, from few users to
// very many.
func memory(ctx context.Context, b *bench, r *result) error {
	whole, err := b.grow(ctx, b.size.documents, false)
	if err != nil {
		return err
	}
	small, err := b.grow(ctx, b.size.small, true)
	if err != nil {
		return err
	}
	for _, g := range whole {
		r.add(
			number(fmt.Sprintf("peak memory of a first mirror of %s users", count(g.users)), megabytes(g.pass.peak), "MB").atMost(g.memory),
			number(fmt.Sprintf("peak memory of the unchanged pass over %s users", count(g.users)), megabytes(g.again.peak), "MB").atMost(g.memory),
		)
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
	sizes := table{caption: "All sizes", head: []string{"documents", "users", "peak memory, MB", "of the unchanged pass, MB", "ms a user", "users/s", "s"}}
	for _, series := range []struct {
		name  string
		grown []growth
	}{{"as Zoom sends them", whole}, {"small", small}} {
		for _, g := range series.grown {
			again := ""
			if g.again.peak > 0 {
				again = amount(megabytes(g.again.peak), "")
			}
			sizes.rows = append(sizes.rows, []string{
				series.name, count(g.users), amount(megabytes(g.pass.peak), ""), again,
				amount(g.perUser(), ""), amount(1000/g.perUser(), ""), amount(g.pass.took.Seconds(), ""),
			})
		}
	}
	r.tables = append(r.tables, sizes)
	users := axis{label: "users", log: true}
	draw := func(name, title, label string, value func(growth) float64, others ...line) picture {
		return picture{name: name, alt: title, chart: chart{
			title: title, x: users, y: axis{label: label, zero: true}, dots: true,
			lines: append([]line{{name: "documents as Zoom sends them", points: points(whole, value)}, {name: "small documents", points: points(small, value)}}, others...),
		}}
	}
	again := line{name: "the unchanged pass after it", points: points(whole, func(g growth) float64 { return megabytes(g.again.peak) })}
	r.pictures = append(r.pictures,
		draw("memory", "Peak memory of a first mirror", "MB resident", func(g growth) float64 { return megabytes(g.pass.peak) }, again),
		draw("time", "Time a user of a first mirror", "milliseconds a user", growth.perUser),
	)
	return nil
}

// growth is a first mirror of so many users and, of documents as Zoom sends them, the pass after it, in which nothing has
// changed.
type growth struct {
	sized
	pass, again pass
}

// perUser is the time of the pass a user, in milliseconds.
func (g growth) perUser() float64 { return g.pass.took.Seconds() * 1000 / float64(max(g.users, 1)) }

// grow makes mirrors of accounts of these sizes, which are in their order.
func (b *bench) grow(ctx context.Context, sizes []sized, small bool) ([]growth, error) {
	var all []growth
	for _, size := range sizes {
		g, err := b.growth(ctx, size, small)
		if err != nil {
			return nil, fmt.Errorf("%s users: %w", count(size.users), err)
		}
		b.note("memory: %s users, %.0f MB, %.2f ms a user", count(g.users), megabytes(max(g.pass.peak, g.again.peak)), g.perUser())
		all = append(all, g)
	}
	return all, nil
}

// growth makes one of them, on a server of its own: what one leaves to clean up does not slow down the next.
func (b *bench) growth(ctx context.Context, size sized, small bool) (growth, error) {
	ctx, end := context.WithCancel(ctx)
	defer end() // of the account, too
	a, err := unlimited(ctx, size.users, small)
	if err != nil {
		return growth{}, err
	}
	s, stop, err := startServer(ctx, serverSettings)
	if err != nil {
		return growth{}, err
	}
	defer stop()
	g := growth{sized: size}
	d, p, err := b.mirror(ctx, a, s)
	if err != nil {
		return growth{}, err
	}
	g.pass = p
	if !small {
		if g.again, err = b.sync(ctx, a, d); err != nil {
			return growth{}, err
		}
	}
	return g, s.drop(ctx, d)
}

func points(all []growth, value func(growth) float64) []point {
	var ps []point
	for _, g := range all {
		ps = append(ps, point{float64(g.users), value(g)})
	}
	return ps
}
