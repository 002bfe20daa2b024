//go:build faults || soak

package faults

import (
	"time"

	"syncd/internal/zoom/zoomtest"
)

// tenth is the chance of each answer to be bad.
const tenth = .1

// faults is everything that is tried, in the order of the table. What lets each request wait is tried on few users.
func faults() []fault {
	pages := manyUsers * 88 / 100 / pageSize // of the unfiltered list, which holds the active users; the last one is no truncation
	return []fault{
		{name: "kill -9", trials: 20, strike: kill, after: wantLittleTwice},
		{name: "SIGTERM", trials: 10, strike: terminate},
		{name: "two runs at once", trials: 4, strike: twoAtOnce},
		{name: "Postgres stopped and started", trials: 10, setting: setting{ownServer: true}, strike: restartPostgres},

		{name: "10 %: 500", trials: 2, strike: during(zoomtest.Faults{InternalError: tenth})},
		{name: "10 %: 502, an HTML page", trials: 2, strike: during(zoomtest.Faults{BadGateway: tenth})},
		{name: "10 %: body cut off", trials: 2, strike: during(zoomtest.Faults{BrokenBody: tenth})},
		{name: "10 %: 200 with garbage", trials: 2, strike: during(zoomtest.Faults{Garbage: tenth})},
		{name: "10 %: connection reset", trials: 2, strike: during(zoomtest.Faults{Reset: tenth})},
		{name: "10 %: slow body", trials: 2, strike: during(zoomtest.Faults{SlowBody: tenth, SlowBodyFor: 200 * time.Millisecond})},
		{
			name: "10 %: 429, per second", trials: 2, throttles: true, setting: setting{users: fewUsers},
			strike: during(zoomtest.Faults{Throttle: tenth}),
		},
		{
			name: "10 %: 429, daily limit for 2 s", trials: 2, throttles: true, setting: setting{users: fewUsers},
			strike: during(zoomtest.Faults{DailyLimit: tenth, DailyLimitFor: 2 * time.Second}),
		},
		{
			name: "10 %: 429, daily limit until midnight", trials: 2, throttles: true, setting: setting{users: fewUsers},
			strike: until(zoomtest.Faults{DailyLimit: tenth, DailyLimitFor: 12 * time.Hour}),
		},
		{name: "10 %: token endpoint broken", trials: 2, strike: during(zoomtest.Faults{TokenFaults: tenth, RevokeEvery: 250})},
		{name: "10 %: users refused, 403", trials: 2, strike: refuseUsers},
		{name: "10 %: users unknown, 404", trials: 2, strike: until(zoomtest.Faults{NotReady: tenth})},
		{
			name: "10 %: all of these", trials: 2, throttles: true, setting: setting{users: fewUsers / 2},
			strike: during(everything(tenth)),
		},

		{name: "tokens revoked", trials: 4, strike: revokeTokens},
		{name: "tokens revoked every 250 requests", trials: 2, strike: during(zoomtest.Faults{RevokeEvery: 250})},
		{name: "tokens that live for a second", trials: 2, setting: setting{tokenLife: time.Second}, strike: during(zoomtest.Faults{})},
		{name: "each scope lost", trials: len(zoomtest.DefaultScopes()), strike: loseScope},
		{name: "page tokens expire", trials: 4, strike: expirePageTokens},

		{name: "list truncated at each page", trials: pages, strike: truncate(false)},
		{name: "the same without total_records", trials: pages, strike: truncate(true)},
		{name: "list empty with 200", trials: 2, strike: emptyList},
		{name: "list with an empty page", trials: 2, strike: until(zoomtest.Faults{EmptyPageAt: 2})},
		{name: "list that repeats a page", trials: 2, strike: until(zoomtest.Faults{RepeatPageAt: 2})},
		{name: "list whose tokens lead nowhere", trials: 2, strike: until(zoomtest.Faults{RepeatToken: true})},
		{name: "half of the users gone", trials: 2, strike: halfGone},

		{name: "neighbour with half of the budget", trials: 2, throttles: true, setting: setting{limit: 150}, strike: neighbour},
		{name: "clock 7 minutes ahead", trials: 1, throttles: true, setting: setting{users: fewUsers, clock: 7 * time.Minute}, strike: refusedByClock},
		{name: "clock 7 minutes behind", trials: 1, throttles: true, setting: setting{users: fewUsers, clock: -7 * time.Minute}, strike: refusedByClock},
	}
}
