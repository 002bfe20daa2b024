-- Under which id Zoom's support finds a request that failed. It stood in the message alone.

-- +goose Up
ALTER TABLE syncd.failures ADD COLUMN request_id text;
CREATE OR REPLACE VIEW zoom.sync_failures AS
SELECT
	u.account_id,
	x.pass_id,
	u.user_id,
	CASE x.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	x.http_status,
	x.zoom_code,
	x.message,
	x.failed_at,
	x.request_id
FROM syncd.failures x
JOIN syncd.users u USING (user_key);
COMMENT ON COLUMN zoom.sync_failures.request_id IS
	'The id of the request at Zoom (x-zm-trackingid), which its support asks for; NULL when Zoom gave none, or the failure is none of Zoom''s.';

-- +goose Down
DROP VIEW zoom.sync_failures;
ALTER TABLE syncd.failures DROP COLUMN request_id;
CREATE VIEW zoom.sync_failures AS
SELECT
	u.account_id,
	x.pass_id,
	u.user_id,
	CASE x.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	x.http_status,
	x.zoom_code,
	x.message,
	x.failed_at
FROM syncd.failures x
JOIN syncd.users u USING (user_key);
COMMENT ON VIEW zoom.sync_failures IS
	'One row per document that a pass could not fetch. A cause that meets all users, such as a missing scope, stands in '
	'zoom.sync_passes.error instead.';
COMMENT ON COLUMN zoom.sync_failures.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.sync_failures.pass_id IS 'The pass; joins zoom.sync_passes.';
COMMENT ON COLUMN zoom.sync_failures.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.sync_failures.document IS 'list, profile, settings or user_settings.';
COMMENT ON COLUMN zoom.sync_failures.http_status IS 'HTTP status of the answer; NULL when there was none.';
COMMENT ON COLUMN zoom.sync_failures.zoom_code IS 'Error code of Zoom; NULL when there was none.';
COMMENT ON COLUMN zoom.sync_failures.message IS 'What went wrong.';
COMMENT ON COLUMN zoom.sync_failures.failed_at IS 'When the attempt was made.';
