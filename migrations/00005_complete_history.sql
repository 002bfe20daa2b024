-- The history, complete: what zoom.phone_users and zoom.shared_access show of now, the functions show of any moment, in every
-- column. The rules are those of the projection here too.

-- +goose Up
-- The one fact of zoom.phone_users that no body holds: a row that says no status may come from the list of pending users.
ALTER TABLE syncd.documents ADD COLUMN pending boolean NOT NULL DEFAULT false;
ALTER TABLE syncd.document_history ADD COLUMN pending boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN syncd.documents.pending IS
	'Of a list document that says no status: only the list of pending users had it, so that the status is pending.';
COMMENT ON COLUMN syncd.document_history.pending IS 'As in syncd.documents.';
COMMENT ON COLUMN syncd.documents.full_digest IS 'Hash of the canonical body, and of pending; equal means nothing to write.';

-- Of versions that ended before, nothing tells.
UPDATE syncd.documents d
SET pending = true
FROM syncd.user_list l
WHERE l.user_key = d.user_key AND d.document = 1 AND l.status = 'pending' AND syncd.json_text(d.body -> 'status') IS NULL;

-- +goose StatementBegin
CREATE FUNCTION syncd.json_integer(v jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(v) = 'number' THEN syncd.json_extension(v) END;
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.json_integer(jsonb) IS 'An integer; NULL for any other type and for what does not fit a bigint.';

-- +goose StatementBegin
CREATE FUNCTION syncd.json_integers(v jsonb) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(v) = 'array' THEN ARRAY(
	SELECT DISTINCT syncd.json_integer(e.value)
	FROM jsonb_array_elements(v) e
	WHERE syncd.json_integer(e.value) IS NOT NULL
	ORDER BY 1
) END;
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.json_integers(jsonb) IS 'Those elements of an array that are integers, sorted, each once; NULL for any other type.';

-- +goose StatementBegin
CREATE FUNCTION syncd.e164(number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
	SELECT CASE WHEN d.digits ~ '^[1-9][0-9]{6,14}$' THEN '+' || d.digits END
	FROM (
		SELECT CASE
			WHEN starts_with(t.trimmed, '+') THEN translate(substr(t.trimmed, 2), U&' -().\00A0', '')
			ELSE t.trimmed
		END AS digits
		FROM (
			-- All that Unicode calls white space.
			SELECT btrim(number, U&' \0009\000A\000B\000C\000D\0085\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000')
		) t (trimmed)
	) d
);
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.e164(text) IS
	'A number as a plus sign and digits; NULL for one that is written in some national way, whose country nobody knows.';

CREATE OR REPLACE VIEW zoom.list_versions AS
SELECT
	u.account_id,
	u.user_id,
	syncd.json_text(v.body -> 'phone_user_id') AS phone_user_id,
	syncd.json_text(v.body -> 'email') AS email,
	syncd.json_text(v.body -> 'name') AS name,
	coalesce(syncd.json_text(v.body -> 'status'), CASE WHEN v.pending THEN 'pending' END) AS status,
	syncd.json_text(v.body -> 'activation_status') AS activation_status,
	syncd.json_text(v.body -> 'extension_id') AS extension_id,
	syncd.json_extension(v.body -> 'extension_number') AS extension_number,
	syncd.json_text(v.body #> '{site,id}') AS site_id,
	syncd.json_text(v.body #> '{site,name}') AS site_name,
	syncd.json_text(v.body -> 'department') AS department,
	syncd.json_text(v.body -> 'cost_center') AS cost_center,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to,
	CASE WHEN v.current THEN CASE WHEN f.list_status = 1 THEN f.list_fetched_at ELSE f.list_verified_at END ELSE v.valid_from END AS verified_at
FROM (
	SELECT h.user_key, h.valid_from, h.valid_to, false AS current, h.body, h.pending
	FROM syncd.document_history h
	WHERE h.document = 1
	UNION ALL
	SELECT d.user_key, d.valid_from, NULL, true, d.body, d.pending
	FROM syncd.documents d
	WHERE d.document = 1
) v
JOIN syncd.users u USING (user_key)
LEFT JOIN syncd.freshness f USING (user_key);

-- The body is unpacked once, and not for each column: that is most of the time.
CREATE OR REPLACE VIEW zoom.settings_versions AS
SELECT
	u.account_id,
	u.user_id,
	syncd.json_text(b.status) AS settings_status,
	syncd.json_text(b.area_code) AS area_code,
	syncd.json_text(b.country -> 'code') AS country_code,
	syncd.json_text(b.company_number) AS company_number,
	syncd.json_text(b.outbound_caller -> 'number') AS outbound_caller_number,
	syncd.json_text(b.audio_prompt_language) AS audio_prompt_language,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to,
	CASE WHEN v.current THEN CASE WHEN f.settings_status = 1 THEN f.settings_fetched_at ELSE f.settings_verified_at END ELSE v.valid_from END AS verified_at,
	syncd.json_text(b.default_transcription_language) AS default_transcription_language,
	syncd.json_text(b.music_on_hold_id) AS music_on_hold_id,
	syncd.json_text(b.country -> 'name') AS country_name,
	syncd.json_text(b.country -> 'country_code') AS country_calling_code,
	syncd.json_boolean(b.delegation -> 'privacy') AS delegation_privacy,
	syncd.json_integers(b.delegation -> 'privileges') AS delegation_privileges,
	syncd.json_boolean(b.delegation -> 'locked') AS delegation_locked,
	syncd.json_boolean(b.desk_phone -> 'phone_screen_lock') AS phone_screen_lock,
	syncd.json_text(b.desk_phone #> '{keys_positions,primary_number}') AS primary_number,
	syncd.json_text(b.intercom #> '{device,id}') AS intercom_device_id,
	syncd.json_text(b.intercom #> '{device,name}') AS intercom_device_name,
	syncd.json_boolean(b.shared_lines_call_setting #> '{shared_line_groups,receive_calls}') AS shared_line_groups_receive_calls,
	syncd.json_integer(b.business_hours_settings -> 'business_hour_type') AS business_hour_type,
	syncd.e164(syncd.json_text(b.company_number)) AS company_number_e164,
	syncd.e164(syncd.json_text(b.outbound_caller -> 'number')) AS outbound_caller_number_e164,
	syncd.e164(syncd.json_text(b.desk_phone #> '{keys_positions,primary_number}')) AS primary_number_e164
FROM syncd.versions v
CROSS JOIN LATERAL jsonb_to_record(v.body) b (
	status jsonb, area_code jsonb, country jsonb, company_number jsonb, outbound_caller jsonb, audio_prompt_language jsonb,
	default_transcription_language jsonb, music_on_hold_id jsonb, delegation jsonb, desk_phone jsonb, intercom jsonb,
	shared_lines_call_setting jsonb, business_hours_settings jsonb
)
JOIN syncd.users u USING (user_key)
LEFT JOIN syncd.freshness f USING (user_key)
WHERE v.document = 3;
COMMENT ON COLUMN zoom.settings_versions.default_transcription_language IS
	'Language of transcriptions of voicemails and recordings, for example en-US.';
COMMENT ON COLUMN zoom.settings_versions.music_on_hold_id IS 'ID of the music on hold; 0 for none, NULL for the default.';
COMMENT ON COLUMN zoom.settings_versions.country_name IS 'Name of the country of the phone settings.';
COMMENT ON COLUMN zoom.settings_versions.country_calling_code IS 'Calling code of that country.';
COMMENT ON COLUMN zoom.settings_versions.delegation_privacy IS
	'Whether a held call can be kept from being picked up or listened to by others.';
COMMENT ON COLUMN zoom.settings_versions.delegation_privileges IS
	'What assistants may do, in rising order: 1 place calls, 2 answer calls, 3 pick up held calls, 4 manage VIP '
	'contacts, 5 opt in and out; further codes as in Zoom.';
COMMENT ON COLUMN zoom.settings_versions.delegation_locked IS 'Whether the user is kept from changing the delegation.';
COMMENT ON COLUMN zoom.settings_versions.phone_screen_lock IS 'Whether the screen of the desk phone can be locked.';
COMMENT ON COLUMN zoom.settings_versions.primary_number IS 'Primary number of the user, as Zoom sends it.';
COMMENT ON COLUMN zoom.settings_versions.intercom_device_id IS 'ID of the device that takes the intercom calls of the user.';
COMMENT ON COLUMN zoom.settings_versions.intercom_device_name IS 'Name of that device.';
COMMENT ON COLUMN zoom.settings_versions.shared_line_groups_receive_calls IS
	'Whether the user gets the calls of all shared line groups.';
COMMENT ON COLUMN zoom.settings_versions.business_hour_type IS '1 open at all times, 2 open at the hours in zoom.business_hours.';
COMMENT ON COLUMN zoom.settings_versions.company_number_e164 IS
	'company_number in E.164 form, a plus sign and digits; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.settings_versions.outbound_caller_number_e164 IS
	'outbound_caller_number in E.164 form; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.settings_versions.primary_number_e164 IS 'primary_number in E.164 form; NULL when it cannot be derived.';

DROP FUNCTION zoom.phone_users_as_of(timestamptz);
-- +goose StatementBegin
CREATE FUNCTION zoom.phone_users_as_of(as_of timestamptz) RETURNS TABLE (
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
COMMENT ON FUNCTION zoom.phone_users_as_of(timestamptz) IS
	'zoom.phone_users as it stood at a time: the users who were there, with the values that were last seen by then. When Zoom '
	'confirmed a value is kept for the newest alone: verified_at of an older one is when it was first seen.';

DROP FUNCTION zoom.shared_access_as_of(timestamptz);
-- +goose StatementBegin
CREATE FUNCTION zoom.shared_access_as_of(as_of timestamptz) RETURNS TABLE (
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
COMMENT ON FUNCTION zoom.shared_access_as_of(timestamptz) IS
	'Who might use what of whom at a time. A grant of the settings that the profile has as well is left out.';

-- +goose Down
DROP FUNCTION zoom.shared_access_as_of(timestamptz);
DROP FUNCTION zoom.phone_users_as_of(timestamptz);
CREATE OR REPLACE VIEW zoom.list_versions AS
SELECT
	u.account_id,
	u.user_id,
	syncd.json_text(v.body -> 'phone_user_id') AS phone_user_id,
	syncd.json_text(v.body -> 'email') AS email,
	syncd.json_text(v.body -> 'name') AS name,
	syncd.json_text(v.body -> 'status') AS status,
	syncd.json_text(v.body -> 'activation_status') AS activation_status,
	syncd.json_text(v.body -> 'extension_id') AS extension_id,
	syncd.json_extension(v.body -> 'extension_number') AS extension_number,
	syncd.json_text(v.body #> '{site,id}') AS site_id,
	syncd.json_text(v.body #> '{site,name}') AS site_name,
	syncd.json_text(v.body -> 'department') AS department,
	syncd.json_text(v.body -> 'cost_center') AS cost_center,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to,
	CASE WHEN v.current THEN CASE WHEN f.list_status = 1 THEN f.list_fetched_at ELSE f.list_verified_at END ELSE v.valid_from END AS verified_at
FROM syncd.versions v
JOIN syncd.users u USING (user_key)
LEFT JOIN syncd.freshness f USING (user_key)
WHERE v.document = 1;

-- Columns of a view cannot be taken away, so this one is made anew as in 00004.
DROP VIEW zoom.settings_versions;
CREATE VIEW zoom.settings_versions AS
SELECT
	u.account_id,
	u.user_id,
	syncd.json_text(v.body -> 'status') AS settings_status,
	syncd.json_text(v.body -> 'area_code') AS area_code,
	syncd.json_text(v.body #> '{country,code}') AS country_code,
	syncd.json_text(v.body -> 'company_number') AS company_number,
	syncd.json_text(v.body #> '{outbound_caller,number}') AS outbound_caller_number,
	syncd.json_text(v.body -> 'audio_prompt_language') AS audio_prompt_language,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to,
	CASE WHEN v.current THEN CASE WHEN f.settings_status = 1 THEN f.settings_fetched_at ELSE f.settings_verified_at END ELSE v.valid_from END AS verified_at
FROM syncd.versions v
JOIN syncd.users u USING (user_key)
LEFT JOIN syncd.freshness f USING (user_key)
WHERE v.document = 3;
COMMENT ON VIEW zoom.settings_versions IS 'One row per version of the phone settings: the columns of zoom.phone_users that it gives, and when they held. Of all users ever seen.';
COMMENT ON COLUMN zoom.settings_versions.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.settings_versions.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.settings_versions.settings_status IS 'Status of the user as the phone settings give it: Active or Inactive.';
COMMENT ON COLUMN zoom.settings_versions.area_code IS 'Area code of the user.';
COMMENT ON COLUMN zoom.settings_versions.country_code IS 'Country of the phone settings, two letters (ISO 3166).';
COMMENT ON COLUMN zoom.settings_versions.company_number IS 'Main company number under which outsiders reach the extension.';
COMMENT ON COLUMN zoom.settings_versions.outbound_caller_number IS 'Number shown to the people the user calls.';
COMMENT ON COLUMN zoom.settings_versions.audio_prompt_language IS 'Language of audio prompts, for example en-US.';
COMMENT ON COLUMN zoom.settings_versions.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN zoom.settings_versions.valid_to IS 'When the next version was first seen, the document ceased to apply or the user was found gone; NULL for the current version.';
COMMENT ON COLUMN zoom.settings_versions.verified_at IS 'When Zoom last confirmed the current version; of an older one, when it was first seen.';

-- +goose StatementBegin
CREATE FUNCTION zoom.phone_users_as_of(as_of timestamptz) RETURNS TABLE (
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
	verified_at timestamptz
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
			CASE WHEN num_nulls(l.verified_at, p.verified_at, s.verified_at) < 3 THEN as_of END)
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
COMMENT ON FUNCTION zoom.phone_users_as_of(timestamptz) IS
	'zoom.phone_users as it stood at a time: the users who were there, with the values that were last seen by then. Of a time '
	'before the last change, changed_at and verified_at are those of the versions: when they were first seen.';

-- +goose StatementBegin
CREATE FUNCTION zoom.shared_access_as_of(as_of timestamptz) RETURNS TABLE (
	account_id text,
	user_id text,
	kind text,
	access_user_id text,
	allow_download boolean,
	allow_delete boolean,
	allow_sharing boolean,
	shared_id text
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT v.account_id, v.user_id, v.kind, v.access_user_id, v.allow_download, v.allow_delete, v.allow_sharing, v.shared_id
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
COMMENT ON FUNCTION zoom.shared_access_as_of(timestamptz) IS
	'Who might use what of whom at a time. A grant of the settings that the profile has as well is left out.';

DROP FUNCTION syncd.e164(text);
DROP FUNCTION syncd.json_integers(jsonb);
DROP FUNCTION syncd.json_integer(jsonb);
COMMENT ON COLUMN syncd.documents.full_digest IS 'Hash of the canonical body; equal means nothing to write.';
ALTER TABLE syncd.document_history DROP COLUMN pending;
ALTER TABLE syncd.documents DROP COLUMN pending;
