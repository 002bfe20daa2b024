-- Who has no phone number?
SELECT (body ->> 'extension_number')::bigint AS extension, body ->> 'email', body #>> '{site,name}', nullif(body ->> 'activation_status', '')
FROM zoom_pii.documents
WHERE document = 'list' AND body ->> 'status' = 'activate' AND coalesce(jsonb_array_length(body -> 'phone_numbers'), 0) = 0
ORDER BY extension
LIMIT 5;
