-- What an operator asks of a pass beside how it ended: whose fault the throttling was, how near it came to its floor, and
-- what kind of cause kept it from being complete.

-- +goose Up
-- Of passes before this file ran, nobody knows.
ALTER TABLE syncd.passes
	ADD COLUMN throttled_by_others bigint,
	ADD COLUMN floor_share         double precision,
	ADD COLUMN cause               text;
ALTER TABLE syncd.passes ALTER COLUMN throttled_by_others SET DEFAULT 0;

CREATE OR REPLACE VIEW zoom.sync_passes AS
SELECT
	p.account_id,
	p.pass_id,
	p.started_at,
	p.finished_at,
	p.status,
	p.listing_complete,
	p.users_listed,
	p.users_written,
	p.users_unchanged,
	p.users_failed,
	p.users_deleted,
	p.requests,
	p.throttled,
	p.floor_seconds,
	p.error,
	p.users_requested,
	p.throttled_by_others,
	p.floor_share,
	p.cause
FROM syncd.passes p;
COMMENT ON COLUMN zoom.sync_passes.throttled_by_others IS
	'Of throttled, those for the limit of a second that came while syncd kept to its share of it: other apps of the account had '
	'used the rest. NULL: a pass of an older release.';
COMMENT ON COLUMN zoom.sync_passes.floor_share IS
	'The floor of what the last run of the pass had to do, divided by the time that the run took: 1 is as fast as the request '
	'budget allows. 0 for a pass that did not come to its end; NULL while it runs, when its process is gone, and of an older release.';
COMMENT ON COLUMN zoom.sync_passes.cause IS
	'What kind of thing kept the pass from being complete; error says more. credentials, scopes, phone_not_enabled, account: Zoom '
	'refuses the app. daily_limit, budget: nothing is left of the request budget. zoom_url, zoom_unavailable, zoom_answers: Zoom is not there, '
	'or answers what cannot be used. database. lease: another syncd may write. stopped: it was told to stop. process_gone: it was killed. '
	'listing: the list of users is not complete. held: something waits for an approval. users: some users are not '
	'mirrored completely. other. NULL: nothing did, or it is of an older release.';

-- +goose Down
DROP VIEW zoom.sync_passes;
CREATE VIEW zoom.sync_passes AS
SELECT
	p.account_id,
	p.pass_id,
	p.started_at,
	p.finished_at,
	p.status,
	p.listing_complete,
	p.users_listed,
	p.users_written,
	p.users_unchanged,
	p.users_failed,
	p.users_deleted,
	p.requests,
	p.throttled,
	p.floor_seconds,
	p.error,
	p.users_requested
FROM syncd.passes p;
COMMENT ON VIEW zoom.sync_passes IS
	'One row per pass, that is one run over the account, or several: what one run left undone when it was cut off, the '
	'next one does under the same number.';
ALTER TABLE syncd.passes DROP COLUMN throttled_by_others, DROP COLUMN floor_share, DROP COLUMN cause;
