-- Which numbers belong to which site and cost centre?
SELECT DISTINCT
  coalesce(e.e164, n ->> 'number') AS number,
  l.body #>> '{site,name}',
  nullif(l.body ->> 'cost_center', ''),
  (l.body ->> 'extension_number')::bigint AS extension,
  l.body ->> 'email'
FROM zoom_pii.documents l
CROSS JOIN jsonb_array_elements(l.body -> 'phone_numbers') n
CROSS JOIN LATERAL (SELECT CASE WHEN n ->> 'number' ~ '^(\+[1-9]\d{6,14}|[1-9]\d{10,14})$' THEN '+' || ltrim(n ->> 'number', '+') END AS e164) e
WHERE l.document = 'list'
ORDER BY number, extension
LIMIT 8;
