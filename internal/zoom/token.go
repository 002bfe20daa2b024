package zoom

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	// renewBefore is how long before its end a token is replaced; of a token
	// that lives for a shorter time, a fifth of its life.
	renewBefore = 5 * time.Minute
	// renewPause is how long a token serves on after an early renewal failed.
	renewPause = 10 * time.Second
	// tokenTimeout bounds one request for a token.
	tokenTimeout = 10 * time.Second
	// firstAttempts bounds the very first request for a token: some five seconds, and
	// a minute more where nobody answers.
	firstAttempts = 6
	// verdictPause is how long a call whose new token is refused waits to see how
	// others fare with it.
	verdictPause = 500 * time.Millisecond
	// defaultTokenLife is assumed when Zoom does not say how long a token lives.
	defaultTokenLife = time.Hour
)

// tokens holds the one access token of the client and replaces it: early before
// it ends, and once when the API refuses it. However many requests need a new
// token at once, one is asked for.
//
// https://developers.zoom.us/docs/internal-apps/s2s-oauth/
type tokens struct {
	config   clientcredentials.Config
	http     *http.Client
	attempts int
	log      *slog.Logger
	metrics  *metrics
	tracing  tracing
	secrets  []string      // that no error may show
	gate     chan struct{} // held by whoever asks for a token

	proven atomic.Bool // a token has been had

	mu      sync.Mutex
	current *token
}

// token is one access token. It never changes; tokens hands out another one.
type token struct {
	value   string
	renewAt time.Time
	endsAt  time.Time
	scopes  []string
	apiURL  string
	// lastServed is when the last call was sent that the API answered with this
	// token, in nanoseconds since 1970; 0: none yet.
	lastServed *atomic.Int64
}

// served notes a call that the API has answered with this token.
func (t *token) served(sentAt time.Time) { t.lastServed.Store(sentAt.UnixNano()) }

func (t *token) fresh() bool { return t != nil && time.Now().Before(t.renewAt) }
func (t *token) alive() bool { return t != nil && time.Now().Before(t.endsAt) }

func newTokens(cfg Config, client *http.Client, m *metrics) *tokens {
	id, secret := url.QueryEscape(cfg.ClientID), url.QueryEscape(cfg.ClientSecret) // as they are sent
	return &tokens{
		config: clientcredentials.Config{
			ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, TokenURL: cfg.TokenURL,
			// The library lets these replace its own grant type. Zoom wants them in
			// the body: in the query string it has answered 400 since 2024.
			EndpointParams: url.Values{"grant_type": {"account_credentials"}, "account_id": {cfg.AccountID}},
			// Without it the library would, after a refusal, send the secret in the body.
			AuthStyle: oauth2.AuthStyleInHeader,
		},
		http: client, attempts: cfg.Attempts, log: cfg.Log, metrics: m, tracing: newTracing(cfg), gate: make(chan struct{}, 1),
		secrets: []string{cfg.ClientSecret, secret, base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))},
	}
}

