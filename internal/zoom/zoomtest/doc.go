// Package zoomtest is a simulated Zoom account with Zoom Phone, for tests, demonstrations and benchmarks.
//
// It owns the server's side of the calls that a mirror of phone users makes: POST /oauth/token and, below /v2,
// GET /phone/users, GET /phone/users/{id or e-mail}, .../settings, POST, PATCH and DELETE of .../settings/{settingType},
// GET /phone/sites and GET /users/{id or e-mail}/settings. It imports nothing of the client that it tests, and takes
// the client's side in no doubt: whatever Zoom leaves open is answered in the way that is harder to bear.
//
// An Account is an http.Handler, and an http.RoundTripper that answers in memory and works in testing/synctest bubbles:
//
//	account := zoomtest.New(zoomtest.Options{Users: 500, Faults: zoomtest.Faults{BadGateway: 0.05}})
//	client := &http.Client{Transport: account}        // or httptest.NewServer(account)
//	// token: https://any.host/oauth/token            API: https://any.host/v2
//
// Documents are made on demand from the seed and the user's position, so that a million users cost no memory beyond a few
// counters; changes lie over them. The same seed gives the same bytes in whatever order they are asked for. What the
// account truly holds is told by Users, Document and Sites, which faults and limits never touch.
//
// # Knobs
//
//	credentials, scopes    Options.AccountID, ClientID, ClientSecret, Scopes; SetScopes, RevokeTokens, Deactivate, Options.TokenLife
//	budgets                Options.Plan, Limits, Counting, Neighbour, RateHeaders; SetLimits, SetNeighbour
//	speed                  Options.Latency, Jitter; Faults.SlowBody
//	listing                Options.MaxPageSize, ListIncludesDeactivated, NoDuplicates, PageTokenLife; ExpirePageTokens
//	broken listing         Faults.ShuffleList, EmptyList, TruncateListAtPage, EmptyPageAt, RepeatPageAt, RepeatToken,
//	                       TrailingPage, DropTotalRecords, Hidden
//	documents              Options.Seed, Small, Drift, Volatile (SetVolatile), NoSites; Faults.ShuffleDocuments
//	broken replies         Faults.InternalError, BadGateway, BrokenBody, Garbage, Reset, TokenFaults
//	refusals               Faults.Throttle, ThrottleRetryAfter, DailyLimit, Forbidden, NotReady, LoseScopeAfter,
//	                       RevokeEvery; Options.NoPhone; FailUser
//	changes                Add, Remove, Return, SetStatus, RenameSite, Change, Set, SetDocument, Churn, and the writes over HTTP
//	what the client did    MaxPerSecond, Exceeded, Requests, Throttled, TokensIssued, Fetches, ProtocolFaults, Secrets
//
// # The hostile default
//
// Without any knob the unfiltered list holds neither deactivated nor pending users; every third page starts with the
// last row of the page before, while total_records counts each user once; page_size is clamped; there is no snapshot
// between pages; a reply carries no rate header but X-RateLimit-Category; names come in many scripts with quotes,
// tabs and marks; fields are missing, empty or unknown, arrays repeat elements, numbers are larger than a float64
// holds; a pending user's details answer 404; some ids start with "-".
//
// # Limitations
//
// It knows no other endpoint, no master account, no webhook. GET /users/{id}/settings ignores option and
// custom_query_fields. Removing a user removes him from the whole account, not from Zoom Phone alone. A write that
// POSTs a desk phone or a grant checks less than Zoom does. Read-after-write is immediate. No budget counts by the day:
// the daily limit is a fault. Texts and codes are those that are documented or were seen; the few made-up ones are that of
// a 403 on one user, of a site list without Multiple Sites and of HTTP 500. A user is found by the e-mail address that he was
// made with, not by one that a change gave his documents. Strings that Postgres cannot hold (U+0000, lone surrogates) come in
// only by Change or SetDocument.
package zoomtest
