package zoomtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// reply is an answer before it takes the way of a connection or of memory.
type reply struct {
	status int
	header http.Header
	body   []byte
	cut    bool          // the connection breaks in the middle of the body
	reset  bool          // it breaks before the header
	pause  time.Duration // in the middle of the body
}

func jsonReply(status int, body []byte) reply {
	return reply{status: status, header: http.Header{"Content-Type": {"application/json;charset=UTF-8"}}, body: body}
}

// failure is Zoom's error shape.
func failure(status, code int, message string) reply {
	body, _ := json.Marshal(struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{code, message})
	return jsonReply(status, body)
}

func userMissing(id string) reply {
	return failure(http.StatusNotFound, 1001, "User does not exist: "+id+".")
}

func unknownEndpoint() reply {
	return failure(http.StatusNotFound, 2300, "This API endpoint is not recognized.")
}

func invalid(message string) reply { return failure(http.StatusBadRequest, 300, message) }

// page is what the proxy in front of Zoom says when nobody behind it answers.
func page(status int) reply {
	body := fmt.Sprintf("<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1></center>\r\n"+
		"<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n", status, http.StatusText(status), status, http.StatusText(status))
	return reply{status: status, header: http.Header{"Content-Type": {"text/html"}}, body: []byte(body)}
}

// ServeHTTP answers over a connection. Faults of the connection end in http.ErrAbortHandler, as net/http wants it.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	there, back := a.delay()
	if !wait(r.Context(), there) {
		panic(http.ErrAbortHandler)
	}
	rep := a.answer(r)
	if !wait(r.Context(), back) || rep.reset {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), rep.header)
	if rep.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(rep.body)))
	}
	w.WriteHeader(rep.status)
	half := len(rep.body) / 2
	_, _ = w.Write(rep.body[:half])
	if rep.cut || rep.pause > 0 {
		_ = http.NewResponseController(w).Flush()
	}
	if rep.cut || !wait(r.Context(), rep.pause) {
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(rep.body[half:])
}

// RoundTrip answers in memory: no socket, no goroutine, and no clock but the one of package time, so that it works
// inside a testing/synctest bubble.
func (a *Account) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	there, back := a.delay()
	if !wait(ctx, there) {
		return nil, ctx.Err()
	}
	rep := a.answer(r)
	if !wait(ctx, back) {
		return nil, ctx.Err()
	}
	if rep.reset {
		return nil, fmt.Errorf("read response: %w", syscall.ECONNRESET)
	}
	return &http.Response{
		Status: strconv.Itoa(rep.status) + " " + http.StatusText(rep.status), StatusCode: rep.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rep.header, Body: newBody(ctx, rep), ContentLength: int64(len(rep.body)), Request: r,
	}, nil
}

// body plays the second half of a reply as its faults say.
type body struct {
	io.Reader
	ctx   context.Context //nolint:containedctx // a body lives as long as its request
	rest  io.Reader
	cut   bool
	pause time.Duration
}

func newBody(ctx context.Context, rep reply) io.ReadCloser {
	half := len(rep.body)
	if rep.cut || rep.pause > 0 {
		half /= 2
	}
	return &body{ctx: ctx, Reader: bytes.NewReader(rep.body[:half]), rest: bytes.NewReader(rep.body[half:]), cut: rep.cut, pause: rep.pause}
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if n > 0 || err == nil {
		return n, err
	}
	switch {
	case b.cut:
		return 0, io.ErrUnexpectedEOF
	case !wait(b.ctx, b.pause):
		return 0, b.ctx.Err()
	}
	b.pause = 0
	return b.rest.Read(p)
}

func (b *body) Close() error { return nil }

// wait lets d pass; it is false when the request ended before.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// delay draws the latency of one reply: of the request's way to the account, which counts it when it arrives, and of the
// answer's way back. Most of the jitter is on the way there. With a jitter of 120 ms, requests that leave evenly at 37.5
// a second then arrive such that a strict second of 40 refuses 0.8 % of them.
func (a *Account) delay() (there, back time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	there = a.opts.Latency / 2
	back = a.opts.Latency - there
	if a.opts.Jitter > 0 {
		jitter := time.Duration(a.dice.Int64N(int64(a.opts.Jitter) + 1))
		there += jitter * 7 / 8
		back += jitter / 8
	}
	return there, back
}
