package sync

// MetricNotes says of each metric of the passes what it is asked for, what a high value
// means and what to do about it. docs/metrics.md shows it.
func MetricNotes() map[string]string {
	return map[string]string{
		"syncd_pass_last_attempt_timestamp_seconds": "Does anybody try? It is of the process that makes the passes: take the maximum over the replicas. Older than two intervals: look at `syncd_leader` and `syncd_heartbeat_overdue_seconds`.",
		"syncd_passes_total": "How do passes end? `complete`: all is well. `partial`: `syncd_pass_last_cause` and `zoom.sync_failures` say what is missing. `held`: look at `syncd_hold_users`. `failed`, `interrupted`: it is tried again sooner; " +
			"see `syncd_pass_last_cause` and the log.",
		"syncd_pass_consecutive_failures": "Is it a fault that passes, or one that stays? Three or more in a row: read `error` in `zoom.sync_passes`, or run `syncd status`. Of a single pass (`syncd sync`) it is 0 or 1; `syncd_passes_since_saved` counts those, too.",
		"syncd_pass_running":              "Is a pass being made? Sum it over the replicas: more than 1 cannot be, the lease forbids it. 1 for much longer than the floor: see `syncd_pass_users` and what it waits for.",
		"syncd_pass_users": "How far is the pass? `list`: elements of the lists read so far, those that come twice twice. `fetch`: users whose documents were asked for, of those due. `settle`: users whose changes were looked at together, written or kept back. `absent`: users that the list lacks, for whom Zoom was asked. Done that does not rise while a pass runs: " +
			"look at the pauses of the pools and at the write duration. After the pass they stay as they ended, until another replica leads.",
		"syncd_pass_workers": "How many users does it take to use up the budget? It rises when Zoom answers slowly. At its most, 512, and the pass is still slow: Zoom is.",
		"syncd_pass_duration_seconds": "How long do passes take? Compare with `syncd_pass_last_floor_seconds`, which is what the limits allow, and with `syncd_interval_seconds`: longer than the interval means that passes follow one another without a break. " +
			"The data is as old as interval and duration together.",
		"syncd_pass_floor_ratio": "Is a pass as fast as Zoom allows? Near 1 it is. Far below: throttling (`syncd_zoom_pool_rate`), slow answers or a slow database. Small accounts stay below it, for which a pass is mostly its beginning and end.",
		"syncd_user_writes_total": "What do passes do to the mirror? `written` is what changed at Zoom; a wave of it without a reason is worth a look at `zoom.setting_changes`. `unchanged` cost a request and no write. " +
			"`failed`: see `syncd_document_failures_total`.",
		"syncd_documents_total": "What comes of asking for documents? `not_found` is normal for pending users and those licensed minutes ago. `forbidden`: a scope is missing, or a resource is out of reach of the app's owner. `failed`: no usable answer.",
		"syncd_document_failures_total": "Why are documents missing? `scopes`, `forbidden`, `credentials`, `token`: rights; run `syncd doctor`. `throttled`: the budget. `unavailable`, `unreachable`, `malformed`: Zoom or the network, also after all repetitions. `url`: not the Zoom API. " +
			"`claim`: an answer about one user that speaks of the whole account. `rejected`: another refusal of this one request. `unreadable`: the document is not one that syncd can use. `unstorable`: the database refuses it. Whose they are stands in `zoom.sync_failures`.",
		"syncd_guard_decisions_total": "Does the guard work, and does it cry wolf? `clear`: nothing was suspect. `permitted`: something was, and it was little enough to be written. `held`: too much, a new hold waits for you. `kept`: the open hold stands, approved or not. `released`: what was approved is written. " +
			"`ended`: the hold is over, and nothing of it was written. Kinds: users that are gone, changes of status, columns that go empty, sites.",
		"syncd_batch_retries_total": "Does the database drop out now and then? Any steady increase: look at connections, failovers and locks; `syncd_db_write_errors_total` has the cause.",
	}
}
