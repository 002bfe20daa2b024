package zoom

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

func TestNew_reports_all_faults_at_once(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		ClientSecret: testSecret, APIURL: "api.zoom.us", TokenURL: "https://u:" + testSecret + "@zoom.us",
		Budget: Budget{PhoneLight: math.NaN(), PhoneMedium: -1, CoreMedium: math.Inf(1)},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"account id", "client id", "api url", "token url", "phone-light", "phone-medium", "core-medium", "phone-heavy"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), testSecret) || strings.Contains(err.Error(), "client secret") {
		t.Errorf("error is %v", err)
	}
}

func TestNew_defaults(t *testing.T) {
	t.Parallel()
	c, err := New(Config{AccountID: "a", ClientID: "b", ClientSecret: "c"})
	if err != nil {
		t.Fatal(err)
	}
	want := Budget{PhoneLight: 32, PhoneMedium: 16, CoreMedium: 48, PhoneHeavy: 8}
	if diff := cmp.Diff(want, c.Budget()); diff != "" {
		t.Error(diff)
	}
	c.Budget()[PhoneLight] = 1e6
	if c.Budget()[PhoneLight] != 32 {
		t.Error("the budget can be changed from outside")
	}
	if c.apiURL != DefaultAPIURL || c.userAgent != "syncd" || c.attempts != defaultAttempts || c.http.Transport == nil {
		t.Errorf("client is %+v", c)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"https://api.zoom.us/v2", "http://127.0.0.1:8080/base/v2/", "https://[::1]:443", DefaultTokenURL} {
		if err := CheckURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "api.zoom.us", "/v2", "//api.zoom.us/v2", "ftp://zoom.us", "https:///v2", "https:zoom.us", "https://zoom.us/v2?a=" + testSecret, "https://zoom.us?",
		"https://zoom.us/#" + testSecret, "https://zoom.us/#", "https://me:" + testSecret + "@zoom.us", "https://me:" + testSecret + "%zz@zoom.us", "https://zoom.us:port", "https://zoom us",
	} {
		if err := CheckURL(bad); err == nil || strings.Contains(err.Error(), testSecret) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestClient_documents(t *testing.T) {
	t.Parallel()
	// What a decoder would change: a number beyond float64, a repeated name,
	// space, escapes, an order of names, a broken character.
	const body = " {\"id\":\"u1\", \"country\":{}, \"feature\":{}, \"z\":1, \"a\":123456789012345678901234567890, \"d\":0.10000000000000000001,\n\"a\":1e400, \"s\":\"\\u00e9<&>\xff\", \"n\":null}\n"
	calls := map[string]func(*Client) ([]byte, error){
		"/base/v2/phone/users/u1":          func(c *Client) ([]byte, error) { return c.PhoneUser(t.Context(), "u1") },
		"/base/v2/phone/users/u1/settings": func(c *Client) ([]byte, error) { return c.PhoneUserSettings(t.Context(), "u1") },
		"/base/v2/users/u1/settings":       func(c *Client) ([]byte, error) { return c.UserSettings(t.Context(), "u1") },
	}
	for uri, call := range calls {
		t.Run(uri, func(t *testing.T) {
			t.Parallel()
			zoom := &script{answer: always(reply{body: body})}
			c := newTestClient(t, zoom, func(cfg *Config) { cfg.APIURL += "/"; cfg.UserAgent = "syncd/1.2" })
			got, err := call(c)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != body {
				t.Errorf("the body came as %q", got)
			}
			sent := zoom.sent()[0]
			if sent.method != http.MethodGet || sent.uri != uri || sent.body != "" || sent.token != "token-1" {
				t.Errorf("sent %+v", sent)
			}
			if sent.header.Get("Accept") != "application/json" || sent.header.Get("User-Agent") != "syncd/1.2" || sent.header.Get("Content-Type") != "" {
				t.Errorf("header is %v", sent.header)
			}
		})
	}
}

func TestClient_refuses_ids_that_are_none(t *testing.T) {
	t.Parallel()
	zoom := &script{answer: always(reply{body: profileBody})}
	c := newTestClient(t, zoom)
	for _, id := range []string{"", ".", "..", "me"} {
		_, profile := c.PhoneUser(t.Context(), id)
		_, settings := c.PhoneUserSettings(t.Context(), id)
		_, general := c.UserSettings(t.Context(), id)
		for _, err := range []error{profile, settings, general, c.DeleteSharedAccess(t.Context(), id, VoiceMail, "s1")} {
			if !errors.Is(err, ErrRejected) {
				t.Errorf("%q: error is %v", id, err)
			}
		}
	}
	if len(zoom.sent()) != 0 {
		t.Error("a request was sent")
	}
}

func TestClient_another_users_profile_is_refused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zoom := &script{answer: inTurn(reply{body: `{"id":"u2"}`}, reply{body: `{"id":"u1","ID":"u2"}`})}
		c := newTestClient(t, zoom)
		got, err := c.PhoneUser(t.Context(), "u1")
		if err != nil || !strings.Contains(string(got), `"u1"`) {
			t.Errorf("got %s, %v", got, err)
		}
		zoom.answer = always(reply{body: `{"id":"u2"}`})
		if _, err := c.PhoneUser(t.Context(), "u1"); !errors.Is(err, ErrMalformed) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestClient_warns_once_of_an_unexpected_label(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		label := "Light"
		zoom := &script{answer: func(*http.Request, int) reply {
			return reply{body: profileBody, header: map[string]string{"X-Ratelimit-Category": label}}
		}}
		var log bytes.Buffer
		registry := prometheus.NewRegistry()
		c := newTestClient(t, zoom, logTo(&log), func(cfg *Config) { cfg.Registerer = registry })
		call := func() {
			if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
				t.Fatal(err)
			}
		}
		if call(); log.Len() != 0 {
			t.Errorf("logged %s", &log)
		}
		label = "Heavy"
		for range 5 {
			call()
		}
		if got := strings.Count(log.String(), `"label":"heavy"`); got != 1 {
			t.Errorf("warned %d times: %s", got, &log)
		}
		if got := sampleOf(t, registry, "syncd_zoom_label_mismatch_total", "phone_user"); got != 5 {
			t.Errorf("the metric says %v", got)
		}
	})
}

