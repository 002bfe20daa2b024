-- What changes most, across the company?
WITH RECURSIVE compared AS (
  SELECT user_id, document, valid_from, body AS new, lag(body) OVER (PARTITION BY account_id, user_id, document ORDER BY valid_from) AS old
  FROM zoom_pii.document_versions
), differing AS (
  SELECT user_id, document, valid_from, '' AS path, old, new
  FROM compared
  WHERE valid_from > now() - interval '30 days' AND old <> new
  UNION ALL
  SELECT d.user_id, d.document, d.valid_from, concat_ws('.', nullif(d.path, ''), k.key), d.old -> k.key, d.new -> k.key
  FROM differing d
  CROSS JOIN LATERAL (
    SELECT jsonb_object_keys(CASE jsonb_typeof(d.old) WHEN 'object' THEN d.old ELSE '{}' END)
    UNION
    SELECT jsonb_object_keys(CASE jsonb_typeof(d.new) WHEN 'object' THEN d.new ELSE '{}' END)
  ) k (key)
  WHERE d.old -> k.key IS DISTINCT FROM d.new -> k.key
)
SELECT document, path AS setting, count(DISTINCT user_id) AS users, max(valid_from)::timestamptz(0)
FROM differing
WHERE 'object' NOT IN (coalesce(jsonb_typeof(old), ''), coalesce(jsonb_typeof(new), ''))
GROUP BY document, setting
ORDER BY users DESC, document, setting
LIMIT 5;
