package zoom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// Where Zoom answers. Government accounts use zoomgov.com, and regions have
// hosts of their own.
const (
	DefaultAPIURL   = "https://api.zoom.us/v2"
	DefaultTokenURL = "https://zoom.us/oauth/token" //nolint:gosec // an address, no credential
)

// Config holds what a Client needs. Zero values mean the documented default.
type Config struct {
	AccountID, ClientID, ClientSecret string
	APIURL, TokenURL                  string                // default: DefaultAPIURL, DefaultTokenURL
	Budget                            Budget                // default: 0.8 of the business plan
	Share                             float64               // what part of the account's limits the budget is; default 0.8
	Plan                              Plan                  // whose published limits tell whose fault a refusal is; default: business
	HTTP                              http.RoundTripper     // default: a transport of its own
	UserAgent                         string                // default: "syncd"
	Attempts                          int                   // sends of a request that meets passing faults; default 10, within about 2 minutes
	Log                               *slog.Logger          // default: discard
	Registerer                        prometheus.Registerer // default: metrics are kept but not exported
	TracerProvider                    trace.TracerProvider  // default: requests are not traced
}

// Client calls the Zoom API for one account. It is safe for concurrent use.
type Client struct {
	apiURL    string
	http      *http.Client
	userAgent string
	attempts  int
	log       *slog.Logger
	metrics   *metrics
	tracing   tracing
	tokens    *tokens
	budget    Budget
	share     float64
	pools     map[Pool]*pool
	warned    sync.Map // endpoints whose label differs from ours

	requests, throttles, neighbours atomic.Int64
}

// New makes a client. It does not call Zoom.
func New(cfg Config) (*Client, error) {
	var faults []error
	for _, setting := range []struct{ name, value string }{
		{"account id", cfg.AccountID}, {"client id", cfg.ClientID}, {"client secret", cfg.ClientSecret},
	} {
		if setting.value == "" {
			faults = append(faults, fmt.Errorf("zoom %s is empty", setting.name))
		}
		if strings.ContainsFunc(setting.value, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }) {
			faults = append(faults, fmt.Errorf("zoom %s holds white space or a control character", setting.name))
		}
	}
	if cfg.APIURL == "" {
		cfg.APIURL = DefaultAPIURL
	}
	if cfg.TokenURL == "" {
		cfg.TokenURL = DefaultTokenURL
	}
	if err := CheckURL(cfg.APIURL); err != nil {
		faults = append(faults, fmt.Errorf("zoom api url: %w", err))
	}
	if err := CheckURL(cfg.TokenURL); err != nil {
		faults = append(faults, fmt.Errorf("zoom token url: %w", err))
	}
	if cfg.Budget == nil {
		cfg.Budget, _ = NewBudget(Business, defaultShare, nil)
	}
	if cfg.Share <= 0 {
		cfg.Share = defaultShare
	}
	faults = append(faults, cfg.Budget.check())
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if cfg.HTTP == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = 512 // users that a pass may work on at once
		transport.MaxIdleConns = 1024
		cfg.HTTP = transport
	}
	if cfg.Plan.Limits() == nil {
		cfg.Plan = Business
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "syncd"
	}
	if cfg.Attempts <= 0 {
		cfg.Attempts = defaultAttempts
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		apiURL:    strings.TrimRight(cfg.APIURL, "/"),
		http:      &http.Client{Transport: cfg.HTTP, CheckRedirect: noRedirect},
		userAgent: cfg.UserAgent,
		attempts:  cfg.Attempts,
		log:       cfg.Log,
		metrics:   newMetrics(cfg.Registerer),
		tracing:   newTracing(cfg),
		budget:    maps.Clone(cfg.Budget),
		share:     cfg.Share,
		pools:     map[Pool]*pool{},
	}
	c.tokens = newTokens(cfg, c.http, c.metrics)
	published := cfg.Plan.Limits()
	for name, perSecond := range c.budget {
		c.pools[name] = newPool(name, perSecond, perSecond/cfg.Share, c.metrics, c.log)
		c.pools[name].claim.published = published[name]
	}
	return c, nil
}

// noRedirect leaves a redirect as the answer, which is then an error. Zoom's API
// sends none, and following one could carry the token to another host, would
// escape the budget and turns a POST into a GET.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// CheckURL returns an error unless text is an absolute http or https URL without
// credentials, query and fragment. The error names the text, unless it may hold a
// password.
func CheckURL(text string) error {
	shown := strconv.Quote(text)
	if strings.ContainsAny(text, "@?#") {
		shown = "the URL"
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New(shown + " is not a URL: write https://host/path")
	case u.User != nil:
		return errors.New(shown + " must not hold a user or password")
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return errors.New(shown + " is not absolute: write https://host/path")
	case strings.ContainsAny(text, "?#"):
		return errors.New(shown + " must end with its path, without a query or fragment")
	}
	return nil
}

// Budget gives the requests per second that the client allows each pool.
func (c *Client) Budget() Budget { return maps.Clone(c.budget) }

// shortPause is what nobody has to hear of: the limit is felt out with it.
const shortPause = time.Second

// Pause is a pool that sends nothing for a while, because Zoom has refused its
// requests. The zero Pause is none.
type Pause struct {
	Pool  Pool
	Until time.Time
}

// Paused gives the present pause that lasts the longest.
func (c *Client) Paused() Pause {
	var longest Pause
	for _, p := range c.pools {
		if until := p.shutUntil(); until.After(time.Now().Add(shortPause)) && until.After(longest.Until) {
			longest = Pause{Pool: p.name, Until: until}
		}
	}
	return longest
}

// Usage counts what a client has sent since it was made.
type Usage struct {
	Requests  int64         // slots used: requests to the API, retries included, tokens not
	Throttled int64         // of these answered 429
	Neighbour int64         // of these because other apps of the account had used the limit of the second
	Waited    time.Duration // for the pools, all requests together
}

// Usage gives the counts up to now.
func (c *Client) Usage() Usage {
	usage := Usage{Requests: c.requests.Load(), Throttled: c.throttles.Load(), Neighbour: c.neighbours.Load()}
	for _, p := range c.pools {
		usage.Waited += time.Duration(p.waitedFor.Load())
	}
	return usage
}

// Grant is what Zoom granted to the app.
type Grant struct {
	Scopes []string // as granted; classic and granular names may both occur
	APIURL string   // the region's host as Zoom names it, or ""
}

// Authorize asks for a token, if there is none, and says what it grants.
func (c *Client) Authorize(ctx context.Context) (Grant, error) {
	tok, err := c.tokens.get(ctx)
	if err != nil {
		return Grant{}, err
	}
	return Grant{Scopes: tok.scopes, APIURL: tok.apiURL}, nil
}