func FuzzLabel(f *testing.F) {
	for _, label := range []string{"Light", "HEAVY", "", "a@b.example", "Bearer abcdefgh12345678", "a\nb", "\xff", "+1 202 555 0143", strings.Repeat("x", 5000)} {
		f.Add(label)
	}
	f.Fuzz(func(t *testing.T, label string) {
		var log bytes.Buffer
		c := newTestClient(t, &script{}, logTo(&log))
		c.checkLabel(t.Context(), phoneUserEndpoint, http.Header{"X-Ratelimit-Category": {label}})
		var line struct{ Label string }
		if err := json.Unmarshal(log.Bytes(), &line); log.Len() > 0 && err != nil {
			t.Errorf("logged %q: %v", &log, err)
		}
		if known := label == "" || strings.EqualFold(label, "light"); known && log.Len() > 0 {
			t.Errorf("warned of %q: %s", label, &log)
		}
		if emailAddress.MatchString(line.Label) || secretText.MatchString(line.Label) || len(line.Label) > 2*maxMessage {
			t.Errorf("logged the label %q", line.Label)
		}
	})
}

// Whatever goes wrong, and whatever a server repeats: credentials and tokens
// stay out of errors, logs and metrics.
func TestClient_shows_no_secret(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJIUzUxMiJ9.eyJhdWQiOiJ6b29tIn0.c2lnbmF0dXJl"
	echo := func(r *http.Request) string { return strings.ReplaceAll(r.Header.Get("Authorization"), `"`, "") }
	answers := map[string]func(r *http.Request, n int) reply{
		"an echo":       func(r *http.Request, _ int) reply { return zoomError(400, 300, "bad header "+echo(r)) },
		"an echo, 5xx":  func(r *http.Request, _ int) reply { return zoomError(500, 300, "bad header "+echo(r)) },
		"an echo, 401":  func(r *http.Request, _ int) reply { return zoomError(401, 124, "bad header "+echo(r)) },
		"an echo, 200":  func(r *http.Request, _ int) reply { return zoomError(200, 300, "bad header "+echo(r)) },
		"an echo, html": func(r *http.Request, _ int) reply { return reply{body: "<html>" + echo(r)} },
		"tracking id": func(r *http.Request, _ int) reply {
			return reply{status: 500, header: map[string]string{"Content-Type": echo(r)}}
		},
		"redirect": func(r *http.Request, _ int) reply {
			return reply{status: 302, header: map[string]string{"Location": "https://evil.example/?" + echo(r)}}
		},
		"transport": func(r *http.Request, _ int) reply { return reply{err: fmt.Errorf("bad request: %v", echo(r))} },
	}
	for name, answer := range answers {
		for _, life := range []int{1, 3600} { // of 1 s: renewed all the time, and failing
			t.Run(fmt.Sprintf("%s/%d", name, life), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var log bytes.Buffer
					registry := prometheus.NewRegistry()
					zoom := &script{answer: answer, token: func(n int) reply {
						if n%2 == 0 {
							return reply{status: 400, body: `{"reason":"not for Basic Y2xpZW50LWlkOnMzY3IzdC1vZi10aGUtY2xpZW50"}`}
						}
						return reply{body: fmt.Sprintf(`{"access_token":"%s","expires_in":%d}`, jwt, life)}
					}}
					c := newTestClient(t, zoom, logTo(&log), func(cfg *Config) { cfg.Registerer = registry })
					shown := ""
					for range 20 {
						_, err := c.PhoneUser(t.Context(), "u1")
						shown += fmt.Sprintf("%v %+v\n", err, err)
						_ = sleep(t.Context(), 500*time.Millisecond)
					}
					families, err := registry.Gather()
					if err != nil {
						t.Fatal(err)
					}
					shown += fmt.Sprint(families) + log.String()
					for _, secret := range []string{jwt, testSecret, "Y2xpZW50LWlkOnMzY3IzdC1vZi10aGUtY2xpZW50"} {
						if strings.Contains(shown, secret) {
							t.Errorf("%s is shown: %s", secret, shown)
						}
					}
				})
			})
		}
	}
}

