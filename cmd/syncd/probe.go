package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

const (
	// probeTime bounds a probe; the daemon takes half of it at most.
	probeTime = 10 * time.Second
	// probeText is how much of an answer is shown at most, in bytes.
	probeText = 1 << 14
)

// probe asks the daemon of this machine, or of this container, what /healthz or
// /readyz says: for health checks where there is no other program to ask with.
func (a *app) probe(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	path := "/healthz"
	if a.ready {
		path = "/readyz"
	}
	page := "http://" + reachable(a.listen) + path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		fmt.Fprintln(a.stderr, "syncd:", err)
		return exitFailed
	}
	// Nothing stands between the daemon and itself: no proxy.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		fmt.Fprintln(a.stderr, "syncd: the daemon gives no answer:", err)
		return exitFailed
	}
	defer func() { _ = response.Body.Close() }() // it was read
	_, _ = io.Copy(a.stdout, io.LimitReader(response.Body, probeText))
	if response.StatusCode != http.StatusOK {
		fmt.Fprintf(a.stderr, "syncd: %s says %s\n", page, response.Status)
		return exitFailed
	}
	return exitComplete
}

// reachable is the address at which one who listens there can be asked.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen // the configuration has been checked
	}
	if address, err := netip.ParseAddr(host); host == "" || err == nil && address.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
