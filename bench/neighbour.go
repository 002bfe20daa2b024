package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// neighbour measures how a pass fares when another app of the account suddenly uses half of the budget, and when it ends.
func neighbour(ctx context.Context, b *bench, r *result) error {
	s, stop, err := startServer(ctx, serverSettings)
	if err != nil {
		return err
	}
	defer stop()
	d, err := s.create(ctx)
	if err != nil {
		return err
	}
	var requests *recorder
	a, err := serve(ctx, zoomtest.Options{
		Users: b.size.neighbour, Counting: zoomtest.StrictSecond, Latency: latency, Jitter: jitter,
	}, func(h http.Handler) http.Handler {
		requests = &recorder{Handler: h}
		return requests
	})
	if err != nil {
		return err
	}
	a.environment = append(a.environment, "ZOOM_RATE_SHARE=1")
	if _, err := b.syncd(ctx, a, d, "migrate"); err != nil {
		return err
	}
	p, err := b.start(ctx, a, d, "sync")
	if err != nil {
		return err
	}
	n, err := b.visit(ctx, a, requests)
	if err := errors.Join(err, p.stop(ctx)); err != nil {
		return err
	}
	if _, last := requests.of(light).span(); last.Before(n.end.Add(-time.Second)) {
		return fmt.Errorf("the pass ended %v before it was to be stopped: take more users", n.end.Sub(last))
	}
	n.report(r, requests.of(light))
	return nil
}

// visit is when the neighbour was there.
type visit struct{ begun, came, went, end time.Time }

// visit lets the neighbour come and go.
func (b *bench) visit(ctx context.Context, a *account, requests *recorder) (v visit, err error) {
	for len(requests.of(light)) == 0 { // the list comes first
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return v, err
		}
	}
	take := func(part float64) {
		a.SetNeighbour(zoomtest.PhoneLight, part*lightLimit)
		a.SetNeighbour(zoomtest.CoreMedium, part*60)
	}
	v.begun = time.Now()
	err = pause(ctx, b.size.before)
	take(.5)
	v.came = time.Now()
	err = errors.Join(err, pause(ctx, b.size.during))
	take(0)
	v.went = time.Now()
	err = errors.Join(err, pause(ctx, b.size.after))
	v.end = time.Now()
	return v, err
}

// report adds the figures and the picture.
func (v visit) report(r *result, t traffic) {
	r.facts = facts{
		"before": v.came.Sub(v.begun).Round(time.Second), "during": v.went.Sub(v.came).Round(time.Second), "settling": settling,
		"after": v.end.Sub(v.went).Round(time.Second),
	}
	left := lightLimit / 2
	during := t.between(v.came, v.went)
	former := t.rate(v.came.Add(-v.came.Sub(v.begun)/2), v.came)
	r.add(
		share("used of what the neighbour leaves", t.rate(v.came, v.went)/left).atLeast(85),
		share("refused while the neighbour is there", during.refusedShare()).atMost(2),
		number("former rate", former, "/s"),
	)
	after, ok := t.back(v.went, v.end, .95*former)
	back := number("until 95 % of the former rate is back", after.Seconds(), "s").atMost(60)
	if !ok {
		back.name, back.value = "until 95 % of the former rate is back (it was not, when the pass was stopped)", v.end.Sub(v.went).Seconds()
	}
	r.add(back)
	seconds := func(at time.Time) float64 { return at.Sub(v.begun).Seconds() }
	r.pictures = append(r.pictures, picture{
		name: "neighbour", alt: "Requests a second before, while and after a neighbour takes half of the budget",
		chart: chart{
			title: "A neighbour takes half of the budget",
			x:     axis{label: "seconds since the first detail", tight: true}, y: axis{label: "requests a second, over 5 s", zero: true},
			lines: []line{
				{name: "accepted", points: t.rates(v.begun, v.end, settling, isAccepted)},
				{name: "refused", points: t.rates(v.begun, v.end, settling, isRefused)},
			},
			levels: []level{{name: "what the neighbour leaves of phone-light", points: []point{
				{0, lightLimit},
				{seconds(v.came), lightLimit},
				{seconds(v.came), left},
				{seconds(v.went), left},
				{seconds(v.went), lightLimit},
				{seconds(v.end), lightLimit},
			}}},
		},
	})
}

// pause lets time pass.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
