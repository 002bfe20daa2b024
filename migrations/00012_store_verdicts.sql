-- What is personal is judged when it is written, by the program alone, and stored: to judge while reading took up to half a
-- millisecond for each value. What is there is judged once here, by the same rule; the rule is then gone from the database.
--
-- A verdict that is not there (NULL) hides what it is about: a release before this one, still running, writes rows without.

-- +goose Up
-- Nothing is written between the judgement and what comes of it; reading goes on until the columns are added.
LOCK TABLE syncd.documents, syncd.document_history, syncd.policies, syncd.user_settings IN SHARE MODE;

-- One member names what another one has: {"key": "mac_address", "value": "0a1b"}.
-- +goose StatementBegin
CREATE FUNCTION syncd.words_of(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(regexp_replace(regexp_replace(regexp_replace(
	name COLLATE "C", '([a-z0-9])([A-Z])', '\1_\2', 'g'), '([A-Z])([A-Z])(?=[a-rt-z]|s[a-z])', '\1_\2', 'g'), '[^a-zA-Z0-9]', '_', 'g'));
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION syncd.is_label(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN syncd.words_of(name) ~ '^(key|name|field|setting|attribute|property|parameter|option|type|id|code|label)$';
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION syncd.labels_personal(name text, v jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_typeof(v) = 'string' AND syncd.is_label(name) AND syncd.looks_personal(v #>> '{}');
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION syncd.is_content(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '_' || syncd.words_of(name) || '_' ~ '_(value|values|val|content|data|text|default)_';
-- +goose StatementEnd

-- Documented as something that is not personal, and of the documented type.
-- +goose StatementBegin
CREATE FUNCTION syncd.is_documented(place text[], v jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN EXISTS (
	SELECT
	FROM (VALUES
		('{profile,policy,emergency_address_management}'::text[], '{object,boolean,"null"}'::text[]),
		('{profile,policy,emergency_address_management,prompt_default_address}', '{boolean,"null"}'),
		('{profile,policy,show_custom_disclaimer_when_using_zoom_phone,custom_disclaimer_list,[],default}', '{boolean,"null"}'),
		('{user_settings,in_meeting,custom_data_center_regions}', '{boolean,"null"}'),
		('{user_settings,in_meeting,data_center_regions}', '{array,"null"}'),
		('{user_settings,in_meeting,language_interpretation,enable_language_interpretation_by_default}', '{boolean,"null"}'),
		('{user_settings,in_meeting,sign_language_interpretation,enable_sign_language_interpretation_by_default}', '{boolean,"null"}'),
		('{user_settings,in_meeting,unchecked_data_center_regions}', '{array,"null"}'),
		('{user_settings,in_meeting,virtual_background_settings,files,[],is_default}', '{boolean,"null"}'),
		('{user_settings,in_meeting,webinar_chat,default_attendees_chat_with}', '{number,"null"}'),
		('{user_settings,profile,recording_storage_location}', '{object,"null"}'),
		('{user_settings,profile,recording_storage_location,allowed_values}', '{array,"null"}'),
		('{user_settings,profile,recording_storage_location,value}', '{string,"null"}'),
		('{user_settings,recording,save_chat_text}', '{boolean,"null"}'),
		('{user_settings,telephony,telephony_regions,allowed_values}', '{array,"null"}'),
		('{user_settings,telephony,telephony_regions,selection_values}', '{string,"null"}')
	) k (place, types)
	WHERE k.place = is_documented.place AND jsonb_typeof(v) = ANY (k.types)
);
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION syncd.holds_personal(document text, outer_name text, name text, v jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN syncd.looks_personal(outer_name) OR EXISTS (
	WITH RECURSIVE walk (place, value, labelled) AS (
		SELECT ARRAY[document, outer_name, name], v, false
		UNION ALL
		SELECT w.place || c.name, c.value, c.labelled
		FROM walk w
		CROSS JOIN LATERAL (
			SELECT m.key, m.value, syncd.is_content(m.key) AND bool_or(syncd.labels_personal(m.key, m.value)) OVER ()
			FROM jsonb_each(CASE WHEN jsonb_typeof(w.value) = 'object' THEN w.value ELSE '{}' END) m
			UNION ALL
			SELECT '[]', e.value, false
			FROM jsonb_array_elements(CASE WHEN jsonb_typeof(w.value) = 'array' THEN w.value ELSE '[]' END) e
		) c (name, value, labelled)
	)
	SELECT
	FROM walk w
	WHERE (w.labelled OR syncd.looks_personal(w.place[cardinality(w.place)])) AND NOT syncd.is_documented(w.place, w.value)
);
-- +goose StatementEnd

-- What the columns of a policy hold beside its detail is not judged, but for its name.
-- +goose StatementBegin
CREATE FUNCTION syncd.policies_in(body jsonb) RETURNS TABLE (policy text, detail jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT m.key, CASE jsonb_typeof(m.value)
			WHEN 'object' THEN m.value - '{enable,locked,locked_by,modified}'::text[]
			ELSE m.value
		END
	FROM jsonb_each(CASE WHEN jsonb_typeof(body -> 'policy') = 'object' THEN body -> 'policy' ELSE '{}' END) m
	WHERE m.key NOT IN ('voicemail_access_members', 'auto_call_recording_access_members', 'ad_hoc_call_recording_access_members');
END;
-- +goose StatementEnd
-- The same value stands with many users, and is judged once; so is each name, and only where one is personal, or says that
-- of what is beside it, is the value looked at as a whole.
CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
SELECT DISTINCT 'user_settings' AS document, s.section AS outer_name, s.setting AS name, coalesce(s.value, 'null') AS value
FROM syncd.user_settings s
UNION ALL
SELECT DISTINCT 'profile', 'policy', p.policy, p.detail
FROM syncd.versions v
CROSS JOIN LATERAL syncd.policies_in(v.body) p
WHERE v.document = 2;
-- +goose StatementBegin
CREATE FUNCTION syncd.members_in(v jsonb) RETURNS TABLE (name text, value jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT m.member ->> 'key', m.member -> 'value'
	FROM jsonb_path_query(v, 'strict $.** ? (@.type() == "object").keyvalue()') m (member);
END;
-- +goose StatementEnd
CREATE TEMPORARY TABLE telling_names ON COMMIT DROP AS
SELECT n.name, j.personal, j.label
FROM (
	SELECT m.name FROM judged j CROSS JOIN LATERAL syncd.members_in(j.value) m
	UNION
	SELECT j.name FROM judged j
	UNION
	SELECT j.outer_name FROM judged j
	OFFSET 0 -- so that names are judged after what is equal is one
) n
CROSS JOIN LATERAL (SELECT syncd.looks_personal(n.name) AS personal, syncd.is_label(n.name) AS label) j
WHERE j.personal OR j.label;
ANALYZE telling_names;
CREATE TEMPORARY TABLE personal_values ON COMMIT DROP AS
SELECT j.document, j.outer_name, j.name, j.value, v.personal, v.label
FROM judged j
CROSS JOIN LATERAL (
	SELECT
		-- Only names that are documented somewhere as something else need a second look.
		bool_or(n.personal AND n.name NOT IN ('emergency_address_management', 'prompt_default_address', 'recording_storage_location')) AS surely,
		bool_or(m.own AND syncd.labels_personal(m.name, m.value)) AS label
	FROM (
		SELECT i.name, i.value, false AS own FROM syncd.members_in(j.value) i
		UNION ALL
		SELECT j.outer_name, NULL, false
		UNION ALL
		SELECT j.name, j.value, true
	) m
	JOIN telling_names n USING (name)
	WHERE n.personal OR syncd.labels_personal(m.name, m.value)
	HAVING count(*) > 0
) c
CROSS JOIN LATERAL (
	SELECT c.label, CASE WHEN c.surely THEN true ELSE syncd.holds_personal(j.document, j.outer_name, j.name, j.value) END AS personal
) v
WHERE v.personal OR v.label;

CREATE INDEX ON personal_values USING hash (value);
ANALYZE personal_values;
CREATE TEMPORARY TABLE personal_versions ON COMMIT DROP AS
WITH found AS MATERIALIZED (
	SELECT v.user_key, v.valid_from, v.body, p.policy, j.personal, j.label
	FROM syncd.versions v
	CROSS JOIN LATERAL syncd.policies_in(v.body) p
	JOIN personal_values j ON j.document = 'profile' AND j.name = p.policy AND j.value = p.detail
	WHERE v.document = 2
)
SELECT n.user_key, n.valid_from, jsonb_agg(n.policy ORDER BY n.policy COLLATE "C") AS policies
FROM (
	SELECT f.user_key, f.valid_from, f.policy FROM found f WHERE f.personal
	UNION
	SELECT f.user_key, f.valid_from, p.policy
	FROM found f
	CROSS JOIN LATERAL syncd.policies_in(f.body) p
	WHERE f.label AND syncd.is_content(p.policy)
) n
GROUP BY n.user_key, n.valid_from;
ANALYZE personal_versions;

-- Constants as defaults fill the rows that there are without writing them.
ALTER TABLE syncd.policies ADD COLUMN personal boolean DEFAULT false;
ALTER TABLE syncd.user_settings
	ADD COLUMN personal         boolean DEFAULT false,
	ADD COLUMN section_personal boolean DEFAULT false;
ALTER TABLE syncd.documents ADD COLUMN personal_policies jsonb DEFAULT '[]';
ALTER TABLE syncd.document_history ADD COLUMN personal_policies jsonb DEFAULT '[]';
ALTER TABLE syncd.policies ALTER COLUMN personal DROP DEFAULT;
ALTER TABLE syncd.user_settings ALTER COLUMN personal DROP DEFAULT, ALTER COLUMN section_personal DROP DEFAULT;
ALTER TABLE syncd.documents ALTER COLUMN personal_policies DROP DEFAULT;
ALTER TABLE syncd.document_history ALTER COLUMN personal_policies DROP DEFAULT;
COMMENT ON COLUMN syncd.policies.personal IS 'Whether detail, and a locked_by that is no level, are for readers of zoom_pii only; NULL, not judged, counts as true.';
COMMENT ON COLUMN syncd.user_settings.personal IS 'Whether value is for readers of zoom_pii only; NULL, not judged, counts as true.';
COMMENT ON COLUMN syncd.user_settings.section_personal IS 'Whether the whole row is; NULL, not judged, counts as true.';
COMMENT ON COLUMN syncd.documents.personal_policies IS
	'Of a profile, the names of the policies in it that are personal, as in syncd.policies; NULL, not judged, counts as all.';
COMMENT ON COLUMN syncd.document_history.personal_policies IS 'As in syncd.documents.';

UPDATE syncd.user_settings s
SET personal = true, section_personal = syncd.looks_personal(s.section)
FROM personal_values p
WHERE p.personal AND p.document = 'user_settings'
AND p.outer_name = s.section AND p.name = s.setting AND p.value = coalesce(s.value, 'null');
UPDATE syncd.user_settings s
SET personal = true
FROM syncd.user_settings l
JOIN personal_values p ON p.label AND p.document = 'user_settings' AND p.outer_name = l.section AND p.name = l.setting AND p.value = l.value
WHERE s.user_key = l.user_key AND s.section = l.section AND NOT s.personal
AND syncd.is_content(s.setting) AND NOT syncd.is_documented(ARRAY['user_settings', s.section, s.setting], coalesce(s.value, 'null'));

UPDATE syncd.documents d
SET personal_policies = p.policies
FROM personal_versions p
WHERE d.document = 2 AND d.user_key = p.user_key AND d.valid_from = p.valid_from;
UPDATE syncd.document_history h
SET personal_policies = p.policies
FROM personal_versions p
WHERE h.document = 2 AND h.user_key = p.user_key AND h.valid_from = p.valid_from;
UPDATE syncd.policies c
SET personal = true
FROM syncd.documents d
CROSS JOIN LATERAL jsonb_array_elements_text(d.personal_policies) p (policy)
WHERE d.document = 2 AND d.personal_policies <> '[]' AND c.user_key = d.user_key AND c.policy = p.policy;

CREATE OR REPLACE VIEW zoom.policies AS
SELECT
	u.account_id,
	u.user_id,
	c.policy,
	c.enabled,
	c.locked,
	CASE WHEN NOT c.personal OR c.locked_by IN ('account', 'user_group', 'site', 'invalid') THEN c.locked_by END AS locked_by,
	c.modified,
	CASE WHEN NOT c.personal THEN c.detail END AS detail
FROM syncd.policies c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON COLUMN zoom.policies.locked_by IS
	'The level that locked it: account, user_group or site; NULL when Zoom does not say, and when it says something else in a policy that is personal.';

CREATE OR REPLACE VIEW zoom.policy_versions AS
SELECT
	u.account_id,
	u.user_id,
	m.key AS policy,
	syncd.json_boolean(CASE WHEN jsonb_typeof(m.value) = 'boolean' THEN m.value ELSE m.value -> 'enable' END) AS enabled,
	syncd.json_boolean(m.value -> 'locked') AS locked,
	CASE
		WHEN NOT v.personal_policies ? m.key OR m.value ->> 'locked_by' IN ('account', 'user_group', 'site', 'invalid') THEN syncd.json_text(m.value -> 'locked_by')
	END AS locked_by,
	syncd.json_boolean(m.value -> 'modified') AS modified,
	CASE WHEN NOT v.personal_policies ? m.key THEN
		CASE jsonb_typeof(m.value)
			WHEN 'object' THEN nullif(m.value - '{enable,locked,locked_by,modified}'::text[], '{}')
			WHEN 'boolean' THEN NULL
			ELSE nullif(m.value, 'null')
		END
	END AS detail,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to
FROM (
	SELECT h.user_key, h.valid_from, h.valid_to, false AS current, h.body, h.personal_policies
	FROM syncd.document_history h
	WHERE h.document = 2
	UNION ALL
	SELECT d.user_key, d.valid_from, NULL, true, d.body, d.personal_policies
	FROM syncd.documents d
	WHERE d.document = 2
) v
JOIN syncd.users u USING (user_key)
CROSS JOIN LATERAL jsonb_each(
	CASE WHEN jsonb_typeof(v.body -> 'policy') = 'object' THEN v.body -> 'policy' ELSE '{}' END
) m
WHERE m.key NOT IN ('voicemail_access_members', 'auto_call_recording_access_members', 'ad_hoc_call_recording_access_members');
COMMENT ON COLUMN zoom.policy_versions.locked_by IS
	'Who locked it: account, user_group or site; NULL when Zoom does not say, and when it says something else in a policy that is personal.';

-- As in 00008, but for locked_by.
CREATE OR REPLACE VIEW zoom.policy_decisions AS
SELECT
	u.account_id,
	u.user_id,
	c.policy,
	c.enabled,
	c.locked,
	CASE WHEN NOT c.personal OR c.locked_by IN ('account', 'user_group', 'site', 'invalid') THEN c.locked_by END AS locked_by,
	l.site_id,
	l.site_name,
	CASE WHEN s.site_id IS NOT NULL THEN s.site_enabled END AS site_enabled,
	CASE WHEN s.site_id IS NOT NULL THEN s.site_agreeing END AS site_agreeing,
	CASE WHEN s.site_id IS NOT NULL THEN s.site_users END AS site_users,
	CASE WHEN s.site_id IS NOT NULL THEN c.enabled <> s.site_enabled END AS deviates
FROM syncd.policies c
JOIN syncd.users u USING (user_key)
LEFT JOIN syncd.user_list l USING (user_key)
LEFT JOIN (
	SELECT
		su.account_id,
		sl.site_id,
		sc.policy,
		CASE WHEN count(*) <> 2 * count(*) FILTER (WHERE sc.enabled) THEN count(*) < 2 * count(*) FILTER (WHERE sc.enabled) END AS site_enabled,
		greatest(count(*) FILTER (WHERE sc.enabled), count(*) FILTER (WHERE NOT sc.enabled)) AS site_agreeing,
		count(*) AS site_users
	FROM syncd.policies sc
	JOIN syncd.users su USING (user_key)
	JOIN syncd.user_list sl USING (user_key)
	WHERE su.deleted_at IS NULL AND sl.site_id IS NOT NULL AND sc.enabled IS NOT NULL
	GROUP BY su.account_id, sl.site_id, sc.policy
) s ON s.account_id = u.account_id AND s.site_id = l.site_id AND s.policy = c.policy
WHERE u.deleted_at IS NULL;
COMMENT ON COLUMN zoom.policy_decisions.locked_by IS
	'The level that decided it: account, user_group or site; NULL when Zoom does not say, and when it says something else in a policy that is personal. '
	'It may be given without a lock: read it with locked.';

CREATE OR REPLACE VIEW zoom.user_settings AS
SELECT
	u.account_id,
	u.user_id,
	c.section,
	c.setting,
	CASE WHEN NOT c.personal THEN c.value END AS value
FROM syncd.user_settings c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL AND NOT c.section_personal;

DROP FUNCTION syncd.policies_in(jsonb);
DROP FUNCTION syncd.is_personal(text, text, text, jsonb);
DROP FUNCTION syncd.holds_personal(text, text, text, jsonb);
DROP FUNCTION syncd.is_documented(text[], jsonb);
DROP FUNCTION syncd.is_content(text);
DROP FUNCTION syncd.labels_personal(text, jsonb);
DROP FUNCTION syncd.is_label(text);
DROP FUNCTION syncd.members_in(jsonb);
DROP FUNCTION syncd.words_of(text);
DROP FUNCTION syncd.looks_personal(text);
DROP TABLE personal_versions, personal_values, telling_names, judged;

-- +goose Down
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
CREATE OR REPLACE VIEW zoom.policy_decisions AS
SELECT
	u.account_id,
	u.user_id,
	c.policy,
	c.enabled,
	c.locked,
	c.locked_by,
	l.site_id,
	l.site_name,
	CASE WHEN s.site_id IS NOT NULL THEN s.site_enabled END AS site_enabled,
	CASE WHEN s.site_id IS NOT NULL THEN s.site_agreeing END AS site_agreeing,
	CASE WHEN s.site_id IS NOT NULL THEN s.site_users END AS site_users,
	CASE WHEN s.site_id IS NOT NULL THEN c.enabled <> s.site_enabled END AS deviates
FROM syncd.policies c
JOIN syncd.users u USING (user_key)
LEFT JOIN syncd.user_list l USING (user_key)
LEFT JOIN (
	SELECT
		su.account_id,
		sl.site_id,
		sc.policy,
		CASE WHEN count(*) <> 2 * count(*) FILTER (WHERE sc.enabled) THEN count(*) < 2 * count(*) FILTER (WHERE sc.enabled) END AS site_enabled,
		greatest(count(*) FILTER (WHERE sc.enabled), count(*) FILTER (WHERE NOT sc.enabled)) AS site_agreeing,
		count(*) AS site_users
	FROM syncd.policies sc
	JOIN syncd.users su USING (user_key)
	JOIN syncd.user_list sl USING (user_key)
	WHERE su.deleted_at IS NULL AND sl.site_id IS NOT NULL AND sc.enabled IS NOT NULL
	GROUP BY su.account_id, sl.site_id, sc.policy
) s ON s.account_id = u.account_id AND s.site_id = l.site_id AND s.policy = c.policy
WHERE u.deleted_at IS NULL;
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

COMMENT ON COLUMN zoom.policy_decisions.locked_by IS
	'The level that decided it: account, user_group or site; NULL when Zoom does not say. It may be given without a lock: read it with locked.';
COMMENT ON COLUMN zoom.policy_versions.locked_by IS 'Who locked it: account, user_group or site.';
COMMENT ON COLUMN zoom.policies.locked_by IS 'The level that locked it: account, user_group or site.';
ALTER TABLE syncd.document_history DROP COLUMN personal_policies;
ALTER TABLE syncd.documents DROP COLUMN personal_policies;
ALTER TABLE syncd.user_settings DROP COLUMN section_personal, DROP COLUMN personal;
ALTER TABLE syncd.policies DROP COLUMN personal;
