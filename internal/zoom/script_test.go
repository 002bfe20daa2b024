package zoom

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testAccount = "account-id"
	testSecret  = "s3cr3t-of-the-client"
)

// reply is what a script answers to one request.
type reply struct {
	status int // 0 means 200
	body   string
	header map[string]string
	after  time.Duration // how long the answer takes
	err    error         // instead of an answer
}

// script is a Zoom in memory: it hands out the tokens token-1, token-2 and so on,
// and answers every other request by its function. It needs no socket and no
// goroutine, so minutes pass in no time inside of a synctest bubble.
type script struct {
	answer func(r *http.Request, n int) reply // n counts from 1
	token  func(n int) reply                  // nil: a token for an hour

	mu       sync.Mutex
	tokens   int
	requests []recorded
}

type recorded struct {
	at           time.Time
	method, uri  string
	token, body  string
	header       http.Header
	tokenRequest bool
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	rec := recorded{
		at: time.Now(), method: r.Method, uri: r.URL.RequestURI(), body: string(body), header: r.Header.Clone(),
		token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), tokenRequest: r.URL.Path == "/oauth/token",
	}
	s.mu.Lock()
	var rep reply
	if rec.tokenRequest {
		s.tokens++
		n := s.tokens
		s.mu.Unlock()
		if rep = tokenReply(n, 3600); s.token != nil {
			rep = s.token(n)
		}
	} else {
		s.requests = append(s.requests, rec)
		n := len(s.requests)
		s.mu.Unlock()
		rep = s.answer(r, n)
	}
	if err := sleep(r.Context(), rep.after); err != nil {
		return nil, err
	}
	if rep.err != nil {
		return nil, rep.err
	}
	header := http.Header{"Content-Type": {"application/json;charset=UTF-8"}}
	for name, value := range rep.header {
		header.Set(name, value)
	}
	return &http.Response{
		StatusCode: cmp.Or(rep.status, http.StatusOK), Header: header, Request: r,
		Body: io.NopCloser(strings.NewReader(rep.body)), ContentLength: int64(len(rep.body)),
	}, nil
}

// sent gives the requests to the API so far.
func (s *script) sent() []recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]recorded(nil), s.requests...)
}

func (s *script) tokensIssued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

func tokenReply(n, life int) reply {
	return reply{body: `{"access_token":"token-` + strconv.Itoa(n) + `","token_type":"bearer","expires_in":` + strconv.Itoa(life) +
		`,"scope":"phone:read:user:admin phone:read:list_users:admin","api_url":"https://api-eu.zoom.us"}`}
}

func zoomError(status, code int, message string) reply {
	return reply{status: status, body: `{"code":` + strconv.Itoa(code) + `,"message":"` + message + `"}`}
}

// always answers every request alike.
func always(rep reply) func(*http.Request, int) reply {
	return func(*http.Request, int) reply { return rep }
}

// inTurn answers with one reply after the other; the last one stays.
func inTurn(replies ...reply) func(*http.Request, int) reply {
	return func(_ *http.Request, n int) reply { return replies[min(n, len(replies))-1] }
}

const (
	profileBody = `{"id":"u1","extension_number":419}`
	// anyBody passes for each document of every user.
	anyBody = `{"department":"Sales","country":{},"feature":{}}`
)

// newTestClient makes a client of the transport; edit changes its configuration.
func newTestClient(t *testing.T, transport http.RoundTripper, edit ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		AccountID: testAccount, ClientID: "client-id", ClientSecret: testSecret,
		APIURL: "https://zoom.example/base/v2", TokenURL: "https://zoom.example/oauth/token", HTTP: transport,
	}
	for _, change := range edit {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// logTo makes a client log everything into buf.
func logTo(buf *bytes.Buffer) func(*Config) {
	return func(cfg *Config) {
		cfg.Log = slog.New(slog.NewJSONHandler(buf, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
}

var errTest = errors.New("connection reset by peer")

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
