// Package porttest gives tests addresses of this machine: one at which nobody answers, and ones that a program under test
// may listen on.
//
// It owns the rule that no other test gets hold of them. The kernel gives whoever asks for any port one of a range of its
// own, so that a port that was listened on and closed may belong to another test's server the moment after; nothing here is
// of that range. It never listens for longer than it takes to see that a port is free.
package porttest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// Nobody is an address that refuses connections: its port (tcpmux) is served nowhere, and an ordinary user cannot take it.
const Nobody = "127.0.0.1:1"

// The kernel's own ports begin at 32768 on Linux and later elsewhere.
const (
	first = 10000
	last  = 32767
)

// given are ports, each given once in a process: what one test has not begun to listen on yet looks free to the next.
var given sync.Map //nolint:gochecknoglobals // tests of one process have nothing else in common

// Free gives an address on which nobody listens, and that this process gives to nobody else.
func Free(tb testing.TB) string {
	tb.Helper()
	address, err := Find(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return address.String()
}

// Find is Free where there is no test.
func Find(ctx context.Context) (netip.AddrPort, error) {
	var err error
	for range 100 {
		port := uint16(first + rand.IntN(last-first+1)) //nolint:gosec // below 32768
		if _, taken := given.LoadOrStore(port, true); taken {
			continue
		}
		address := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
		var listening net.ListenConfig
		var listener net.Listener
		if listener, err = listening.Listen(ctx, "tcp", address.String()); err == nil {
			_ = listener.Close()
			return address, nil
		}
	}
	return netip.AddrPort{}, fmt.Errorf("no port between %d and %d is free: %w", first, last, err)
}
