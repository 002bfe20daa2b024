-- What analysts could not see: how the rest of the site has a policy that says more than on or off, and what Zoom sends of sites
-- that no column holds.

-- +goose Up
-- What is personal counts as not said: whoever may not read a detail learns nothing of it by the comparison.
--
-- The second comparison is asked for only where one of its columns is: a join to at most one row that nothing is read of is
-- left out. It has to read the details of all users of the sites in question, as the first has to read enabled.
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
	CASE WHEN s.site_id IS NOT NULL THEN c.enabled <> s.site_enabled END AS deviates,
	CASE WHEN NOT c.personal THEN c.detail END AS detail,
	CASE WHEN d.site_id IS NOT NULL THEN d.site_detail END AS site_detail,
	CASE WHEN d.site_id IS NOT NULL THEN d.site_detail_agreeing END AS site_detail_agreeing,
	CASE WHEN d.site_id IS NOT NULL THEN d.site_detail_users END AS site_detail_users,
	CASE WHEN d.site_id IS NOT NULL AND NOT c.personal THEN c.detail <> d.site_detail END AS detail_deviates
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
LEFT JOIN (
	SELECT
		g.account_id,
		g.site_id,
		g.policy,
		CASE WHEN (array_agg(g.users ORDER BY g.users DESC))[1] IS DISTINCT FROM (array_agg(g.users ORDER BY g.users DESC))[2] THEN
			(array_agg(g.detail ORDER BY g.users DESC))[1]
		END AS site_detail,
		max(g.users) AS site_detail_agreeing,
		sum(g.users)::bigint AS site_detail_users
	FROM (
		SELECT du.account_id, dl.site_id, dc.policy, dc.detail, count(*) AS users
		FROM syncd.policies dc
		JOIN syncd.users du USING (user_key)
		JOIN syncd.user_list dl USING (user_key)
		WHERE du.deleted_at IS NULL AND dl.site_id IS NOT NULL AND dc.detail IS NOT NULL AND NOT dc.personal
		GROUP BY du.account_id, dl.site_id, dc.policy, dc.detail
	) g
	GROUP BY g.account_id, g.site_id, g.policy
) d ON d.account_id = u.account_id AND d.site_id = l.site_id AND d.policy = c.policy
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.policy_decisions IS
	'One row per current user and policy: who decides it, and how the rest of the site has it. Whether it is on, and what else it says, are '
	'compared apart: a policy that is a plain value has that as its detail.';
COMMENT ON COLUMN zoom.policy_decisions.detail IS
	'What else the policy says, as in zoom.policies: NULL when that is all, and when anything in it is personal.';
COMMENT ON COLUMN zoom.policy_decisions.site_detail IS
	'The most common detail among the current users of the site; NULL when several are as common, and when nobody has one. Personal '
	'details are not compared.';
COMMENT ON COLUMN zoom.policy_decisions.site_detail_agreeing IS
	'How many users of the site have the most common detail; when several are as common, how many have each.';
COMMENT ON COLUMN zoom.policy_decisions.site_detail_users IS
	'How many users of the site have a detail that is not personal; of the others there is nothing to compare.';
COMMENT ON COLUMN zoom.policy_decisions.detail_deviates IS
	'Whether the detail differs from the most common one of the site; NULL when either is not known.';

ALTER TABLE syncd.unmapped_fields DROP CONSTRAINT unmapped_fields_document_check;
ALTER TABLE syncd.unmapped_fields ADD CONSTRAINT unmapped_fields_document_check CHECK (document BETWEEN 1 AND 5);
CREATE OR REPLACE VIEW zoom.unmapped_fields AS
SELECT
	f.account_id,
	CASE f.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings' WHEN 5 THEN 'site'
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
COMMENT ON VIEW zoom.unmapped_fields IS
	'One row per JSON path of an account that no column holds, or whose value is not of the type that Zoom '
	'documents. The values are in zoom_pii.documents, those of sites in zoom_pii.site_documents.';
COMMENT ON COLUMN zoom.unmapped_fields.document IS 'list, profile, settings or user_settings of users, or site.';

CREATE VIEW zoom_pii.site_documents AS
SELECT
	s.account_id,
	s.site_id,
	s.body,
	s.first_seen_at,
	s.changed_at
