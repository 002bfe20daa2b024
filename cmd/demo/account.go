package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// defaultUsers is small enough for two passes a minute at the limits of a
// Business account. The results in docs/cookbook.md are those of so many.
const defaultUsers = 300

// account gives the environment that leads syncd to the account to mirror, and
// the account itself if it is simulated.
func (d demo) account(ctx context.Context) ([]string, *zoomtest.Account, error) {
	environment := without(os.Environ(), "DATABASE_URL")
	var missing []string
	credentials := []string{"ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"}
	for _, name := range credentials {
		if os.Getenv(name) == "" && os.Getenv(name+"_FILE") == "" {
			missing = append(missing, name)
		}
	}
	switch len(missing) {
	case 0:
		d.say("Using the Zoom account of ZOOM_ACCOUNT_ID.")
		return environment, nil, nil
	case len(credentials):
	default:
		return nil, nil, fmt.Errorf("some ZOOM_* variables are set, but not %s: set all three to mirror a real account, or none", strings.Join(missing, ", "))
	}
	if d.users <= lastChanged {
		return nil, nil, fmt.Errorf("%d users are too few for what happens in the simulated account: take %d or more", d.users, lastChanged+1)
	}
	environment = without(environment, append(credentials, "ZOOM_API_URL", "ZOOM_TOKEN_URL", "ZOOM_PLAN", "ZOOM_RATE_SHARE", "ZOOM_POOLS")...)
	d.say("Starting a simulated Zoom account with %d phone users; its rate limits are those of a Business account ...", d.users)
	options := accountOptions(d.users)
	options.Latency, options.Jitter = 60*time.Millisecond, 60*time.Millisecond
	simulated := zoomtest.New(options)
	served, err := serve(ctx, simulated)
	return append(environment, served...), simulated, err
}

// accountOptions say which account is simulated: the same in every showing.
func accountOptions(users int) zoomtest.Options { return zoomtest.Options{Users: users, Seed: 1} }

// serve answers for a simulated account until ctx ends, and gives the environment
// that leads syncd there.
func serve(ctx context.Context, simulated *zoomtest.Account) ([]string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	zoom := &http.Server{Handler: simulated, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = zoom.Serve(listener) }() // it ends with the listener
	context.AfterFunc(ctx, func() { _ = zoom.Close() })
	base := "http://" + listener.Addr().String()
	return []string{
		"ZOOM_ACCOUNT_ID=" + simulated.AccountID(), "ZOOM_CLIENT_ID=" + simulated.ClientID(), "ZOOM_CLIENT_SECRET=" + simulated.ClientSecret(),
		"ZOOM_API_URL=" + base + "/v2", "ZOOM_TOKEN_URL=" + base + "/oauth/token",
	}, nil
}

// without drops variables, and the names of files that stand for them.
func without(environment []string, names ...string) []string {
	return slices.DeleteFunc(environment, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(names, strings.TrimSuffix(name, "_FILE"))
	})
}
