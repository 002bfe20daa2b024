-- Who may call under a number that is not their own?
SELECT DISTINCT (l.body ->> 'extension_number')::bigint AS extension, l.body ->> 'email', e.e164, (o -> 'is_default')::boolean, o ->> 'name', o ->> 'number'
FROM zoom_pii.documents l
JOIN zoom_pii.documents s ON s.account_id = l.account_id AND s.user_id = l.user_id AND s.document = 'settings'
CROSS JOIN jsonb_array_elements(s.body -> 'outbound_caller_ids') o
CROSS JOIN LATERAL (SELECT CASE WHEN o ->> 'number' ~ '^(\+[1-9]\d{6,14}|[1-9]\d{10,14})$' THEN '+' || ltrim(o ->> 'number', '+') END AS e164) e
WHERE l.document = 'list' AND e.e164 IS NOT NULL
AND NOT EXISTS (
  SELECT
  FROM jsonb_array_elements(l.body -> 'phone_numbers') n
  WHERE '+' || ltrim(n ->> 'number', '+') = e.e164
)
ORDER BY extension, e.e164
LIMIT 5;
