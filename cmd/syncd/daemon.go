package main

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"syncd/internal/daemon"
	"syncd/internal/db"
	"syncd/internal/health"
	"syncd/internal/sync"
)

// daemon makes passes until it is stopped, which is a good end.
func (a *app) daemon(ctx context.Context) int {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	registry, mirror := a.newRegistry()
	var heart health.Heart
	var has means
	if err := a.serve(serving, routes(registry, &heart, &has)); err != nil {
		return a.fail(ctx, "run", err)
	}
	store, err := a.awaitStore(ctx, registry, &heart)
	if ctx.Err() != nil {
		return exitComplete
	}
	if err != nil {
		return a.fail(ctx, "run", err)
	}
	defer store.Close()
	syncer, client, err := a.newSyncer(registry, store, func(p sync.Progress) {
		heart.Beat("a pass, "+string(p.Phase), passBeat)
		a.screen.progress(p)
	})
	if err != nil {
		return a.fail(ctx, "run", err)
	}
	mirror.Begin(store)
	has.store.Store(store)
	has.client.Store(client)
	go a.screen.watch(serving, client.Paused)

	err = daemon.Run(ctx, daemon.Config{
		Interval: a.interval, Log: a.log, Beat: heart.Beat,
		Lead: func(ctx context.Context) (daemon.Leadership, error) {
			if err := store.CheckSchema(ctx); err != nil {
				return nil, err
			}
			lease, err := store.AcquireLeadership(ctx, a.zoom.AccountID)
			if err != nil {
				return nil, err // and not a Leadership of nothing
			}
			return lease, nil
		},
		Pass: func(ctx context.Context) (db.PassStatus, error) {
			heart.Beat("a pass, beginning", passBeat)
			result, err := syncer.RunOnce(ctx)
			a.screen.finish()
			return result.Status, err
		},
	})
	if err != nil {
		return a.fail(ctx, "run", err)
	}
	a.log.InfoContext(ctx, "stopped")
	return exitComplete
}

// newRegistry makes the registry of a daemon, with what is there before a database is.
func (a *app) newRegistry() (*prometheus.Registry, *db.Collector) {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "syncd_build_info", Help: "1, with the release of this program and the Go that it was built with.",
		ConstLabels: prometheus.Labels{"version": version(), "goversion": runtime.Version()},
	})
	build.Set(1)
	mirror := db.NewCollector(a.zoom.AccountID)
	registry := prometheus.NewRegistry()
	registry.MustRegister(build, mirror, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry, mirror
}

// passBeat is how long a pass may take from one user to the next: as long as an
// exhausted budget is waited for, and a batch that the database does not take.
const passBeat = 15 * time.Minute

// awaitStore opens the database, and waits for one that cannot be reached yet.
func (a *app) awaitStore(ctx context.Context, registry prometheus.Registerer, heart *health.Heart) (*db.Store, error) {
	const wait = 5 * time.Second
	retry := time.NewTicker(wait)
	defer retry.Stop()
	for failures := 1; ; failures++ {
		heart.Beat("waiting for the database", 2*time.Minute)
		store, err := a.openStore(ctx, registry)
		if !errors.Is(err, db.ErrUnreachable) {
			return store, err
		}
		if failures&(failures-1) == 0 { // the first, and then ever more seldom
			a.log.WarnContext(ctx, "the database cannot be reached, trying again", slog.Any("error", err), slog.Int("failures", failures), slog.Duration("wait", wait))
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-retry.C:
		}
	}
}
