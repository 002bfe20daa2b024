package zoom

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"syncd/internal/porttest"
)

// serve starts a server whose API has a base path and gives a client of it, so
// that a path built from the root fails. The handler sees only API requests.
func serve(t *testing.T, handler http.HandlerFunc, edit ...func(*Config)) *Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, tokenReply(1, 3600).body)
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/base/v2/") {
			handler(w, r) // not through the mux, which would clean the path
			return
		}
		mux.ServeHTTP(w, r)
	}))
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	c := newTestClient(t, transport, append([]func(*Config){func(cfg *Config) {
		cfg.APIURL, cfg.TokenURL = server.URL+"/base/v2", server.URL+"/oauth/token"
		cfg.Attempts = 2
	}}, edit...)...)
	return c
}

func TestClient_ids_are_one_segment_of_the_path(t *testing.T) {
	t.Parallel()
	ids := map[string]string{
		"-GHFnf5WQe-H-_r0Wwx9iQ": "-GHFnf5WQe-H-_r0Wwx9iQ",
		"a/b":                    "a%2Fb",
		"a//b/../c":              "a%2F%2Fb%2F..%2Fc",
		"../../admin":            "..%2F..%2Fadmin",
		"a?b=c":                  "a%3Fb=c",
		"a#b":                    "a%23b",
		"100%":                   "100%25",
		"a%2Fb":                  "a%252Fb",
		"a b\tc\n":               "a%20b%09c%0A",
		"ann.o'hara+x@e.com":     "ann.o%27hara+x@e.com",
		"Åsa-世界":                 "%C3%85sa-%E4%B8%96%E7%95%8C",
		"a;b,c:d&e=f":            "a%3Bb%2Cc:d&e=f",
		"\xff":                   "%FF",
		"...":                    "...",
	}
	var uri atomic.Value
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		uri.Store(r.RequestURI)
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = io.WriteString(w, anyBody)
	})
	for id, escaped := range ids {
		escaped = strings.ReplaceAll(escaped, "%27", "'")
		calls := map[string]func() error{
			"/base/v2/phone/users/" + escaped:               func() error { _, err := c.PhoneUser(t.Context(), id); return err },
			"/base/v2/phone/users/" + escaped + "/settings": func() error { _, err := c.PhoneUserSettings(t.Context(), id); return err },
			"/base/v2/users/" + escaped + "/settings":       func() error { _, err := c.UserSettings(t.Context(), id); return err },
			"/base/v2/phone/users/" + escaped + "/settings/voice_mail?shared_id=a%2Fb%26c": func() error {
				return c.DeleteSharedAccess(t.Context(), id, VoiceMail, "a/b&c")
			},
		}
		for want, call := range calls {
			if err := call(); err != nil {
				t.Errorf("%q: %v", id, err)
			}
			if got := uri.Load(); got != want && strings.ReplaceAll(want, "'", "%27") != got {
				t.Errorf("%q asks for %s, want %s", id, got, want)
			}
		}
	}
}

func TestClient_body_cut_off_is_asked_for_again(t *testing.T) {
	t.Parallel()
	breaks := map[string]http.HandlerFunc{
		"less than promised": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, profileBody)
		},
		"chunks without an end": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, profileBody) // complete JSON, and yet no complete answer
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		"no answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"reset": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.(*net.TCPConn).SetLinger(0)
				_ = conn.Close()
			}
		},
		"gzip without an end": func(w http.ResponseWriter, _ *http.Request) {
			packed := pack(profileBody)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed[:len(packed)-6])
		},
	}
	for name, broken := range breaks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1)%2 == 1 {
					broken(w, r)
					return
				}
				_, _ = io.WriteString(w, profileBody)
			})
			got, err := c.PhoneUser(t.Context(), "u1")
			if err != nil || string(got) != profileBody || n.Load() != 2 {
				t.Errorf("got %s, %v after %d requests", got, err, n.Load())
			}
			c.attempts = 1
			c.http.CloseIdleConnections() // over a used one net/http would ask again by itself
			_, err = c.PhoneUser(t.Context(), "u1")
			checkError(t, err)
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnreachable) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func pack(body string) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, body)
	_ = w.Close()
	return packed.Bytes()
}

func TestClient_gzip(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("header is %v", r.Header)
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(pack(profileBody))
	})
	if got, err := c.PhoneUser(t.Context(), "u1"); err != nil || string(got) != profileBody {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestClient_bodies_are_bounded(t *testing.T) {
	t.Parallel()
	huge := pack(`{"a":"` + strings.Repeat("a", maxBody) + `"}`) // small as it comes
	for _, status := range []int{200, 400} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				w.WriteHeader(status)
				_, _ = w.Write(huge)
			}, func(cfg *Config) { cfg.Attempts = 1 })
			_, err := c.PhoneUserSettings(t.Context(), "u1")
			checkError(t, err)
			if status == 200 && (!errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "larger than 32 MiB")) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// A body without an end, of a page, a document, an error or a token: what is read of it is bounded.
