package zoom

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of failure that a caller may have to tell apart. Each failed call
// gives an [*Error] that wraps exactly one of them (use errors.Is), or, when its
// context has ended, that context's cause alone.
var (
	// ErrCredentials: account, client or secret was refused.
	ErrCredentials = errors.New("credentials refused")
	// ErrUnauthorized: the API refused a fresh access token.
	ErrUnauthorized = errors.New("access token refused")
	// ErrScopes: the app lacks a scope; Error.Scopes names it where Zoom does.
	ErrScopes = errors.New("scope missing")
	// ErrPhoneNotEnabled: the account has no Zoom Phone.
	ErrPhoneNotEnabled = errors.New("phone not enabled")
	// ErrForbidden: this one resource may not be read.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound: Zoom says that the user does not exist (HTTP 404).
	ErrNotFound = errors.New("not found")
	// ErrAccount: Zoom says that the account does not exist.
	ErrAccount = errors.New("account not found")
	// ErrClaim: asked about one user, Zoom answers what would be ErrCredentials,
	// ErrPhoneNotEnabled or ErrAccount; Error.Claim says which. What it says of the
	// whole account in an answer about one user is no proof of it, so that the error
	// is none of these.
	ErrClaim = errors.New("refused on behalf of the account")
	// ErrPageToken: the page token is invalid or expired (after 15 minutes).
	ErrPageToken = errors.New("page token expired")
	// ErrRateLimited: refused by the per-second budget, again and again.
	ErrRateLimited = errors.New("rate limited")
	// ErrBudgetGone: nothing but 429 for minutes; others use the whole budget.
	ErrBudgetGone = errors.New("budget used up")
	// ErrDailyLimit: the pool is parked until Error.Until.
	ErrDailyLimit = errors.New("daily limit reached")
	// ErrWrongURL: whatever answers at the configured URL is not the Zoom API.
	ErrWrongURL = errors.New("not the Zoom API")
	// ErrUnreachable: no answer at all (DNS, connection, TLS, timeout).
	ErrUnreachable = errors.New("unreachable")
	// ErrUnavailable: Zoom or a gateway answered 5xx.
	ErrUnavailable = errors.New("unavailable")
	// ErrMalformed: the answer was cut off, too large, or not the JSON expected.
	ErrMalformed = errors.New("malformed answer")
	// ErrRejected: any other refusal (4xx) of this one request.
	ErrRejected = errors.New("rejected")
)

// Error is a failed call. Its text carries no body, token, e-mail address or
// phone number.
//
// Zoom's codes: https://developers.zoom.us/docs/api/errors/
type Error struct {
	Op         string    // what was asked, e.g. "phone user settings"
	Endpoint   string    // the same as the metrics name it; "" where no request was sent
	Kind       error     // one of the sentinels above
	Status     int       // HTTP status; 0 when there was no answer
	Code       int       // Zoom's code; 0 when there was none
	Message    string    // Zoom's message, redacted and shortened
	Claim      error     // of ErrClaim: the kind that it would be; else nil
	TrackingID string    // x-zm-trackingid, which Zoom's support asks for
	Scopes     []string  // the scopes that Zoom names as missing
	Until      time.Time // end of the limit, where Zoom names it (429, 503)
	Err        error     // the transport's error, if any

	setting string // the setting that likely names another server, "" if none does
}

const (
	apiURLSetting   = "ZOOM_API_URL (normally " + DefaultAPIURL + ")"
	tokenURLSetting = "ZOOM_TOKEN_URL (normally " + DefaultTokenURL + ")" //nolint:gosec // a setting, no credential
)

// Error gives operation, kind, status, code and message on one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %v", e.Op, e.Kind)
	if e.Claim != nil {
		fmt.Fprintf(&b, ": %v", e.Claim)
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ": http %d", e.Status)
	}
	if e.Code != 0 {
		fmt.Fprintf(&b, " code %d", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %s", redact(e.Err.Error()))
	}
	if !e.Until.IsZero() {
		fmt.Fprintf(&b, " (until %s)", e.Until.UTC().Format(time.RFC3339))
	}
	if e.TrackingID != "" {
		fmt.Fprintf(&b, " [tracking id %s]", e.TrackingID)
	}
	return b.String()
}

