-- What a later run needs in order to go on with a pass that was cut off, and passes over chosen users only.

-- +goose Up
-- A pass that ended before this file ran was alive until it ended, or at least when it began.
ALTER TABLE syncd.passes ADD COLUMN advanced_at timestamptz;
UPDATE syncd.passes SET advanced_at = coalesce(finished_at, started_at);
ALTER TABLE syncd.passes
	ALTER COLUMN advanced_at SET DEFAULT now(),
	ALTER COLUMN advanced_at SET NOT NULL,
	ADD COLUMN writer bigint,
	ADD COLUMN users_requested bigint CHECK (users_requested > 0);
COMMENT ON COLUMN syncd.passes.advanced_at IS 'When the pass last got on; decides whether one that was cut off is still continued.';
COMMENT ON COLUMN syncd.passes.writer IS
	'Number of the process that runs the pass. A process whose pass another one continues shares the pass with it and cannot write any more.';

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
	p.users_requested
FROM syncd.passes p;
COMMENT ON VIEW zoom.sync_passes IS
	'One row per pass, that is one run over the account, or several: what one run left undone when it was cut off, the '
	'next one does under the same number.';
COMMENT ON COLUMN zoom.sync_passes.finished_at IS
	'When it ended, or was found to have been cut off; NULL while it runs, also when it is continued.';
COMMENT ON COLUMN zoom.sync_passes.status IS
	'running; complete (everything was fetched and saved); partial (saved, but something could not be '
	'fetched); held (saved, but its deletions wait for approval); failed (broken off by an error); interrupted '
	'(its process ended early or lost its lease; the next pass continues it if that is soon).';
COMMENT ON COLUMN zoom.sync_passes.users_requested IS
	'How many users the pass was asked for (syncd sync --user); NULL: all. It then says nothing about other users, and '
	'nobody is missing from it.';

-- A pass over chosen users has not seen the documents of all.
CREATE OR REPLACE VIEW zoom.unmapped_fields AS
SELECT
	f.account_id,
	CASE f.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	f.path,
	f.json_type,
	f.first_seen_at,
	coalesce(f.last_seen_at, greatest(f.first_seen_at, p.finished_at)) AS last_seen_at
FROM syncd.unmapped_fields f
LEFT JOIN (
	SELECT account_id, max(finished_at) AS finished_at
	FROM syncd.passes
	WHERE status = 'complete' AND users_requested IS NULL
	GROUP BY account_id
) p USING (account_id);

-- +goose Down
CREATE OR REPLACE VIEW zoom.unmapped_fields AS
SELECT
	f.account_id,
	CASE f.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	f.path,
	f.json_type,
	f.first_seen_at,
	coalesce(f.last_seen_at, greatest(f.first_seen_at, p.finished_at)) AS last_seen_at
FROM syncd.unmapped_fields f
LEFT JOIN (
	SELECT account_id, max(finished_at) AS finished_at
	FROM syncd.passes
	WHERE status = 'complete'
	GROUP BY account_id
) p USING (account_id);
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
	p.error
FROM syncd.passes p;
COMMENT ON VIEW zoom.sync_passes IS 'One row per pass, that is one run over the account.';
ALTER TABLE syncd.passes DROP COLUMN users_requested, DROP COLUMN writer, DROP COLUMN advanced_at;
