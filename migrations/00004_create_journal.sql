-- The journal of changes, and time travel: what each document said when, column by column, as views, and functions that
-- put a moment together from them. Everything is read from the bodies of the versions, by the rules of the projection:
-- "" and a value of an unexpected type are NULL.
--
-- The functions run with the rights of who calls them, and the views with those of their owner: a role that may read
-- schema zoom can use both, and sees columns, never a body.

-- +goose Up
CREATE TABLE syncd.setting_changes (
	user_key   bigint      NOT NULL REFERENCES syncd.users,
	document   smallint    NOT NULL CHECK (document BETWEEN 1 AND 4),
	private    boolean     NOT NULL,
	seen_after timestamptz NOT NULL,
	seen_at    timestamptz NOT NULL,
	pass_id    bigint      NOT NULL,
	path       text        NOT NULL,
	old_value  jsonb,
	new_value  jsonb,
	CHECK (seen_after <= seen_at)
);
CREATE INDEX setting_changes_user_key ON syncd.setting_changes (user_key, seen_at);
CREATE INDEX setting_changes_seen_at ON syncd.setting_changes (seen_at);
COMMENT ON TABLE syncd.setting_changes IS 'One row per JSON path that differs between two versions of a document. Rows are added with versions; prune removes old ones, and rebuild masks and hides.';

CREATE TABLE syncd.absences (
	user_key          bigint      NOT NULL REFERENCES syncd.users,
	deleted_at        timestamptz NOT NULL,
	returned_at       timestamptz NOT NULL,
	deletion_evidence jsonb       NOT NULL,
	CHECK (deleted_at <= returned_at)
);
CREATE INDEX absences_user_key ON syncd.absences (user_key);
COMMENT ON TABLE syncd.absences IS 'One row per time that a user was gone and came back, with the evidence of that deletion.';

-- The list document is never dropped, so that a gap between two of its versions is a time in which the user was gone.
INSERT INTO syncd.absences (user_key, deleted_at, returned_at, deletion_evidence)
SELECT v.user_key, v.deleted_at, v.valid_from, '{}'
FROM (
	SELECT a.user_key, a.valid_from, lag(a.valid_to) OVER (PARTITION BY a.user_key ORDER BY a.valid_from) AS deleted_at
	FROM (
		SELECT h.user_key, h.valid_from, h.valid_to FROM syncd.document_history h WHERE h.document = 1
		UNION ALL
		SELECT d.user_key, d.valid_from, NULL FROM syncd.documents d WHERE d.document = 1
	) a
) v
WHERE v.deleted_at < v.valid_from;

