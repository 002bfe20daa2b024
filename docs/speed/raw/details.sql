-- Who has one policy in another way than the rest of their site?
WITH told AS (
  SELECT
    l.account_id,
    nullif(l.body #>> '{site,id}', '') AS site_id,
    (l.body ->> 'extension_number')::bigint AS extension,
    l.body ->> 'email' AS email,
    CASE jsonb_typeof(m.value)
      WHEN 'object' THEN nullif(m.value - '{enable,locked,locked_by,modified}'::text[], '{}')
      WHEN 'boolean' THEN NULL
      ELSE nullif(m.value, 'null')
    END AS detail
  FROM zoom_pii.documents l
  JOIN zoom_pii.documents p ON p.account_id = l.account_id AND p.user_id = l.user_id AND p.document = 'profile'
  CROSS JOIN LATERAL (SELECT p.body -> 'policy' -> 'call_overflow') m (value)
  WHERE l.document = 'list' AND NOT jsonb_path_exists(m.value, '$.**.x_serial') -- the one that is personal
), usual AS (
  SELECT account_id, site_id, detail, count(*) AS users, sum(count(*)) OVER w AS of, rank() OVER (w ORDER BY count(*) DESC) AS place
  FROM told
  WHERE detail IS NOT NULL
  GROUP BY account_id, site_id, detail
  WINDOW w AS (PARTITION BY account_id, site_id)
)
SELECT t.extension, t.email, t.detail, s.detail, s.users || ' of ' || s.of
FROM told t
JOIN usual s USING (account_id, site_id)
WHERE s.place = 1 AND t.detail <> s.detail AND s.of >= 10
AND NOT EXISTS (SELECT FROM usual o WHERE o.account_id = s.account_id AND o.site_id = s.site_id AND o.place = 1 AND o.detail <> s.detail)
ORDER BY s.users::numeric / s.of DESC, t.extension
LIMIT 5;
