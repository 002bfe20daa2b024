-- Which policies are locked, and on which level?
SELECT
  m.key,
  count(*),
  count(*) FILTER (WHERE m.value -> 'locked' = 'true'),
  count(*) FILTER (WHERE m.value -> 'locked' = 'true' AND m.value ->> 'locked_by' = 'account'),
  count(*) FILTER (WHERE m.value -> 'locked' = 'true' AND m.value ->> 'locked_by' = 'site'),
  count(*) FILTER (WHERE m.value -> 'locked' = 'true' AND m.value ->> 'locked_by' = 'user_group'),
  count(*) FILTER (WHERE m.value -> 'locked' IS NULL)
FROM zoom_pii.documents p
CROSS JOIN jsonb_each(p.body -> 'policy') m
WHERE p.document = 'profile' AND m.key IN ('sms', 'call_park', 'auto_call_recording', 'outbound_calling', 'international_calling')
GROUP BY m.key
ORDER BY m.key;
