package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
)

// machine is what the figures depend on.
type machine struct {
	processor  string
	cores      int
	memory     string
	system     string
	goVersion  string // of the benchmark and of syncd, which "make bench" builds together
	postgres   string
	postgresBy string // settings that differ from the defaults
}

// describe reads it off the machine and off a server that is started for that.
func describe(ctx context.Context) (machine, error) {
	m := machine{
		processor: after("/proc/cpuinfo", "model name"), cores: runtime.NumCPU(), memory: memoryOf(after("/proc/meminfo", "MemTotal")),
		system: runtime.GOOS + "/" + runtime.GOARCH, goVersion: strings.TrimPrefix(runtime.Version(), "go"),
	}
	s, stop, err := startServer(ctx, serverSettings)
	if err != nil {
		return m, err
	}
	defer stop()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return m, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // it has answered
	const about = `
		SELECT current_setting('server_version'), string_agg(name || ' = ' || current_setting(name), ', ' ORDER BY name)
		FROM pg_settings
		WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_level', 'shared_buffers', 'max_wal_size', 'jit')`
	err = conn.QueryRow(ctx, about).Scan(&m.postgres, &m.postgresBy)
	return m, err
}

// after gives what a file of the kernel says of a name; "unknown" where it does not.
func after(path, name string) string {
	content, _ := os.ReadFile(path) // without it the name is not found
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// memoryOf writes kilobytes, as the kernel gives them, as gigabytes.
func memoryOf(kilobytes string) string {
	var n int64
	if _, err := fmt.Sscanf(kilobytes, "%d kB", &n); err != nil {
		return kilobytes
	}
	return fmt.Sprintf("%d GB", (n+1<<19)>>20)
}
