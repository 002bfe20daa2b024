-- When is a person's line open?
SELECT
  coalesce(to_char(date '2026-11-01' + (h.b ->> 'weekday')::integer - 1, 'Dy'), 'always'),
  CASE
    WHEN t.type = 1 OR h.b ->> 'type' = '1' THEN 'all day'
    WHEN h.b ->> 'type' = '0' THEN 'closed'
    WHEN h.b ->> 'type' = '2' THEN (h.b ->> 'from') || ' to ' || (h.b ->> 'to')
  END
FROM zoom_pii.documents l
LEFT JOIN zoom_pii.documents s ON s.account_id = l.account_id AND s.user_id = l.user_id AND s.document = 'settings'
CROSS JOIN LATERAL (SELECT (s.body #> '{business_hours_settings,business_hour_type}')::integer AS type) t
LEFT JOIN LATERAL (
  SELECT DISTINCT b FROM jsonb_array_elements(s.body #> '{business_hours_settings,business_hours}') b WHERE t.type = 2
) h ON true
WHERE l.document = 'list' AND lower(l.body ->> 'email') = '100%.6@example.com'
ORDER BY (h.b ->> 'weekday')::integer;
