-- Who may listen to whose voicemail?
WITH people AS (
  SELECT DISTINCT ON (account_id, user_id) account_id, user_id, body, valid_to
  FROM zoom_pii.document_versions
  WHERE document = 'list'
  ORDER BY account_id, user_id, valid_from DESC
), told AS (
  SELECT d.account_id, d.user_id, g ->> 'access_user_id' AS access_user_id, g ->> 'shared_id' AS shared_id,
    g -> 'allow_download' AS download, g -> 'allow_delete' AS delete, g -> 'allow_sharing', nullif(g ->> 'access_user_type', '')
  FROM zoom_pii.documents d
  CROSS JOIN jsonb_array_elements(d.body #> '{policy,voicemail_access_members}') g
  WHERE d.document = 'profile'
  UNION
  SELECT d.account_id, d.user_id, g ->> 'access_user_id', g ->> 'shared_id', g -> 'download', g -> 'delete', g -> 'allow_sharing', nullif(g ->> 'access_user_type', '')
  FROM zoom_pii.documents d
  JOIN zoom_pii.documents p ON p.account_id = d.account_id AND p.user_id = d.user_id AND p.document = 'profile'
  CROSS JOIN jsonb_array_elements(d.body -> 'voice_mail') g
  WHERE d.document = 'settings' AND NOT EXISTS (
    SELECT
    FROM jsonb_array_elements(p.body #> '{policy,voicemail_access_members}') t
    WHERE t ->> 'shared_id' = g ->> 'shared_id' OR t ->> 'access_user_id' = g ->> 'access_user_id'
  )
)
SELECT
  (u.body ->> 'extension_number')::bigint AS extension,
  u.body ->> 'email',
  coalesce(g.body ->> 'email', t.access_user_id),
  CASE
    WHEN EXISTS (
      SELECT
      FROM zoom_pii.documents d
      CROSS JOIN jsonb_array_elements(d.body -> 'voice_mail') x
      WHERE d.account_id = t.account_id AND d.user_id = t.user_id AND d.document = 'settings' AND x ->> 'access_user_type' = 'commonArea'
      AND (x ->> 'shared_id' = t.shared_id OR x ->> 'access_user_id' = t.access_user_id)
    ) THEN 'common area'
    WHEN g.user_id IS NULL THEN 'unknown'
    WHEN g.valid_to IS NOT NULL THEN 'deleted'
    ELSE g.body ->> 'status'
  END,
  t.download::boolean,
  t.delete::boolean
FROM told t
JOIN zoom_pii.documents u ON u.account_id = t.account_id AND u.user_id = t.user_id AND u.document = 'list'
LEFT JOIN people g ON g.account_id = t.account_id AND g.user_id = t.access_user_id
ORDER BY extension, (g.body ->> 'extension_number')::bigint NULLS FIRST, t.shared_id
LIMIT 8;
