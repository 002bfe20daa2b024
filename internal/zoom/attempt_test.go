package zoom

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// network is a Zoom behind real net/http on both sides, with connections in
// memory, so that it works inside of a synctest bubble.
type network struct {
	answer    func(w http.ResponseWriter, r *http.Request, n int) // n counts the requests of the connection from 1
	handshake time.Duration

	conns chan net.Conn
	done  chan struct{}

	mu       sync.Mutex
	arrivals []time.Time // of requests to the API
	perConn  map[string]int
}

// newNetwork starts one and gives a client of it.
func newNetwork(t *testing.T, n *network, edit ...func(*Config)) *Client {
	t.Helper()
	n.conns, n.done, n.perConn = make(chan net.Conn), make(chan struct{}), map[string]int{}
	server := &http.Server{Handler: n, ReadHeaderTimeout: time.Hour}
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(n) })
	transport := &http.Transport{DialContext: n.dial, MaxIdleConnsPerHost: 100}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		served.Wait()
	})
	return newTestClient(t, transport, append(edit, func(cfg *Config) {
		cfg.APIURL, cfg.TokenURL = "http://zoom.example/base/v2", "http://zoom.example/oauth/token"
	})...)
}

type namedConn struct {
	net.Conn
	name memoryAddr
}

func (c namedConn) RemoteAddr() net.Addr { return c.name }

type memoryAddr string

func (memoryAddr) Network() string  { return "memory" }
func (a memoryAddr) String() string { return string(a) }

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := sleep(ctx, n.handshake); err != nil {
		return nil, err
	}
	client, server := net.Pipe()
	n.mu.Lock()
	name := memoryAddr("conn " + strings.Repeat("i", len(n.perConn)+1))
	n.perConn[string(name)] = 0
	n.mu.Unlock()
	select {
	case n.conns <- namedConn{server, name}:
		return client, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case conn := <-n.conns:
		return conn, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}
func (n *network) Addr() net.Addr { return memoryAddr("listener") }
func (n *network) Close() error   { close(n.done); return nil }

func (n *network) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/oauth/token" {
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, tokenReply(1, 3600).body)
		return
	}
	n.mu.Lock()
	n.arrivals = append(n.arrivals, time.Now())
	n.perConn[r.RemoteAddr]++
	count := n.perConn[r.RemoteAddr]
	n.mu.Unlock()
	n.answer(w, r, count)
}

func (n *network) arrived() []time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]time.Time(nil), n.arrivals...)
}

func answerProfile(w http.ResponseWriter, _ *http.Request, _ int) {
	_, _ = io.WriteString(w, profileBody)
}

// lightBudget gives the pool of the profiles a rate.
func lightBudget(perSecond float64) func(*Config) {
	return func(cfg *Config) {
		cfg.Budget, _ = NewBudget(Business, 1, map[Pool]float64{PhoneLight: perSecond})
	}
}

func TestAttempt_slow_connections_do_not_exceed_the_budget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &network{handshake: 400 * time.Millisecond}
		n.answer = func(w http.ResponseWriter, r *http.Request, _ int) {
			_ = sleep(r.Context(), 250*time.Millisecond)
			_, _ = io.WriteString(w, profileBody)
		}
		c := newNetwork(t, n, lightBudget(32))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for ctx.Err() == nil {
					_, _ = c.PhoneUser(ctx, "u1")
				}
			})
		}
		wg.Wait()
		arrivals := n.arrived()
		if got := busiest(arrivals); got > 32 {
			t.Errorf("%d requests arrived within one second, the pool has 32", got)
		}
		if len(arrivals) < 4*32 || c.Usage().Requests != int64(len(arrivals)) {
			t.Errorf("%d requests arrived in 5 s, usage is %+v", len(arrivals), c.Usage())
		}
	})
}

// net/http sends a GET again by itself when a kept connection turns out dead.
func TestAttempt_resend_of_the_transport_takes_a_slot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &network{answer: func(w http.ResponseWriter, _ *http.Request, n int) {
			if n == 2 {
				panic(http.ErrAbortHandler)
			}
			_, _ = io.WriteString(w, profileBody)
		}}
		c := newNetwork(t, n, lightBudget(0.1))
		for range 2 {
			if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
				t.Fatal(err)
			}
		}
		arrivals := n.arrived()
		if len(arrivals) != 3 || c.Usage().Requests != 3 {
			t.Fatalf("%d requests arrived, usage is %+v", len(arrivals), c.Usage())
		}
		if got := arrivals[2].Sub(arrivals[1]); got < 9*time.Second {
			t.Errorf("sent again after %v, the pool has one request in 10 s", got)
		}
	})
}

