-- Which grants lead to somebody who is gone?
WITH people AS (
  SELECT DISTINCT ON (account_id, user_id) account_id, user_id, body, valid_to
  FROM zoom_pii.document_versions
  WHERE document = 'list'
  ORDER BY account_id, user_id, valid_from DESC
), told AS (
  SELECT d.account_id, d.user_id, k.kind, g
  FROM zoom_pii.documents d
  JOIN zoom_pii.documents p ON p.account_id = d.account_id AND p.user_id = d.user_id AND p.document = 'profile'
  JOIN (VALUES
    ('profile', 'voicemail', '{policy,voicemail_access_members}'::text[], NULL),
    ('profile', 'auto_call_recording', '{policy,auto_call_recording_access_members}', NULL),
    ('profile', 'ad_hoc_call_recording', '{policy,ad_hoc_call_recording_access_members}', NULL),
    ('settings', 'voicemail', '{voice_mail}', 'voicemail_access_members'),
    ('settings', 'auto_call_recording', '{auto_call_recording_access_members}', 'auto_call_recording_access_members'),
    ('settings', 'ad_hoc_call_recording', '{ad_hoc_call_recording_access_members}', 'ad_hoc_call_recording_access_members')
  ) k (document, kind, place, twin) ON k.document = d.document
  CROSS JOIN jsonb_array_elements(d.body #> k.place) g
  WHERE NOT EXISTS (
    SELECT
    FROM jsonb_array_elements(p.body -> 'policy' -> k.twin) t
    WHERE t ->> 'shared_id' = g ->> 'shared_id' OR t ->> 'access_user_id' = g ->> 'access_user_id'
  )
)
SELECT DISTINCT
  (u.body ->> 'extension_number')::bigint AS extension,
  u.body ->> 'email',
  t.kind,
  g.body ->> 'email',
  CASE WHEN g.valid_to IS NULL THEN g.body ->> 'status' ELSE 'deleted' END,
  g.valid_to IS NULL AS here,
  t.g
FROM told t
JOIN zoom_pii.documents u ON u.account_id = t.account_id AND u.user_id = t.user_id AND u.document = 'list'
JOIN people g ON g.account_id = t.account_id AND g.user_id = t.g ->> 'access_user_id'
WHERE g.valid_to IS NOT NULL OR g.body ->> 'status' = 'deactivate'
ORDER BY here, extension, t.kind
LIMIT 5;
