-- Who is whose delegate?
SELECT DISTINCT
  (u.body ->> 'extension_number')::bigint AS extension,
  u.body ->> 'email',
  nullif(a ->> 'extension_type', ''),
  (nullif(a ->> 'extension_number', ''))::bigint AS delegate,
  g.body ->> 'email',
  g.body ->> 'status',
  a ->> 'id',
  a ->> 'display_name',
  a ->> 'extension_id'
FROM zoom_pii.documents s
CROSS JOIN jsonb_array_elements(s.body #> '{delegation,assistants}') a
JOIN zoom_pii.documents u ON u.account_id = s.account_id AND u.user_id = s.user_id AND u.document = 'list'
LEFT JOIN zoom_pii.documents g ON g.account_id = s.account_id AND g.user_id = a ->> 'id' AND g.document = 'list'
WHERE s.document = 'settings'
ORDER BY extension, delegate
LIMIT 5;
