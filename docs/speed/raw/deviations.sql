-- Who deviates from the usual policy of their site?
WITH told AS (
  SELECT
    l.account_id,
    l.body #>> '{site,id}' AS site_id,
    (l.body ->> 'extension_number')::bigint AS extension,
    l.body ->> 'email' AS email,
    m.key AS policy,
    (CASE jsonb_typeof(m.value) WHEN 'object' THEN m.value -> 'enable' ELSE m.value END)::boolean AS enabled,
    m.value
  FROM zoom_pii.documents l
  JOIN zoom_pii.documents p ON p.account_id = l.account_id AND p.user_id = l.user_id AND p.document = 'profile'
  CROSS JOIN jsonb_each(p.body -> 'policy') m
  WHERE l.document = 'list' AND jsonb_typeof(m.value) IN ('object', 'boolean')
), usual AS (
  SELECT account_id, site_id, policy, count(*) FILTER (WHERE enabled) AS yes, count(*) FILTER (WHERE NOT enabled) AS no
  FROM told
  WHERE site_id <> ''
  GROUP BY account_id, site_id, policy
)
SELECT
  t.extension,
  t.email,
  t.policy,
  t.enabled,
  CASE WHEN t.value -> 'locked' = 'true' THEN coalesce(nullif(t.value ->> 'locked_by', ''), 'not said') END,
  greatest(s.yes, s.no) || ' of ' || s.yes + s.no
FROM told t
JOIN usual s USING (account_id, site_id, policy)
WHERE s.yes + s.no >= 10 AND s.yes <> s.no AND t.enabled <> (s.yes > s.no)
ORDER BY greatest(s.yes, s.no)::numeric / (s.yes + s.no) DESC, t.policy, t.extension
LIMIT 5;