-- +goose StatementBegin
CREATE FUNCTION syncd.json_text(v jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(v) = 'string' THEN nullif(v #>> '{}', '') END;
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.json_text(jsonb) IS 'The text of a JSON string; NULL for "" and for any other type.';

-- +goose StatementBegin
CREATE FUNCTION syncd.json_boolean(v jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(v) = 'boolean' THEN v::boolean END;
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.json_boolean(jsonb) IS 'true or false; NULL for any other type.';

-- +goose StatementBegin
CREATE FUNCTION syncd.json_extension(v jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN jsonb_typeof(v) = 'string' AND v #>> '{}' !~ '^[0-9]+$' THEN NULL
	WHEN jsonb_typeof(v) NOT IN ('string', 'number') OR v #>> '{}' !~ '^-?0*[0-9]{1,19}$' THEN NULL
	WHEN (v #>> '{}')::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN (v #>> '{}')::numeric::bigint
END;
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.json_extension(jsonb) IS
	'An extension number: an integer, or a string of digits; NULL for any other type and for what does not fit a bigint.';

-- No joins here: so the rows of one user are found by the indexes of both tables.
CREATE VIEW syncd.versions AS
SELECT h.user_key, h.document, h.valid_from, h.valid_to, false AS current, h.body
FROM syncd.document_history h
UNION ALL
SELECT d.user_key, d.document, d.valid_from, NULL, true, d.body
FROM syncd.documents d;
COMMENT ON VIEW syncd.versions IS
	'Every version of every document. That of a deleted user ended with the deletion, which stands in syncd.users.';

CREATE VIEW zoom.setting_changes AS
SELECT
	u.account_id,
	u.user_id,
	CASE c.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	c.path,
	CASE WHEN NOT c.private THEN c.old_value END AS old_value,
	CASE WHEN NOT c.private THEN c.new_value END AS new_value,
	c.seen_after,
	c.seen_at,
	c.pass_id,
	c.private
FROM syncd.setting_changes c
JOIN syncd.users u USING (user_key);
COMMENT ON VIEW zoom.setting_changes IS 'The journal: one row per value that changed from one version of a document to the next, of all users ever seen. The first documents of a user are no change.';
COMMENT ON COLUMN zoom.setting_changes.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.setting_changes.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.setting_changes.document IS 'list, profile, settings or user_settings.';
COMMENT ON COLUMN zoom.setting_changes.path IS 'The value within the document: policy.sms.enable; an element of an array is named by its id: phone_numbers[---M1padRvSUtw7YihN7sA].number, or by nothing where it has none: delegation.privileges[].';
COMMENT ON COLUMN zoom.setting_changes.old_value IS 'The value before, as JSON; NULL when there was none or when the value is private.';
COMMENT ON COLUMN zoom.setting_changes.new_value IS 'The value since, as JSON; NULL when there was none or when the value is private.';
COMMENT ON COLUMN zoom.setting_changes.seen_after IS 'When the old value was last seen. The change happened after that ...';
COMMENT ON COLUMN zoom.setting_changes.seen_at IS '... and at this time or before, when the new value was first seen.';
COMMENT ON COLUMN zoom.setting_changes.pass_id IS 'The pass that saw it; joins zoom.sync_passes.';
COMMENT ON COLUMN zoom.setting_changes.private IS 'Whether the values may be read in schema zoom_pii only: addresses, MAC and IP addresses.';

CREATE VIEW zoom_pii.setting_changes AS
SELECT
	u.account_id,
	u.user_id,
	CASE c.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	c.path,
	c.old_value,
	c.new_value,
	c.seen_after,
	c.seen_at,
	c.pass_id,
	c.private
FROM syncd.setting_changes c
JOIN syncd.users u USING (user_key);
COMMENT ON VIEW zoom_pii.setting_changes IS 'The journal: one row per value that changed from one version of a document to the next, of all users ever seen, with personal values. The first documents of a user are no change.';
COMMENT ON COLUMN zoom_pii.setting_changes.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom_pii.setting_changes.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom_pii.setting_changes.document IS 'list, profile, settings or user_settings.';
COMMENT ON COLUMN zoom_pii.setting_changes.path IS 'The value within the document: policy.sms.enable; an element of an array is named by its id: phone_numbers[---M1padRvSUtw7YihN7sA].number, or by nothing where it has none: delegation.privileges[].';
COMMENT ON COLUMN zoom_pii.setting_changes.old_value IS 'The value before, as JSON; NULL when there was none.';
COMMENT ON COLUMN zoom_pii.setting_changes.new_value IS 'The value since, as JSON; NULL when there was none.';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_after IS 'When the old value was last seen. The change happened after that ...';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_at IS '... and at this time or before, when the new value was first seen.';
COMMENT ON COLUMN zoom_pii.setting_changes.pass_id IS 'The pass that saw it; joins zoom.sync_passes.';
COMMENT ON COLUMN zoom_pii.setting_changes.private IS 'Whether the values may be read in schema zoom_pii only: addresses, MAC and IP addresses.';

CREATE VIEW zoom.version_times AS
SELECT
	u.account_id,
	u.user_id,
	CASE v.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to
FROM syncd.versions v
JOIN syncd.users u USING (user_key);
COMMENT ON VIEW zoom.version_times IS 'One row per version of a document: when it held. The documents themselves are in zoom_pii.document_versions.';
COMMENT ON COLUMN zoom.version_times.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.version_times.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.version_times.document IS 'list, profile, settings or user_settings.';
COMMENT ON COLUMN zoom.version_times.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN zoom.version_times.valid_to IS 'When the next version was first seen, the document ceased to apply or the user was found gone; NULL for the current version.';

-- A time of presence ends with the next absence, or with the deletion that stands.
CREATE VIEW zoom.user_presence AS
SELECT
	u.account_id,
	u.user_id,
	s.present_from,
	coalesce((
		SELECT min(a.deleted_at)
		FROM syncd.absences a
		WHERE a.user_key = u.user_key AND a.returned_at > s.present_from
	), u.deleted_at) AS present_to,
	u.first_seen_at,
	u.changed_at
FROM syncd.users u
CROSS JOIN LATERAL (
	SELECT u.first_seen_at AS present_from
	UNION ALL
	SELECT b.returned_at FROM syncd.absences b WHERE b.user_key = u.user_key
) s;
COMMENT ON VIEW zoom.user_presence IS 'One row per time that a user was there: several for one who was deleted and came back.';
COMMENT ON COLUMN zoom.user_presence.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.user_presence.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.user_presence.present_from IS 'When the user was first seen, or seen again.';
COMMENT ON COLUMN zoom.user_presence.present_to IS 'When the user was found gone; NULL for current users.';
COMMENT ON COLUMN zoom.user_presence.first_seen_at IS 'When the mirror first saw the user.';
COMMENT ON COLUMN zoom.user_presence.changed_at IS 'When the user last changed, as in zoom.phone_users_all.';

CREATE VIEW zoom.list_versions AS
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
COMMENT ON VIEW zoom.list_versions IS 'One row per version of the list document: the columns of zoom.phone_users that it gives, and when they held. Of all users ever seen.';
COMMENT ON COLUMN zoom.list_versions.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.list_versions.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.list_versions.phone_user_id IS 'ID of the user within Zoom Phone.';
COMMENT ON COLUMN zoom.list_versions.email IS 'E-mail address of the user.';
COMMENT ON COLUMN zoom.list_versions.name IS 'Display name of the user.';
COMMENT ON COLUMN zoom.list_versions.status IS 'Zoom Phone licence of the user as the list gives it: activate, deactivate or pending (not yet licensed).';
COMMENT ON COLUMN zoom.list_versions.activation_status IS 'Whether the user can make and receive calls: activated, ready to activate, not ready.';
COMMENT ON COLUMN zoom.list_versions.extension_id IS 'ID of the extension of the user.';
COMMENT ON COLUMN zoom.list_versions.extension_number IS 'Extension number.';
COMMENT ON COLUMN zoom.list_versions.site_id IS 'ID of the site of the user; joins zoom.sites.';
COMMENT ON COLUMN zoom.list_versions.site_name IS 'Name of the site as the list of users gives it.';
COMMENT ON COLUMN zoom.list_versions.department IS 'Department of the user.';
COMMENT ON COLUMN zoom.list_versions.cost_center IS 'Cost centre of the user.';
COMMENT ON COLUMN zoom.list_versions.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN zoom.list_versions.valid_to IS 'When the next version was first seen, the document ceased to apply or the user was found gone; NULL for the current version.';
COMMENT ON COLUMN zoom.list_versions.verified_at IS 'When Zoom last confirmed the current version; of an older one, when it was first seen.';

CREATE VIEW zoom.profile_versions AS
SELECT
	u.account_id,
	u.user_id,
	syncd.json_boolean(v.body -> 'site_admin') AS site_admin,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to,
	CASE WHEN v.current THEN CASE WHEN f.profile_status = 1 THEN f.profile_fetched_at ELSE f.profile_verified_at END ELSE v.valid_from END AS verified_at
FROM syncd.versions v
JOIN syncd.users u USING (user_key)
LEFT JOIN syncd.freshness f USING (user_key)
WHERE v.document = 2;
COMMENT ON VIEW zoom.profile_versions IS 'One row per version of the phone profile: the columns of zoom.phone_users that it gives, and when they held. Of all users ever seen.';
COMMENT ON COLUMN zoom.profile_versions.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.profile_versions.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.profile_versions.site_admin IS 'Whether the user administers a site.';
COMMENT ON COLUMN zoom.profile_versions.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN zoom.profile_versions.valid_to IS 'When the next version was first seen, the document ceased to apply or the user was found gone; NULL for the current version.';
COMMENT ON COLUMN zoom.profile_versions.verified_at IS 'When Zoom last confirmed the current version; of an older one, when it was first seen.';

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

CREATE VIEW zoom.policy_versions AS
SELECT
	u.account_id,
	u.user_id,
	m.key AS policy,
	syncd.json_boolean(CASE WHEN jsonb_typeof(m.value) = 'boolean' THEN m.value ELSE m.value -> 'enable' END) AS enabled,
	syncd.json_boolean(m.value -> 'locked') AS locked,
	syncd.json_text(m.value -> 'locked_by') AS locked_by,
	syncd.json_boolean(m.value -> 'modified') AS modified,
	CASE jsonb_typeof(m.value)
		WHEN 'object' THEN nullif(m.value - '{enable,locked,locked_by,modified}'::text[], '{}')
		WHEN 'boolean' THEN NULL
		ELSE nullif(m.value, 'null')
	END AS detail,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to
FROM syncd.versions v
JOIN syncd.users u USING (user_key)
CROSS JOIN LATERAL jsonb_each(
	CASE WHEN jsonb_typeof(v.body -> 'policy') = 'object' THEN v.body -> 'policy' ELSE '{}' END
) m
WHERE v.document = 2
AND m.key NOT IN ('voicemail_access_members', 'auto_call_recording_access_members', 'ad_hoc_call_recording_access_members');
COMMENT ON VIEW zoom.policy_versions IS 'One row per version of the phone profile and policy in it: what it said, and when that held. Of all users ever seen.';
COMMENT ON COLUMN zoom.policy_versions.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.policy_versions.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.policy_versions.policy IS 'Name of the policy.';
COMMENT ON COLUMN zoom.policy_versions.enabled IS 'Whether the policy is on.';
COMMENT ON COLUMN zoom.policy_versions.locked IS 'Whether the user may not change it.';
COMMENT ON COLUMN zoom.policy_versions.locked_by IS 'Who locked it: account, user_group or site.';
COMMENT ON COLUMN zoom.policy_versions.modified IS 'Whether it differs from what the level above sets.';
COMMENT ON COLUMN zoom.policy_versions.detail IS 'What else Zoom says about it, as JSON.';
COMMENT ON COLUMN zoom.policy_versions.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN zoom.policy_versions.valid_to IS 'When the next version was first seen, the document ceased to apply or the user was found gone; NULL for the current version.';

CREATE VIEW zoom.shared_access_versions AS
SELECT DISTINCT
	u.account_id,
	u.user_id,
	k.kind,
	syncd.json_text(g.value -> 'access_user_id') AS access_user_id,
	syncd.json_boolean(g.value -> k.download) AS allow_download,
	syncd.json_boolean(g.value -> k.removal) AS allow_delete,
	syncd.json_boolean(g.value -> k.sharing) AS allow_sharing,
	syncd.json_text(g.value -> 'shared_id') AS shared_id,
	syncd.json_text(g.value -> 'access_user_type') AS access_user_type,
	CASE v.document WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' END AS document,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to
FROM syncd.versions v
JOIN syncd.users u USING (user_key)
JOIN (VALUES
	(2, 'voicemail', '{policy,voicemail_access_members}'::text[], 'allow_download', 'allow_delete', 'allow_sharing'),
	(2, 'auto_call_recording', '{policy,auto_call_recording_access_members}', 'allow_download', 'allow_delete', 'allow_sharing'),
	(2, 'ad_hoc_call_recording', '{policy,ad_hoc_call_recording_access_members}', 'allow_download', 'allow_delete', 'allow_sharing'),
	(3, 'voicemail', '{voice_mail}', 'download', 'delete', 'allow_sharing'),
	(3, 'auto_call_recording', '{auto_call_recording_access_members}', 'allow_download', 'allow_delete', 'allow_sharing'),
	(3, 'ad_hoc_call_recording', '{ad_hoc_call_recording_access_members}', 'allow_download', 'allow_delete', 'allow_sharing')
) k (document, kind, place, download, removal, sharing) USING (document)
CROSS JOIN LATERAL jsonb_array_elements(
	CASE WHEN jsonb_typeof(v.body #> k.place) = 'array' THEN v.body #> k.place ELSE '[]' END
) g
WHERE num_nonnulls(
	syncd.json_text(g.value -> 'access_user_id'),
	syncd.json_boolean(g.value -> k.download),
	syncd.json_boolean(g.value -> k.removal),
	syncd.json_boolean(g.value -> k.sharing),
	syncd.json_text(g.value -> 'shared_id'),
	syncd.json_text(g.value -> 'access_user_type')
) > 0;
COMMENT ON VIEW zoom.shared_access_versions IS
	'One row per version of a document and grant in it: who may use what of the user, and when that held. The settings repeat the '
	'grants of the profile in an older form: zoom.shared_access_as_of leaves the repetitions out.';
COMMENT ON COLUMN zoom.shared_access_versions.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.shared_access_versions.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.shared_access_versions.kind IS 'voicemail, auto_call_recording or ad_hoc_call_recording.';
COMMENT ON COLUMN zoom.shared_access_versions.access_user_id IS 'Who was granted access; joins user_id.';
COMMENT ON COLUMN zoom.shared_access_versions.allow_download IS 'Whether that user may download.';
COMMENT ON COLUMN zoom.shared_access_versions.allow_delete IS 'Whether that user may delete.';
COMMENT ON COLUMN zoom.shared_access_versions.allow_sharing IS 'Whether that user may share on.';
COMMENT ON COLUMN zoom.shared_access_versions.shared_id IS 'ID of the grant.';
COMMENT ON COLUMN zoom.shared_access_versions.access_user_type IS 'What was granted access: user or commonArea; only voicemail of the older form says.';
COMMENT ON COLUMN zoom.shared_access_versions.document IS 'profile, or settings for the older form.';
COMMENT ON COLUMN zoom.shared_access_versions.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN zoom.shared_access_versions.valid_to IS 'When the next version was first seen, the document ceased to apply or the user was found gone; NULL for the current version.';

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
CREATE FUNCTION zoom.policies_as_of(as_of timestamptz) RETURNS TABLE (
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
COMMENT ON FUNCTION zoom.policies_as_of(timestamptz) IS 'zoom.policies as it stood at a time.';

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

-- +goose Down
DROP FUNCTION zoom.shared_access_as_of(timestamptz);
DROP FUNCTION zoom.policies_as_of(timestamptz);
DROP FUNCTION zoom.phone_users_as_of(timestamptz);
DROP VIEW zoom.shared_access_versions;
DROP VIEW zoom.policy_versions;
DROP VIEW zoom.settings_versions;
DROP VIEW zoom.profile_versions;
DROP VIEW zoom.list_versions;
DROP VIEW zoom.user_presence;
DROP VIEW zoom.version_times;
DROP VIEW zoom_pii.setting_changes;
DROP VIEW zoom.setting_changes;
DROP VIEW syncd.versions;
DROP FUNCTION syncd.json_extension(jsonb);
DROP FUNCTION syncd.json_boolean(jsonb);
DROP FUNCTION syncd.json_text(jsonb);
DROP TABLE syncd.absences;
DROP TABLE syncd.setting_changes;