// Unwrap gives the kind and the transport's error.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// LogAttrs gives what a log says of the error beside its text, as far as there is any:
// endpoint, http_status, zoom_code and request_id.
func (e *Error) LogAttrs() []slog.Attr {
	var attrs []slog.Attr
	if e.Endpoint != "" {
		attrs = append(attrs, slog.String("endpoint", e.Endpoint))
	}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("http_status", e.Status))
	}
	if e.Code != 0 {
		attrs = append(attrs, slog.Int("zoom_code", e.Code))
	}
	if e.TrackingID != "" {
		attrs = append(attrs, slog.String("request_id", e.TrackingID))
	}
	return attrs
}

// Repair says what an operator can do about it, or "" when there is nothing to
// do but wait.
func (e *Error) Repair() string {
	switch {
	case e.Claim != nil:
		return (&Error{Kind: e.Claim}).Repair()
	case e.setting != "":
		return "check " + e.setting + ": whatever answers there does not seem to be Zoom"
	case errors.Is(e.Kind, ErrCredentials):
		return "check ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET against the app's credentials page, that it is a server-to-server OAuth app, and that it is activated"
	case errors.Is(e.Kind, ErrUnauthorized):
		return "check that the app is still activated and that its owner is still an administrator of the account"
	case errors.Is(e.Kind, ErrScopes):
		if len(e.Scopes) > 0 {
			return "add to the app one of the scopes " + strings.Join(e.Scopes, ", ") + ", then run again; new scopes need a new token"
		}
		return "add the missing scope to the app (the README lists the scopes), then run again; new scopes need a new token"
	case errors.Is(e.Kind, ErrPhoneNotEnabled):
		return "enable Zoom Phone for this account, or set ZOOM_ACCOUNT_ID to the account that has it"
	case errors.Is(e.Kind, ErrAccount):
		return "check ZOOM_ACCOUNT_ID"
	case errors.Is(e.Kind, ErrDailyLimit), errors.Is(e.Kind, ErrRateLimited), errors.Is(e.Kind, ErrBudgetGone):
		return "other apps of the account use the same budget: lower ZOOM_RATE_SHARE, or slow the others down"
	case errors.Is(e.Kind, ErrWrongURL):
		return "check " + apiURLSetting + " and " + tokenURLSetting
	case errors.Is(e.Kind, ErrUnreachable):
		return "check DNS, proxy and firewall between here and Zoom, and the host names in ZOOM_API_URL and ZOOM_TOKEN_URL"
	case errors.Is(e.Kind, ErrUnavailable):
		return "see https://status.zoom.us, then run again"
	case errors.Is(e.Kind, ErrForbidden):
		return "check that the app's owner administers the whole account, all sites of Zoom Phone included"
	case errors.Is(e.Kind, ErrRejected):
		return "look the code up at https://developers.zoom.us/docs/api/errors/, or give the tracking id to Zoom's support"
	case errors.Is(e.Kind, ErrPageToken):
		return "a page must be asked for within 15 minutes of the one before: see what slows the requests down, then run again"
	case errors.Is(e.Kind, ErrMalformed):
		return "run again; if it stays, give the tracking id to Zoom's support"
	default:
		return ""
	}
}

// retryable reports whether the same request may succeed when it is sent again.
func (e *Error) retryable() bool {
	return errors.Is(e.Kind, ErrUnreachable) || errors.Is(e.Kind, ErrUnavailable) || errors.Is(e.Kind, ErrMalformed)
}

// errorBody is the shape of Zoom's errors.
type errorBody struct {
	Code         json.RawMessage `json:"code"` // a number, at times as text
	Message      string          `json:"message"`
	ErrorCode    json.RawMessage `json:"errorCode"` // other services of Zoom call them so
	ErrorMessage string          `json:"errorMessage"`
	Errors       []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
}

