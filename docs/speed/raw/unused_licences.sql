-- Who holds a licence and does not use it?
SELECT (body ->> 'extension_number')::bigint AS extension, body ->> 'email', body ->> 'status', nullif(body ->> 'activation_status', '')
FROM zoom_pii.documents
WHERE document = 'list' AND (body ->> 'status' IS DISTINCT FROM 'activate' OR body ->> 'activation_status' IS DISTINCT FROM 'activated')
AND jsonb_array_length(body -> 'calling_plans') > 0
ORDER BY extension
LIMIT 5;
