package porttest

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
)

func TestNobody_refuses(t *testing.T) {
	t.Parallel()
	var dialer net.Dialer
	connection, err := dialer.DialContext(t.Context(), "tcp", Nobody)
	if err == nil {
		_ = connection.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("error is %v, want connection refused", err)
	}
}

func TestFree_is_for_one_alone_and_can_be_listened_on(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 50 {
		address := Free(t)
		if seen[address] {
			t.Fatalf("%s is given twice", address)
		}
		seen[address] = true
		if port := netip.MustParseAddrPort(address).Port(); port < first || port > last {
			t.Errorf("%s may be given to others by the kernel", address)
		}
		var listening net.ListenConfig
		listener, err := listening.Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
	}
}
