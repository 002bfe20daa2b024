package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/sync"
	"syncd/internal/zoom"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		progress sync.Progress
		elapsed  time.Duration
		want     string
	}{
		{sync.Progress{Phase: sync.PhaseFetch, Total: 100}, time.Minute, "fetching documents"},
		{sync.Progress{Phase: sync.PhaseFetch, Done: 1, Total: 100}, time.Millisecond, "fetching documents"},
		{sync.Progress{Phase: sync.PhaseList, Done: 300}, 3 * time.Second, "listing users, 100 users/s"},
		{sync.Progress{Phase: sync.PhaseFetch, Done: 160, Total: 960}, 10 * time.Second, "fetching documents, 16.0 users/s, 50s left"},
	} {
		if got := describe(test.progress, test.elapsed); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestScreen_shows_one_phase_at_a_time(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := &screen{out: &out, terminal: true}
		s.progress(sync.Progress{Phase: sync.PhaseList, Done: 100})
		time.Sleep(time.Second)
		s.progress(sync.Progress{Phase: sync.PhaseFetch, Done: 1, Total: 10})
		out.Reset()
		for done := range 10 {
			time.Sleep(time.Second)
			s.progress(sync.Progress{Phase: sync.PhaseFetch, Done: done, Total: 10})
		}
		if _, err := s.Write([]byte("a line\n")); err != nil {
			t.Fatal(err)
		}
		s.finish()
		synctest.Wait()
		if text := out.String(); strings.Contains(text, string(sync.PhaseList)) || !strings.Contains(text, "a line\n") {
			t.Errorf("the screen shows %q", text)
		}
	})
}

func TestScreen_shows_what_is_waited_for(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := &screen{out: &out, terminal: true}
		shown := func(from int) string { // what is drawn is drawn under the lock
			s.mu.Lock()
			defer s.mu.Unlock()
			return out.String()[from:]
		}
		ctx, stop := context.WithCancel(t.Context())
		until := time.Now().Add(20 * time.Second)
		go s.watch(ctx, func() zoom.Pause {
			if time.Now().Before(until) {
				return zoom.Pause{Pool: zoom.PhoneLight, Until: until}
			}
			return zoom.Pause{}
		})
		s.progress(sync.Progress{Phase: sync.PhaseFetch, Done: 4, Total: 10})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if want := "waiting for the budget phone-light until " + until.Local().Format(time.TimeOnly); !strings.Contains(shown(0), want) {
			t.Errorf("the screen shows %q, want %q", shown(0), want)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		before := len(shown(0))
		time.Sleep(2 * time.Second)
		stop()
		synctest.Wait()
		if text := shown(before); strings.Contains(text, "waiting") || !strings.Contains(text, "users/s") {
			t.Errorf("after the pause the screen shows %q", text)
		}
		s.finish()
	})
}
