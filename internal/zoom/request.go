package zoom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	requestTimeout = time.Minute
	// maxBody bounds an answer. The largest real one, a page of 100 users with
	// 150 calling plans each, stays below 8 MiB.
	maxBody = 32 << 20
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
	// check refuses a body that cannot be the answer to this call; it is then
	// treated like one that was cut off.
	check func(body []byte) error
}

// send is the one way to the API: token, budget, send, classify, and again where
// that may help. It gives the body of a success: one JSON object, byte for byte
// as Zoom sent it, or nothing at all where a write is answered without a body.
//
// The token comes before the budget: a slot is for now, and whoever waited for a
// token after taking one would send in somebody else's second. In the queue it may
// have been replaced, so the present one is sent.
func (c *Client) send(ctx context.Context, call call) ([]byte, error) {
	pool := c.pools[call.endpoint.pool]
	attempts, throttles, refusals := 0, 0, 0
	for {
		if _, err := c.tokens.get(ctx); err != nil {
			return nil, err
		}
		if err := pool.wait(ctx); err != nil {
			return nil, err
		}
		tok := c.tokens.load()
		if tok == nil {
			continue // refused meanwhile
		}
		sentAt := time.Now()
		body, fault := c.sendOnce(ctx, call, tok)
		now := time.Now()
		if fault == nil || fault.Status != 0 && fault.Status != http.StatusTooManyRequests {
			pool.accepted(sentAt, now)
		}
		switch {
		case fault == nil:
			tok.served(sentAt)
			return body, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case fault.Status == http.StatusTooManyRequests:
			c.throttled(pool, fault, sentAt, now)
			if throttles++; throttles == maxThrottles {
				return nil, fault
			}
		case errors.Is(fault, ErrUnauthorized):
			if refusals++; refusals > 1 && !c.tokens.revoked(ctx, tok, sentAt) || refusals > maxRefusals {
				return nil, fault
			}
			c.tokens.refuse(tok)
		case fault.retryable() && !call.once && attempts+1 < c.attempts:
			attempts++
			c.log.DebugContext(ctx, "zoom request failed, trying again",
				slog.String("endpoint", call.endpoint.name), slog.Int("attempt", attempts), slog.Any("error", fault))
			if err := sleep(ctx, max(backoff(attempts), min(fault.Until.Sub(now), maxRetryAfter))); err != nil {
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
	if errors.Is(fault, ErrDailyLimit) {
		c.metrics.throttled.WithLabelValues(string(pool.name), "daily").Inc()
		pool.park(fault.Until)
		return
	}
	c.metrics.throttled.WithLabelValues(string(pool.name), "second").Inc()
	pool.throttled(sentAt, now, fault.Until.Sub(now))
}

// sendOnce sends a request and reads the whole answer.
func (c *Client) sendOnce(ctx context.Context, call call, tok *token) ([]byte, *Error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	address := c.apiURL + call.path
	if len(call.query) > 0 {
		address += "?" + call.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, call.method, address, bytes.NewReader(call.body))
	if err != nil {
		return nil, &Error{Op: call.endpoint.op, Kind: ErrRejected, Message: "the request cannot be built"}
	}
	req.Header.Set("Authorization", "Bearer "+tok.value)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if call.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	start := time.Now()
	c.requests.Add(1)
	body, fault := c.exchange(req, call)
	c.metrics.seconds.WithLabelValues(call.endpoint.name).Observe(time.Since(start).Seconds())
	c.metrics.requests.WithLabelValues(call.endpoint.name, statusLabel(fault)).Inc()
	return body, fault
}

// exchange sends req and decides whether what comes back answers the call.
func (c *Client) exchange(req *http.Request, call call) ([]byte, *Error) {
	op := call.endpoint.op
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, transportError(op, err)
	}
	defer resp.Body.Close()
	c.checkLabel(req.Context(), call.endpoint, resp.Header)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, classify(op, resp.StatusCode, resp.Header, body, time.Now())
	}
	malformed := &Error{Op: op, Kind: ErrMalformed, Status: resp.StatusCode, TrackingID: trackingID(resp.Header)}
	switch {
	case err != nil:
		malformed.Message, malformed.Err = "the body was cut off", transportCause(err)
		return nil, malformed
	case len(body) > maxBody:
		malformed.Message = fmt.Sprintf("the body is larger than %d MiB", maxBody>>20)
		return nil, malformed
	case req.Method != http.MethodGet && len(bytes.TrimSpace(body)) == 0:
		return nil, nil
	case !isObject(body):
		malformed.Message = contentType(resp.Header)
		return nil, malformed
	}
	if fault := hiddenError(op, resp.Header, body); fault != nil {
		return nil, fault
	}
	if call.check != nil {
		if err := call.check(body); err != nil {
			malformed.Message = err.Error()
			return nil, malformed
		}
	}
	return body, nil
}

// isObject reports whether body is one well-formed JSON object. Repeated names
// and broken UTF-8 inside strings are the reader's business.
func isObject(body []byte) bool {
	value := jsontext.Value(body)
	return value.Kind() == '{' && value.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// hiddenError finds a failure inside of a 200: an object of Zoom's error shape
// and nothing else. Code 0 is no error.
func hiddenError(op string, header http.Header, body []byte) *Error {
	const longest = 2 << 10
	if len(body) > longest || !bytes.Contains(body, []byte(`"message"`)) {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	for name := range members {
		if name != "code" && name != "message" && name != "errors" {
			return nil
		}
	}
	parsed := parseError(body)
	if parsed.code() == 0 {
		return nil
	}
	return &Error{
		Op: op, Kind: ErrUnavailable, Status: http.StatusOK, Code: parsed.code(),
		Message: redact(parsed.Message), TrackingID: trackingID(header),
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

// transportError describes a request that got no answer, without its URL.
func transportError(op string, err error) *Error {
	return &Error{Op: op, Kind: ErrUnreachable, Err: transportCause(err)}
}

// transportCause takes the URL off a transport's error. Of a timeout it keeps
// the text alone: the deadline that passed was the request's, and a caller who
// finds context.DeadlineExceeded in an error takes it for its own.
func transportCause(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errors.New("timeout: " + err.Error())
	}
	return err
}

// statusLabel is the bounded status of a request for the metrics.
func statusLabel(e *Error) string {
	switch {
	case e == nil:
		return "200"
	case errors.Is(e, ErrMalformed):
		return "malformed"
	case e.Status == 0:
		return "unreachable"
	default:
		return strconv.Itoa(e.Status)
	}
}
