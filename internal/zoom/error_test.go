package zoom

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	const html = "<html><body>who@example.com</body></html>"
	tests := map[string]struct {
		status int
		body   string
		kind   error
	}{
		"expired token":                {401, `{"code":124,"message":"Access token has expired."}`, ErrUnauthorized},
		"401 about the account":        {401, `{"code":124,"message":"Account does not exist: qM3x."}`, ErrAccount},
		"401 without json":             {401, html, ErrUnauthorized},
		"scope, code of 2026":          {400, `{"code":104,"message":"Invalid access token, does not contain scopes:[a, b]"}`, ErrScopes},
		"scope, code of 2024":          {400, `{"code":4711,"message":"Invalid access token, does not contain scopes:[a, b]"}`, ErrScopes},
		"scope, documented code":       {401, `{"code":4700,"message":"Invalid access token, does not contain scopes."}`, ErrScopes},
		"scope, in other words":        {400, `{"code":4711,"message":"Token scopes do not match."}`, ErrScopes},
		"124 that is a permission":     {400, `{"code":124,"message":"You do not have permission, because the current site does not belong to the target sites."}`, ErrForbidden},
		"124 that is an account":       {404, `{"code":124,"message":"Account does not exist: qM3x."}`, ErrAccount},
		"account":                      {404, `{"code":2001,"message":"Account does not exist."}`, ErrAccount},
		"no such user":                 {404, `{"code":1001,"message":"User does not exist: u1."}`, ErrNotFound},
		"no such user, strange errors": {404, `{"code":1001,"message":"User does not exist: u1.","errors":{"a":1}}`, ErrNotFound},
		"no such user, code as text":   {404, `{"code":"1001","message":"User does not exist: u1."}`, ErrNotFound},
		"no such user, older":          {400, `{"code":1010,"message":"User not found on this account"}`, ErrRejected},
		"unknown endpoint":             {404, `{"code":2300,"message":"This API endpoint is not recognized."}`, ErrWrongURL},
		"404 of another server":        {404, html, ErrWrongURL},
		"404 without a body":           {404, ``, ErrWrongURL},
		"404 of other json":            {404, `{"error":"not found"}`, ErrWrongURL},
		"404 of a gateway":             {404, `{"message":"no Route matched with those values"}`, ErrWrongURL},
		"404 of another service":       {404, `{"errorCode":3000,"message":"not here"}`, ErrWrongURL},
		"404 of a number":              {404, `{"code":404,"message":"Number not found."}`, ErrNotFound},
		"page token, live":             {400, `{"code":300,"message":"The next page token is invalid or expired."}`, ErrPageToken},
		"page token, specified":        {400, `{"code":400,"message":"The next page token is invalid or expired."}`, ErrPageToken},
		"no phone":                     {403, `{"code":2031,"message":"Zoom Phone has not been enabled for this account."}`, ErrPhoneNotEnabled},
		"no phone, other code":         {400, `{"code":2013,"message":"Not enabled"}`, ErrPhoneNotEnabled},
		"forbidden":                    {403, `{"code":403,"message":"No permission."}`, ErrForbidden},
		"wrong kind of key":            {400, `{"code":200,"message":"Invalid api key or secret."}`, ErrCredentials},
		"bad request":                  {400, `{"code":300,"message":"Validation Failed.","errors":[{"field":"page_size","message":"too big"}]}`, ErrRejected},
		"other 4xx":                    {409, html, ErrRejected},
		"per second":                   {429, `{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}`, ErrRateLimited},
		"429 without json":             {429, html, ErrRateLimited},
		"daily":                        {429, `{"code":429,"message":"You have reached the maximum daily rate limit for this API."}`, ErrDailyLimit},
		"gateway":                      {502, html, ErrUnavailable},
		"5xx that speaks of scopes":    {500, `{"code":104,"message":"does not contain scopes:[a]"}`, ErrUnavailable},
		"not modified":                 {304, ``, ErrWrongURL},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Content-Type": {"text/html; charset=utf-8"}, "X-Zm-Trackingid": {"WEB_1"}}
			e := classify("list phone users", test.status, header, []byte(test.body), time.Now())
			if !errors.Is(e, test.kind) || e.Status != test.status || e.TrackingID != "WEB_1" {
				t.Errorf("%+v is not %v", e, test.kind)
			}
			if text := e.Error(); strings.Contains(text, "<html") || strings.Contains(text, "example.com") {
				t.Errorf("the body is shown: %s", text)
			}
		})
	}
}