func TestClient_call_ends_with_its_context(t *testing.T) {
	t.Parallel()
	cause := errors.New("shutting down")
	tests := map[string]reply{
		"while the answer is on its way": {after: 30 * time.Second},
		"between two attempts":           {status: 500},
		"while the pool pauses":          {status: 429},
	}
	for name, rep := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newTestClient(t, &script{answer: always(rep)})
				ctx, cancel := context.WithCancelCause(t.Context())
				done := make(chan error)
				go func() { _, err := c.PhoneUser(ctx, "u1"); done <- err }()
				synctest.Wait()
				cancel(cause)
				start := time.Now()
				if err := <-done; !errors.Is(err, cause) || time.Since(start) != 0 {
					t.Errorf("error is %v after %v", err, time.Since(start))
				}
			})
		})
	}
}

func TestNew_refuses_credentials_that_were_copied_badly(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"a b", " abc", "abc\n", "a\tb", "a\x00b", "\ufeffabc", "a\u00a0b", "a\u200bb", " "} {
		for name, edit := range map[string]func(*Config){
			"account id":    func(cfg *Config) { cfg.AccountID = bad },
			"client id":     func(cfg *Config) { cfg.ClientID = bad },
			"client secret": func(cfg *Config) { cfg.ClientSecret = bad },
		} {
			cfg := Config{AccountID: "a", ClientID: "b", ClientSecret: "c"}
			edit(&cfg)
			_, err := New(cfg)
			if want := "zoom " + name + " holds white space or a control character"; err == nil || err.Error() != want {
				t.Errorf("%q: error is %v, want %s", bad, err, want)
			}
		}
	}
}

