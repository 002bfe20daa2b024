package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// binary measures the file, and how soon it serves.
func binary(ctx context.Context, b *bench, r *result) error {
	file, err := os.Stat(b.program)
	if err != nil {
		return err
	}
	a, s, stop, err := stage(ctx, 100, true, serverSettings)
	if err != nil {
		return err
	}
	defer stop()
	d, _, err := b.mirror(ctx, a, s)
	if err != nil {
		return err
	}
	var times []float64
	for range b.size.starts {
		took, err := b.ready(ctx, a, d)
		if err != nil {
			return err
		}
		times = append(times, took.Seconds()*1000)
	}
	r.facts = facts{"starts": len(times)}
	r.add(
		number("size of the program", megabytes(file.Size()), "MB").atMost(25),
		number("ready to serve /healthz", median(times), "ms").atMost(300),
	)
	return nil
}

// ready starts the daemon and says how long it takes until it is well by its own word.
func (b *bench) ready(ctx context.Context, a *account, d *database) (time.Duration, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return 0, err
	}
	p, err := b.start(ctx, a, d, "run", "--listen="+address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = p.stop(ctx) }()
	client := &http.Client{Timeout: time.Second}
	for {
		if status(ctx, client, "http://"+address+"/healthz") == http.StatusOK {
			return time.Since(p.begun), nil
		}
		if time.Since(p.begun) > 30*time.Second {
			return 0, fmt.Errorf("syncd run does not serve /healthz:\n%s", last(p.output.String()))
		}
		if err := pause(ctx, 2*time.Millisecond); err != nil {
			return 0, err
		}
	}
}

// status asks once; 0 means no answer.
func status(ctx context.Context, client *http.Client, address string) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close() // only the status matters
	return answer.StatusCode
}
