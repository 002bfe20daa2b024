-- Arrays whose order means nothing stand sorted in the columns that hold a value whole, each element once: equal sets are the same
-- there, whatever order Zoom has sent. Documents keep the order in which they came, so that each version of a profile has beside it
-- what of its policies stands otherwise there.
--
-- What is there keeps its order until it changes, or until syncd rebuild, which arranges the past as well.

-- +goose Up
ALTER TABLE syncd.documents ADD COLUMN arranged_policies jsonb;
ALTER TABLE syncd.document_history ADD COLUMN arranged_policies jsonb;
COMMENT ON COLUMN syncd.documents.arranged_policies IS
	'Of a profile, by policy, what of its detail has arrays that stand otherwise in the body: of an object these members, else all of it. NULL: nothing.';
COMMENT ON COLUMN syncd.document_history.arranged_policies IS 'As in syncd.documents.';

-- As in 00012, but for detail, and that the two halves of the union have no condition of their own. With one each, Postgres would not
-- put an index of the tables below them to use for a user that it finds by a join, and read the history of everybody.
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
			WHEN 'object' THEN nullif(CASE
				WHEN v.arranged_policies ? m.key THEN (m.value - '{enable,locked,locked_by,modified}'::text[]) || (v.arranged_policies -> m.key)
				ELSE m.value - '{enable,locked,locked_by,modified}'::text[]
			END, '{}')
			WHEN 'boolean' THEN NULL
			ELSE nullif(coalesce(v.arranged_policies -> m.key, m.value), 'null')
		END
	END AS detail,
	v.valid_from,
	CASE WHEN v.current THEN u.deleted_at ELSE v.valid_to END AS valid_to
FROM (
	SELECT h.user_key, h.document, h.valid_from, h.valid_to, false AS current, h.body, h.personal_policies, h.arranged_policies
	FROM syncd.document_history h
	UNION ALL
	SELECT d.user_key, d.document, d.valid_from, NULL, true, d.body, d.personal_policies, d.arranged_policies
	FROM syncd.documents d
) v
JOIN syncd.users u USING (user_key)
CROSS JOIN LATERAL jsonb_each(
	CASE WHEN jsonb_typeof(v.body -> 'policy') = 'object' THEN v.body -> 'policy' ELSE '{}' END
) m
WHERE v.document = 2
AND m.key NOT IN ('voicemail_access_members', 'auto_call_recording_access_members', 'ad_hoc_call_recording_access_members');

COMMENT ON COLUMN zoom.policies.detail IS
	'What else the policy says, as Zoom sends it, secrets replaced; an array whose order means nothing is sorted, each element once. NULL '
	'when there is nothing else, and when anything in it is personal: it is then in zoom_pii.documents alone.';
COMMENT ON COLUMN zoom.policy_versions.detail IS
	'What else Zoom says about it, as in zoom.policies; NULL when there is nothing else, and when anything in it is personal: it is then in '
	'zoom_pii.document_versions alone.';
COMMENT ON COLUMN zoom.user_settings.value IS
	'Its value as Zoom sends it, secrets replaced; an array whose order means nothing is sorted, each element once. NULL when Zoom sends '
	'null, and when anything in it is personal, such as recording.ip_address_access_control.';
COMMENT ON COLUMN zoom_pii.user_settings.value IS
	'Its value as Zoom sends it, secrets replaced; an array whose order means nothing is sorted, each element once. NULL when Zoom sends null.';
COMMENT ON COLUMN zoom.setting_changes.path IS
	'The value within the document: policy.sms.enable; an element of an array is named by its id: phone_numbers[---M1padRvSUtw7YihN7sA].number, '
	'or by nothing where it has none: delegation.privileges[]. An array in which the order may mean something changes as a whole. Within '
	'private values, * stands for names and ids that Zoom does not document: they may be personal themselves.';
COMMENT ON COLUMN zoom_pii.documents.body IS
	'The document. PINs, passwords and tokens were replaced before storing. An array whose order means nothing stands as Zoom gave it when '
	'anything else in the document last changed.';

-- +goose Down
COMMENT ON COLUMN zoom_pii.documents.body IS 'The document. PINs, passwords and tokens were replaced before storing.';
COMMENT ON COLUMN zoom.setting_changes.path IS
	'The value within the document: policy.sms.enable; an element of an array is named by its id: '
	'phone_numbers[---M1padRvSUtw7YihN7sA].number, or by nothing where it has none: delegation.privileges[]. Within private values, '
	'* stands for names and ids that Zoom does not document: they may be personal themselves.';
COMMENT ON COLUMN zoom_pii.user_settings.value IS 'Its value as Zoom sends it, secrets replaced; NULL when Zoom sends null.';
COMMENT ON COLUMN zoom.user_settings.value IS
	'Its value as Zoom sends it, secrets replaced; NULL when Zoom sends null, and when anything in it is personal, such as '
	'recording.ip_address_access_control.';
COMMENT ON COLUMN zoom.policy_versions.detail IS
	'What else Zoom says about it, as JSON; NULL when that is all, and when anything in it is personal: it is then in '
	'zoom_pii.document_versions alone.';
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
ALTER TABLE syncd.document_history DROP COLUMN arranged_policies;
ALTER TABLE syncd.documents DROP COLUMN arranged_policies;
