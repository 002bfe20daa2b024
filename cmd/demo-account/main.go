// Command demo-account serves a simulated Zoom account over HTTP, in which something changes all the time: for showing
// syncd with its dashboards where there is no account to mirror, as deploy/compose does.
//
// It owns the story of the account (life.go): who changes what. What an account answers is that of internal/zoom/zoomtest.
// It is never a part of the syncd program, nor of its image. Whoever reaches it gets a token with the credentials that
// its log shows: there is nobody's data behind it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"syncd/internal/zoom/zoomtest"
)

// flags of the command line.
type flags struct {
	Listen      string        `default:":8080" placeholder:"ADDRESS" help:"Address at which the account is served."`
	Users       int           `default:"300" placeholder:"N" help:"Phone users of the account, 50 at least."`
	Seed        uint64        `default:"1" placeholder:"N" help:"The same seed makes the same account."`
	Latency     time.Duration `default:"60ms" placeholder:"DURATION" help:"Time to each answer; up to as much again is added by chance."`
	ChangeEvery time.Duration `default:"20s" placeholder:"DURATION" help:"How often something changes in the account; 0: never."`
	Neighbour   float64       `default:"6" placeholder:"N" help:"Requests a second for profiles and phone settings that another app of the account makes."`
	Throttle    float64       `default:"0.01" placeholder:"SHARE" help:"Share of the requests that are refused with 429 although the budget is not used up, 0 to 1."`
	Failures    float64       `default:"0.005" placeholder:"SHARE" help:"Share of the requests that are answered with 502, 0 to 1."`
}

// Validate is called by kong.
func (f *flags) Validate() error {
	switch {
	case f.Users < fewest:
		return fmt.Errorf("--users=%d: take %d or more, so that there is somebody to change", f.Users, fewest)
	case f.Throttle < 0 || f.Throttle > 1 || f.Failures < 0 || f.Failures > 1:
		return errors.New("--throttle and --failures are shares, 0 to 1")
	case f.Latency < 0 || f.ChangeEvery < 0 || f.Neighbour < 0:
		return errors.New("--latency, --change-every and --neighbour are not negative")
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var f flags
	kong.Parse(&f, kong.Name("demo-account"), kong.Description("Serves a simulated Zoom account in which something changes all the time."))
	err := serve(ctx, f, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo-account:", err)
		os.Exit(1)
	}
}

// serve answers until the context ends.
func serve(ctx context.Context, f flags, out io.Writer) error {
	log := slog.New(slog.NewJSONHandler(out, nil))
	account := zoomtest.New(zoomtest.Options{
		Users: f.Users, Seed: f.Seed, Latency: f.Latency, Jitter: f.Latency, RateHeaders: true,
		Neighbour: map[string]float64{zoomtest.PhoneLight: f.Neighbour},
		Faults:    zoomtest.Faults{Throttle: f.Throttle, BadGateway: f.Failures},
	})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: account, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go live(ctx, account, f.ChangeEvery, log)
	log.InfoContext(ctx, "serving a simulated account", slog.String("address", listener.Addr().String()), slog.Int("users", f.Users),
		slog.String("account_id", account.AccountID()), slog.String("client_id", account.ClientID()), slog.String("client_secret", account.ClientSecret()))
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
