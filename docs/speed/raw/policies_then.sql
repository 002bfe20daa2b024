-- Which policies have changed since a day, and for how many users?
WITH past AS (SELECT greatest(now() - interval '90 days', min(finished_at), (SELECT max(begins_at) FROM zoom.pruned_history)) AS at FROM zoom.sync_passes WHERE status = 'complete'),
told AS (
  SELECT v.account_id, v.user_id, v.valid_to IS NULL AS today, v.valid_from <= past.at AND (v.valid_to IS NULL OR v.valid_to > past.at) AS then,
    m.key AS policy, CASE jsonb_typeof(m.value) WHEN 'object' THEN m.value -> 'enable' ELSE m.value END AS enabled, m.value -> 'locked' AS locked
  FROM past
  CROSS JOIN zoom_pii.document_versions v
  CROSS JOIN jsonb_each(v.body -> 'policy') m
  WHERE v.document = 'profile' AND (v.valid_to IS NULL OR v.valid_from <= past.at AND v.valid_to > past.at)
)
SELECT
  p.policy,
  count(*) FILTER (WHERE p.enabled = 'true' AND coalesce(o.enabled, 'null') <> 'true'),
  count(*) FILTER (WHERE p.enabled = 'false' AND coalesce(o.enabled, 'null') <> 'false'),
  count(*) FILTER (WHERE p.locked IS DISTINCT FROM o.locked)
FROM told o
JOIN told p USING (account_id, user_id, policy)
WHERE o.then AND p.today AND p.policy NOT LIKE '%\_access\_members' AND (p.enabled IS DISTINCT FROM o.enabled OR p.locked IS DISTINCT FROM o.locked)
GROUP BY p.policy
ORDER BY p.policy;
