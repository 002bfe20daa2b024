-- Personal values in schema zoom_pii alone, also where a policy or a general setting that Zoom does not document yet has them.
--
-- The program decides by its list of paths, and by names where that knows nothing; for the journal it does so before it
-- writes. The views read bodies of any time, so that the same rule stands here: a test holds the two to each other.

-- +goose Up
-- Capitals begin words: macAddress, MACAddress and mac-address are mac_address; the plural MACs is macs.
-- +goose StatementBegin
CREATE FUNCTION syncd.looks_personal(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
	SELECT w.words ~ '_(mac|macs|ip|ips|ipv|imei|imsi|serial|street|zip|zipcode|postal|postcode|city|cities|location|locations|lat|lon|lng|latitude|longitude|coordinates|gps|geolocation|birthday|birthdate|birth|dob|bssid|ssid|hostname|hostnames|homephone|usermac|devicemac|wifimac|userip|clientip|hostip|publicip|privateip|localip|remoteip|deviceip|phoneip|serverip|sourceip|lanip|wanip)[0-9]*_'
		OR w.words ~ '_home_phone[0-9]*_'
		OR w.words !~ '_e?mails?_' AND regexp_replace(w.words, '_e?mailaddress(es)?[0-9]*(?=_)', '', 'g') ~ '(address|addresses|addr|addrs)[0-9]*_'
	FROM (
		SELECT '_' || lower(regexp_replace(regexp_replace(regexp_replace(
			name COLLATE "C", '([a-z0-9])([A-Z])', '\1_\2', 'g'), '([A-Z])([A-Z])(?=[a-rt-z]|s[a-z])', '\1_\2', 'g'), '[^a-zA-Z0-9]', '_', 'g')) || '_'
	) w (words)
);
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.looks_personal(text) IS
	'Whether the name of a member speaks of an address, of a place or of a device''s identity, as the program has it.';

