package health_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/health"
)

// get asks a handler and wants an answer.
func get(t *testing.T, handler http.Handler, status int, text string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if recorder.Code != status || recorder.Body.String() != text {
		t.Errorf("got %d %q, want %d %q", recorder.Code, recorder.Body, status, text)
	}
}

func TestHeart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var heart health.Heart
		get(t, &heart, 200, "ok: beginning\n")
		heart.Beat("waiting for the next pass", time.Hour)
		time.Sleep(time.Hour) // by the bubble's clock
		get(t, &heart, 200, "ok: waiting for the next pass\n")
		time.Sleep(90 * time.Second)
		get(t, &heart, 503, "stuck: no progress for 1m30s longer than that may take: waiting for the next pass\n")
		heart.Beat("pass: listing users", time.Minute)
		get(t, &heart, 200, "ok: pass: listing users\n")
	})
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fault error
		asked := 0
		ready := health.NewReadiness(
			health.Check{Name: "database", Do: func(context.Context) error { asked++; return fault }},
			health.Check{Name: "token", Do: func(context.Context) error { return nil }},
		)
		get(t, ready, 200, "ok   database\nok   token\n")
		fault = errors.New("cannot be reached\nat all")
		for range 100 {
			get(t, ready, 200, "ok   database\nok   token\n") // remembered
		}
		if asked != 1 {
			t.Errorf("the database was asked %d times", asked)
		}
		time.Sleep(11 * time.Second)
		get(t, ready, 503, "FAIL database: cannot be reached; at all\nok   token\n")
		fault = nil
		time.Sleep(11 * time.Second)
		get(t, ready, 200, "ok   database\nok   token\n")
	})
}

func TestReadiness_does_not_wait_for_ever(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		ready := health.NewReadiness(health.Check{Name: "database", Do: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		get(t, ready, 503, "FAIL database: no answer within 5s\n")
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
