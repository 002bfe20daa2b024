package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

// event is a line of the log.
type event map[string]any

// events gives the lines of a log.
func events(t *testing.T, log string) (all []event) {
	t.Helper()
	for line := range strings.Lines(log) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, e)
	}
	return all
}

// Under every fault of single requests, and before a Zoom whose errors name people, the
// log of everything names nobody, and each failure says what Zoom's support asks for.
func TestSync_log_says_what_support_asks_for_and_names_nobody(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 150, Seed: 51})
	b.sync(exitComplete)
	words, active := b.personal(), b.active()
	b.account.Remove(active[0])
	for i, status := range []int{400, 401, 403} {
		b.account.FailUser(active[1+i], zoomtest.Settings, status)
		b.account.FailUser(active[1+i], zoomtest.UserSettings, status)
	}
	b.account.SetFaults(zoomtest.Faults{
		InternalError: .02, BadGateway: .02, Garbage: .02, BrokenBody: .02, Reset: .02, Throttle: .01, TokenFaults: .3, RevokeEvery: 200,
		Only: []string{"profile", "settings", "user_settings"},
	})
	var telling atomic.Int64
	people := b.account.Users()
	loud := map[string]zoomtest.User{}
	for _, u := range people {
		if u.ID == active[10] || u.ID == active[11] {
			loud[u.ID] = u
		}
	}
	answer := func(w http.ResponseWriter, r *http.Request) bool {
		id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/phone/users/"), "/")
		u, ok := loud[id]
		if !ok {
			return false
		}
		telling.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Zm-Trackingid", "WEB_telling")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"code":300,"message":"%s, +1 415 555 0123, device 64-16-7f-00-01-02 and 64:16:7F:00:01:02"}`, u.Email)
		return true
	}
	b.intercept.Store(&answer)
	words = append(words, "415 555 0123", "64-16-7f-00-01-02", "64:16:7F:00:01:02")
	got := b.runWith(t.Context(), map[string]string{"SYNCD_LOG_LEVEL": "debug"}, "sync")
	if got.code != exitPartial || telling.Load() < 4 {
		t.Fatalf("exit code %d, %d answers name somebody\n%s", got.code, telling.Load(), got.stderr)
	}
	b.wantNothingPersonal(got.stdout+got.stderr, words)

	logged := map[string]event{} // by user and document
	ends := 0
	for _, e := range events(t, got.stderr) {
		switch e["msg"] {
		case "document is not mirrored":
			logged[fmt.Sprint(e["user_id"], " ", e["document"])] = e
			if e["level"] != "WARN" || e["endpoint"] == nil {
				t.Errorf("a failure reads %v", e)
			}
		case "zoom request failed, trying again":
			if e["level"] != "DEBUG" || e["endpoint"] == nil || e["attempt"] == nil || e["http_status"] == float64(500) && e["request_id"] == nil {
				t.Errorf("an attempt reads %v", e)
			}
		case "pass ended":
			ends++
			for _, key := range []string{
				"account_id", "pass_id", "status", "continued", "listing_complete", "users_requested", "users_listed", "users_written", "users_unchanged", "users_failed",
				"users_deleted", "requests", "throttled", "throttled_by_others", "pool_wait_seconds", "seconds", "floor_seconds", "floor_share", "error", "repair",
			} {
				if e[key] == nil {
					t.Errorf("the pass has no %s: %v", key, e)
				}
			}
		}
	}
	if ends != 1 || strings.Count(got.stderr, `"msg":"pass begins"`) != 1 {
		t.Errorf("%d passes end", ends)
	}
	failures := b.database.Query(`SELECT user_id || ' ' || document, http_status, zoom_code, request_id FROM zoom.sync_failures WHERE pass_id = 2`)
	if len(failures) < 10 || len(logged) != len(failures) {
		t.Errorf("%d failures are recorded, %d logged", len(failures), len(logged))
	}
	for _, f := range failures {
		e := logged[f[0]]
		for i, key := range []string{"http_status", "zoom_code", "request_id"} {
			value := "<null>"
			if e[key] != nil {
				value = fmt.Sprint(e[key])
			}
			if value != f[i+1] {
				t.Errorf("%s: %s is %s in the log and %s in the table", f[0], key, value, f[i+1])
			}
		}
		if f[2] != "<null>" && f[3] == "<null>" { // of Zoom itself, not of a gateway
			t.Errorf("%s: no request id in spite of an answer", f[0])
		}
	}
}

// An order to stop is obeyed, and the next run goes on: nobody has to act.
func TestSync_order_to_stop_is_no_error_in_the_log(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5})
	b.account.SetFaults(zoomtest.Faults{DailyLimit: 1, Only: []string{"settings"}})
	got := b.run("sync")
	if got.code != exitFailed || strings.Contains(got.stderr, `"level":"ERROR"`) {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	for _, e := range events(t, got.stderr) {
		if e["msg"] == "pass ended" && (e["level"] != "WARN" || e["status"] != "interrupted") {
			t.Errorf("the pass ends with %v", e)
		}
	}
}