-- +goose StatementBegin
CREATE FUNCTION syncd.holds_personal(document text, outer_name text, name text, v jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN syncd.looks_personal(outer_name) OR EXISTS (
	WITH RECURSIVE walk (path, value) AS (
		SELECT ARRAY[document, outer_name, name], v
		UNION ALL
		SELECT w.path || c.name, c.value
		FROM walk w
		CROSS JOIN LATERAL (
			SELECT m.key, m.value
			FROM jsonb_each(CASE WHEN jsonb_typeof(w.value) = 'object' THEN w.value ELSE '{}' END) m
			UNION ALL
			SELECT '[]', e.value
			FROM jsonb_array_elements(CASE WHEN jsonb_typeof(w.value) = 'array' THEN w.value ELSE '[]' END) e
		) c (name, value)
	)
	SELECT
	FROM walk w
	WHERE syncd.looks_personal(w.path[cardinality(w.path)])
	-- Documented as something else, and of the documented type.
	AND NOT EXISTS (
		SELECT
		FROM (VALUES
			('{profile,policy,emergency_address_management}'::text[], '{object,boolean,"null"}'::text[]),
			('{profile,policy,emergency_address_management,prompt_default_address}', '{boolean,"null"}'),
			('{user_settings,profile,recording_storage_location}', '{object,"null"}')
		) k (path, types)
		WHERE k.path = w.path AND jsonb_typeof(w.value) = ANY (k.types)
	)
);
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.holds_personal(text, text, text, jsonb) IS
	'Whether a policy or a general setting has anything personal inside: outer_name and name are where it stands in the document.';

-- Most values have nothing that could be part of a name of that kind, which one look at their text tells.
-- +goose StatementBegin
CREATE FUNCTION syncd.is_personal(document text, outer_name text, name text, v jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN lower((outer_name || name || v::text) COLLATE "C") ~ 'addr|mac|ip|imei|imsi|serial|street|postal|postcode|city|cities|location|lat|lon|lng|coordinates|gps|birth|dob|ssid|hostname|phone' THEN syncd.holds_personal(document, outer_name, name, v)
	ELSE false
END;
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.is_personal(text, text, text, jsonb) IS 'The same as syncd.holds_personal, and quicker.';

CREATE OR REPLACE VIEW zoom.policies AS
SELECT
	u.account_id,
	u.user_id,
	c.policy,
	c.enabled,
	c.locked,
	c.locked_by,
	c.modified,
	CASE WHEN NOT syncd.is_personal('profile', 'policy', c.policy, c.detail) THEN c.detail END AS detail
FROM syncd.policies c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON COLUMN zoom.policies.detail IS
	'What else the policy says, as Zoom sends it, secrets replaced; NULL when that is all, and when anything in it is personal: it is then '
	'in zoom_pii.documents alone.';

CREATE OR REPLACE VIEW zoom.policy_versions AS
SELECT
	u.account_id,
	u.user_id,
	m.key AS policy,
	syncd.json_boolean(CASE WHEN jsonb_typeof(m.value) = 'boolean' THEN m.value ELSE m.value -> 'enable' END) AS enabled,
	syncd.json_boolean(m.value -> 'locked') AS locked,
	syncd.json_text(m.value -> 'locked_by') AS locked_by,
	syncd.json_boolean(m.value -> 'modified') AS modified,
	CASE WHEN NOT syncd.is_personal('profile', 'policy', m.key, d.detail) THEN d.detail END AS detail,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to
FROM syncd.versions v
JOIN syncd.users u USING (user_key)
CROSS JOIN LATERAL jsonb_each(
	CASE WHEN jsonb_typeof(v.body -> 'policy') = 'object' THEN v.body -> 'policy' ELSE '{}' END
) m
CROSS JOIN LATERAL (
	SELECT CASE jsonb_typeof(m.value)
			WHEN 'object' THEN nullif(m.value - '{enable,locked,locked_by,modified}'::text[], '{}')
			WHEN 'boolean' THEN NULL
			ELSE nullif(m.value, 'null')
		END
) d (detail)
WHERE v.document = 2
AND m.key NOT IN ('voicemail_access_members', 'auto_call_recording_access_members', 'ad_hoc_call_recording_access_members');
COMMENT ON COLUMN zoom.policy_versions.detail IS
	'What else Zoom says about it, as JSON; NULL when that is all, and when anything in it is personal: it is then in '
	'zoom_pii.document_versions alone.';

CREATE OR REPLACE VIEW zoom.user_settings AS
SELECT
	u.account_id,
	u.user_id,
	c.section,
	c.setting,
	CASE WHEN NOT syncd.is_personal('user_settings', c.section, c.setting, c.value) THEN c.value END AS value
FROM syncd.user_settings c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL
-- The documented ones first, since that is quick.
AND (c.section IN (
	'audio_conferencing', 'email_notification', 'feature', 'in_meeting', 'profile', 'recording', 'schedule_meeting', 'telephony', 'tsp',
	'whiteboard'
) OR NOT syncd.looks_personal(c.section));
COMMENT ON VIEW zoom.user_settings IS
	'One row per current user and general setting, that is one not of Zoom Phone. A setting with personal values has no value '
	'here, and a section of such has no rows: they are in zoom_pii.user_settings.';
COMMENT ON COLUMN zoom.user_settings.value IS
	'Its value as Zoom sends it, secrets replaced; NULL when Zoom sends null, and when anything in it is personal, such as '
	'recording.ip_address_access_control.';
COMMENT ON VIEW zoom_pii.user_settings IS 'One row per current user and general setting: zoom.user_settings with the personal values.';

COMMENT ON COLUMN zoom.setting_changes.path IS
	'The value within the document: policy.sms.enable; an element of an array is named by its id: '
	'phone_numbers[---M1padRvSUtw7YihN7sA].number, or by nothing where it has none: delegation.privileges[]. Within private values, '
	'* stands for names and ids that Zoom does not document: they may be personal themselves.';
COMMENT ON COLUMN zoom_pii.setting_changes.path IS
	'The value within the document, as in zoom.setting_changes. What * stands for is in zoom_pii.document_versions.';
COMMENT ON COLUMN zoom.setting_changes.private IS
	'Whether the values are personal, which is why they may be read in schema zoom_pii only: addresses, places, MAC and IP addresses. '
	'Private here, personal in the program''s list of paths and zoom_pii are one notion.';
COMMENT ON COLUMN zoom_pii.setting_changes.private IS
	'Whether the values are personal, which is why they may be read in schema zoom_pii only: addresses, places, MAC and IP addresses.';
COMMENT ON COLUMN zoom.unmapped_fields.path IS
	'Path in the document; [] is any element of an array, for example break_hours[].note; * is a name within something personal.';

-- Of what was recorded before, the names may be personal; what is still there comes back with the next pass.
DELETE FROM syncd.unmapped_fields f
WHERE f.document = 3 AND f.path = 'desk_phone.pin_code'
OR f.document = 4 AND f.path IN ('schedule_meeting.pmi_password', 'schedule_meeting.default_password_for_scheduled_meetings')
OR EXISTS (SELECT FROM regexp_split_to_table(f.path, '[].[]+') n (name) WHERE syncd.looks_personal(n.name));

-- +goose Down
COMMENT ON COLUMN zoom.unmapped_fields.path IS
	'Path in the document; [] is any element of an array, for example break_hours[].note.';
COMMENT ON COLUMN zoom_pii.setting_changes.private IS 'Whether the values may be read in schema zoom_pii only: addresses, MAC and IP addresses.';
COMMENT ON COLUMN zoom.setting_changes.private IS 'Whether the values may be read in schema zoom_pii only: addresses, MAC and IP addresses.';
COMMENT ON COLUMN zoom_pii.setting_changes.path IS 'The value within the document: policy.sms.enable; an element of an array is named by its id: phone_numbers[---M1padRvSUtw7YihN7sA].number, or by nothing where it has none: delegation.privileges[].';
COMMENT ON COLUMN zoom.setting_changes.path IS 'The value within the document: policy.sms.enable; an element of an array is named by its id: phone_numbers[---M1padRvSUtw7YihN7sA].number, or by nothing where it has none: delegation.privileges[].';
COMMENT ON VIEW zoom_pii.user_settings IS
	'One row per current user and general setting: zoom.user_settings with the address ranges.';

CREATE OR REPLACE VIEW zoom.user_settings AS
SELECT
	u.account_id,
	u.user_id,
	c.section,
	c.setting,
	CASE
		WHEN c.section = 'recording' AND c.setting = 'ip_address_access_control' THEN
			CASE WHEN jsonb_typeof(c.value -> 'enable') = 'boolean' THEN jsonb_build_object('enable', c.value -> 'enable') END
		ELSE c.value
	END AS value
FROM syncd.user_settings c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.user_settings IS
	'One row per current user and general setting, that is one not of Zoom Phone. Address ranges that may see '
	'recordings are in zoom_pii.user_settings.';
COMMENT ON COLUMN zoom.user_settings.value IS
	'Its value as Zoom sends it, secrets replaced; NULL when Zoom sends null. Of '
	'recording.ip_address_access_control only whether it is on.';

CREATE OR REPLACE VIEW zoom.policy_versions AS
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
COMMENT ON COLUMN zoom.policy_versions.detail IS 'What else Zoom says about it, as JSON.';

CREATE OR REPLACE VIEW zoom.policies AS
SELECT
	u.account_id,
	u.user_id,
	c.policy,
	c.enabled,
	c.locked,
	c.locked_by,
	c.modified,
	c.detail
FROM syncd.policies c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON COLUMN zoom.policies.detail IS 'What else the policy says, as Zoom sends it; NULL when that is all.';

DROP FUNCTION syncd.is_personal(text, text, text, jsonb);
DROP FUNCTION syncd.holds_personal(text, text, text, jsonb);
DROP FUNCTION syncd.looks_personal(text);
