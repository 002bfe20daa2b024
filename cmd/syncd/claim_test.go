package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

// accountClaims are what Zoom says of the whole account.
var accountClaims = []struct {
	name         string
	status, code int
	body         string
	freshness    string // of a document that is answered so
	repair       string
}{
	{"no account", 404, 2001, `{"code":2001,"message":"Account does not exist."}`, "failed", "check ZOOM_ACCOUNT_ID"},
	{"no phone", 403, 2031, `{"code":2031,"message":"Zoom Phone has not been enabled for this account."}`, "failed", "enable Zoom Phone"},
	{"wrong kind of key", 400, 200, wrongKey, "failed", "check ZOOM_ACCOUNT_ID"},
	{"no scope", 400, 4711, `{"code":4711,"message":"Invalid access token, does not contain scopes:[phone:read:user_setting:admin]"}`, "forbidden", "phone:read:user_setting:admin"},
}

const wrongKey = `{"code":200,"message":"Invalid api key or secret."}`

func TestSync_what_one_user_is_told_of_the_account_costs_that_document(t *testing.T) {
	t.Parallel()
	for _, claim := range accountClaims {
		t.Run(claim.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 30, Small: true})
			id := b.active()[3]
			b.answer("/v2/phone/users/"+id+"/settings", claim.status, claim.body)
			wantOneError(t, b.sync(exitPartial), exitPartial, "1 of 30 users")
			want := [][]string{{id, "settings", fmt.Sprint(claim.status), fmt.Sprint(claim.code)}}
			if diff := cmp.Diff(want, b.database.Query("SELECT user_id, document, http_status, zoom_code FROM zoom.sync_failures")); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
			want = [][]string{{id, "settings", claim.freshness}}
			if diff := cmp.Diff(want, b.database.Query("SELECT user_id, document, status FROM zoom.freshness WHERE status IN ('failed', 'forbidden')")); diff != "" {
				t.Errorf("documents that are not ok (-want +got):\n%s", diff)
			}
			b.intercept.Store(nil)
			b.sync(exitComplete)
			b.wantMirror()
		})
	}
}

func TestSync_what_every_user_is_told_of_the_account_is_true_of_all(t *testing.T) {
	t.Parallel()
	for _, claim := range accountClaims {
		t.Run(claim.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 300, Small: true})
			b.answerAll(func(path string) bool {
				return strings.HasPrefix(path, "/v2/phone/users/") && strings.HasSuffix(path, "/settings")
			}, claim.status, claim.body)
			code, asked := exitFailed, "SELECT count(*) < 150 FROM zoom.phone_users"
			if claim.freshness == "forbidden" { // it is told with the pass; the other documents are mirrored
				code, asked = exitPartial, "SELECT count(*) = 300 FROM zoom.phone_users"
			}
			wantOneError(t, b.run("sync"), code, claim.repair)
			if b.database.Value(asked) != "t" {
				t.Errorf("%s users are mirrored", b.database.Value("SELECT count(*) FROM zoom.phone_users"))
			}
			if b.database.Value("SELECT count(*) < 150 FROM zoom.sync_failures") != "t" {
				t.Error("what is true of all is recorded of each")
			}
		})
	}
}

func TestSync_names_the_repair_when_few_users_are_all_told_the_same(t *testing.T) {
	t.Parallel()
	for _, claim := range accountClaims {
		t.Run(claim.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 30, Small: true})
			id := b.active()[3]
			b.answer("/v2/phone/users/"+id+"/settings", claim.status, claim.body)
			wantOneError(t, b.run("sync", "--user="+id), exitPartial, claim.repair)
		})
	}
}

func TestRun_goes_on_whatever_users_are_told_of_the_account(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 30, Small: true})
	b.answerAll(func(path string) bool { return strings.HasPrefix(path, "/v2/phone/users/") }, 400, wrongKey)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- b.runWith(ctx, nil, "run") }()
	b.waitFor("SELECT count(*) FROM zoom.sync_passes WHERE status = 'failed'", "1")
	b.intercept.Store(nil)
	b.waitFor(completePasses, "1")
	stop()
	if got := <-ended; got.code != exitComplete {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
}
