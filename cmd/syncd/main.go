// Command syncd keeps a Postgres mirror of every Zoom Phone user of an account.
//
// It owns wiring, environment, signals, exit codes and what a terminal shows.
// What a pass does is decided in internal/sync; this package never speaks to
// Zoom or Postgres itself.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, process{args: os.Args[1:], getenv: os.Getenv, stdout: os.Stdout, stderr: os.Stderr})
	stop()
	os.Exit(code)
}