// What one user's answer says of the account is no proof of it: asked about a user it
// is another error than in a list.
func TestError_claims_about_the_account(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer reply
		claim  error
	}{
		"no account":        {zoomError(404, 2001, "Account does not exist."), ErrAccount},
		"no account as 401": {zoomError(401, 124, "Account does not exist: qM3x."), ErrAccount},
		"no phone":          {zoomError(403, 2031, "Zoom Phone has not been enabled for this account."), ErrPhoneNotEnabled},
		"wrong kind of key": {zoomError(400, 200, "Invalid api key or secret."), ErrCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, &script{answer: always(test.answer)})
			for _, call := range []func(context.Context, string) ([]byte, error){c.PhoneUser, c.PhoneUserSettings, c.UserSettings} {
				_, err := call(t.Context(), "u1")
				checkError(t, err)
				var fault *Error
				if !errors.As(err, &fault) || !errors.Is(err, ErrClaim) || errors.Is(err, test.claim) || !errors.Is(fault.Claim, test.claim) {
					t.Errorf("of a user: %v", err)
				} else if !strings.Contains(err.Error(), test.claim.Error()) || fault.Repair() != (&Error{Kind: test.claim}).Repair() {
					t.Errorf("%v, with the repair %q, does not say what is claimed", err, fault.Repair())
				}
			}
			for _, err := range c.PhoneUsers(t.Context(), StatusAny) {
				if !errors.Is(err, test.claim) || errors.Is(err, ErrClaim) {
					t.Errorf("of a list: %v", err)
				}
			}
		})
	}
	t.Run("a refused token is one for every call", func(t *testing.T) {
		t.Parallel()
		c := newTestClient(t, &script{token: func(int) reply { return reply{status: 400, body: `{"reason":"no","error":"invalid_client"}`} }})
		if _, err := c.PhoneUser(t.Context(), "u1"); !errors.Is(err, ErrCredentials) || errors.Is(err, ErrClaim) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestClassify_daily_limit_by_header(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 5, 18, 30, 0, 0, time.UTC)
	header := http.Header{"X-Ratelimit-Type": {"Daily-limit"}, "Retry-After": {"2026-11-06T00:00:00Z"}}
	e := classify("op", 429, header, []byte(`{"code":429,"message":"limit"}`), now)
	if want := time.Date(2026, 11, 6, 0, 0, 0, 0, time.UTC); !errors.Is(e, ErrDailyLimit) || !e.Until.Equal(want) {
		t.Errorf("%+v", e)
	}
}

func TestError_text(t *testing.T) {
	t.Parallel()
	e := &Error{
		Op: "phone user profile", Kind: ErrDailyLimit, Status: 429, Code: 429, Message: "too much", TrackingID: "WEB_1",
		Until: time.Date(2026, 11, 6, 1, 0, 0, 0, time.FixedZone("", 3600)), Err: io.ErrUnexpectedEOF,
	}
	want := "phone user profile: daily limit reached: http 429 code 429: too much: unexpected EOF (until 2026-11-06T00:00:00Z) [tracking id WEB_1]"
	if got := e.Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !errors.Is(e, io.ErrUnexpectedEOF) || !errors.Is(e, ErrDailyLimit) || errors.Is(e, ErrRateLimited) {
		t.Error("the error does not wrap its kind and cause")
	}
	if got := (&Error{Op: "a", Kind: ErrUnreachable}).Error(); got != "a: unreachable" {
		t.Errorf("got %s", got)
	}
}

func TestError_each_names_its_repair(t *testing.T) {
	t.Parallel()
	tests := map[error]string{
		ErrCredentials: "ZOOM_CLIENT_SECRET", ErrUnauthorized: "activated", ErrScopes: "scope", ErrPhoneNotEnabled: "enable Zoom Phone",
		ErrAccount: "ZOOM_ACCOUNT_ID", ErrDailyLimit: "ZOOM_RATE_SHARE", ErrRateLimited: "ZOOM_RATE_SHARE", ErrWrongURL: "ZOOM_API_URL",
		ErrUnreachable: "DNS", ErrUnavailable: "status.zoom.us",
		ErrForbidden: "owner", ErrNotFound: "", ErrPageToken: "15 minutes", ErrMalformed: "tracking id", ErrRejected: "tracking id", ErrBudgetGone: "ZOOM_RATE_SHARE",
	}
	seen := map[string]error{}
	for kind, want := range tests {
		got := (&Error{Kind: kind}).Repair()
		if !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%v: %q does not speak of %q", kind, got, want)
		}
		limits := errors.Is(kind, ErrRateLimited) || errors.Is(kind, ErrDailyLimit) || errors.Is(kind, ErrBudgetGone)
		if other := seen[got]; got != "" && other != nil && !limits {
			t.Errorf("%v and %v have the same repair", kind, other)
		}
		seen[got] = kind
	}
	got := (&Error{Kind: ErrScopes, Scopes: []string{"phone:read:user:admin", "phone:read:admin"}}).Repair()
	if !strings.Contains(got, "phone:read:user:admin, phone:read:admin") {
		t.Errorf("the scopes are not named: %q", got)
	}
}

