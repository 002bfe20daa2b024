-- The time of a change, told truthfully from both sides: what is new is dated by the answer that brought it, what is
-- confirmed by the question that was answered.

-- +goose Up
ALTER TABLE syncd.parked_documents ADD COLUMN answered_at timestamptz;
COMMENT ON COLUMN syncd.parked_documents.fetched_at IS 'When Zoom was asked.';
COMMENT ON COLUMN syncd.parked_documents.answered_at IS 'When its answer was there; NULL in rows of a release that did not tell the two apart.';
COMMENT ON TABLE syncd.freshness IS
	'How fresh each document of a user is. Status: 1 ok, 2 not_found, 3 forbidden, 4 failed, 5 pending, NULL never asked for. '
	'fetched_at: when Zoom was asked for the last answer of any kind. verified_at: the same of the last confirmation of what is '
	'stored; while the status is ok, fetched_at. The question may lie before the valid_from of the version that it brought, '
	'which is the time of the answer.';

-- The profile does not say who a grant is for, and the same grant of the settings may.
CREATE OR REPLACE VIEW zoom.shared_access AS
SELECT
	u.account_id,
	u.user_id,
	c.kind,
	c.access_user_id,
	c.allow_download,
	c.allow_delete,
	c.allow_sharing,
	c.shared_id,
	CASE c.document WHEN 3 THEN c.access_user_type ELSE coalesce(c.access_user_type, (
		SELECT max(s.access_user_type)
		FROM syncd.shared_access s
		WHERE s.user_key = c.user_key AND s.document = 3 AND s.kind = c.kind
		AND (s.shared_id = c.shared_id OR s.access_user_id = c.access_user_id)
	)) END AS access_user_type,
	CASE c.document WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' END AS document
