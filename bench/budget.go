package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// The distance to Zoom in the scenarios about its budget: 120 ms, give or take 60.
const (
	latency = 60 * time.Millisecond
	jitter  = 120 * time.Millisecond
)

// lightLimit are the requests a second of phone-light in the accounts of the scenarios.
const lightLimit = 40.0

// trial is a pass whose budget is looked at.
type trial struct {
	name     string // of its picture
	title    string
	counting zoomtest.Counting
	share    float64 // of the limits, that syncd is told to take

	used    float64 // per cent of phone-light that are wanted at least
	refused float64 // per cent of the requests that may be refused
	over    float64 // seconds by which the pass may end later than 1.03 times its floor; 0: any number

	light, medium traffic
	pass          pass
	begun         time.Time
}

func trials() []*trial {
	return []*trial{
		{name: "budget-bucket", title: "token bucket, share 1", counting: zoomtest.TokenBucket, share: 1, used: 98, over: 2},
		{name: "budget-strict", title: "strict second, share 1", counting: zoomtest.StrictSecond, share: 1, used: 92, refused: 1},
		{name: "budget-bucket-default", title: "token bucket, share 0.8", counting: zoomtest.TokenBucket, share: .8},
		{name: "budget-strict-default", title: "strict second, share 0.8", counting: zoomtest.StrictSecond, share: .8},
	}
}

// budget measures how much of what Zoom allows a pass uses, and how often it asks for more.
func budget(ctx context.Context, b *bench, r *result) error {
	s, stop, err := startServer(ctx, serverSettings)
	if err != nil {
		return err
	}
	defer stop()
	all := trials()
	faults := make([]error, len(all))
	var running sync.WaitGroup
	for i, t := range all {
		d, err := s.create(ctx)
		if err != nil {
			return err
		}
		running.Go(func() { faults[i] = t.run(ctx, b, d) })
	}
	running.Wait()
	if err := errors.Join(faults...); err != nil {
		return err
	}
	r.facts = facts{"users": count(b.size.budget), "limit": lightLimit}
	for _, t := range all {
		t.report(r)
	}
	return nil
}

// run makes the pass.
func (t *trial) run(ctx context.Context, b *bench, d *database) error {
	var requests *recorder
	a, err := serve(ctx, zoomtest.Options{Users: b.size.budget, Counting: t.counting, Latency: latency, Jitter: jitter}, func(h http.Handler) http.Handler {
		requests = &recorder{Handler: h}
		return requests
	})
	if err != nil {
		return err
	}
	a.environment = append(a.environment, fmt.Sprintf("ZOOM_RATE_SHARE=%g", t.share))
	if _, err := b.syncd(ctx, a, d, "migrate"); err != nil {
		return err
	}
	t.begun = time.Now()
	if t.pass, err = b.sync(ctx, a, d); err != nil {
		return fmt.Errorf("%s: %w", t.title, err)
	}
	t.light, t.medium = requests.of(light), requests.of(medium)
	return nil
}

// report adds the figures and the picture.
func (t *trial) report(r *result) {
	begin, end := t.light.span()
	allowed := lightLimit * t.share
	floor := float64(t.light.accepted()) / allowed
	used := share(t.title+": used of phone-light while there are details to fetch", t.light.rate(begin, end)/allowed)
	if t.used > 0 {
		used = used.atLeast(t.used)
	}
	over := number(t.title+": the pass above 1.03 times its floor", t.pass.took.Seconds()-1.03*floor, "s")
	if t.over > 0 {
		over = over.atMost(t.over)
	}
	r.add(
		used, share(t.title+": refused with 429", t.light.refusedShare()).atMost(t.refused), over,
		number(t.title+": the pass", t.pass.took.Seconds(), "s"), number(t.title+": its floor", floor, "s"),
	)
	finish := t.begun.Add(t.pass.took)
	r.pictures = append(r.pictures, picture{
		name: t.name, alt: "Requests a second against the budget, " + t.title,
		chart: chart{
			title: "Requests a second: " + t.title, x: axis{label: "seconds since the start of the pass", tight: true}, y: axis{label: "requests a second", zero: true},
			lines: []line{
				{name: "details (phone-light), accepted", points: t.light.rates(t.begun, finish, time.Second, isAccepted)},
				{name: "refused", points: t.light.rates(t.begun, finish, time.Second, isRefused)},
				{name: "list (phone-medium)", points: t.medium.rates(t.begun, finish, time.Second, isAccepted)},
			},
			levels: []level{{name: "budget of phone-light", points: []point{{0, allowed}, {t.pass.took.Seconds(), allowed}}}},
		},
	})
}
