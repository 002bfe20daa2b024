package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// account is a simulated account that is served over HTTP.
type account struct {
	*zoomtest.Account
	base        string   // of its address
	environment []string // that leads syncd there
}

// serve serves an account until the context ends. Around, if not nil, is put around its handler.
func serve(ctx context.Context, options zoomtest.Options, around func(http.Handler) http.Handler) (*account, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the simulated account: %w", err)
	}
	options.Seed = seed
	simulated := zoomtest.New(options)
	var handler http.Handler = simulated
	if around != nil {
		handler = around(handler)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // it ends with the listener
	context.AfterFunc(ctx, func() { _ = server.Close() })
	base := "http://" + listener.Addr().String()
	return &account{Account: simulated, base: base, environment: []string{
		"ZOOM_ACCOUNT_ID=" + simulated.AccountID(), "ZOOM_CLIENT_ID=" + simulated.ClientID(), "ZOOM_CLIENT_SECRET=" + simulated.ClientSecret(),
		"ZOOM_API_URL=" + base + "/v2", "ZOOM_TOKEN_URL=" + base + "/oauth/token",
	}}, nil
}

// unlimited serves an account that answers at once and as often as it is asked, and leads syncd there without limits.
func unlimited(ctx context.Context, users int, small bool) (*account, error) {
	a, err := serve(ctx, zoomtest.Options{
		Users: users, Small: small,
		Limits: map[string]float64{zoomtest.PhoneLight: 0, zoomtest.PhoneMedium: 0, zoomtest.CoreMedium: 0},
	}, nil)
	if err != nil {
		return nil, err
	}
	a.environment = append(a.environment, "ZOOM_RATE_SHARE=1", "ZOOM_POOLS=phone-light=1000000,phone-medium=1000000,core-medium=1000000")
	return a, nil
}
