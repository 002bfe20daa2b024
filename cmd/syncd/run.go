package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"syncd/internal/db"
	"syncd/internal/sync"
	"syncd/internal/zoom"
)

// The exit codes are interface: CronJobs and their alerts rely on them.
const (
	exitComplete = 0
	exitFailed   = 1
	exitUsage    = 2 // bad usage or configuration: running again does not help
	exitPartial  = 3
	exitHeld     = 4
	exitLeased   = 5 // another syncd holds the lease
)

// process is what the operating system gives a run.
type process struct {
	args           []string
	getenv         func(string) string
	stdout, stderr io.Writer
}

// run is the program. It gives the exit code.
func run(ctx context.Context, p process) int {
	command, settings, err := parse(p)
	if errors.Is(err, errShown) {
		return exitComplete
	}
	var cfg config
	if err == nil {
		cfg, err = settings.check(command)
	}
	if err != nil {
		fmt.Fprintln(p.stderr, "syncd:", err)
		return exitUsage
	}
	view := newScreen(p.stderr)
	a := app{process: p, config: cfg, screen: view, log: newLogger(view, cfg)}
	a.log.DebugContext(ctx, "configuration", slog.Any("config", cfg))
	if command == "run" || command == "sync" {
		defer a.startTracing(ctx, command)()
	}
	switch command {
	case "run":
		return a.daemon(ctx)
	case "sync":
		return a.sync(ctx)
	case "migrate":
		return a.migrate(ctx)
	case "doctor":
		return a.doctor(ctx)
	case "plan":
		return a.makePlan()
	case "probe":
		return a.probe(ctx)
	case "forget":
		return a.withLease(ctx, command, a.forgetUser)
	case "prune":
		return a.withStore(ctx, command, a.prune)
	case "rebuild":
		return a.withLease(ctx, command, a.rebuild)
	case "approve":
		return a.withStore(ctx, command, a.approveHold)
	case "status":
		return a.withStore(ctx, command, a.status)
	default:
		fmt.Fprintln(p.stdout, "syncd", versionText())
		return exitComplete
	}
}

// app is a configured program.
type app struct {
	process
	config

	screen  *screen
	log     *slog.Logger
	tracing trace.TracerProvider // nil: off
}

// sync makes one pass, or says what one would change.
func (a *app) sync(ctx context.Context) int {
	metrics := a.newInstruments()
	mirrors := !a.dryRun && len(a.users) == 0 // else it says nothing about the mirror
	store, err := a.openStore(ctx, metrics.store)
	if err != nil {
		if mirrors {
			metrics.passes.Unmade()
			a.push(ctx, metrics)
		}
		return a.fail(ctx, "sync", err)
	}
	defer store.Close()
	metrics.mirror.Begin(store)
	client, err := a.newClient(metrics.process, 0)
	if err != nil {
		return a.fail(ctx, "sync", err)
	}
	syncer, err := a.newSyncer(metrics.passes, client, store, a.screen.progress)
	if err != nil {
		return a.fail(ctx, "sync", err)
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go a.screen.watch(watching, client.Paused)
	if a.dryRun {
		return a.makeDryRun(ctx, syncer)
	}
	result, err := syncer.RunOnce(ctx)
	a.screen.finish()
	if errors.Is(err, db.ErrLeaseHeld) {
		return a.fail(ctx, "sync", err) // no pass, no word of one
	}
	if mirrors {
		a.push(ctx, metrics)
	}
	return exitCode(result.Status, err)
}

// newSyncer makes what makes passes.
func (a *app) newSyncer(metrics *sync.Metrics, client *zoom.Client, store *db.Store, progress func(sync.Progress)) (*sync.Syncer, error) {
	return sync.New(sync.Config{
		AccountID: a.zoom.AccountID, API: client, Store: store,
		Concurrency: a.concurrency, SkipUserSettings: !a.userSettings, Guard: &a.guard,
		Full: a.full, Users: a.users,
		Log: a.log, Metrics: metrics, Progress: a.limitMemory(progress), TracerProvider: a.tracing,
	})
}

// migrate brings the schema to this program's version.
func (a *app) migrate(ctx context.Context) int {
	store, err := a.openStore(ctx, nil)
	if err != nil {
		return a.fail(ctx, "migrate", err)
	}
	defer store.Close()
	done, err := store.Migrate(ctx)
	if err == nil {
		err = store.GrantReaders(ctx, a.readers, a.piiReaders)
	}
	if err != nil {
		return a.fail(ctx, "migrate", err)
	}
	a.log.InfoContext(ctx, "schema is up to date",
		slog.Int64("version", done.To), slog.Int64("version_before", done.From), slog.Int("applied", len(done.Applied)))
	return exitComplete
}

// withStore does work on the mirror.
func (a *app) withStore(ctx context.Context, command string, work func(context.Context, *db.Store) error) int {
	store, err := a.openStore(ctx, nil)
	if err != nil {
		return a.fail(ctx, command, err)
	}
	defer store.Close()
	if err := store.CheckSchema(ctx); err != nil {
		return a.fail(ctx, command, err)
	}
	if err := work(ctx, store); err != nil {
		return a.fail(ctx, command, err)
	}
	return exitComplete
}

// withLease does work on the mirror while no pass is made.
func (a *app) withLease(ctx context.Context, command string, work func(context.Context, *db.Store) error) int {
	return a.withStore(ctx, command, func(ctx context.Context, store *db.Store) error {
		if err := store.CheckWritable(ctx); err != nil {
			return err
		}
		lease, err := store.AcquireLease(ctx, a.zoom.AccountID)
		if err != nil {
			return err
		}
		defer lease.Release() //nolint:contextcheck // it must also work after the context has ended
		return work(ctx, store)
	})
}

func (a *app) openStore(ctx context.Context, metrics *db.Metrics) (*db.Store, error) {
	return db.Open(ctx, db.Config{URL: a.databaseURL, Log: a.log, Metrics: metrics, TracerProvider: a.tracing, ReadOnly: a.dryRun})
}

// newClient makes a client of Zoom; attempts of 0 is the client's default.
func (a *app) newClient(registry prometheus.Registerer, attempts int) (*zoom.Client, error) {
	cfg := a.zoom
	cfg.UserAgent, cfg.Log, cfg.Registerer, cfg.Attempts = "syncd/"+version(), a.log, registry, attempts
	cfg.TracerProvider = a.tracing
	return zoom.New(cfg)
}

// fail logs the one error that ended a command.
func (a *app) fail(ctx context.Context, command string, err error) int {
	attrs := append([]slog.Attr{slog.String("command", command)}, sync.LogAttrs(err)...)
	if repair := sync.Repair(err); repair != "" {
		attrs = append(attrs, slog.String("repair", repair))
	}
	a.log.LogAttrs(ctx, slog.LevelError, "command failed", attrs...)
	return exitCode(db.PassFailed, err)
}

// exitCode says how a pass ended.
func exitCode(status db.PassStatus, err error) int {
	switch {
	case errors.Is(err, db.ErrLeaseHeld):
		return exitLeased
	case status == db.PassComplete:
		return exitComplete
	case status == db.PassPartial:
		return exitPartial
	case status == db.PassHeld:
		return exitHeld
	default:
		return exitFailed
	}
}
