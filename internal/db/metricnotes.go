package db

// MetricNotes says of each metric of the store and of the mirror what it is asked for, what a high value means and what
// to do about it. docs/metrics.md shows it.
func MetricNotes() map[string]string {
	return map[string]string{
		"syncd_db_write_duration_seconds": "Is the database fast enough? A batch takes tenths of a second. Seconds: the pass waits for the database and not for Zoom; look at disk, locks and other load.",
		"syncd_db_batch_users":            "How full are the batches? 50 is full: Zoom delivers faster than two seconds a batch. Small ones are normal at the end of a pass and at small budgets.",
		"syncd_db_write_errors_total": "Why are batches not written? `unreachable`, `conflict`: they are tried again. `timeout`: locks or a slow disk. `bad_data`: the batch is split until the user is found whose document Postgres cannot store. " +
			"`disk_full`, `denied`, `read_only`: the repair is in the log. `pass_closed`: another syncd has taken the pass over. `other`: see the SQLSTATE in the log.",
		"syncd_db_pool_connections":        "How many connections are used? A pass needs two or three; the lease and the leadership have one each beside them.",
		"syncd_db_pool_connections_max":    "How many could there be? All of them in use for long: see `syncd_db_pool_wait_seconds_total`.",
		"syncd_db_pool_waits_total":        "Does work wait for a connection? Some do at the beginning, when connections are opened. A steady increase: the pool is too small, or transactions take too long.",
		"syncd_db_pool_wait_seconds_total": "How long does it wait? Its rate is the number of transactions that wait at any moment; it should be near 0.",

		"syncd_users": "How many users does the mirror have? `active` falling by more than the guard permits cannot be; a slow fall is your company's. `unknown`: Zoom gives them no status.",
		"syncd_oldest_document_age_seconds": "How old can an answer from the mirror be? Up to interval and duration of a pass. Older: passes fail, are partial, or a document of some users always fails: " +
			"`SELECT * FROM zoom.freshness ORDER BY verified_at LIMIT 10` names them.",
		"syncd_document_age_seconds": "Which document is it that is old? One kind alone: its scope is missing, or its endpoint fails. With SYNCD_USER_SETTINGS=false `user_settings` gets older for ever, if it was ever asked for.",
		"syncd_document_users":       "For how many users is a document missing? `forbidden` for all: a scope. `failed`: the last attempt failed, and what the mirror has is the version before. `pending`, `not_found`: Zoom has none.",
		"syncd_unmapped_fields": "Has Zoom changed its API? An increase: new fields, or values of another type; `zoom.unmapped_fields` has their paths. New fields are kept in the documents and cost nothing. A type that changed makes a column NULL: " +
			"look for the path among the columns, and update syncd.",
		"syncd_hold_open":        "Does something wait for a decision? More than 0: `syncd status` shows what is held and how to approve it. See `syncd_hold_users` for those that are approved already.",
		"syncd_hold_users":       "How large is what is held, and is it approved? `waiting`: look at some of the users in Zoom's admin portal, then `syncd approve`, or have the fault mended. `approved`: the next pass that finds the same writes it; for several passes: `syncd status` says what it waits for.",
		"syncd_hold_age_seconds": "For how long has nobody decided? Days: what is held is wrong in the mirror for as long.",
		"syncd_pass_last_success_timestamp_seconds": "When was the mirror last whole? An account in which some user always fails is never complete: whether the mirror is fresh, `syncd_pass_last_saved_timestamp_seconds` says. It comes from the database, so that it is the same on every replica and after a restart; 0 also means that the database has not answered yet. " +
			"Passes of `syncd sync --user` do not count.",
		"syncd_pass_last_saved_timestamp_seconds": "Is the mirror fresh? The age of this is the first thing to alert on: three intervals, or three times the floor of a pass if that is longer. What a partial pass lacks is old nevertheless: see `syncd_oldest_document_age_seconds`. " +
			"Passes of `syncd sync --user` do not count, here and below.",
		"syncd_passes_since_saved":              "Is it a fault that passes, or one that stays? Three or more: read `error` in `zoom.sync_passes`, or run `syncd status`. It outlives a restart and a change of the leader, and counts those of a CronJob. A pass that is cut off and continued counts once; one that the database never heard of does not.",
		"syncd_passes_since_complete":           "Does every pass lack somebody? Six or more: the same users fail each time; `zoom.sync_failures` names them. Or a hold waits: see `syncd_hold_users`.",
		"syncd_passes_since_complete_list":      "Does Zoom's list of users add up? One that broke off is mended by the next pass. Two or more: nobody is marked deleted, and new users may be missing; `error` in `zoom.sync_passes` says where it breaks off.",
		"syncd_pass_shorter_duration_seconds":   "Do passes fit into the interval? Longer than `syncd_interval_seconds`: the last two did not, and passes follow one another without a break.",
		"syncd_pass_last_status":                "How did the last pass end, whichever process made it? As in `zoom.sync_passes`.",
		"syncd_pass_last_cause":                 "What must be looked at first? As `cause` in `zoom.sync_passes`; `error` there says more, and `syncd status` shows it. `credentials`, `scopes`, `phone_not_enabled`, `account`: run `syncd doctor`. `daily_limit`, `budget`: see the throttling. `zoom_url`, `zoom_unavailable`, `zoom_answers`: Zoom. `listing`: the list of users was not complete, nobody is marked deleted. `users`: some users are not mirrored completely. `database`, `lease`, `stopped`, `process_gone`: our side.",
		"syncd_pass_last_listing_complete":      "Was everybody seen? 0 and a pass that ended: nobody can be marked deleted, and new users may be missing. Several passes in a row: `error` in `zoom.sync_passes` says what does not add up.",
		"syncd_pass_last_end_timestamp_seconds": "When was that? Together with the interval it says whether passes are made at all. 0: none has ended yet, and what is said of the last pass means nothing.",
		"syncd_pass_last_duration_seconds":      "How long did it take? See `syncd_pass_duration_seconds`.",
		"syncd_pass_last_floor_seconds":         "How long does it take at least? It grows with the number of users and falls with a larger share of the limits; `syncd plan` computes it.",
		"syncd_pass_last_floor_ratio":           "How near to that was it? See `syncd_pass_floor_ratio`.",
		"syncd_pass_last_users":                 "What did it do? `failed` above 0: the pass is partial; see `zoom.sync_failures`. `deleted`: users that Zoom says are gone.",
		"syncd_pass_last_requests":              "What did it cost? About three requests a user, fewer without the general settings. Many more: faults that are hidden by sending again.",
		"syncd_pass_last_throttled":             "Was it throttled, and by whom? As `throttled` and `throttled_by_others` in `zoom.sync_passes`. See `syncd_zoom_throttled_by_total`.",
		"syncd_mirror_facts_age_seconds":        "How old is what the metrics of the mirror and of the last pass say? Below a minute, for a very large mirror a few. More: the database does not answer scrapes, or, right after the start, never has; the log says why.",
	}
}