// get gives a token that has not come to its end. While one caller renews it
// early, the others go on with the present one, and so do all when that fails.
func (t *tokens) get(ctx context.Context) (*token, error) {
	present := t.load()
	if present.fresh() {
		return present, nil
	}
	select {
	case t.gate <- struct{}{}:
	default:
		if present.alive() {
			return present, nil
		}
		select {
		case t.gate <- struct{}{}:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	defer func() { <-t.gate }()
	present = t.load()
	if present.fresh() {
		return present, nil
	}
	attempts := t.attempts
	if !t.proven.Load() {
		attempts = min(attempts, firstAttempts) // so far the fault may be in the settings
	}
	if present.alive() {
		attempts = 1 // there is time for more later
	}
	minted, err := t.mint(ctx, attempts)
	if err != nil {
		if ctx.Err() != nil || !present.alive() {
			return nil, err
		}
		attrs := []slog.Attr{slog.Time("until", present.endsAt), slog.Any("error", err)}
		if fault := (*Error)(nil); errors.As(err, &fault) {
			attrs = append(attrs, fault.LogAttrs()...)
		}
		t.log.LogAttrs(ctx, slog.LevelWarn, "zoom access token not renewed early, the present one serves on", attrs...)
		again := *present
		again.renewAt = time.Now().Add(renewPause)
		minted = &again
	}
	t.proven.Store(true)
	t.mu.Lock()
	t.current = minted
	t.mu.Unlock()
	return minted, nil
}

// refuse drops a token that the API has refused, unless it is already replaced.
func (t *tokens) refuse(refused *token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil && t.current.value == refused.value {
		t.current = nil
	}
}

// revoked reports whether a token is bad for all calls, after the API has refused
// it to one call that had asked for a new token before. How others fare with it
// tells: a token that goes on serving them is not to blame, and one that has never
// served anybody comes fresh from the mint, so that yet another would not help.
func (t *tokens) revoked(ctx context.Context, tok *token, sentAt time.Time) bool {
	if sleep(ctx, verdictPause) != nil {
		return false
	}
	last := tok.lastServed.Load()
	return t.load() != tok || last != 0 && last < sentAt.UnixNano()
}

func (t *tokens) load() *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current
}

// mint asks for a token, again after faults that pass.
func (t *tokens) mint(ctx context.Context, attempts int) (minted *token, err error) {
	ctx, span := t.tracing.begin(ctx, tokenEndpoint, http.MethodPost)
	defer func() { span.end(err) }()
	start := time.Now()
	for attempt := 1; ; attempt++ {
		tok, fault := t.mintOnce(ctx)
		span.attempt(fault)
		pause := backoff(attempt)
		switch {
		case fault == nil:
			return tok, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case !fault.retryable() || attempt >= attempts || time.Since(start)+pause > retryTime:
			return nil, fault
		}
		t.metrics.retries.WithLabelValues(tokenEndpoint.name).Inc()
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

func (t *tokens) mintOnce(ctx context.Context) (*token, *Error) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, t.http), tokenTimeout)
	defer cancel()
	reply, err := t.config.Token(ctx)
	t.metrics.seconds.WithLabelValues(tokenEndpoint.name).Observe(time.Since(start).Seconds())
	if err != nil {
		e := tokenError(err)
		e.Endpoint = tokenEndpoint.name
		t.clean(e, nil)
		t.metrics.requests.WithLabelValues(tokenEndpoint.name, statusLabel(e)).Inc()
		t.metrics.refused(e)
		return nil, e
	}
	// Where Zoom gives no time, or one that has passed, the usual one is assumed:
	// should that be wrong, a 401 says so.
	now := time.Now()
	life := defaultTokenLife
	if left := reply.Expiry.Sub(now); left > 0 {
		life = left
	}
	tok := &token{
		lastServed: new(atomic.Int64),
		value:      strings.TrimSpace(reply.AccessToken),
		endsAt:     now.Add(life), renewAt: now.Add(life - min(renewBefore, life/5)),
	}
	if tok.value == "" || strings.ContainsFunc(tok.value, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		t.metrics.requests.WithLabelValues(tokenEndpoint.name, "malformed").Inc()
		return nil, &Error{Op: tokenEndpoint.op, Endpoint: tokenEndpoint.name, Kind: ErrMalformed, Status: http.StatusOK, Message: "the access token is empty or not one", setting: tokenURLSetting}
	}
	t.metrics.requests.WithLabelValues(tokenEndpoint.name, "200").Inc()
	t.metrics.tokenEnd.Set(seconds(tok.endsAt))
	scopes, _ := reply.Extra("scope").(string)
	tok.scopes = strings.Fields(scopes)
	tok.apiURL, _ = reply.Extra("api_url").(string)
	return tok, nil
}

// tokenError translates what the OAuth library says. Zoom's reason stands only
// in the raw body, which must not be shown as it is.
func tokenError(err error) *Error {
	e := &Error{Op: tokenEndpoint.op}
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		if transport := (*url.Error)(nil); errors.As(err, &transport) {
			return transportError(tokenEndpoint.op, err)
		}
		// A 2xx without a token in it: usually some other server's page.
		e.Kind, e.Status, e.setting = ErrMalformed, http.StatusOK, tokenURLSetting
		e.Message = "the answer holds no access token; is ZOOM_TOKEN_URL the token endpoint?"
		return e
	}
	e.Status = refused.Response.StatusCode
	e.TrackingID = trackingID(refused.Response.Header)
	var body struct{ Reason, Message, Error string }
	_ = json.Unmarshal(refused.Body, &body) // whatever of it is text
	e.Message = cmp.Or(body.Reason, body.Message, body.Error)
	_, isObject := readObject(refused.Body)
	switch {
	case e.Status >= 500, e.Status == http.StatusTooManyRequests:
		e.Kind = ErrUnavailable // no budget is published for it: back off and ask again
	case e.Status >= 300 && e.Status < 400:
		e.Kind, e.Message = ErrWrongURL, redirection(refused.Response.Header)
	case e.Status == http.StatusNotFound, !isObject:
		e.Kind, e.Message = ErrWrongURL, contentType(refused.Response.Header)
	default:
		e.Kind = ErrCredentials
	}
	return e
}
