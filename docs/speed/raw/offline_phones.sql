-- Which desk phones are offline?
SELECT d.device_id, max(d.phone), max(d.type), string_agg(d.email, ', ' ORDER BY d.extension)
FROM (
  SELECT DISTINCT l.account_id, l.user_id, p ->> 'id' AS device_id, nullif(p ->> 'display_name', '') AS phone, nullif(p ->> 'device_type', '') AS type,
    l.body ->> 'email' AS email, (l.body ->> 'extension_number')::bigint AS extension, p -> 'policy'
  FROM zoom_pii.documents l
  JOIN zoom_pii.documents s ON s.account_id = l.account_id AND s.user_id = l.user_id AND s.document = 'settings'
  CROSS JOIN jsonb_array_elements(s.body #> '{desk_phone,devices}') p
  WHERE l.document = 'list' AND l.body ->> 'status' = 'activate' AND p ->> 'status' = 'offline'
) d
GROUP BY d.account_id, d.device_id
ORDER BY min(d.extension), d.device_id
LIMIT 5;
