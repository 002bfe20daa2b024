package main

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom/zoomtest"
)

// runPlan runs syncd plan with nothing but the given variables: no credentials, no
// database.
func runPlan(t *testing.T, environment map[string]string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), process{
		args: append([]string{"plan"}, args...), getenv: func(name string) string { return environment[name] }, stdout: &stdout, stderr: &stderr,
	})
	return outcome{code, stdout.String(), stderr.String()}
}

func TestPlan_says_what_a_pass_takes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		environment map[string]string
		args        []string
		want        outcome
	}{
		{"defaults", nil, []string{"--users=10000"}, outcome{exitComplete, `Passes over 10,000 phone users, plan business, share 0.8

pool              requests  a second    at least  for
phone-medium           103        16        6.4s  lists of users, 100 a page, and of sites
phone-light         20,000        32      10m25s  phone profile and phone settings of each user
core-medium         10,000        48       3m28s  general settings of each user

floor         10m25s: the least time that these limits allow a pass, set by phone-light
interval      1h: has room for a pass, which takes at least 17 % of it
oldest data   1h10m25s: interval + pass, for a user whom one pass asks for first and the next one last; syncd run may begin it 5 % of the interval late
`, ""}},
		{"just enough", nil, []string{"--users", "72000", "--plan", "business", "--share", "1"}, outcome{exitComplete, `Passes over 72,000 phone users, plan business, share 1

pool              requests  a second    at least  for
phone-medium           723        20         36s  lists of users, 100 a page, and of sites
phone-light        144,000        40          1h  phone profile and phone settings of each user
core-medium         72,000        60         20m  general settings of each user

floor         1h: the least time that these limits allow a pass, set by phone-light
interval      1h: has room for a pass, which takes at least 100 % of it
oldest data   2h: interval + pass, for a user whom one pass asks for first and the next one last; syncd run may begin it 5 % of the interval late
`, ""}},
		{"a user too many", nil, []string{"--users", "72001", "--share", "1"}, outcome{exitUsage, `Passes over 72,001 phone users, plan business, share 1

pool              requests  a second    at least  for
phone-medium           724        20         36s  lists of users, 100 a page, and of sites
phone-light        144,002        40          1h  phone profile and phone settings of each user
core-medium         72,001        60         20m  general settings of each user

floor         1h: the least time that these limits allow a pass, set by phone-light
interval      1h: too short
`, `syncd: an interval of 1h has no room for a pass: raise SYNCD_INTERVAL (--interval) to 1h0m1s or more; no share of these limits is enough
`}},
		{"a larger share would do", nil, []string{"--users=10000", "--interval=10m"}, outcome{exitUsage, `Passes over 10,000 phone users, plan business, share 0.8

pool              requests  a second    at least  for
phone-medium           103        16        6.4s  lists of users, 100 a page, and of sites
phone-light         20,000        32      10m25s  phone profile and phone settings of each user
core-medium         10,000        48       3m28s  general settings of each user

floor         10m25s: the least time that these limits allow a pass, set by phone-light
interval      10m: too short
`, `syncd: an interval of 10m has no room for a pass: raise SYNCD_INTERVAL (--interval) to 10m25s or more, or ZOOM_RATE_SHARE (--share) to 0.84 or more
`}},
		{"environment", map[string]string{
			"ZOOM_PLAN": "pro", "ZOOM_RATE_SHARE": "0.5", "ZOOM_POOLS": "phone-light=60", "SYNCD_INTERVAL": "30m", "ZOOM_CLIENT_SECRET_FILE": "/nowhere",
		}, []string{"--users=3000"}, outcome{exitComplete, `Passes over 3,000 phone users, plan pro, share 0.5

pool              requests  a second    at least  for
phone-medium            33         5        6.6s  lists of users, 100 a page, and of sites
phone-light          6,000        30       3m20s  phone profile and phone settings of each user
core-medium          3,000        10          5m  general settings of each user

floor         5m: the least time that these limits allow a pass, set by core-medium
interval      30m: has room for a pass, which takes at least 17 % of it
oldest data   35m: interval + pass, for a user whom one pass asks for first and the next one last; syncd run may begin it 5 % of the interval late
`, ""}},
		{"without general settings", map[string]string{"SYNCD_USER_SETTINGS": "false"}, []string{"--users=3000", "--plan=pro"}, outcome{exitComplete, `Passes over 3,000 phone users, plan pro, share 0.8

pool              requests  a second    at least  for
phone-medium            33         8        4.1s  lists of users, 100 a page, and of sites
phone-light          6,000        16       6m15s  phone profile and phone settings of each user

floor         6m15s: the least time that these limits allow a pass, set by phone-light
interval      1h: has room for a pass, which takes at least 10 % of it
oldest data   1h6m15s: interval + pass, for a user whom one pass asks for first and the next one last; syncd run may begin it 5 % of the interval late
`, ""}},
		{"faults", nil, []string{"--users=many", "--plan=gold", "--share=2"}, outcome{exitUsage, "", `syncd: the configuration has 3 faults:
--users: "many" is not a whole number from 1 to 100000000
--plan: "gold" is not known: use one of pro, business
--share: "2" is not a number from 0.01 to 1
`}},
		{"faults of flags by their own names", nil, []string{"--users=5", "--plan", "pro", "--zoom-plan", "gold", "--zoom-rate-share=2"}, outcome{exitUsage, "", `syncd: the configuration has 2 faults:
--zoom-plan: "gold" is not known: use one of pro, business
--zoom-rate-share: "2" is not a number from 0.01 to 1
`}},
		{"faults of variables", map[string]string{"ZOOM_PLAN": "gold"}, []string{"--users=5"}, outcome{exitUsage, "", `syncd: the configuration has a fault: ZOOM_PLAN: "gold" is not known: use one of pro, business
`}},
		{"no users", nil, nil, outcome{exitUsage, "", "syncd: missing flags: --users=N\nRun \"syncd --help\" for commands and flags.\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, runPlan(t, test.environment, test.args...), cmp.AllowUnexported(outcome{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What a refusal offers is enough.
func TestPlan_repairs_work(t *testing.T) {
	t.Parallel()
	offer := regexp.MustCompile(`\(--interval\) to (\S+) or more, or ZOOM_RATE_SHARE \(--share\) to (\S+) or more`)
	for users := 20_001; users < 24_000; users += 97 {
		args := []string{"--users=" + strconv.Itoa(users), "--share=0.61", "--interval=20m"}
		refusal := runPlan(t, nil, args...)
		offered := offer.FindStringSubmatch(refusal.stderr)
		if refusal.code != exitUsage || offered == nil {
			t.Fatalf("%d users: exit code %d, %s", users, refusal.code, refusal.stderr)
		}
		for _, repair := range []string{"--interval=" + offered[1], "--share=" + offered[2]} {
			if got := runPlan(t, nil, append(args, repair)...); got.code != exitComplete {
				t.Errorf("%d users with %s: %s", users, repair, got.stderr)
			}
		}
	}
}

// The plan of the real account counts the users of all its lists; the unfiltered one
// leaves the deactivated and the pending ones out.
func TestDoctor_plans_for_everybody_listed(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 250})
	b.account.SetStatus(zoomtest.Deactivated, b.active()[:30]...)
	pace := regexp.MustCompile(`(?m)^.{6}(budget|interval|oldest data) .*\n`)
	for _, test := range []struct {
		interval, want string
		code           int
	}{
		{"1h", `ok    budget                 a pass over 250 users, or fewer if some are on two lists, takes at least 8m20s, set by phone-light at 1 a second (requests: 6 of phone-medium, 500 of phone-light, 250 of core-medium)
ok    interval               1h: has room for a pass, which takes at least 14 % of it
ok    oldest data            1h8m20s: interval + pass, for a user whom one pass asks for first and the next one last; syncd run may begin it 5 % of the interval late
`, exitComplete},
		{"2m", `ok    budget                 a pass over 250 users, or fewer if some are on two lists, takes at least 8m20s, set by phone-light at 1 a second (requests: 6 of phone-medium, 500 of phone-light, 250 of core-medium)
FAIL  interval               an interval of 2m has no room for a pass: raise SYNCD_INTERVAL (--interval) to 8m20s or more; no share of these limits is enough
`, exitFailed},
	} {
		got := b.runWith(t.Context(), map[string]string{"SYNCD_INTERVAL": test.interval, "ZOOM_RATE_SHARE": "1", "ZOOM_POOLS": "phone-light=1"}, "doctor")
		if diff := cmp.Diff(test.want, strings.Join(pace.FindAllString(got.stdout, -1), "")); diff != "" || got.code != test.code {
			t.Errorf("exit code %d\n%s\n%s", got.code, diff, got.stdout)
		}
	}
}

// Where the unfiltered list has everybody, the others have them once more.
func TestDoctor_refuses_no_interval_that_may_fit(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 250, ListIncludesDeactivated: true})
	b.account.SetStatus(zoomtest.Deactivated, b.active()[:30]...)
	for interval, test := range map[string]struct {
		line *regexp.Regexp
		code int
	}{
		"1h": {regexp.MustCompile(`ok    interval +1h: has room for a pass`), exitComplete},
		"9m": {regexp.MustCompile(`ok    interval +9m: may have no room for a pass, which takes at least (9m|1\dm)\w+ if nobody is on two lists, and 8m20s if all are`), exitComplete},
		"8m": {regexp.MustCompile(`FAIL  interval +an interval of 8m has no room for a pass`), exitFailed},
	} {
		got := b.runWith(t.Context(), map[string]string{"SYNCD_INTERVAL": interval, "ZOOM_RATE_SHARE": "1", "ZOOM_POOLS": "phone-light=1"}, "doctor")
		if !test.line.MatchString(got.stdout) || got.code != test.code {
			t.Errorf("%s: exit code %d, want %d, and a line like %q\n%s", interval, got.code, test.code, test.line, got.stdout)
		}
	}
}
