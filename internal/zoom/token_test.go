package zoom

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// roundTrip makes a transport of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTokens_request_is_what_zoom_wants(t *testing.T) {
	t.Parallel()
	zoom := &script{answer: always(reply{body: profileBody})}
	var header http.Header
	var uri, body string
	c := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/oauth/token" {
			text, _ := io.ReadAll(r.Body)
			header, uri, body = r.Header, r.URL.RequestURI(), string(text)
		}
		return zoom.RoundTrip(r)
	}), func(cfg *Config) { cfg.AccountID = "a&b=c" })
	grant, err := c.Authorize(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Grant{Scopes: []string{"phone:read:user:admin", "phone:read:list_users:admin"}, APIURL: "https://api-eu.zoom.us"}
	if diff := cmp.Diff(want, grant); diff != "" {
		t.Error(diff)
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("client-id:"+testSecret))
	if header.Get("Authorization") != basic || header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("header is %v", header)
	}
	if uri != "/oauth/token" || body != "account_id=a%26b%3Dc&grant_type=account_credentials" {
		t.Errorf("request is %s with body %s", uri, body)
	}
}

func TestTokens_one_serves_all_calls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{
			answer: always(reply{body: profileBody}),
			token:  func(n int) reply { rep := tokenReply(n, 3600); rep.after = time.Second; return rep },
		}
		c := newTestClient(t, zoom)
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := zoom.tokensIssued(); got != 1 {
			t.Errorf("%d tokens were asked for", got)
		}
	})
}

func TestTokens_renewed_before_its_end(t *testing.T) {
	t.Parallel()
	tests := []struct {
		life    int
		renewal time.Duration
	}{
		{3600, 55 * time.Minute},
		{60, 48 * time.Second},
		{0, 55 * time.Minute},  // Zoom does not say: an hour is assumed
		{-5, 55 * time.Minute}, // nor when it says nonsense
		{1 << 40, 0},           // a life of centuries needs no renewal
		{1, 800 * time.Millisecond},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			zoom := &script{answer: always(reply{body: profileBody}), token: func(n int) reply { return tokenReply(n, test.life) }}
			tokens := newTestClient(t, zoom).tokens
			get := func(want int) {
				t.Helper()
				if _, err := tokens.get(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := zoom.tokensIssued(); got != want {
					t.Errorf("life %d: %d tokens were asked for, want %d", test.life, got, want)
				}
			}
			get(1)
			if test.renewal == 0 {
				_ = sleep(t.Context(), 24*time.Hour)
				get(1)
				return
			}
			_ = sleep(t.Context(), test.renewal-time.Millisecond)
			get(1)
			_ = sleep(t.Context(), 2*time.Millisecond)
			get(2)
		})
	}
}

func TestTokens_failing_early_renewal_keeps_the_old_one(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := true
		zoom := &script{answer: always(reply{body: profileBody}), token: func(n int) reply {
			if n > 1 && down {
				return reply{status: 502, body: "<html>"}
			}
			return tokenReply(n, 3600)
		}}
		var log bytes.Buffer
		c := newTestClient(t, zoom, logTo(&log))
		call := func() error { _, err := c.PhoneUser(t.Context(), "u1"); return err }
		if err := call(); err != nil {
			t.Fatal(err)
		}
		_ = sleep(t.Context(), 56*time.Minute)
		for range 100 {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		}
		if got := zoom.tokensIssued(); got != 2 {
			t.Errorf("%d tokens were asked for: one failure must be enough for some time", got-1)
		}
		if !strings.Contains(log.String(), "not renewed early") {
			t.Errorf("nobody hears of it: %s", &log)
		}
		_ = sleep(t.Context(), 5*time.Minute) // now it is at its end
		if err := call(); !errors.Is(err, ErrUnavailable) {
			t.Errorf("error is %v", err)
		}
		down = false
		if err := call(); err != nil {
			t.Error(err)
		}
		for _, r := range zoom.sent()[:101] {
			if r.token != "token-1" {
				t.Errorf("sent with %s", r.token)
			}
		}
	})
}

func TestTokens_slow_early_renewal_holds_nobody_up(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: always(reply{body: profileBody}), token: func(n int) reply {
			rep := tokenReply(n, 3600)
			if n == 2 {
				rep.after = 8 * time.Second
			}
			return rep
		}}
		tokens := newTestClient(t, zoom).tokens
		if _, err := tokens.get(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = sleep(t.Context(), 56*time.Minute)
		renewed := make(chan string)
		go func() {
			tok, _ := tokens.get(t.Context())
			renewed <- tok.value
		}()
		synctest.Wait()
		start := time.Now()
		if tok, err := tokens.get(t.Context()); err != nil || tok.value != "token-1" || time.Since(start) != 0 {
			t.Errorf("got %v, %v after %v", tok, err, time.Since(start))
		}
		if got := <-renewed; got != "token-2" {
			t.Errorf("renewed to %s", got)
		}
	})
}