// parseError reads what it can of body: a member of an unexpected type costs
// only itself, and a body that is not Zoom's has no message.
func parseError(body []byte) errorBody {
	var parsed errorBody
	_ = json.Unmarshal(body, &parsed)
	return parsed
}

// code is Zoom's code, 0 where there is none.
func (b errorBody) code() int {
	code, _ := strconv.Atoi(bare(b.Code))
	return code
}

// hasCode reports whether there is a code other than 0; it need not be a number.
func (b errorBody) hasCode() bool {
	none := []string{"", "0", "null", "false"}
	return !slices.Contains(none, bare(b.Code)) || !slices.Contains(none, bare(b.ErrorCode))
}

// bare is a number or a text without its quotes.
func bare(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

// text is the message with what Zoom says of single fields.
func (b errorBody) text() string {
	parts := []string{b.Message}
	for _, f := range b.Errors {
		if f.Message != "" && f.Message != b.Message {
			parts = append(parts, "("+f.Field+": "+f.Message+")")
		}
	}
	return strings.Join(parts, " ")
}

// classify makes an Error of an answer that is not a success. Status and code
// are often unrelated and codes are reused (124 is a token, a permission or an
// account), so the message decides where they are ambiguous.
func classify(op string, status int, header http.Header, body []byte, now time.Time) *Error {
	e := &Error{Op: op, Status: status, TrackingID: trackingID(header), Kind: ErrRejected}
	if wait := retryAfter(header, now); wait > 0 && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		e.Until = now.Add(wait)
	}
	parsed := parseError(body)
	e.Code = parsed.code()
	e.Message = parsed.text()
	text := strings.ToLower(parsed.Message)
	switch {
	case status >= 500:
		e.Kind = ErrUnavailable
	case status == http.StatusTooManyRequests:
		e.Kind = ErrRateLimited
		if strings.Contains(text, "daily") || strings.HasPrefix(strings.ToLower(header.Get("X-RateLimit-Type")), "daily") {
			e.Kind = ErrDailyLimit
			e.Until = dailyLimitEnd(header, now)
		}
	case strings.Contains(text, "does not contain scopes"), e.Code == 104, e.Code == 4711:
		e.Kind = ErrScopes
		e.Scopes = scopesIn(parsed.Message)
	case e.Code == 2031 || e.Code == 2013 || strings.Contains(text, "phone has not been enabled"):
		e.Kind = ErrPhoneNotEnabled
	case strings.Contains(text, "account does not exist"):
		e.Kind = ErrAccount
	case status == http.StatusUnauthorized:
		e.Kind = ErrUnauthorized
	case status == http.StatusBadRequest && strings.Contains(text, "next page token"):
		e.Kind = ErrPageToken
	case status == http.StatusBadRequest && e.Code == 200:
		e.Kind = ErrCredentials
	case status == http.StatusNotFound && (parsed.Message == "" || e.Code == 0 || e.Code == 2300):
		e.Kind = ErrWrongURL // gateways say 404 of their own, without a code
	case status == http.StatusNotFound:
		e.Kind = ErrNotFound
	case status == http.StatusForbidden, strings.Contains(text, "you do not have permission"):
		e.Kind = ErrForbidden
	case status >= 300 && status < 400:
		e.Kind, e.Message = ErrWrongURL, redirection(header)
	}
	if e.Message == "" {
		e.Message = contentType(header)
	}
	return e
}

// doubt takes an answer about one user for no more than that.
func (e *Error) doubt() {
	if slices.Contains([]error{ErrCredentials, ErrPhoneNotEnabled, ErrAccount}, e.Kind) {
		e.Kind, e.Claim = ErrClaim, e.Kind
	}
}

// redirection names the host that a redirect leads to; the rest of the address
// may hold what is nobody's business.
func redirection(header http.Header) string {
	target, err := url.Parse(header.Get("Location"))
	if err != nil || target.Host == "" {
		return "the server redirects"
	}
	return "the server redirects to " + target.Host
}
