-- How many users are there, by status and calling plan?
SELECT status, calling_plan, count(DISTINCT (account_id, user_id)) AS users
FROM (
  SELECT
    l.account_id,
    l.user_id,
    l.body ->> 'status' AS status,
    CASE WHEN p IS NULL THEN 'none' ELSE coalesce(nullif(p ->> 'name', ''), 'type ' || (p ->> 'type'), 'not said') END AS calling_plan
  FROM zoom_pii.documents l
  LEFT JOIN LATERAL jsonb_array_elements(l.body -> 'calling_plans') p ON true
  WHERE l.document = 'list'
) licensed
GROUP BY GROUPING SETS ((status, calling_plan), ())
ORDER BY grouping(status), status, users DESC, calling_plan;
