package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"syncd/internal/db"
	"syncd/internal/health"
	"syncd/internal/page"
	"syncd/internal/sync"
	"syncd/internal/zoom"
)

// serve serves HTTP until the context ends.
func (a *app) serve(ctx context.Context, handler http.Handler) error {
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", a.listen)
	if err != nil {
		return &listenError{fmt.Errorf("listen on SYNCD_LISTEN=%s: %w", a.listen, err)}
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 14,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.ErrorContext(ctx, "HTTP is no longer served", slog.Any("error", err))
		}
	}()
	a.log.InfoContext(ctx, "serving HTTP", slog.String("address", listener.Addr().String()))
	return nil
}

// means are what a daemon needs, as far as it has them by now.
type means struct {
	store  atomic.Pointer[db.Store]
	client atomic.Pointer[zoom.Client]
}

// errNotYet: it is being opened.
var errNotYet = errors.New("not yet: see the log")

// routes are what a daemon serves.
func routes(metrics *instruments, answers *served, heart *health.Heart, has *means, front http.Handler) http.Handler {
	withStore := func(do func(*db.Store, context.Context) error) func(context.Context) error {
		return func(ctx context.Context) error {
			store := has.store.Load()
			if store == nil {
				return errNotYet
			}
			return do(store, ctx)
		}
	}
	ready := health.NewReadiness(
		health.Check{Name: "database", Do: withStore((*db.Store).CheckWritable)},
		health.Check{Name: "schema", Do: withStore((*db.Store).CheckSchema)},
		health.Check{Name: "token", Do: func(ctx context.Context) error {
			client := has.client.Load()
			if client == nil {
				return errNotYet
			}
			_, err := client.Authorize(ctx)
			return err
		}},
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", answers.measure("metrics", promhttp.HandlerFor(metrics.all(), promhttp.HandlerOpts{Registry: metrics.process})))
	mux.Handle("GET /healthz", answers.measure("healthz", heart))
	mux.Handle("GET /readyz", answers.measure("readyz", ready))
	mux.Handle("GET /{$}", answers.measure("page", front))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// newPage makes the page of a daemon.
func (a *app) newPage(heart *health.Heart, has *means) *page.Page {
	drawnOn := map[zoom.Pool]bool{}
	for _, cost := range sync.Costs(a.zoom.Budget, 0, 0, a.userSettings) {
		drawnOn[cost.Pool] = true
	}
	return page.New(page.Config{
		AccountID: a.zoom.AccountID, Version: version(), Interval: a.interval, UserSettings: a.userSettings, Log: a.log,
		Store: func() page.Store {
			store := has.store.Load()
			if store == nil {
				return nil // and not a Store of nothing
			}
			return store.Glance()
		},
		Pools: func() []zoom.PoolState {
			client := has.client.Load()
			if client == nil {
				return nil
			}
			return slices.DeleteFunc(client.Pools(), func(p zoom.PoolState) bool { return !drawnOn[p.Pool] })
		},
		Heart: heart.State,
	})
}

// listenError is that of an address that cannot be had.
type listenError struct{ error }

func (*listenError) Repair() string {
	return "give SYNCD_LISTEN an address of this machine and a port that nobody has, such as :9090"
}
