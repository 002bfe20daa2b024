-- syncd prune removes what is older than somebody wants to keep. Where history begins from then on is recorded with the first row that
-- goes, in the same transaction: the functions zoom.…_as_of refuse a time before it, and whoever asks a view of versions or the journal can look.

-- +goose Up
CREATE TABLE syncd.history_limits (
	account_id text        PRIMARY KEY,
	begins_at  timestamptz NOT NULL,
	pruned_at  timestamptz NOT NULL
);
COMMENT ON TABLE syncd.history_limits IS 'One row per account whose history was pruned: where it begins.';

CREATE VIEW zoom.pruned_history AS
SELECT account_id, begins_at, pruned_at
FROM syncd.history_limits;
COMMENT ON VIEW zoom.pruned_history IS
	'One row per account of which syncd prune has removed history; no row: nothing was removed.';
COMMENT ON COLUMN zoom.pruned_history.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.pruned_history.begins_at IS
	'History is whole from here on. Of the time before, versions and changes are missing, and the functions zoom.…_as_of refuse to answer.';
COMMENT ON COLUMN zoom.pruned_history.pruned_at IS 'When history was last removed.';

-- A condition of the functions below on no column: Postgres asks it before it reads a row.
-- +goose StatementBegin
CREATE FUNCTION syncd.check_history(as_of timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
	beginning timestamptz := (SELECT max(begins_at) FROM zoom.pruned_history);
BEGIN
	IF as_of < beginning THEN
		RAISE EXCEPTION 'history begins at %, and what was before is pruned: nobody knows how things stood at %', beginning, as_of
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Ask for a later time. zoom.pruned_history says where the history of each account begins; the latest counts for all.';
	END IF;
	RETURN true;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.check_history(timestamptz) IS
	'True, or an error for a time before the history of some account begins (zoom.pruned_history): rows that are not there cannot say so.';

-- The second half of each UNION ALL is empty. It keeps Postgres from mixing the conditions of the first half with those of the question: in an
-- outer join, the one about history could then be asked of rows alone, and of no row where they are pruned. A UNION ALL still takes in
-- the conditions of the question.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION zoom.phone_users_as_of(as_of timestamptz) RETURNS TABLE (
	account_id text,
	user_id text,
	phone_user_id text,
	email text,
	name text,
	status text,
	activation_status text,
	settings_status text,
	extension_id text,
	extension_number bigint,
	site_id text,
	site_name text,
	department text,
	cost_center text,
	site_admin boolean,
	area_code text,
	country_code text,
	company_number text,
	outbound_caller_number text,
	audio_prompt_language text,
	first_seen_at timestamptz,
	changed_at timestamptz,
	verified_at timestamptz,
	default_transcription_language text,
	music_on_hold_id text,
	country_name text,
	country_calling_code text,
	delegation_privacy boolean,
	delegation_privileges bigint[],
	delegation_locked boolean,
	phone_screen_lock boolean,
	primary_number text,
	intercom_device_id text,
	intercom_device_name text,
	shared_line_groups_receive_calls boolean,
	business_hour_type bigint,
	company_number_e164 text,
	outbound_caller_number_e164 text,
	primary_number_e164 text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT
		u.account_id,
		u.user_id,
		l.phone_user_id,
		l.email,
		l.name,
		l.status,
		l.activation_status,
		s.settings_status,
		l.extension_id,
		l.extension_number,
		l.site_id,
		l.site_name,
		l.department,
		l.cost_center,
		p.site_admin,
		s.area_code,
		s.country_code,
		s.company_number,
		s.outbound_caller_number,
		s.audio_prompt_language,
		u.first_seen_at,
		CASE WHEN u.changed_at <= as_of THEN u.changed_at ELSE (
			SELECT greatest(
				u.present_from,
				max(t.valid_from) FILTER (WHERE t.valid_from <= as_of),
				max(t.valid_to) FILTER (WHERE t.valid_to <= as_of)
			)
			FROM zoom.version_times t
			WHERE t.account_id = u.account_id AND t.user_id = u.user_id
		) END,
		least(l.verified_at, p.verified_at, s.verified_at,
			CASE WHEN num_nulls(l.verified_at, p.verified_at, s.verified_at) < 3 THEN as_of END),
		s.default_transcription_language,
		s.music_on_hold_id,
		s.country_name,
		s.country_calling_code,
		s.delegation_privacy,
		s.delegation_privileges,
		s.delegation_locked,
		s.phone_screen_lock,
		s.primary_number,
		s.intercom_device_id,
		s.intercom_device_name,
		s.shared_line_groups_receive_calls,
		s.business_hour_type,
		s.company_number_e164,
		s.outbound_caller_number_e164,
		s.primary_number_e164
	FROM zoom.user_presence u
	LEFT JOIN zoom.list_versions l
		ON l.account_id = u.account_id AND l.user_id = u.user_id
		AND l.valid_from <= as_of AND (l.valid_to IS NULL OR l.valid_to > as_of)
	LEFT JOIN zoom.profile_versions p
		ON p.account_id = u.account_id AND p.user_id = u.user_id
		AND p.valid_from <= as_of AND (p.valid_to IS NULL OR p.valid_to > as_of)
	LEFT JOIN zoom.settings_versions s
		ON s.account_id = u.account_id AND s.user_id = u.user_id
		AND s.valid_from <= as_of AND (s.valid_to IS NULL OR s.valid_to > as_of)
	WHERE syncd.check_history(as_of)
	AND u.present_from <= as_of AND (u.present_to IS NULL OR u.present_to > as_of)
	UNION ALL
	SELECT
		NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::bigint,
		NULL::text, NULL::text, NULL::text, NULL::text, NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
		NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, NULL::text, NULL::text, NULL::text, NULL::text, NULL::boolean,
		NULL::bigint[], NULL::boolean, NULL::boolean, NULL::text, NULL::text, NULL::text, NULL::boolean, NULL::bigint, NULL::text,
		NULL::text, NULL::text
	FROM zoom.pruned_history
	WHERE false;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION zoom.policies_as_of(as_of timestamptz) RETURNS TABLE (
	account_id text,
	user_id text,
	policy text,
	enabled boolean,
	locked boolean,
	locked_by text,
	modified boolean,
	detail jsonb
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT v.account_id, v.user_id, v.policy, v.enabled, v.locked, v.locked_by, v.modified, v.detail
	FROM zoom.policy_versions v
	WHERE syncd.check_history(as_of)
	AND v.valid_from <= as_of AND (v.valid_to IS NULL OR v.valid_to > as_of)
	UNION ALL
	SELECT NULL::text, NULL::text, NULL::text, NULL::boolean, NULL::boolean, NULL::text, NULL::boolean, NULL::jsonb
	FROM zoom.pruned_history
	WHERE false;
END;
-- +goose StatementEnd

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
	WHERE syncd.check_history(as_of)
	AND v.valid_from <= as_of AND (v.valid_to IS NULL OR v.valid_to > as_of)
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

-- +goose StatementBegin
DO $$
DECLARE
	history regclass;
	name text;
BEGIN
	FOREACH history IN ARRAY ARRAY[
		'zoom.setting_changes',
		'zoom_pii.setting_changes',
		'zoom.version_times',
		'zoom.list_versions',
		'zoom.profile_versions',
		'zoom.settings_versions',
		'zoom.policy_versions',
		'zoom.shared_access_versions',
		'zoom_pii.document_versions'
	]::regclass[] LOOP
		EXECUTE format('COMMENT ON VIEW %s IS %L', history,
			obj_description(history, 'pg_class') || ' Whole from begins_at in zoom.pruned_history on: what ended before may be pruned.');
	END LOOP;
	FOREACH history IN ARRAY ARRAY['zoom.sync_passes', 'zoom.sync_failures']::regclass[] LOOP
		EXECUTE format('COMMENT ON VIEW %s IS %L', history,
			obj_description(history, 'pg_class') || ' Old ones may be pruned.');
	END LOOP;
	FOREACH name IN ARRAY ARRAY['phone_users', 'policies', 'shared_access'] LOOP
		EXECUTE format('COMMENT ON FUNCTION zoom.%I(timestamptz) IS %L', name || '_as_of',
			obj_description(format('zoom.%I(timestamptz)', name || '_as_of')::regprocedure, 'pg_proc')
			|| ' An error for a time before history begins (zoom.pruned_history).');
	END LOOP;
END
$$;
-- +goose StatementEnd

-- How long a pass took that was cut off and continued, without the break.
ALTER TABLE syncd.passes ADD COLUMN resumed_at timestamptz;
COMMENT ON COLUMN syncd.passes.resumed_at IS 'When the last run began that went on with the pass; NULL when none did.';

-- A release must be able to bring the schema up to date while the one before it still runs. So that this one knows that a newer schema is
-- still good for it, the schema says so itself.
CREATE TABLE syncd.compatibility (
	oldest bigint NOT NULL
);
CREATE UNIQUE INDEX compatibility_one_row ON syncd.compatibility ((true));
COMMENT ON TABLE syncd.compatibility IS 'One row: which programs this schema is good for.';
COMMENT ON COLUMN syncd.compatibility.oldest IS
	'Version of the oldest schema whose programs can use this one. Migrations that only add leave it. One that takes away what no program uses '
	'any more, or asks for what every program writes by now, sets it to the version of the release that stopped using it, or began to write it: '
	'always below its own, so that programs of the last release go on working.';
INSERT INTO syncd.compatibility VALUES (23);

-- +goose Down
DROP TABLE syncd.compatibility;
ALTER TABLE syncd.passes DROP COLUMN resumed_at;

-- +goose StatementBegin
DO $$
DECLARE
	history regclass;
	name text;
BEGIN
	FOREACH history IN ARRAY ARRAY[
		'zoom.setting_changes',
		'zoom_pii.setting_changes',
		'zoom.version_times',
		'zoom.list_versions',
		'zoom.profile_versions',
		'zoom.settings_versions',
		'zoom.policy_versions',
		'zoom.shared_access_versions',
		'zoom_pii.document_versions'
	]::regclass[] LOOP
		EXECUTE format('COMMENT ON VIEW %s IS %L', history,
			replace(obj_description(history, 'pg_class'), ' Whole from begins_at in zoom.pruned_history on: what ended before may be pruned.', ''));
	END LOOP;
	FOREACH history IN ARRAY ARRAY['zoom.sync_passes', 'zoom.sync_failures']::regclass[] LOOP
		EXECUTE format('COMMENT ON VIEW %s IS %L', history, replace(obj_description(history, 'pg_class'), ' Old ones may be pruned.', ''));
	END LOOP;
	FOREACH name IN ARRAY ARRAY['phone_users', 'policies', 'shared_access'] LOOP
		EXECUTE format('COMMENT ON FUNCTION zoom.%I(timestamptz) IS %L', name || '_as_of', replace(
			obj_description(format('zoom.%I(timestamptz)', name || '_as_of')::regprocedure, 'pg_proc'),
			' An error for a time before history begins (zoom.pruned_history).', ''));
	END LOOP;
END
$$;
-- +goose StatementEnd

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

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION zoom.policies_as_of(as_of timestamptz) RETURNS TABLE (
	account_id text,
	user_id text,
	policy text,
	enabled boolean,
	locked boolean,
	locked_by text,
	modified boolean,
	detail jsonb
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT v.account_id, v.user_id, v.policy, v.enabled, v.locked, v.locked_by, v.modified, v.detail
	FROM zoom.policy_versions v
	WHERE v.valid_from <= as_of AND (v.valid_to IS NULL OR v.valid_to > as_of);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION zoom.phone_users_as_of(as_of timestamptz) RETURNS TABLE (
	account_id text,
	user_id text,
	phone_user_id text,
	email text,
	name text,
	status text,
	activation_status text,
	settings_status text,
	extension_id text,
	extension_number bigint,
	site_id text,
	site_name text,
	department text,
	cost_center text,
	site_admin boolean,
	area_code text,
	country_code text,
	company_number text,
	outbound_caller_number text,
	audio_prompt_language text,
	first_seen_at timestamptz,
	changed_at timestamptz,
	verified_at timestamptz,
	default_transcription_language text,
	music_on_hold_id text,
	country_name text,
	country_calling_code text,
	delegation_privacy boolean,
	delegation_privileges bigint[],
	delegation_locked boolean,
	phone_screen_lock boolean,
	primary_number text,
	intercom_device_id text,
	intercom_device_name text,
	shared_line_groups_receive_calls boolean,
	business_hour_type bigint,
	company_number_e164 text,
	outbound_caller_number_e164 text,
	primary_number_e164 text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT
		u.account_id,
		u.user_id,
		l.phone_user_id,
		l.email,
		l.name,
		l.status,
		l.activation_status,
		s.settings_status,
		l.extension_id,
		l.extension_number,
		l.site_id,
		l.site_name,
		l.department,
		l.cost_center,
		p.site_admin,
		s.area_code,
		s.country_code,
		s.company_number,
		s.outbound_caller_number,
		s.audio_prompt_language,
		u.first_seen_at,
		CASE WHEN u.changed_at <= as_of THEN u.changed_at ELSE (
			SELECT greatest(
				u.present_from,
				max(t.valid_from) FILTER (WHERE t.valid_from <= as_of),
				max(t.valid_to) FILTER (WHERE t.valid_to <= as_of)
			)
			FROM zoom.version_times t
			WHERE t.account_id = u.account_id AND t.user_id = u.user_id
		) END,
		least(l.verified_at, p.verified_at, s.verified_at,
			CASE WHEN num_nulls(l.verified_at, p.verified_at, s.verified_at) < 3 THEN as_of END),
		s.default_transcription_language,
		s.music_on_hold_id,
		s.country_name,
		s.country_calling_code,
		s.delegation_privacy,
		s.delegation_privileges,
		s.delegation_locked,
		s.phone_screen_lock,
		s.primary_number,
		s.intercom_device_id,
		s.intercom_device_name,
		s.shared_line_groups_receive_calls,
		s.business_hour_type,
		s.company_number_e164,
		s.outbound_caller_number_e164,
		s.primary_number_e164
	FROM zoom.user_presence u
	LEFT JOIN zoom.list_versions l
		ON l.account_id = u.account_id AND l.user_id = u.user_id
		AND l.valid_from <= as_of AND (l.valid_to IS NULL OR l.valid_to > as_of)
	LEFT JOIN zoom.profile_versions p
		ON p.account_id = u.account_id AND p.user_id = u.user_id
		AND p.valid_from <= as_of AND (p.valid_to IS NULL OR p.valid_to > as_of)
	LEFT JOIN zoom.settings_versions s
		ON s.account_id = u.account_id AND s.user_id = u.user_id
		AND s.valid_from <= as_of AND (s.valid_to IS NULL OR s.valid_to > as_of)
	WHERE u.present_from <= as_of AND (u.present_to IS NULL OR u.present_to > as_of);
END;
-- +goose StatementEnd

DROP FUNCTION syncd.check_history(timestamptz);
DROP VIEW zoom.pruned_history;
DROP TABLE syncd.history_limits;