func TestScopesIn(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"Invalid access token, does not contain scopes:[phone:read:user:admin, phone:read:admin].": {"phone:read:user:admin", "phone:read:admin"},
		"does not contain scopes: [a,b c]":                            {"a", "b", "c"},
		"does not contain scopes.":                                    nil,
		"does not contain scopes:[]":                                  nil,
		"does not contain scopes:[a, <b>, who@example.com]":           {"a"},
		"does not contain scopes:[" + strings.Repeat("a,", 500) + "]": strings.Split(strings.Repeat("a ", maxScopes-1)+"a", " "),
	}
	for message, want := range tests {
		if diff := cmp.Diff(want, scopesIn(message)); diff != "" {
			t.Errorf("%s: %s", message, diff)
		}
	}
}

// checkError holds what is true of every error of the package.
func checkError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind == nil || e.Op == "" {
		t.Fatalf("%#v is not an Error with kind and operation", err)
	}
	text := e.Error()
	if len(text) > 2000 || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		t.Errorf("error text is not one short line: %q", text)
	}
	if emailAddress.MatchString(e.Message) {
		t.Errorf("error text holds an address: %q", text)
	}
	_ = e.Repair()
}

func FuzzClassify(f *testing.F) {
	for _, body := range []string{
		`{"code":124,"message":"Access token has expired."}`, `{"code":"300","message":"a@b.c +1 202 555 0143","errors":[{"field":"a","message":"b"}]}`,
		`{"code":1e99,"message":"does not contain scopes:[a]"}`, `{"code":429,"message":"daily"}`, `{"message":null}`, `{"errors":{}}`, `[]`, `null`, ``, "\xff<html>",
	} {
		f.Add(400, body, "text/html", "120")
		f.Add(404, body, "application/json", "2026-11-06T00:00:00Z")
		f.Add(429, body, "\x00", "Fri, 06 Nov 2026 00:00:00 GMT")
	}
	now := time.Date(2026, 11, 5, 18, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, status int, body, contentType, retryAfter string) {
		header := http.Header{
			"Content-Type": {contentType}, "Retry-After": {retryAfter}, "X-Zm-Trackingid": {body}, "Location": {body}, "X-Ratelimit-Type": {contentType},
		}
		e := classify("op", status, header, []byte(body), now)
		new(tokens).clean(e, nil)
		checkError(t, e)
		if errors.Is(e, ErrDailyLimit) && (!e.Until.After(now) || e.Until.Sub(now) > 24*time.Hour) {
			t.Errorf("a daily limit until %v", e.Until)
		}
		if errors.Is(e, ErrNotFound) && (parseError([]byte(body)).Message == "" || e.Code == 0) {
			t.Errorf("%q is taken for the absence of a user", body)
		}
		answered, _ := readObject([]byte(body))
		if fault := hiddenError(phoneUserEndpoint, header, answered); fault != nil {
			new(tokens).clean(fault, nil)
			checkError(t, fault)
		}
	})
}
