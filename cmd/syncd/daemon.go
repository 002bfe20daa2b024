package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"syncd/internal/daemon"
	"syncd/internal/db"
	"syncd/internal/health"
	"syncd/internal/page"
	"syncd/internal/sync"
)

// daemon makes passes until it is stopped, which is a good end.
func (a *app) daemon(ctx context.Context) int {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	metrics := a.newInstruments()
	var heart health.Heart
	var has means
	schedule, answers := metrics.lasting(a.zoom.AccountID, &heart)
	client, err := a.newClient(metrics.process, 0)
	if err != nil {
		return a.fail(ctx, "run", err)
	}
	front := a.newPage(&heart, &has)
	if err := a.serve(serving, routes(metrics, answers, &heart, &has, front)); err != nil {
		return a.fail(ctx, "run", err)
	}
	store, err := a.awaitStore(ctx, metrics.store, &heart, front)
	if ctx.Err() != nil {
		return exitComplete
	}
	if err != nil {
		return a.fail(ctx, "run", err)
	}
	defer store.Close()
	syncer, err := a.newSyncer(metrics.passes, client, store, func(p sync.Progress) {
		heart.Beat("a pass, "+string(p.Phase), passBeat)
		front.Progress(p)
		a.screen.progress(p)
	})
	if err != nil {
		return a.fail(ctx, "run", err)
	}
	metrics.mirror.Begin(store)
	has.store.Store(store)
	has.client.Store(client)
	go a.screen.watch(serving, client.Paused)

	err = daemon.Run(ctx, daemon.Config{
		Interval: a.interval, Log: a.log, Metrics: schedule, Beat: heart.Beat, Tell: front.Tell,
		Lead: func(ctx context.Context) (daemon.Leadership, error) {
			if err := store.CheckSchema(ctx); err != nil {
				return nil, err
			}
			lease, err := store.AcquireLeadership(ctx, a.zoom.AccountID)
			if errors.Is(err, db.ErrLeaseHeld) {
				metrics.passes.StandBy()
			}
			if err != nil {
				return nil, err // and not a Leadership of nothing
			}
			return lease, nil
		},
		Pass: func(ctx context.Context) (db.PassStatus, error) {
			heart.Beat("a pass, beginning", passBeat)
			front.PassBegan()
			defer front.PassEnded()
			result, err := syncer.RunOnce(ctx)
			a.screen.finish()
			metrics.mirror.Refresh()
			return result.Status, err
		},
	})
	if err != nil {
		return a.fail(ctx, "run", err)
	}
	a.log.InfoContext(ctx, "stopped")
	return exitComplete
}

// passBeat is how long a pass may take from one user to the next: as long as an
// exhausted budget is waited for, and a batch that the database does not take.
const passBeat = 15 * time.Minute

// awaitStore opens the database, and waits for one that cannot be reached yet.
func (a *app) awaitStore(ctx context.Context, metrics *db.Metrics, heart *health.Heart, front *page.Page) (*db.Store, error) {
	const wait = 5 * time.Second
	retry := time.NewTicker(wait)
	defer retry.Stop()
	for failures := 1; ; failures++ {
		heart.Beat("waiting for the database", 2*time.Minute)
		store, err := a.openStore(ctx, metrics)
		if !errors.Is(err, db.ErrUnreachable) {
			return store, err
		}
		front.Opening(err)
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