func TestTokens_revoked_token_is_replaced_once_for_all(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{}
		zoom.answer = func(r *http.Request, _ int) reply {
			rep := reply{body: profileBody, after: 500 * time.Millisecond}
			if r.Header.Get("Authorization") == "Bearer token-1" {
				rep.status, rep.body = 401, `{"code":124,"message":"Access token is expired."}`
			}
			return rep
		}
		c := newTestClient(t, zoom)
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := zoom.tokensIssued(); got != 2 {
			t.Errorf("%d tokens were asked for, want 2", got)
		}
		if got := len(zoom.sent()); got > 2*64 {
			t.Errorf("%d requests for 64 calls", got)
		}
	})
}

func TestTokens_poison_401_ends_after_one_renewal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: func(r *http.Request, _ int) reply {
			if strings.Contains(r.URL.Path, "poison") {
				return zoomError(401, 124, "Invalid access token.")
			}
			return reply{body: `{"id":"u1"}`}
		}}
		c := newTestClient(t, zoom)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 8 { // others, to whom every token is good
			wg.Go(func() {
				for ctx.Err() == nil {
					_, _ = c.PhoneUser(ctx, "u1")
				}
			})
		}
		_, err := c.PhoneUser(t.Context(), "poison")
		cancel()
		wg.Wait()
		if !errors.Is(err, ErrUnauthorized) {
			t.Errorf("error is %v", err)
		}
		if got := zoom.tokensIssued(); got != 2 {
			t.Errorf("%d tokens were asked for, want 2", got)
		}
		asked := 0
		for _, r := range zoom.sent() {
			if strings.Contains(r.uri, "poison") {
				asked++
			}
		}
		if asked != 2 {
			t.Errorf("the call was sent %d times, want 2", asked)
		}
	})
}

func TestTokens_token_that_has_served_and_is_revoked_is_replaced_again(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		revoked := zoomError(http.StatusUnauthorized, 124, "Invalid access token.")
		s := &script{answer: func(r *http.Request, n int) reply {
			switch token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); {
			case token == "token-1":
				return revoked
			case strings.HasSuffix(r.URL.Path, "/other"):
				return reply{body: `{"id":"other"}`} // token-2 serves another call
			case token == "token-2" && n < 4:
				return reply{status: http.StatusInternalServerError}
			case token == "token-2":
				return revoked
			default:
				return reply{body: `{"id":"user"}`}
			}
		}}
		c := newTestClient(t, s)
		first := make(chan error)
		go func() {
			_, err := c.PhoneUser(t.Context(), "user")
			first <- err
		}()
		synctest.Wait() // it has met its first 401 and a 500, and waits to try again
		if _, err := c.PhoneUser(t.Context(), "other"); err != nil {
			t.Errorf("other call: %v", err)
		}
		if err := <-first; err != nil {
			t.Errorf("call that met two revocations: %v", err)
		}
		if got := s.tokensIssued(); got != 3 {
			t.Errorf("%d tokens were asked for, want 3", got)
		}
	})
}