func TestAttempt_time_counts_from_the_slot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &network{handshake: 20 * time.Second, answer: func(w http.ResponseWriter, r *http.Request, _ int) {
			_ = sleep(r.Context(), 20*time.Second)
			_, _ = io.WriteString(w, profileBody)
		}}
		registry := prometheus.NewRegistry()
		c := newNetwork(t, n, lightBudget(0.01), func(cfg *Config) { cfg.Registerer = registry })
		var wg sync.WaitGroup
		for range 2 { // the second waits 100 s for its slot
			wg.Go(func() {
				if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, sample := range family.GetMetric() {
				if got := sample.GetHistogram(); family.GetName() == "syncd_zoom_request_duration_seconds" && hasLabels(sample, []string{"phone_user"}) &&
					(got.GetSampleCount() != 2 || got.GetSampleSum() < 39 || got.GetSampleSum() > 41) {
					t.Errorf("%d requests took %v s, want 2 and 40 s", got.GetSampleCount(), got.GetSampleSum())
				}
			}
		}
	})
}

func TestAttempt_connection_that_does_not_come_uses_no_slot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &network{answer: answerProfile}
		c := newNetwork(t, n, func(cfg *Config) { cfg.Attempts = 1 })
		if _, err := c.Authorize(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.handshake = time.Minute
		start := time.Now()
		_, err := c.PhoneUser(t.Context(), "u1")
		if took := time.Since(start); !errors.Is(err, ErrUnreachable) || isContextError(err) || took != requestTimeout {
			t.Errorf("error is %v after %v", err, took)
		}
		if c.Usage().Requests != 0 || len(n.arrived()) != 0 {
			t.Errorf("usage is %+v, %d requests arrived", c.Usage(), len(n.arrived()))
		}
		_ = sleep(t.Context(), time.Minute) // net/http finishes what it has begun
	})
}

// net/http may write a request though its context ended while it waited, unless
// the connection is closed before net/http goes on.
func TestAttempt_without_a_slot_nothing_is_sent(t *testing.T) {
	t.Parallel()
	cause := errors.New("shutting down")
	tests := map[string]struct {
		stop func(*pool, context.CancelCauseFunc)
		want error
	}{
		"pool parked":   {func(p *pool, _ context.CancelCauseFunc) { p.park(time.Now().Add(time.Hour)) }, ErrDailyLimit},
		"caller leaves": {func(_ *pool, cancel context.CancelCauseFunc) { cancel(cause) }, cause},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := &network{answer: answerProfile}
				c := newNetwork(t, n, lightBudget(0.1))
				if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				var closed atomic.Int64
				ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { // after the client's own
					if _, err := info.Conn.Write(nil); errors.Is(err, io.ErrClosedPipe) {
						closed.Add(1)
					}
				}})
				failed := make(chan error)
				for range 20 {
					go func() { _, err := c.AddSharedAccess(ctx, "u1", VoiceMail, SharedSetting{}); failed <- err }()
				}
				synctest.Wait() // they have their connections
				test.stop(c.pools[PhoneLight], cancel)
				for range 20 {
					if err := <-failed; !errors.Is(err, test.want) {
						t.Errorf("error is %v, want %v", err, test.want)
					}
				}
				synctest.Wait()
				if got := len(n.arrived()); got != 1 || closed.Load() != 20 || c.Usage().Requests != 1 {
					t.Errorf("%d requests arrived, %d connections were closed, usage is %+v", got, closed.Load(), c.Usage())
				}
			})
		})
	}
}

// Over HTTP/2 requests share a connection: one that leaves must not take it along.
func TestAttempt_over_HTTP2(t *testing.T) {
	t.Parallel()
	var arrivals atomic.Int64
	arrived, release := make(chan int, 10), make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/token" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, tokenReply(1, 3600).body)
			return
		}
		arrivals.Add(1)
		arrived <- r.ProtoMajor
		<-release
		_, _ = io.WriteString(w, profileBody)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	c := newTestClient(t, server.Client().Transport, lightBudget(0.001), func(cfg *Config) {
		cfg.APIURL, cfg.TokenURL = server.URL+"/base/v2", server.URL+"/oauth/token"
		cfg.Attempts = 1
	})
	first := make(chan error)
	go func() { _, err := c.PhoneUser(t.Context(), "u1"); first <- err }()
	if got := <-arrived; got != 2 {
		t.Fatalf("the request came by HTTP/%d", got)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	second := make(chan error)
	go func() { _, err := c.PhoneUser(ctx, "u1"); second <- err }()
	for len(c.pools[PhoneLight].gate) == 0 {
		runtime.Gosched() // until it waits for its slot
	}
	cancel(errTest)
	if err := <-second; !errors.Is(err, errTest) {
		t.Errorf("error is %v, want the cause", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Errorf("the other request: %v", err)
	}
	if arrivals.Load() != 1 || c.Usage().Requests != 1 {
		t.Errorf("%d requests arrived, usage is %+v", arrivals.Load(), c.Usage())
	}
}