FROM syncd.sites s
WHERE s.deleted_at IS NULL;
COMMENT ON VIEW zoom_pii.site_documents IS 'One row per current site: its element of the site list as Zoom sent it, secrets replaced.';
COMMENT ON COLUMN zoom_pii.site_documents.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom_pii.site_documents.site_id IS 'ID of the site; joins zoom.sites.';
COMMENT ON COLUMN zoom_pii.site_documents.body IS 'The document. PINs, passwords and tokens were replaced before storing.';
COMMENT ON COLUMN zoom_pii.site_documents.first_seen_at IS 'When the mirror first saw the site.';
COMMENT ON COLUMN zoom_pii.site_documents.changed_at IS 'When anything about the site last changed.';

COMMENT ON FUNCTION zoom.phone_users_as_of(timestamptz) IS
	'zoom.phone_users as it stood at a time: the users who were there, with the values that were last seen by then. A moment within a pass '
	'shows each user whole, but some as that pass found them and others as before it, and new ones as far as it had come: a moment between '
	'two passes (zoom.sync_passes) shows all as one pass found them. When Zoom confirmed a value is kept for the newest alone: '
	'verified_at of an older one is when it was first seen.';
COMMENT ON FUNCTION zoom.policies_as_of(timestamptz) IS
	'zoom.policies as it stood at a time. For a moment within a pass see zoom.phone_users_as_of.';
COMMENT ON FUNCTION zoom.shared_access_as_of(timestamptz) IS
	'Who might use what of whom at a time. A grant of the settings that the profile has as well is left out. For a moment within a pass see '
	'zoom.phone_users_as_of.';

-- +goose Down
COMMENT ON FUNCTION zoom.shared_access_as_of(timestamptz) IS
	'Who might use what of whom at a time. A grant of the settings that the profile has as well is left out.';
COMMENT ON FUNCTION zoom.policies_as_of(timestamptz) IS 'zoom.policies as it stood at a time.';
COMMENT ON FUNCTION zoom.phone_users_as_of(timestamptz) IS
	'zoom.phone_users as it stood at a time: the users who were there, with the values that were last seen by then. When Zoom confirmed a '
	'value is kept for the newest alone: verified_at of an older one is when it was first seen.';

DROP VIEW zoom_pii.site_documents;
COMMENT ON COLUMN zoom.unmapped_fields.document IS 'list, profile, settings or user_settings.';
COMMENT ON VIEW zoom.unmapped_fields IS
	'One row per JSON path of an account that no column holds, or whose value is not of the type that Zoom '
	'documents. The values are in zoom_pii.documents.';
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
DELETE FROM syncd.unmapped_fields WHERE document = 5;
ALTER TABLE syncd.unmapped_fields DROP CONSTRAINT unmapped_fields_document_check;
ALTER TABLE syncd.unmapped_fields ADD CONSTRAINT unmapped_fields_document_check CHECK (document BETWEEN 1 AND 4);

DROP VIEW zoom.policy_decisions;
CREATE VIEW zoom.policy_decisions AS
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
COMMENT ON VIEW zoom.policy_decisions IS
	'One row per current user and policy: who decides it, and how the rest of the site has it. It compares enabled; policies that '
	'are not on or off are NULL here, and their detail is in zoom.policies.';
COMMENT ON COLUMN zoom.policy_decisions.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.policy_decisions.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.policy_decisions.policy IS 'Name of the policy.';
COMMENT ON COLUMN zoom.policy_decisions.enabled IS 'Whether the policy is on; NULL when Zoom does not say.';
COMMENT ON COLUMN zoom.policy_decisions.locked IS
	'Whether an administrator keeps the user from changing it; NULL when Zoom does not say.';
COMMENT ON COLUMN zoom.policy_decisions.site_id IS
	'ID of the site of the user; NULL for a user without a site, who is compared with nobody.';
COMMENT ON COLUMN zoom.policy_decisions.site_name IS 'Name of the site as the list of users gives it.';
COMMENT ON COLUMN zoom.policy_decisions.site_enabled IS
	'The most common value of enabled among the current users of the site; NULL when both are as common.';
COMMENT ON COLUMN zoom.policy_decisions.site_users IS
	'How many users of the site have the policy on or off; the others say nothing.';
COMMENT ON COLUMN zoom.policy_decisions.deviates IS
	'Whether the user differs from the most common value of the site; NULL when either is not known.';
COMMENT ON COLUMN zoom.policy_decisions.locked_by IS
	'The level that decided it: account, user_group or site; NULL when Zoom does not say, and when it says something else in a policy that is personal. '
	'It may be given without a lock: read it with locked.';
COMMENT ON COLUMN zoom.policy_decisions.site_agreeing IS
	'How many users of the site have the most common value; when both values are as common, how many have each.';
