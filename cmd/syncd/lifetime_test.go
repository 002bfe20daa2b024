package main

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"syncd/internal/zoom/zoomtest"
)

func TestSync_outlives_its_access_tokens(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Seed: 95, TokenLife: time.Second, Latency: 30 * time.Millisecond})
	if got := b.runWith(t.Context(), map[string]string{"SYNCD_CONCURRENCY": "8"}, "sync"); got.code != exitComplete {
		t.Fatalf("exit code %d:\n%s", got.code, got.stderr)
	}
	b.wantMirror()
	if n := b.account.TokensIssued(); n < 3 {
		t.Errorf("%d tokens were issued: the pass has outlived none", n)
	}
}

func TestSync_outlives_its_page_tokens(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 450, Small: true, Seed: 96})
	var pages atomic.Int64
	expire := func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/phone/users") && pages.Add(1) == 3 {
			b.account.ExpirePageTokens()
		}
		return false
	}
	b.intercept.Store(&expire)
	b.sync(exitComplete)
	b.wantMirror()
	if got := b.database.Value("SELECT listing_complete AND users_listed = 450 FROM zoom.sync_passes"); got != "t" {
		t.Error("the listing does not count as complete")
	}
}

func TestSync_page_tokens_that_never_last_end_the_listing_and_delete_nobody(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 250, Small: true, Seed: 97, PageTokenLife: time.Nanosecond})
	wantOneError(t, b.sync(exitPartial), exitPartial, "page token expired")
	b.account.Remove(b.active()[:3]...)
	wantOneError(t, b.sync(exitPartial), exitPartial, "page token expired")
	if got := b.database.Value("SELECT count(*) FROM zoom.phone_users_all WHERE deleted_at IS NOT NULL"); got != "0" {
		t.Errorf("%s users are marked deleted", got)
	}
	if n := b.account.Requests("list"); n > 40 {
		t.Errorf("%d pages were asked for: the restarts are not bounded", n)
	}
}