FROM syncd.shared_access c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL
AND (c.document = 2 OR NOT EXISTS (
	SELECT
	FROM syncd.shared_access p
	WHERE p.user_key = c.user_key AND p.document = 2 AND p.kind = c.kind
	AND (p.shared_id = c.shared_id OR p.access_user_id = c.access_user_id)
));
COMMENT ON COLUMN zoom.shared_access.access_user_type IS
	'user or commonArea, as the phone settings say of the grant; they do of voicemail alone.';

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION zoom.shared_access_as_of(as_of timestamptz) RETURNS TABLE (
	account_id text,
	user_id text,
	kind text,
	access_user_id text,
	allow_download boolean,
	allow_delete boolean,
	allow_sharing boolean,
	shared_id text,
	access_user_type text,
	document text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT v.account_id, v.user_id, v.kind, v.access_user_id, v.allow_download, v.allow_delete, v.allow_sharing, v.shared_id,
		coalesce(v.access_user_type, max(s.access_user_type)), v.document
	FROM zoom.shared_access_versions v
	LEFT JOIN zoom.shared_access_versions s
		ON s.account_id = v.account_id AND s.user_id = v.user_id AND s.kind = v.kind
		AND v.document = 'profile' AND s.document = 'settings'
		AND s.valid_from <= as_of AND (s.valid_to IS NULL OR s.valid_to > as_of)
		AND (s.shared_id = v.shared_id OR s.access_user_id = v.access_user_id)
	WHERE v.valid_from <= as_of AND (v.valid_to IS NULL OR v.valid_to > as_of)
	AND (v.document = 'profile' OR NOT EXISTS (
		SELECT
		FROM zoom.shared_access_versions p
		WHERE p.account_id = v.account_id AND p.user_id = v.user_id AND p.kind = v.kind AND p.document = 'profile'
		AND p.valid_from <= as_of AND (p.valid_to IS NULL OR p.valid_to > as_of)
		AND (p.shared_id = v.shared_id OR p.access_user_id = v.access_user_id)
	))
	GROUP BY v.account_id, v.user_id, v.kind, v.access_user_id, v.allow_download, v.allow_delete, v.allow_sharing, v.shared_id,
		v.access_user_type, v.document;
END;
-- +goose StatementEnd

COMMENT ON VIEW zoom.setting_changes IS
	'The journal: one row per value that changed from one version of a document to the next, of all users ever seen. The first '
	'documents of a user are no change. A document that ceases to apply, as those of a user who becomes pending, has a row for each '
	'value that went, and one for each that came when it is there again. That a user was deleted or came back is no row here: '
	'zoom.user_presence tells; values that are others after the return have rows.';
COMMENT ON COLUMN zoom.setting_changes.seen_after IS
	'The change happened after this: when Zoom was asked for the last answer that still gave the old value ...';
COMMENT ON COLUMN zoom.setting_changes.seen_at IS
	'... and at this time or before: when the answers that gave the new value were there, of the profile and both settings together.';
COMMENT ON VIEW zoom_pii.setting_changes IS
	'The journal: one row per value that changed from one version of a document to the next, of all users ever seen, with personal values. The first '
	'documents of a user are no change. A document that ceases to apply, as those of a user who becomes pending, has a row for each '
	'value that went, and one for each that came when it is there again. That a user was deleted or came back is no row here: '
	'zoom.user_presence tells; values that are others after the return have rows.';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_after IS
	'The change happened after this: when Zoom was asked for the last answer that still gave the old value ...';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_at IS
	'... and at this time or before: when the answers that gave the new value were there, of the profile and both settings together.';

-- +goose Down
COMMENT ON VIEW zoom.setting_changes IS 'The journal: one row per value that changed from one version of a document to the next, of all users ever seen. The first documents of a user are no change.';
COMMENT ON COLUMN zoom.setting_changes.seen_after IS 'When the old value was last seen. The change happened after that ...';
COMMENT ON COLUMN zoom.setting_changes.seen_at IS '... and at this time or before, when the new value was first seen.';
COMMENT ON VIEW zoom_pii.setting_changes IS 'The journal: one row per value that changed from one version of a document to the next, of all users ever seen, with personal values. The first documents of a user are no change.';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_after IS 'When the old value was last seen. The change happened after that ...';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_at IS '... and at this time or before, when the new value was first seen.';
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION zoom.shared_access_as_of(as_of timestamptz) RETURNS TABLE (
	account_id text,
	user_id text,
	kind text,
	access_user_id text,
	allow_download boolean,
	allow_delete boolean,
	allow_sharing boolean,
	shared_id text,
	access_user_type text,
	document text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT v.account_id, v.user_id, v.kind, v.access_user_id, v.allow_download, v.allow_delete, v.allow_sharing, v.shared_id,
		v.access_user_type, v.document
	FROM zoom.shared_access_versions v
	WHERE v.valid_from <= as_of AND (v.valid_to IS NULL OR v.valid_to > as_of)
	AND (v.document = 'profile' OR NOT EXISTS (
		SELECT
		FROM zoom.shared_access_versions p
		WHERE p.account_id = v.account_id AND p.user_id = v.user_id AND p.kind = v.kind AND p.document = 'profile'
		AND p.valid_from <= as_of AND (p.valid_to IS NULL OR p.valid_to > as_of)
		AND (p.shared_id = v.shared_id OR p.access_user_id = v.access_user_id)
	));
END;
-- +goose StatementEnd
CREATE OR REPLACE VIEW zoom.shared_access AS
SELECT
	u.account_id,
	u.user_id,
	c.kind,
	c.access_user_id,
	c.allow_download,
	c.allow_delete,
	c.allow_sharing,
	c.shared_id,
	c.access_user_type,
	CASE c.document WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' END AS document
FROM syncd.shared_access c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL
AND (c.document = 2 OR NOT EXISTS (
	SELECT
	FROM syncd.shared_access p
	WHERE p.user_key = c.user_key AND p.document = 2 AND p.kind = c.kind
	AND (p.shared_id = c.shared_id OR p.access_user_id = c.access_user_id)
));
COMMENT ON COLUMN zoom.shared_access.access_user_type IS 'user or commonArea; the profile does not say.';
ALTER TABLE syncd.parked_documents DROP COLUMN answered_at;
