package zoom

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one request to the API.
type call struct {
	endpoint endpoint
	method   string
	path     string // escaped, below the API's URL
	query    url.Values
	body     []byte
	// once: sending it twice could do its work twice, so it is sent again only
	// when Zoom has certainly not done it (429, 401).
	once bool
	// check refuses an object that cannot be the answer to this call; it is then
	// treated like one that was cut off.
	check func(answered object) error
}

// send is the one way to the API: token, slot, send, classify, and again where
// that may help. It gives the body of a success: one JSON object, byte for byte
// as Zoom sent it, or nothing at all where a write is answered without a body.
//
// A pause of the pool is sat out before there is a token or a connection: both
// would grow old in it.
func (c *Client) send(ctx context.Context, call call) (body []byte, err error) {
	ctx, span := c.tracing.begin(ctx, call.endpoint, call.method)
	defer func() { span.end(err) }()
	pool := c.pools[call.endpoint.pool]
	attempts, throttles, refusals := 0, 0, 0
	var spent time.Duration // on attempts and the pauses between them
	for {
		begun := time.Now()
		if err := pool.open(ctx); err != nil {
			return nil, err
		}
		span.wait(time.Since(begun))
		tok, err := c.tokens.get(ctx)
		if err != nil {
			return nil, err
		}
		sent := c.sendOnce(ctx, call, tok)
		fault, now := sent.fault, time.Now()
		spent += sent.took
		span.wait(sent.waited)
		span.attempt(fault)
		if fault == nil {
			pool.accepted(sent.at, now)
			tok.served(sent.at)
			return sent.body, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if fault.Status != 0 && fault.Status != http.StatusTooManyRequests {
			pool.accepted(sent.at, now)
		}
		switch {
		case fault.Status == http.StatusTooManyRequests:
			c.throttled(pool, fault, sent.at, now)
			if throttles++; throttles == maxThrottles {
				return nil, fault
			}
		case errors.Is(fault, ErrUnauthorized):
			if refusals++; refusals > 1 && !c.tokens.revoked(ctx, tok, sent.at) || refusals > maxRefusals {
				return nil, fault
			}
			c.tokens.refuse(tok)
		case fault.retryable() && !call.once && attempts+1 < c.attempts:
			attempts++
			pause := max(backoff(attempts), min(fault.Until.Sub(now), maxRetryAfter))
			if spent += pause; spent > retryTime {
				return nil, fault
			}
			c.metrics.retries.WithLabelValues(call.endpoint.name).Inc()
			c.log.LogAttrs(ctx, slog.LevelDebug, "zoom request failed, trying again",
				append(fault.LogAttrs(), slog.Int("attempt", attempts), slog.Any("error", fault))...)
			if err := sleep(ctx, pause); err != nil {
				return nil, err
			}
		default:
			return nil, fault
		}
	}
}

// throttled slows or parks the pool that a 429 speaks of.
func (c *Client) throttled(pool *pool, fault *Error, sentAt, now time.Time) {
	c.throttles.Add(1)
	pool.refusals.Add(1)
	if errors.Is(fault, ErrDailyLimit) {
		c.metrics.throttled.WithLabelValues(string(pool.name), "daily").Inc()
		pool.park(fault.Until)
		return
	}
	c.metrics.throttled.WithLabelValues(string(pool.name), "second").Inc()
	whose := pool.throttled(sentAt, now, fault.Until.Sub(now))
	c.metrics.throttledBy.WithLabelValues(string(pool.name), string(whose)).Inc()
	if whose == neighbour {
		c.neighbours.Add(1)
	}
}

// checkLabel compares the label under which Zoom counted a request with ours.
func (c *Client) checkLabel(ctx context.Context, e endpoint, header http.Header) {
	label := strings.ToLower(header.Get("X-Ratelimit-Category"))
	if label == "" || label == e.label {
		return
	}
	c.metrics.category.WithLabelValues(e.name).Inc()
	if _, known := c.warned.LoadOrStore(e.name, true); !known {
		c.log.WarnContext(ctx, "zoom counts an endpoint under another label than expected; its budget may be wrong",
			slog.String("endpoint", e.name), slog.String("expected", e.label), slog.String("label", redact(label)))
	}
}
