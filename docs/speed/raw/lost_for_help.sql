-- Who has no complete emergency address?
SELECT (l.body ->> 'extension_number')::bigint AS extension, l.body ->> 'email', l.body #>> '{site,name}',
  coalesce(a.address <> '{}', false), nullif(a.address ->> 'address_line1', '') IS NOT NULL, nullif(a.address ->> 'city', '') IS NOT NULL
FROM zoom_pii.documents l
LEFT JOIN zoom_pii.documents p ON p.account_id = l.account_id AND p.user_id = l.user_id AND p.document = 'profile'
CROSS JOIN LATERAL (SELECT p.body -> 'emergency_address' AS address) a
WHERE l.document = 'list' AND l.body ->> 'status' = 'activate'
AND (nullif(a.address ->> 'address_line1', '') IS NULL OR nullif(a.address ->> 'city', '') IS NULL)
ORDER BY extension
LIMIT 5;
