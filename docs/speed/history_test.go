package speed_test

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"syncd/internal/zoom/zoomtest"
)

// passes are a complete one an hour for a year, each with some failures.
const (
	passes = `
		INSERT INTO syncd.passes (account_id, started_at, finished_at, status, listing_complete, users_listed, users_unchanged, requests)
		SELECT @account_id, h, h + interval '50 minutes', 'complete', true, @users::bigint, @users::bigint, 3 * @users::bigint
		FROM generate_series(date_trunc('hour', now()) - interval '365 days', date_trunc('hour', now()) - interval '1 hour', interval '1 hour') h
		ORDER BY h`
	failures = `
		INSERT INTO syncd.failures (pass_id, user_key, document, http_status, message, failed_at)
		SELECT p.pass_id, 1 + (p.pass_id * 31 + n) % @users::bigint, 2, 500, 'Internal error', p.finished_at
		FROM syncd.passes p
		CROSS JOIN generate_series(1, least(10, @users::bigint)) n`
)

// The first pass saw everybody. The newest versions began within the last month.
const (
	firstSeen = `
		UPDATE syncd.users u
		SET first_seen_at = p.finished_at, changed_at = date_trunc('hour', now()) - interval '1 day' - (u.user_key * 7919 % 600) * interval '1 hour'
		FROM syncd.passes p
		WHERE p.pass_id = (SELECT min(pass_id) FROM syncd.passes)`
	current = `
		UPDATE syncd.documents d
		SET valid_from = CASE WHEN @versions::int > 1 THEN u.changed_at - (d.document - 1) * interval '1 hour' ELSE u.first_seen_at END
		FROM syncd.users u
		WHERE u.user_key = d.user_key`
)

// freshness is what a pass leaves that has just ended: pending users have no details.
const freshness = `
	INSERT INTO syncd.freshness (
		user_key, list_status, profile_status, settings_status, user_settings_status,
		list_fetched_at, profile_fetched_at, settings_fetched_at, user_settings_fetched_at, verified_pass_id
	)
	SELECT
		l.user_key, 1, s.status, s.status, s.status, t.at, t.at, t.at, t.at, (SELECT max(pass_id) FROM syncd.passes)
	FROM syncd.user_list l
	CROSS JOIN LATERAL (SELECT CASE WHEN l.status = 'pending' THEN 5 ELSE 1 END AS status) s
	CROSS JOIN LATERAL (SELECT now() - (l.user_key % 3000) * interval '1 second' AS at) t`

// deletions has one user in a hundred be found gone within the last day, after all versions began.
const deletions = `
	UPDATE syncd.users u
	SET deleted_at = t.at, changed_at = t.at, deleted_pass_id = 1,
		deletion_evidence = jsonb_build_object('pass_id', 1, 'listing', jsonb_build_object('complete', true, 'users', @users::bigint),
			'probe', jsonb_build_object('http_status', 404, 'zoom_code', 1001))
	FROM (SELECT user_key, now() - (user_key % 23) * interval '1 hour' AS at FROM syncd.users WHERE user_key % 100 = 91) t
	WHERE t.user_key = u.user_key`

// withValue is a document with a value at a path of one to three keys.
const withValue = `
	CREATE FUNCTION pg_temp.with_value(body jsonb, path text[], value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
	RETURN CASE cardinality(path)
		WHEN 1 THEN coalesce(body, '{}') || jsonb_build_object(path[1], value)
		WHEN 2 THEN body || jsonb_build_object(path[1], coalesce(body -> path[1], '{}') || jsonb_build_object(path[2], value))
		ELSE body || jsonb_build_object(path[1], coalesce(body -> path[1], '{}') ||
			jsonb_build_object(path[2], coalesce(body -> path[1] -> path[2], '{}') || jsonb_build_object(path[3], value)))
	END`

