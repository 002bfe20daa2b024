-- Which desk phones are shared?
SELECT
  d.device_id,
  max(d.phone),
  max(d.type),
  count(*),
  string_agg(u.body ->> 'email', ', ' ORDER BY (u.body ->> 'extension_number')::bigint)
FROM (
  SELECT s.account_id, s.user_id, p ->> 'id' AS device_id, max(nullif(p ->> 'display_name', '')) AS phone, max(nullif(p ->> 'device_type', '')) AS type
  FROM zoom_pii.documents s
  CROSS JOIN jsonb_array_elements(s.body #> '{desk_phone,devices}') p
  WHERE s.document = 'settings' AND p ->> 'id' <> ''
  GROUP BY s.account_id, s.user_id, device_id
) d
JOIN zoom_pii.documents u ON u.account_id = d.account_id AND u.user_id = d.user_id AND u.document = 'list'
GROUP BY d.account_id, d.device_id
HAVING count(*) > 1
ORDER BY min((u.body ->> 'extension_number')::bigint);