func TestClient_errors_inside_of_a_200(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body                       string
		profile, settings, general error // nil: it is taken
	}{
		"Zoom's error":                {`{"code":300,"message":"Internal error"}`, ErrUnavailable, ErrUnavailable, ErrUnavailable},
		"with a tracking id":          {`{"code":300,"message":"Internal error","trackingId":"abc"}`, ErrUnavailable, ErrUnavailable, ErrUnavailable},
		"with a member of nobody's":   {`{"code":300,"message":"Internal error","requestId":"abc"}`, ErrUnavailable, ErrUnavailable, ErrUnavailable},
		"with a code as text":         {`{"code":"300","message":"Internal error","path":"/","data":{}}`, ErrUnavailable, ErrUnavailable, ErrUnavailable},
		"with a status":               {`{"status":"error","code":300,"message":"x","requestId":"abc"}`, ErrUnavailable, ErrUnavailable, ErrUnavailable},
		"with members that are null":  {`{"code":300,"message":"x","id":null,"country":null,"feature":null}`, ErrUnavailable, ErrUnavailable, ErrUnavailable},
		"with a long list of errors":  {`{"code":300,"message":"x","errors":[{"field":"` + strings.Repeat("a", 5000) + `"}]}`, ErrUnavailable, ErrUnavailable, ErrUnavailable},
		"of another service":          {`{"status":false,"errorCode":3000,"errorMessage":"Internal","result":null}`, ErrUnavailable, ErrUnavailable, ErrUnavailable},
		"a code that is no number":    {`{"errorCode":"E_BUSY","message":"busy"}`, ErrUnavailable, ErrUnavailable, ErrUnavailable},
		"code 0":                      {`{"code":0,"message":"ok"}`, ErrMalformed, ErrMalformed, ErrMalformed},
		"codes 0 as text":             {`{"errorCode":"0","errorMessage":"ok","result":null}`, ErrMalformed, ErrMalformed, ErrMalformed},
		"an OAuth error":              {`{"error":"busy","message":"x"}`, ErrMalformed, ErrMalformed, ErrMalformed},
		"a message of another type":   {`{"code":300,"message":{}}`, ErrMalformed, ErrMalformed, ErrMalformed},
		"a message alone":             {`{"message":"hello"}`, ErrMalformed, ErrMalformed, ErrMalformed},
		"an empty object":             {`{}`, ErrMalformed, ErrMalformed, ErrMalformed},
		"members of nobody's":         {`{"a":1,"b":{"id":"u1"}}`, ErrMalformed, ErrMalformed, ErrMalformed},
		"nothing but null":            {`{"id":null,"country":null,"feature":null}`, ErrMalformed, ErrMalformed, ErrMalformed},
		"another user":                {`{"id":"u2","a":1}`, ErrMalformed, ErrMalformed, ErrMalformed},
		"an id of another type":       {`{"id":7,"a":1}`, nil, ErrMalformed, ErrMalformed},
		"an empty id":                 {`{"id":"","a":1}`, nil, ErrMalformed, ErrMalformed},
		"an id among an error":        {`{"id":"u1","code":300,"message":"x"}`, nil, ErrUnavailable, ErrUnavailable},
		"a profile without its id":    {`{"department":"Sales","status":"activate"}`, nil, nil, ErrMalformed},
		"a profile with a null id":    {`{"id":null,"department":"Sales"}`, nil, ErrMalformed, ErrMalformed},
		"phone settings":              {`{"area_code":"212","a":1}`, ErrMalformed, nil, ErrMalformed},
		"phone settings and a code":   {`{"code":300,"message":"x","desk_phone":{}}`, ErrUnavailable, nil, ErrUnavailable},
		"general settings":            {`{"feature":{},"brand_new":1}`, ErrMalformed, ErrMalformed, nil},
		"general settings and a code": {`{"code":300,"message":"x","in_meeting":{}}`, ErrUnavailable, ErrUnavailable, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newTestClient(t, &script{answer: always(reply{body: test.body})}, func(cfg *Config) { cfg.Attempts = 2 })
				_, profile := c.PhoneUser(t.Context(), "u1")
				_, settings := c.PhoneUserSettings(t.Context(), "u1")
				_, general := c.UserSettings(t.Context(), "u1")
				if !errors.Is(profile, test.profile) || !errors.Is(settings, test.settings) || !errors.Is(general, test.general) {
					t.Errorf("got %v, %v, %v, want %v, %v, %v", profile, settings, general, test.profile, test.settings, test.general)
				}
			})
		})
	}
}

