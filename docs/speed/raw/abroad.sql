-- Who can call abroad, and who locked that?
SELECT
  (l.body ->> 'extension_number')::bigint AS extension,
  l.body ->> 'email',
  (i.policy -> 'locked')::boolean,
  CASE WHEN (i.policy -> 'locked')::boolean THEN coalesce(nullif(i.policy ->> 'locked_by', ''), 'not said') END,
  (o.policy -> 'enable')::boolean,
  CASE WHEN (o.policy -> 'locked')::boolean THEN coalesce(nullif(o.policy ->> 'locked_by', ''), 'not said') END,
  (
    SELECT string_agg(DISTINCT coalesce(nullif(c ->> 'name', ''), 'type ' || (c ->> 'type')), ', ')
    FROM jsonb_array_elements(l.body -> 'calling_plans') c
  )
FROM zoom_pii.documents l
JOIN zoom_pii.documents p ON p.account_id = l.account_id AND p.user_id = l.user_id AND p.document = 'profile'
CROSS JOIN LATERAL (SELECT p.body #> '{policy,international_calling}' AS policy) i
CROSS JOIN LATERAL (SELECT p.body #> '{policy,outbound_calling}' AS policy) o
WHERE l.document = 'list' AND l.body ->> 'status' = 'activate' AND l.body ->> 'activation_status' = 'activated'
AND 'true' IN (i.policy, i.policy -> 'enable')
ORDER BY extension
LIMIT 8;