// olderVersion writes the version before the oldest one of a document of all users, which is read from %s, and what changed
// between the two. Which value changed follows from the user and the number of the version; most often it is one that
// changes often.
const olderVersion = `
	WITH changed AS (
		SELECT
			v.user_key, v.document, v.valid_from AS valid_to, v.pending, c.path, v.personal_policies, v.arranged_policies, v.body #> c.path AS new_value, w.old_value,
			CASE WHEN @version::int = 1 THEN u.first_seen_at ELSE v.valid_from - interval '365 days' / @versions::int END AS valid_from,
			pg_temp.with_value(v.body, c.path, w.old_value) AS body
		FROM (
			-- To concatenate nothing unpacks the body once, and not for each use of it.
			SELECT user_key, document, valid_from, body || '{}' AS body, pending, personal_policies, arranged_policies
			FROM %s
			WHERE document = @document
			OFFSET 0
		) v
		JOIN syncd.users u USING (user_key)
		JOIN (VALUES
			(1, 0, '{department}'::text[], 'Department'), (1, 1, '{activation_status}', 'state'), (1, 2, '{cost_center}', 'CC'),
			(2, 0, '{policy,sms,enable}', NULL), (2, 1, '{policy,voicemail,enable}', NULL), (2, 2, '{policy,international_calling}', NULL),
			(3, 0, '{area_code}', 'area'), (3, 1, '{audio_prompt_language}', 'language'), (3, 2, '{music_on_hold_id}', 'music'),
			(4, 0, '{in_meeting,chat}', NULL), (4, 1, '{recording,auto_recording}', 'kind'), (4, 2, '{feature,webinar}', NULL)
		) c (document, place, path, word)
			ON c.document = v.document AND c.place = CASE (v.user_key + @version::int) %% 12 WHEN 0 THEN 2 WHEN 1 THEN 1 WHEN 7 THEN 1 ELSE 0 END
		CROSS JOIN LATERAL (
			SELECT CASE
				WHEN c.word IS NOT NULL THEN to_jsonb(c.word || ' ' || (v.user_key + @version::int) %% 50)
				ELSE to_jsonb(v.body #> c.path IS DISTINCT FROM 'true')
			END AS old_value
		) w
	), journal AS (
		INSERT INTO syncd.setting_changes (user_key, document, private, seen_after, seen_at, pass_id, path, old_value, new_value)
		SELECT
			c.user_key, c.document, false, c.valid_to - interval '1 hour', c.valid_to,
			1 + extract(epoch FROM c.valid_to - (SELECT min(started_at) FROM syncd.passes))::bigint / 3600,
			array_to_string(c.path, '.'), c.old_value, c.new_value
		FROM changed c
	)
	INSERT INTO syncd.document_history (user_key, document, valid_from, valid_to, body, pending, personal_policies, arranged_policies)
	SELECT c.user_key, c.document, c.valid_from, c.valid_to, c.body, c.pending, c.personal_policies, c.arranged_policies
	FROM changed c`

// The versions to go back from: first the current ones, then the oldest that there are.
const (
	currentVersions = `syncd.documents`
	oldestVersions  = `syncd.users n CROSS JOIN LATERAL (
				SELECT h.document, h.valid_from, h.body, h.pending, h.personal_policies, h.arranged_policies
				FROM syncd.document_history h
				WHERE h.user_key = n.user_key AND h.document = @document
				ORDER BY h.valid_from
				LIMIT 1
			) h`
)

// writePast gives the users and their documents the passes that saw them.
func writePast(ctx context.Context, conn *pgx.Conn, want size) error {
	for _, sql := range []string{"ANALYZE", passes, failures, firstSeen, current, freshness} {
		if _, err := conn.Exec(ctx, sql, want.arguments()); err != nil {
			return fmt.Errorf("%w in %s", err, sql)
		}
	}
	return nil
}

// writeVersions gives every document its older versions, from the newest to the oldest, with the journal of a mirror that
// saw them begin. Then it does what autovacuum does.
func writeVersions(ctx context.Context, conn *pgx.Conn, want size) error {
	if _, err := conn.Exec(ctx, withValue); err != nil {
		return err
	}
	for document := 1; document <= 4; document++ {
		args := want.arguments()
		args["document"] = document
		newer := currentVersions
		for version := want.versions - 1; version >= 1; version-- {
			args["version"] = version
			if _, err := conn.Exec(ctx, fmt.Sprintf(olderVersion, newer), args); err != nil {
				return fmt.Errorf("version %d of document %d: %w", version, document, err)
			}
			newer = oldestVersions
		}
	}
	for _, sql := range []string{deletions, "VACUUM (ANALYZE)"} {
		if _, err := conn.Exec(ctx, sql, want.arguments()); err != nil {
			return fmt.Errorf("%w in %s", err, sql)
		}
	}
	return nil
}

func (s size) arguments() pgx.NamedArgs {
	return pgx.NamedArgs{"account_id": zoomtest.DefaultAccountID, "users": s.users, "versions": s.versions}
}