func TestClient_web_page_speaks_against_the_url(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		page := reply{body: "<html>log in</html>", header: map[string]string{"Content-Type": "text/html; charset=utf-8"}}
		zoom := &script{answer: always(page)}
		_, err := newTestClient(t, zoom, func(cfg *Config) { cfg.Attempts = 3 }).PhoneUser(t.Context(), "u1")
		var fault *Error
		if !errors.As(err, &fault) || !errors.Is(err, ErrMalformed) || len(zoom.sent()) != 3 {
			t.Fatalf("error is %v after %d requests", err, len(zoom.sent()))
		}
		if got := fault.Repair(); !strings.Contains(got, "check ZOOM_API_URL") || strings.Contains(got, "ZOOM_TOKEN_URL") {
			t.Errorf("repair is %q", got)
		}
	})
}

// A server may repeat a secret without any word that would give it away.
func TestClient_conceals_its_own_secrets(t *testing.T) {
	t.Parallel()
	const token, secret = "opaqueTOKEN0123456789", "Client+Secret/20260000001"
	basic := base64.StdEncoding.EncodeToString([]byte("client-id:" + url.QueryEscape(secret)))
	granted := reply{body: `{"access_token":"` + token + `","expires_in":3600}`}
	long := strings.Repeat("x", maxMessage-10) // the secret is where a long message is cut
	for name, answer := range map[string]reply{
		"refusal":          zoomError(400, 300, "Rejected token "+token),
		"long refusal":     zoomError(400, 300, long+token),
		"single field":     {status: 400, body: `{"code":300,"message":"x","errors":[{"field":"` + token + `","message":"` + secret + `"}]}`},
		"5xx":              zoomError(500, 300, token+" "+secret+" "+basic),
		"inside a 200":     zoomError(200, 300, "Rejected "+token),
		"type of the body": {body: "x", header: map[string]string{"Content-Type": "text/" + token}},
		"redirect":         {status: 302, header: map[string]string{"Location": "https://" + token + ".example/"}},
		"transport":        {err: errors.New("malformed HTTP response: " + token)},
	} {
		for _, at := range []string{"api", "token"} {
			t.Run(name+" of the "+at, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					zoom := &script{answer: always(answer), token: func(int) reply { return granted }}
					if at == "token" {
						refused := answer
						refused.body = strings.NewReplacer(token, secret, `"code":300`, `"code":"`+basic+`"`).Replace(answer.body)
						zoom.token = func(int) reply { return refused }
					}
					var log bytes.Buffer
					c := newTestClient(t, zoom, logTo(&log), func(cfg *Config) { cfg.ClientSecret, cfg.Attempts = secret, 2 })
					_, err := c.PhoneUser(t.Context(), "u1")
					if err == nil {
						t.Fatal("no error")
					}
					shown := fmt.Sprintf("%v %+v %s", err, err, &log)
					for _, hidden := range []string{secret, basic, token[:8], secret[:8]} {
						if strings.Contains(shown, hidden) && (at == "api" || hidden != token[:8]) {
							t.Errorf("%s is shown: %s", hidden, shown)
						}
					}
				})
			})
		}
	}
}