func TestTokens_faults(t *testing.T) {
	t.Parallel()
	html := map[string]string{"Content-Type": "text/html"}
	tests := map[string]struct {
		reply reply
		kind  error
		tries int
		text  string
	}{
		"wrong secret":        {reply{status: 400, body: `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`}, ErrCredentials, 1, "Invalid client_id or client_secret"},
		"wrong secret as 401": {reply{status: 401, body: `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`}, ErrCredentials, 1, "http 401"},
		"disabled app":        {reply{status: 400, body: `{"reason":"The app has been disabled by the developer","error":"invalid_client"}`}, ErrCredentials, 1, "disabled by the developer"},
		"no such grant":       {reply{status: 400, body: `{"reason":"unsupported grant type","error":"unsupported_grant_type"}`}, ErrCredentials, 1, "unsupported grant type"},
		"reason of odd type":  {reply{status: 400, body: `{"reason":17,"error":"invalid_client"}`}, ErrCredentials, 1, "invalid_client"},
		"html page":           {reply{status: 400, body: "<html>", header: html}, ErrWrongURL, 1, "text/html"},
		"not found":           {reply{status: 404, body: `{"message":"no"}`}, ErrWrongURL, 1, "http 404"},
		"redirect":            {reply{status: 302, header: map[string]string{"Location": "https://login.example/?secret=1"}}, ErrWrongURL, 1, "redirects to login.example"},
		"empty token":         {reply{body: `{"access_token":"","token_type":"bearer"}`}, ErrMalformed, 3, "no access token"},
		"blank token":         {reply{body: `{"access_token":"  ","token_type":"bearer"}`}, ErrMalformed, 3, "empty or not one"},
		"token with newline":  {reply{body: `{"access_token":"a\nb","token_type":"bearer"}`}, ErrMalformed, 3, "empty or not one"},
		"refusal with 200":    {reply{body: `{"error":"invalid_client","reason":"Invalid client_id or client_secret"}`}, ErrCredentials, 1, "Invalid client_id or client_secret"},
		"html with 200":       {reply{body: "<html>please log in</html>", header: html}, ErrMalformed, 3, "ZOOM_TOKEN_URL"},
		"json array with 200": {reply{body: `[]`}, ErrMalformed, 3, "ZOOM_TOKEN_URL"},
		"gateway page":        {reply{status: 503, body: "<html>", header: html}, ErrUnavailable, 3, "http 503"},
		"throttled":           {reply{status: 429, body: `{"reason":"slow down"}`}, ErrUnavailable, 3, "slow down"},
		"no network":          {reply{err: errors.New("dial tcp 10.1.2.3:443: connection refused")}, ErrUnreachable, 3, "10.1.2.3:443: connection refused"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				zoom := &script{answer: always(reply{body: profileBody}), token: func(int) reply { return test.reply }}
				c := newTestClient(t, zoom, func(cfg *Config) { cfg.Attempts = 3 })
				_, err := c.PhoneUser(t.Context(), "u1")
				var fault *Error
				if !errors.As(err, &fault) || !errors.Is(err, test.kind) || fault.Op != "access token" {
					t.Fatalf("error is %v, want %v", err, test.kind)
				}
				if !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "html>") || strings.Contains(err.Error(), "secret=") {
					t.Errorf("error is %q, want it to hold %q", err, test.text)
				}
				if repair := fault.Repair(); errors.Is(err, ErrMalformed) != strings.Contains(repair, "check ZOOM_TOKEN_URL") {
					t.Errorf("repair is %q", repair)
				}
				if got := zoom.tokensIssued(); got != test.tries {
					t.Errorf("asked %d times, want %d", got, test.tries)
				}
				if len(zoom.sent()) != 0 {
					t.Error("a request was sent without a token")
				}
			})
		})
	}
}

func TestTokens_passing_faults_are_got_over(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: always(reply{body: profileBody}), token: func(n int) reply {
			return []reply{{status: 500}, {body: "<html>"}, {body: `{"access_token":""}`}, {err: io.ErrUnexpectedEOF}, tokenReply(n, 3600)}[n-1]
		}}
		if _, err := newTestClient(t, zoom).PhoneUser(t.Context(), "u1"); err != nil {
			t.Error(err)
		}
	})
}

func TestTokens_wait_ends_with_its_context(t *testing.T) {
	t.Parallel()
	cause := errors.New("shutting down")
	tests := map[string]reply{
		"while a token is on its way": {after: 30 * time.Second},
		"between two attempts":        {status: 500},
	}
	for name, rep := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				zoom := &script{token: func(int) reply { return rep }}
				c := newTestClient(t, zoom)
				ctx, cancel := context.WithCancelCause(t.Context())
				done := make(chan error)
				for range 3 { // one asks, two wait for it
					go func() { _, err := c.Authorize(ctx); done <- err }()
				}
				synctest.Wait()
				cancel(cause)
				for range 3 {
					if err := <-done; !errors.Is(err, cause) {
						t.Errorf("error is %v, want the cause", err)
					}
				}
			})
		})
	}
}

func TestTokens_a_caller_who_leaves_does_not_fail_the_others(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{token: func(n int) reply { rep := tokenReply(n, 3600); rep.after = time.Second; return rep }}
		c := newTestClient(t, zoom)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Authorize(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := c.Authorize(t.Context()); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
	})
}

func FuzzToken(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"t","expires_in":3599,"scope":"a b","api_url":"https://api.zoom.us"}`, `{"access_token":" "}`, `{"access_token":1}`,
		`{"access_token":"t","expires_in":"3600"}`, `{"access_token":"t","expires_in":-1,"scope":["a"]}`, `{"reason":"x","error":1}`, `<html>`, ``, `null`, `[]`,
	} {
		f.Add(200, body)
		f.Add(400, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 100 || status > 999 {
			return
		}
		zoom := &script{token: func(int) reply { return reply{status: status, body: body} }}
		tokens := newTestClient(t, zoom, func(cfg *Config) { cfg.Attempts = 1 }).tokens
		tok, err := tokens.get(t.Context())
		switch {
		case err == nil && (tok.value == "" || strings.ContainsAny(tok.value, " \r\n") || !tok.renewAt.Before(tok.endsAt) || !tok.fresh()):
			t.Errorf("token %+v of %q", tok, body)
		case err != nil:
			checkError(t, err)
		}
	})
}
