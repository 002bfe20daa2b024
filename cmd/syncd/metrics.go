package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// serveMetrics serves the metrics of a registry until the context ends.
func (a *app) serveMetrics(ctx context.Context, registry *prometheus.Registry) error {
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", a.listen)
	if err != nil {
		return &listenError{fmt.Errorf("listen on SYNCD_LISTEN=%s: %w", a.listen, err)}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 14,
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.ErrorContext(ctx, "metrics are no longer served", slog.Any("error", err))
		}
	}()
	a.log.InfoContext(ctx, "serving metrics", slog.String("address", listener.Addr().String()))
	return nil
}

// listenError is that of an address that cannot be had.
type listenError struct{ error }

func (*listenError) Repair() string {
	return "give SYNCD_LISTEN an address of this machine and a port that nobody has, such as :9090"
}
