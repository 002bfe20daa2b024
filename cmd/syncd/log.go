package main

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
)

// newLogger logs as text on a terminal and as JSON otherwise, unless the
// configuration says which.
func newLogger(view *screen, cfg config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.logLevel}
	if cfg.logFormat == "text" || cfg.logFormat == "auto" && view.terminal {
		return slog.New(slog.NewTextHandler(view, options))
	}
	return slog.New(slog.NewJSONHandler(view, options))
}

// release is stamped in by the linker: -X main.release=v1.2.3.
var release string //nolint:gochecknoglobals // the linker can set nothing else

// version is the release, or what the build knows of its commit.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func versionText() string {
	return fmt.Sprintf("%s (%s, %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
