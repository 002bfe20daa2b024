-- How many users and numbers does each site and cost centre have?
SELECT l.body #>> '{site,name}', nullif(l.body ->> 'cost_center', '') AS cost_center, count(DISTINCT l.user_id) AS users,
  count(DISTINCT CASE WHEN n ->> 'number' ~ '^\+?[1-9]\d{6,14}$' THEN '+' || ltrim(n ->> 'number', '+') ELSE nullif(n ->> 'number', '') END) AS numbers
FROM zoom_pii.documents l
LEFT JOIN LATERAL jsonb_array_elements(l.body -> 'phone_numbers') n ON true
WHERE l.document = 'list'
GROUP BY l.account_id, l.body #>> '{site,id}', l.body #>> '{site,name}', cost_center
ORDER BY numbers DESC, users DESC, min((l.body ->> 'extension_number')::bigint)
LIMIT 5;
