-- What was one policy of one person set to, and from when to when?
WITH versions AS (
  SELECT v.account_id, v.user_id, (v.body #> '{policy,auto_call_recording,enable}')::boolean AS enabled,
    (v.body #> '{policy,auto_call_recording,locked}')::boolean AS locked, nullif(v.body #>> '{policy,auto_call_recording,locked_by}', '') AS locked_by,
    v.valid_from, v.valid_to
  FROM zoom_pii.document_versions v
  JOIN zoom_pii.documents l ON l.account_id = v.account_id AND l.user_id = v.user_id AND l.document = 'list'
  WHERE v.document = 'profile' AND lower(l.body ->> 'email') = 'kim.35@example.com' AND v.body #> '{policy,auto_call_recording}' IS NOT NULL
), compared AS (
  SELECT *, lag((enabled, locked, locked_by, valid_to)) OVER (PARTITION BY account_id, user_id ORDER BY valid_from)
    IS DISTINCT FROM (enabled, locked, locked_by, valid_from) AS begins
  FROM versions
), numbered AS (
  SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY account_id, user_id ORDER BY valid_from) AS run
  FROM compared
)
SELECT enabled, locked, locked_by, min(valid_from)::timestamptz(0) AS first_seen, nullif(max(coalesce(valid_to, 'infinity')), 'infinity')::timestamptz(0)
FROM numbered
GROUP BY account_id, user_id, run, enabled, locked, locked_by
ORDER BY first_seen;
