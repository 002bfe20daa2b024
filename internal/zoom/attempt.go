package zoom

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"
)

// requestTimeout bounds the way to a connection, and anew, from the slot on, the
// way to the end of the answer.
const requestTimeout = 30 * time.Second

var errTimeout = errors.New("timeout: no complete answer within " + requestTimeout.String())

// attempt is what came of sending a request once.
type attempt struct {
	body  []byte
	fault *Error        // nil: a success
	at    time.Time     // when it took its slot; zero: it was not sent
	took  time.Duration // without the wait for the pool

	waited time.Duration // for the pool
}

// sendOnce sends a request and reads the whole answer.
//
// A slot is for now: one taken before there is a connection would be used when
// the handshake is done, in somebody else's second. So net/http calls for the slot
// when it has a connection, just before it writes; it does so too when it sends
// again by itself, because a kept connection was dead. Other transports need not
// call, so before them the slot is taken first.
func (c *Client) sendOnce(ctx context.Context, call call, tok *token) attempt {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(requestTimeout, func() { cancel(errTimeout) })
	defer timer.Stop()

	var sent attempt
	var noSlot error
	begun := time.Now()
	takeSlot := func() bool {
		timer.Stop()
		start := time.Now()
		noSlot = c.pools[call.endpoint.pool].wait(ctx)
		sent.waited += time.Since(start)
		if noSlot != nil {
			cancel(noSlot)
			return false
		}
		timer.Reset(requestTimeout)
		sent.at = time.Now()
		c.requests.Add(1)
		return true
	}
	_, calls := c.http.Transport.(*http.Transport)
	if calls {
		// It does so in this goroutine, inside of exchange.
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
			if !takeSlot() {
				drop(info.Conn)
			}
		}})
	}
	if calls || takeSlot() {
		sent.body, sent.fault = c.exchange(ctx, call, tok)
	}
	sent.took = time.Since(begun) - sent.waited
	if sent.fault != nil {
		sent.fault.Endpoint = call.endpoint.name
	}
	if noSlot != nil {
		sent.fault = transportError(call.endpoint.op, noSlot)
		_ = errors.As(noSlot, &sent.fault) // the pool's own, if it is one
		return sent
	}
	c.tokens.clean(sent.fault, tok)
	if !sent.at.IsZero() {
		c.metrics.seconds.WithLabelValues(call.endpoint.name).Observe(time.Since(sent.at).Seconds())
	}
	c.metrics.requests.WithLabelValues(call.endpoint.name, statusLabel(sent.fault)).Inc()
	c.metrics.refused(sent.fault)
	return sent
}

// request builds the request of a call.
func (c *Client) request(ctx context.Context, call call, tok *token) (*http.Request, error) {
	address := c.apiURL + call.path
	if len(call.query) > 0 {
		address += "?" + call.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, call.method, address, bytes.NewReader(call.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+tok.value)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if call.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// drop keeps net/http from sending a request that got no slot: over HTTP/1 it may
// write before it asks whether the context has ended. Over HTTP/2 it asks first, and
// other requests share the connection.
func drop(conn net.Conn) {
	secure, ok := conn.(interface{ ConnectionState() tls.ConnectionState })
	if ok && secure.ConnectionState().NegotiatedProtocol == "h2" {
		return
	}
	_ = conn.Close()
}
