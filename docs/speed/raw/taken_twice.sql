-- Which extension numbers are taken twice?
SELECT (body ->> 'extension_number')::bigint AS extension, count(*), count(DISTINCT body #>> '{site,id}'), string_agg(body ->> 'email', ', ' ORDER BY user_id)
FROM zoom_pii.documents
WHERE document = 'list' AND body ->> 'extension_number' <> ''
GROUP BY account_id, extension
HAVING count(*) > 1
ORDER BY extension;
