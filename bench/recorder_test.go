package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRecorder_counts_by_pool_and_knows_refusals(t *testing.T) {
	t.Parallel()
	r := &recorder{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("refuse") {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = w.Write([]byte("{}")) // with a status of 200
	})}
	for _, path := range []string{
		"/oauth/token", "/v2/phone/users?page_size=100", "/v2/phone/sites", "/v2/phone/users/u1", "/v2/phone/users/u1/settings?refuse", "/v2/users/u1/settings",
	} {
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody))
	}
	for pool, want := range map[string][2]int{light: {1, 1}, medium: {2, 0}, core: {1, 0}} {
		if got := r.of(pool); got.accepted() != want[0] || got.refused() != want[1] {
			t.Errorf("%s: %d accepted and %d refused, want %v", pool, got.accepted(), got.refused(), want)
		}
	}
}
