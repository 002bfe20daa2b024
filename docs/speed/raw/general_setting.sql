-- How is a general setting set across the company?
SELECT 'recording', 'auto_recording', s.body #> '{recording,auto_recording}' AS value, count(*) AS users
FROM zoom_pii.documents s
JOIN zoom_pii.documents l ON l.account_id = s.account_id AND l.user_id = s.user_id AND l.document = 'list'
WHERE s.document = 'user_settings' AND s.body -> 'recording' ? 'auto_recording' AND l.body ->> 'status' = 'activate'
GROUP BY value
ORDER BY users DESC, value;
