package zoom

// MetricNotes says of each metric of a client what it is asked for, what a high value
// means and what to do about it. docs/metrics.md shows it.
func MetricNotes() map[string]string {
	return map[string]string{
		"syncd_zoom_requests_total": "What is asked of Zoom, and what comes back? Another status than 200 is normal now and then: each request is sent up to ten times. " +
			"Many `5xx` or `unreachable`: see https://status.zoom.us, and the network in between. Many `malformed`: something that is not Zoom answers. " +
			"`429` is told apart by `syncd_zoom_throttled_total`. The endpoint `token` counts the access tokens that were asked for: about one an hour.",
		"syncd_zoom_request_duration_seconds": "Is Zoom slow? A pass works on more users at once when it is, and keeps its pace up to a point. Seconds where it was tenths: Zoom or the network is ill.",
		"syncd_zoom_retries_total":            "How many faults of Zoom are hidden by sending again? Many beside few failures: it works, and costs budget.",
		"syncd_zoom_refusals_total": "Does Zoom still let us in? `credentials`: account ID, client ID or secret are wrong, or the app was deactivated; `syncd run` ends. " +
			"`scopes`: the app lost a scope, or its owner the rights of an administrator. `token`: a fresh token was refused; one in a while is a token that Zoom withdrew. " +
			"`phone_not_enabled`, `account`: what Zoom says of the whole account. `claim`: it says so in an answer about one user, where it is no proof. " +
			"`forbidden`: one resource may not be read. `url`: the server is not the Zoom API. `syncd doctor` names the repair of each.",
		"syncd_zoom_label_mismatch_total": "Does Zoom count an endpoint under another budget than we do? Any increase: the budget of that endpoint may be wrong; the log names both labels. " +
			"Lower ZOOM_RATE_SHARE if throttling comes with it, and report it.",
		"syncd_zoom_token_end_timestamp_seconds": "Is the access token renewed? It is, some minutes before its end. In the past while a pass runs: the token endpoint gives none.",
		"syncd_zoom_throttled_total": "Does Zoom refuse us for sending too much? Kind `second`: the account's limit of requests a second was reached; the pool pauses and slows down by itself, and below one " +
			"in a hundred requests that is how the limit is felt out. Kind `daily`: the account's limit of a day was reached; the pool is parked, and the pass ends as interrupted if that takes long.",
		"syncd_zoom_throttled_by_total": "Whose fault is the throttling? At each refusal our own requests of the second before are counted, refused ones included. `ours`: they were more than our share of the limit, or so many that a tenth more would " +
			"fill the limit without anybody else. The limit is the published one of the plan if ZOOM_POOLS sets a higher one, unless Zoom was seen to accept more: lower ZOOM_POOLS, or a ZOOM_RATE_SHARE that is near 1. `neighbour`: we kept to our share and were refused all the same. First check that ZOOM_PLAN is the account's plan: " +
			"a limit that is really lower than configured looks like a neighbour who never rests. Else other apps of the account use the rest: find them in the App Marketplace's call logs. A lower ZOOM_RATE_SHARE leaves them more, and makes no pass faster. The sum over both is `syncd_zoom_throttled_total{kind=\"second\"}`.",
		"syncd_zoom_pool_rate":           "How fast do we allow ourselves to be? Far below `syncd_zoom_pool_share` for long: throttling has slowed the pool down; `syncd_zoom_throttled_by_total` says whose fault it is. It climbs back by itself.",
		"syncd_zoom_pool_limit":          "What is the limit that all is measured by? Compare with https://developers.zoom.us/docs/api/rate-limits/ for your plan.",
		"syncd_zoom_pool_share":          "What may we use of it? While a pass runs, the pool that sets its floor should be near to this.",
		"syncd_zoom_pool_requests_total": "How much of the budget is used? Its rate stays below the share; in the pool that sets the floor it comes near to it during a pass.",
		"syncd_zoom_pool_wait_seconds_total": "Is the budget what a pass waits for? Its rate is the number of requests that wait at any moment: two or more is a pass that is as fast as the budget allows. Near zero during a slow pass: look for the delay at Zoom (request duration) " +
			"or in the database (write duration).",
		"syncd_zoom_pool_paused_until_timestamp_seconds": "Does a pool wait just now? In the future: it sends nothing until then, a minute at most.",
		"syncd_zoom_pool_parked_until_timestamp_seconds": "Until when does a daily limit stop us? In the future: nothing of this pool is sent before, and passes end as interrupted; the next one goes on. Find the app that uses up the day's budget, or pass less often.",
	}
}
