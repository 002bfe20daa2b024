package zoom

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// maxBody bounds an answer. The largest real one, a page of 100 users with 150
// calling plans each, stays below 8 MiB.
const maxBody = 32 << 20

// exchange sends the request of a call and decides whether what comes back
// answers it.
func (c *Client) exchange(ctx context.Context, call call, tok *token) ([]byte, *Error) {
	op := call.endpoint.op
	req, err := c.request(ctx, call, tok)
	if err != nil {
		return nil, &Error{Op: op, Kind: ErrRejected, Message: "the request cannot be built"}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, transportError(op, cmp.Or(context.Cause(ctx), err))
	}
	defer resp.Body.Close()
	c.checkLabel(ctx, call.endpoint, resp.Header)
	body, err := readBody(resp)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		fault := classify(op, resp.StatusCode, resp.Header, body, time.Now())
		if call.endpoint.ofUser {
			fault.doubt()
		}
		return nil, fault
	}
	malformed := &Error{Op: op, Kind: ErrMalformed, Status: resp.StatusCode, TrackingID: trackingID(resp.Header)}
	if mediaType(resp.Header) == "text/html" {
		malformed.setting = apiURLSetting
	}
	answered, isObject := readObject(body)
	switch {
	case err != nil:
		malformed.Message, malformed.Err = "the body was cut off", transportCause(cmp.Or(context.Cause(ctx), err))
		return nil, malformed
	case len(body) > maxBody:
		malformed.Message = fmt.Sprintf("the body is larger than %d MiB", maxBody>>20)
		return nil, malformed
	case req.Method != http.MethodGet && len(bytes.TrimSpace(body)) == 0:
		return nil, nil
	case !isObject:
		malformed.Message = contentType(resp.Header)
		return nil, malformed
	}
	if fault := hiddenError(call.endpoint, resp.Header, answered); fault != nil {
		return nil, fault
	}
	if call.check != nil {
		if err := call.check(answered); err != nil {
			malformed.Message = err.Error()
			return nil, malformed
		}
	}
	return body, nil
}

// readBody reads the body of an answer, and at most one byte more than it may have.
func readBody(resp *http.Response) ([]byte, error) {
	var body bytes.Buffer
	// Room for all of it and the end of the file, if the answer says how much it is.
	if announced := resp.ContentLength; announced > 0 && announced <= maxBody {
		body.Grow(int(announced) + bytes.MinRead)
	}
	_, err := body.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	return body.Bytes(), err
}

// hiddenError finds a failure inside of a 200: an object with the message and
// the code of an error, and with none of the members that the endpoint's answers
// are known by, whatever else it has. Code 0 is none.
func hiddenError(e endpoint, header http.Header, answered object) *Error {
	for _, name := range e.members {
		if name != "status" && answered.has(name) { // errors have a status too
			return nil
		}
	}
	parsed := parseError(answered.body)
	message := cmp.Or(parsed.Message, parsed.ErrorMessage)
	if message == "" || !parsed.hasCode() {
		return nil
	}
	code, _ := strconv.Atoi(cmp.Or(bare(parsed.Code), bare(parsed.ErrorCode)))
	return &Error{
		Op: e.op, Kind: ErrUnavailable, Status: http.StatusOK, Code: code,
		Message: message, TrackingID: trackingID(header),
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
