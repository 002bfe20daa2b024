-- Where is help sent when somebody calls the emergency number, city by city?
SELECT nullif(p.body #>> '{emergency_address,country}', '') AS country, nullif(p.body #>> '{emergency_address,city}', '') AS city, count(*) AS users
FROM zoom_pii.documents p
JOIN zoom_pii.documents l ON l.account_id = p.account_id AND l.user_id = p.user_id AND l.document = 'list'
WHERE p.document = 'profile' AND l.body ->> 'status' = 'activate' AND p.body -> 'emergency_address' <> '{}'
GROUP BY country, city
ORDER BY users DESC, country, city
LIMIT 5;
