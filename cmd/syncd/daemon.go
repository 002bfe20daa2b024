package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"syncd/internal/daemon"
	"syncd/internal/db"
)

// daemon makes passes until it is stopped, which is a good end.
func (a *app) daemon(ctx context.Context) int {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	registry := prometheus.NewRegistry()
	if err := a.serveMetrics(serving, registry); err != nil {
		return a.fail(ctx, "run", err)
	}
	store, err := a.awaitStore(ctx, registry)
	if ctx.Err() != nil {
		return exitComplete
	}
	if err != nil {
		return a.fail(ctx, "run", err)
	}
	defer store.Close()
	syncer, client, err := a.newSyncer(registry, store)
	if err != nil {
		return a.fail(ctx, "run", err)
	}
	go a.screen.watch(serving, client.Paused)

	err = daemon.Run(ctx, daemon.Config{
		Interval: a.interval, Log: a.log,
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

// awaitStore opens the database, and waits for one that cannot be reached yet.
func (a *app) awaitStore(ctx context.Context, registry prometheus.Registerer) (*db.Store, error) {
	const wait = 5 * time.Second
	retry := time.NewTicker(wait)
	defer retry.Stop()
	for {
		store, err := a.openStore(ctx, registry)
		if !errors.Is(err, db.ErrUnreachable) {
			return store, err
		}
		a.log.WarnContext(ctx, "the database cannot be reached, trying again", slog.Any("error", err), slog.Duration("wait", wait))
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-retry.C:
		}
	}
}