func TestClient_endless_bodies_are_bounded(t *testing.T) {
	t.Parallel()
	page := func(c *Client) (err error) {
		for _, err = range c.PhoneUsers(t.Context(), StatusAny) {
		}
		return err
	}
	document := func(c *Client) error {
		_, err := c.PhoneUserSettings(t.Context(), "u1")
		return err
	}
	token := func(c *Client) error {
		_, err := c.Authorize(t.Context())
		return err
	}
	tests := map[string]struct {
		begin  string
		status int
		ask    func(*Client) error
		want   error
	}{
		"page":           {`{"users":[{"id":"u1","name":"`, 200, page, ErrMalformed},
		"page, error":    {`{"code":300,"message":"`, 400, page, ErrRejected},
		"document":       {`{"id":"`, 200, document, ErrMalformed},
		"document, 404":  {`{"code":1001,"message":"`, 404, document, ErrWrongURL},
		"token":          {`{"access_token":"`, 200, token, ErrMalformed},
		"token, refusal": {`{"reason":"`, 400, token, ErrWrongURL},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				_, err := io.WriteString(w, test.begin)
				for chunk := strings.Repeat("a", 1<<16); err == nil; {
					_, err = io.WriteString(w, chunk)
				}
			}, func(cfg *Config) {
				cfg.Attempts = 1
				if strings.HasPrefix(name, "token") {
					cfg.TokenURL = cfg.APIURL + "/token"
				}
			})
			err := test.ask(c)
			checkError(t, err)
			if !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
		})
	}
}

// The token must not go over an open line either, and the credentials nowhere else.
func TestClient_redirects_from_https_to_http_are_refused(t *testing.T) {
	t.Parallel()
	var leaked atomic.Int64
	open := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	t.Cleanup(open.Close)
	for _, redirected := range []string{"/v2/", "/oauth/token"} {
		secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, redirected) {
				http.Redirect(w, r, open.URL+r.URL.Path, http.StatusTemporaryRedirect)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, tokenReply(1, 3600).body)
		}))
		t.Cleanup(secure.Close)
		c := newTestClient(t, secure.Client().Transport, func(cfg *Config) {
			cfg.APIURL, cfg.TokenURL = secure.URL+"/v2", secure.URL+"/oauth/token"
		})
		_, err := c.PhoneUser(t.Context(), "u1")
		checkError(t, err)
		if !errors.Is(err, ErrWrongURL) {
			t.Errorf("redirect of %s: error is %v", redirected, err)
		}
	}
	if leaked.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

func TestClient_redirects_are_refused(t *testing.T) {
	t.Parallel()
	var leaked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, target := range []string{other.URL + "/v2?token=" + testSecret, "/base/v2/phone/users/u2", "//" + strings.TrimPrefix(other.URL, "http://"), ""} {
			var n atomic.Int64
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				n.Add(1)
				if target != "" {
					w.Header().Set("Location", target)
				}
				w.WriteHeader(status)
			})
			_, read := c.PhoneUser(t.Context(), "u1")
			write := c.UpdateSharedAccess(t.Context(), "u1", VoiceMail, SharedSetting{})
			for _, err := range []error{read, write} {
				if !errors.Is(err, ErrWrongURL) || strings.Contains(err.Error(), testSecret) {
					t.Errorf("%d to %s: error is %v", status, target, err)
				}
			}
			if n.Load() != 2 {
				t.Errorf("%d to %s: %d requests", status, target, n.Load())
			}
		}
	}
	if leaked.Load() != 0 {
		t.Error("the token went to another host")
	}
}

func TestClient_keeps_its_connection(t *testing.T) {
	t.Parallel()
	addresses := make(chan string, 100)
	var n atomic.Int64
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		addresses <- r.RemoteAddr
		if n.Add(1)%3 == 0 { // an error must not cost the connection either
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"code":1001,"message":"User does not exist: u1."}`)
			return
		}
		_, _ = io.WriteString(w, profileBody)
	})
	for range 30 {
		if _, err := c.PhoneUser(t.Context(), "u1"); err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
	}
	close(addresses)
	connections := map[string]bool{}
	for address := range addresses {
		connections[address] = true
	}
	// net/http gives up a connection when 50 ms after the answer it has not noted the end of the request yet: that
	// happens on a busy machine. Were it for the errors, it would be a third of them all.
	if len(connections) > 3 {
		t.Errorf("%d connections for 30 requests", len(connections))
	}
}

func TestClient_nobody_answers(t *testing.T) {
	t.Parallel()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c := newTestClient(t, transport, func(cfg *Config) {
		cfg.APIURL, cfg.TokenURL = "http://"+porttest.Nobody+"/v2", "http://"+porttest.Nobody+"/oauth/token"
		cfg.Attempts = 2
	})
	_, err := c.PhoneUser(t.Context(), "u1")
	if !errors.Is(err, ErrUnreachable) {
		t.Fatalf("error is %v", err)
	}
	if text := err.Error(); strings.Contains(text, "http://") || !strings.Contains(text, porttest.Nobody) || !strings.Contains(text, "connection refused") {
		t.Errorf("error is %s, want the address %s and no URL", text, porttest.Nobody)
	}
}

func TestClient_call_ends_in_the_middle_of_a_body(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := make(chan struct{})
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"id":`)
		_ = http.NewResponseController(w).Flush()
		cancel(errTest)
		<-stop
	})
	t.Cleanup(func() { close(stop) }) // before the server is closed, which waits for it
	if _, err := c.PhoneUser(ctx, "u1"); !errors.Is(err, errTest) {
		t.Errorf("error is %v, want the cause", err)
	}
}
