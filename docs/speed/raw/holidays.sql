-- On which days is how many people's line closed for a holiday?
SELECT day::date, count(DISTINCT (l.account_id, l.user_id))
FROM zoom_pii.documents l
JOIN zoom_pii.documents s ON s.account_id = l.account_id AND s.user_id = l.user_id AND s.document = 'settings'
CROSS JOIN jsonb_array_elements(s.body -> 'holiday_hours') h
CROSS JOIN LATERAL generate_series(
  date_trunc('day', (h ->> 'from')::timestamptz AT TIME ZONE 'UTC'),
  greatest((h ->> 'from')::timestamptz, (h ->> 'to')::timestamptz - interval '1 second') AT TIME ZONE 'UTC',
  interval '1 day'
) AS day
WHERE l.document = 'list' AND l.body ->> 'status' = 'activate'
GROUP BY day
ORDER BY day;
