-- Who moved to another site or cost centre since then?
WITH past AS (SELECT greatest(now() - interval '90 days', min(finished_at), (SELECT max(begins_at) FROM zoom.pruned_history)) AS at FROM zoom.sync_passes WHERE status = 'complete')
SELECT
  (u.body ->> 'extension_number')::bigint AS extension,
  u.body ->> 'email',
  o.body #>> '{site,name}',
  u.body #>> '{site,name}',
  nullif(o.body ->> 'cost_center', ''),
  nullif(u.body ->> 'cost_center', '')
FROM past
JOIN zoom_pii.document_versions o ON o.document = 'list' AND o.valid_from <= past.at AND (o.valid_to IS NULL OR o.valid_to > past.at)
JOIN zoom_pii.documents u ON u.account_id = o.account_id AND u.user_id = o.user_id AND u.document = 'list'
WHERE u.body #> '{site,id}' IS DISTINCT FROM o.body #> '{site,id}'
OR nullif(u.body ->> 'cost_center', '') IS DISTINCT FROM nullif(o.body ->> 'cost_center', '')
ORDER BY extension;
