package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/sync"
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
