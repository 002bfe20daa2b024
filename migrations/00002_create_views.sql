-- The readers' views: interface. Columns may be added, never renamed or dropped. Each view and each column has a COMMENT:
-- together they are the analysts' dictionary. Views that show details show current users only.
--
-- Nobody but the owner may read them until told otherwise, for example:
--   GRANT USAGE ON SCHEMA zoom TO analysts; GRANT SELECT ON ALL TABLES IN SCHEMA zoom TO analysts;

-- +goose Up
-- All users ever seen. Where two documents carry the same fact, the list gives it.
CREATE VIEW zoom.phone_users_all AS
SELECT
	u.account_id,
	u.user_id,
	l.phone_user_id,
	l.email,
	l.name,
	l.status,
	l.activation_status,
	s.settings_status,
	l.extension_id,
	l.extension_number,
	l.site_id,
	l.site_name,
	l.department,
	l.cost_center,
	p.site_admin,
	s.area_code,
	s.country_code,
	s.company_number,
	s.outbound_caller_number,
	s.audio_prompt_language,
	u.first_seen_at,
	u.changed_at,
	LEAST(
		CASE WHEN f.list_status = 1 THEN f.list_fetched_at ELSE f.list_verified_at END,
		CASE WHEN f.profile_status = 1 THEN f.profile_fetched_at ELSE f.profile_verified_at END,
		CASE WHEN f.settings_status = 1 THEN f.settings_fetched_at ELSE f.settings_verified_at END
	) AS verified_at,
	u.deleted_at,
	u.deletion_evidence
FROM syncd.users u
LEFT JOIN syncd.freshness f USING (user_key)
LEFT JOIN syncd.user_list l USING (user_key)
LEFT JOIN syncd.user_profile p USING (user_key)
LEFT JOIN syncd.user_phone_settings s USING (user_key);
COMMENT ON VIEW zoom.phone_users_all IS 'One row per user ever seen, deleted ones included. A deleted user keeps the last known values.';
COMMENT ON COLUMN zoom.phone_users_all.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.phone_users_all.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.phone_users_all.phone_user_id IS 'ID of the user within Zoom Phone.';
COMMENT ON COLUMN zoom.phone_users_all.email IS 'E-mail address of the user.';
COMMENT ON COLUMN zoom.phone_users_all.name IS 'Display name of the user.';
COMMENT ON COLUMN zoom.phone_users_all.status IS
	'Zoom Phone licence of the user as the list gives it: activate, deactivate or pending (not yet licensed).';
COMMENT ON COLUMN zoom.phone_users_all.activation_status IS
	'Whether the user can make and receive calls: activated, ready to activate, not ready.';
COMMENT ON COLUMN zoom.phone_users_all.settings_status IS 'Status of the user as the phone settings give it: Active or Inactive.';
COMMENT ON COLUMN zoom.phone_users_all.extension_id IS 'ID of the extension of the user.';
COMMENT ON COLUMN zoom.phone_users_all.extension_number IS 'Extension number.';
COMMENT ON COLUMN zoom.phone_users_all.site_id IS 'ID of the site of the user; joins zoom.sites.';
COMMENT ON COLUMN zoom.phone_users_all.site_name IS 'Name of the site as the list of users gives it.';
COMMENT ON COLUMN zoom.phone_users_all.department IS 'Department of the user.';
COMMENT ON COLUMN zoom.phone_users_all.cost_center IS 'Cost centre of the user.';
COMMENT ON COLUMN zoom.phone_users_all.site_admin IS 'Whether the user administers a site.';
COMMENT ON COLUMN zoom.phone_users_all.area_code IS 'Area code of the user.';
COMMENT ON COLUMN zoom.phone_users_all.country_code IS 'Country of the phone settings, two letters (ISO 3166).';
COMMENT ON COLUMN zoom.phone_users_all.company_number IS 'Main company number under which outsiders reach the extension.';
COMMENT ON COLUMN zoom.phone_users_all.outbound_caller_number IS 'Number shown to the people the user calls.';
COMMENT ON COLUMN zoom.phone_users_all.audio_prompt_language IS 'Language of audio prompts, for example en-US.';
COMMENT ON COLUMN zoom.phone_users_all.first_seen_at IS 'When the mirror first saw the user.';
COMMENT ON COLUMN zoom.phone_users_all.changed_at IS
	'When any document of the user (list, profile, settings, user_settings) last changed, volatile values such '
	'as a device being online aside; also when the user appeared, was deleted or returned.';
COMMENT ON COLUMN zoom.phone_users_all.verified_at IS
	'Every value of this row was confirmed by Zoom at this time or later: the oldest confirmation among the '
	'stored documents list, profile and settings. Old means that one of them could not be fetched; '
	'zoom.freshness tells which.';
COMMENT ON COLUMN zoom.phone_users_all.deleted_at IS 'When the user was found gone; NULL for current users.';
COMMENT ON COLUMN zoom.phone_users_all.deletion_evidence IS 'What proved that the user is gone; NULL for current users.';

CREATE VIEW zoom.phone_users AS
SELECT
	a.account_id,
	a.user_id,
	a.phone_user_id,
	a.email,
	a.name,
	a.status,
	a.activation_status,
	a.settings_status,
	a.extension_id,
	a.extension_number,
	a.site_id,
	a.site_name,
	a.department,
	a.cost_center,
	a.site_admin,
	a.area_code,
	a.country_code,
	a.company_number,
	a.outbound_caller_number,
	a.audio_prompt_language,
	a.first_seen_at,
	a.changed_at,
	a.verified_at
FROM zoom.phone_users_all a
WHERE a.deleted_at IS NULL;
COMMENT ON VIEW zoom.phone_users IS 'One row per current Zoom Phone user.';
COMMENT ON COLUMN zoom.phone_users.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.phone_users.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.phone_users.phone_user_id IS 'ID of the user within Zoom Phone.';
COMMENT ON COLUMN zoom.phone_users.email IS 'E-mail address of the user.';
COMMENT ON COLUMN zoom.phone_users.name IS 'Display name of the user.';
COMMENT ON COLUMN zoom.phone_users.status IS
	'Zoom Phone licence of the user as the list gives it: activate, deactivate or pending (not yet licensed).';
COMMENT ON COLUMN zoom.phone_users.activation_status IS
	'Whether the user can make and receive calls: activated, ready to activate, not ready.';
COMMENT ON COLUMN zoom.phone_users.settings_status IS 'Status of the user as the phone settings give it: Active or Inactive.';
COMMENT ON COLUMN zoom.phone_users.extension_id IS 'ID of the extension of the user.';
COMMENT ON COLUMN zoom.phone_users.extension_number IS 'Extension number.';
COMMENT ON COLUMN zoom.phone_users.site_id IS 'ID of the site of the user; joins zoom.sites.';
COMMENT ON COLUMN zoom.phone_users.site_name IS 'Name of the site as the list of users gives it.';
COMMENT ON COLUMN zoom.phone_users.department IS 'Department of the user.';
COMMENT ON COLUMN zoom.phone_users.cost_center IS 'Cost centre of the user.';
COMMENT ON COLUMN zoom.phone_users.site_admin IS 'Whether the user administers a site.';
COMMENT ON COLUMN zoom.phone_users.area_code IS 'Area code of the user.';
COMMENT ON COLUMN zoom.phone_users.country_code IS 'Country of the phone settings, two letters (ISO 3166).';
COMMENT ON COLUMN zoom.phone_users.company_number IS 'Main company number under which outsiders reach the extension.';
COMMENT ON COLUMN zoom.phone_users.outbound_caller_number IS 'Number shown to the people the user calls.';
COMMENT ON COLUMN zoom.phone_users.audio_prompt_language IS 'Language of audio prompts, for example en-US.';
COMMENT ON COLUMN zoom.phone_users.first_seen_at IS 'When the mirror first saw the user.';
COMMENT ON COLUMN zoom.phone_users.changed_at IS
	'When any document of the user (list, profile, settings, user_settings) last changed, volatile values such '
	'as a device being online aside; also when the user appeared, was deleted or returned.';
COMMENT ON COLUMN zoom.phone_users.verified_at IS
	'Every value of this row was confirmed by Zoom at this time or later: the oldest confirmation among the '
	'stored documents list, profile and settings. Old means that one of them could not be fetched; '
	'zoom.freshness tells which.';

CREATE VIEW zoom.phone_numbers AS
SELECT
	u.account_id,
	u.user_id,
	c.phone_number_id,
	c.number,
	c.number_e164
FROM syncd.phone_numbers c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.phone_numbers IS 'One row per current user and assigned phone number.';
COMMENT ON COLUMN zoom.phone_numbers.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.phone_numbers.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.phone_numbers.phone_number_id IS 'ID of the number in Zoom; NULL when Zoom gives none.';
COMMENT ON COLUMN zoom.phone_numbers.number IS 'The number as Zoom sends it.';
COMMENT ON COLUMN zoom.phone_numbers.number_e164 IS
	'The number in E.164 form, a plus sign and digits: use this one to join; NULL when it cannot be derived.';

CREATE VIEW zoom.calling_plans AS
SELECT
	u.account_id,
	u.user_id,
	c.type,
	c.name,
	c.billing_account_id,
	c.billing_account_name,
	c.billing_subscription_id,
	c.billing_subscription_name
FROM syncd.calling_plans c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.calling_plans IS 'One row per current user and calling plan.';
COMMENT ON COLUMN zoom.calling_plans.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.calling_plans.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.calling_plans.type IS 'Code of the calling plan in Zoom.';
COMMENT ON COLUMN zoom.calling_plans.name IS 'Name of the calling plan.';
COMMENT ON COLUMN zoom.calling_plans.billing_account_id IS 'ID of the billing account; Zoom gives it for India only.';
COMMENT ON COLUMN zoom.calling_plans.billing_account_name IS 'Name of the billing account; Zoom gives it for India only.';
COMMENT ON COLUMN zoom.calling_plans.billing_subscription_id IS 'ID of the billing subscription, where the account has several.';
COMMENT ON COLUMN zoom.calling_plans.billing_subscription_name IS
	'Name of the billing subscription, where the account has several.';

CREATE VIEW zoom.sites AS
SELECT
	s.account_id,
	s.site_id,
	s.name,
	s.site_code,
	s.level,
	s.country_code,
	s.country_name,
	s.main_auto_receptionist_id,
	s.main_auto_receptionist_name,
	s.main_auto_receptionist_extension_id,
	s.main_auto_receptionist_extension_number,
	s.first_seen_at,
	s.changed_at
FROM syncd.sites s
WHERE s.deleted_at IS NULL;
COMMENT ON VIEW zoom.sites IS 'One row per current site of the account.';
COMMENT ON COLUMN zoom.sites.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.sites.site_id IS 'ID of the site.';
COMMENT ON COLUMN zoom.sites.name IS 'Name of the site.';
COMMENT ON COLUMN zoom.sites.site_code IS 'Site code: the digits before an extension number when dialled from another site.';
COMMENT ON COLUMN zoom.sites.level IS 'Level of the site; main for the main site.';
COMMENT ON COLUMN zoom.sites.country_code IS 'Country of the site, two letters (ISO 3166).';
COMMENT ON COLUMN zoom.sites.country_name IS 'Name of the country.';
COMMENT ON COLUMN zoom.sites.main_auto_receptionist_id IS 'ID of the main auto receptionist of the site.';
COMMENT ON COLUMN zoom.sites.main_auto_receptionist_name IS 'Name of the main auto receptionist.';
COMMENT ON COLUMN zoom.sites.main_auto_receptionist_extension_id IS 'Extension ID of the main auto receptionist.';
COMMENT ON COLUMN zoom.sites.main_auto_receptionist_extension_number IS 'Extension number of the main auto receptionist.';
COMMENT ON COLUMN zoom.sites.first_seen_at IS 'When the mirror first saw the site.';
COMMENT ON COLUMN zoom.sites.changed_at IS 'When anything about the site last changed.';

CREATE VIEW zoom.freshness AS
SELECT
	u.account_id,
	u.user_id,
	d.document,
	CASE d.status
		WHEN 1 THEN 'ok' WHEN 2 THEN 'not_found' WHEN 3 THEN 'forbidden' WHEN 4 THEN 'failed' WHEN 5 THEN 'pending'
	END AS status,
	d.fetched_at,
	CASE WHEN d.status = 1 THEN d.fetched_at ELSE d.verified_at END AS verified_at,
	c.valid_from AS changed_at,
	d.last_error
FROM syncd.users u
JOIN syncd.freshness f USING (user_key)
CROSS JOIN LATERAL (VALUES
	(1, 'list', f.list_status, f.list_fetched_at, f.list_verified_at, f.list_error),
	(2, 'profile', f.profile_status, f.profile_fetched_at, f.profile_verified_at, f.profile_error),
	(3, 'settings', f.settings_status, f.settings_fetched_at, f.settings_verified_at, f.settings_error),
	(4, 'user_settings', f.user_settings_status, f.user_settings_fetched_at, f.user_settings_verified_at, f.user_settings_error)
) d (code, document, status, fetched_at, verified_at, last_error)
LEFT JOIN syncd.documents c ON c.user_key = u.user_key AND c.document = d.code
WHERE u.deleted_at IS NULL AND d.status IS NOT NULL;
COMMENT ON VIEW zoom.freshness IS 'One row per current user and document: how fresh it is, and why it could not be fetched. A document that is never asked for has no row.';
COMMENT ON COLUMN zoom.freshness.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.freshness.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.freshness.document IS 'list, profile, settings or user_settings.';
COMMENT ON COLUMN zoom.freshness.status IS
	'What became of the last attempt to fetch it: ok; not_found (Zoom has no such document for the user, which '
	'is no failure); forbidden (refused, for example a missing scope); failed (no usable answer); pending (not '
	'asked for: the user is not licensed yet).';
COMMENT ON COLUMN zoom.freshness.fetched_at IS 'Time of the last attempt, whatever came of it; NULL when there was none.';
COMMENT ON COLUMN zoom.freshness.verified_at IS 'When Zoom last confirmed what is stored; NULL when nothing is stored.';
COMMENT ON COLUMN zoom.freshness.changed_at IS
	'When the stored document last changed, volatile values aside; NULL when nothing is stored.';
COMMENT ON COLUMN zoom.freshness.last_error IS 'Why the last attempt failed; NULL when it did not.';

CREATE VIEW zoom.sync_passes AS
SELECT
	p.account_id,
	p.pass_id,
	p.started_at,
	p.finished_at,
	p.status,
	p.listing_complete,
	p.users_listed,
	p.users_written,
	p.users_unchanged,
	p.users_failed,
	p.users_deleted,
	p.requests,
	p.throttled,
	p.floor_seconds,
	p.error
FROM syncd.passes p;
COMMENT ON VIEW zoom.sync_passes IS 'One row per pass, that is one run over the account.';
COMMENT ON COLUMN zoom.sync_passes.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.sync_passes.pass_id IS 'Number of the pass; rises with time.';
COMMENT ON COLUMN zoom.sync_passes.started_at IS 'When the pass began.';
COMMENT ON COLUMN zoom.sync_passes.finished_at IS 'When it ended, or was found to have been cut off; NULL while it runs.';
COMMENT ON COLUMN zoom.sync_passes.status IS
	'running; complete (everything was fetched and saved); partial (saved, but something could not be '
	'fetched); held (saved, but its deletions wait for approval); failed (broken off by an error); interrupted '
	'(its process ended early).';
COMMENT ON COLUMN zoom.sync_passes.listing_complete IS
	'Whether the list of users was read to its end. Only then can a missing user be gone.';
COMMENT ON COLUMN zoom.sync_passes.users_listed IS 'Users in the list.';
COMMENT ON COLUMN zoom.sync_passes.users_written IS 'Users of whom anything changed.';
COMMENT ON COLUMN zoom.sync_passes.users_unchanged IS 'Users who were checked completely and had not changed.';
COMMENT ON COLUMN zoom.sync_passes.users_failed IS 'Users of whom a document could not be fetched.';
COMMENT ON COLUMN zoom.sync_passes.users_deleted IS 'Users found gone and marked deleted.';
COMMENT ON COLUMN zoom.sync_passes.requests IS 'Requests sent to Zoom.';
COMMENT ON COLUMN zoom.sync_passes.throttled IS 'Requests that Zoom answered with 429, too many requests.';
COMMENT ON COLUMN zoom.sync_passes.floor_seconds IS
	'The least time that the request budget allows for such a pass, in seconds; compare with finished_at - '
	'started_at.';
COMMENT ON COLUMN zoom.sync_passes.error IS 'What broke the pass off or kept it from being complete; NULL when nothing did.';

CREATE VIEW zoom.sync_failures AS
SELECT
	u.account_id,
	x.pass_id,
	u.user_id,
	CASE x.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	x.http_status,
	x.zoom_code,
	x.message,
	x.failed_at
FROM syncd.failures x
JOIN syncd.users u USING (user_key);
COMMENT ON VIEW zoom.sync_failures IS
	'One row per document that a pass could not fetch. A cause that meets all users, such as a missing scope, stands in '
	'zoom.sync_passes.error instead.';
COMMENT ON COLUMN zoom.sync_failures.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.sync_failures.pass_id IS 'The pass; joins zoom.sync_passes.';
COMMENT ON COLUMN zoom.sync_failures.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.sync_failures.document IS 'list, profile, settings or user_settings.';
COMMENT ON COLUMN zoom.sync_failures.http_status IS 'HTTP status of the answer; NULL when there was none.';
COMMENT ON COLUMN zoom.sync_failures.zoom_code IS 'Error code of Zoom; NULL when there was none.';
COMMENT ON COLUMN zoom.sync_failures.message IS 'What went wrong.';
COMMENT ON COLUMN zoom.sync_failures.failed_at IS 'When the attempt was made.';

CREATE VIEW zoom_pii.documents AS
SELECT
	u.account_id,
	u.user_id,
	CASE d.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	d.body,
	d.valid_from AS changed_at,
	CASE d.document
		WHEN 1 THEN CASE WHEN f.list_status = 1 THEN f.list_fetched_at ELSE f.list_verified_at END
		WHEN 2 THEN CASE WHEN f.profile_status = 1 THEN f.profile_fetched_at ELSE f.profile_verified_at END
		WHEN 3 THEN CASE WHEN f.settings_status = 1 THEN f.settings_fetched_at ELSE f.settings_verified_at END
		WHEN 4 THEN CASE WHEN f.user_settings_status = 1 THEN f.user_settings_fetched_at ELSE f.user_settings_verified_at END
	END AS verified_at
FROM syncd.documents d
JOIN syncd.users u USING (user_key)
LEFT JOIN syncd.freshness f USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom_pii.documents IS 'One row per current user and document: the whole JSON as Zoom sent it, secrets replaced.';
COMMENT ON COLUMN zoom_pii.documents.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom_pii.documents.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom_pii.documents.document IS 'list, profile, settings or user_settings.';
COMMENT ON COLUMN zoom_pii.documents.body IS 'The document. PINs, passwords and tokens were replaced before storing.';
COMMENT ON COLUMN zoom_pii.documents.changed_at IS 'When the document last changed, volatile values aside.';
COMMENT ON COLUMN zoom_pii.documents.verified_at IS 'When Zoom last confirmed it.';

-- The versions of one document never overlap: each ends at or before the moment at which the next begins.
CREATE VIEW zoom_pii.document_versions AS
SELECT
	u.account_id,
	u.user_id,
	CASE v.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	v.body,
	v.valid_from,
	v.valid_to
FROM (
	SELECT h.user_key, h.document, h.body, h.valid_from, h.valid_to
	FROM syncd.document_history h
	UNION ALL
	SELECT d.user_key, d.document, d.body, d.valid_from, o.deleted_at
	FROM syncd.documents d
	JOIN syncd.users o USING (user_key)
) v
JOIN syncd.users u USING (user_key);
COMMENT ON VIEW zoom_pii.document_versions IS 'One row per version of a document, of all users ever seen. Versions of a document never overlap.';
COMMENT ON COLUMN zoom_pii.document_versions.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom_pii.document_versions.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom_pii.document_versions.document IS 'list, profile, settings or user_settings.';
COMMENT ON COLUMN zoom_pii.document_versions.body IS
	'The document in this version. Within a version only volatile values change; the latest of them are shown.';
COMMENT ON COLUMN zoom_pii.document_versions.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN zoom_pii.document_versions.valid_to IS
	'When the next version was first seen, the document ceased to apply or the user was found gone; NULL for '
	'the current version.';

-- +goose Down
DROP VIEW zoom_pii.document_versions;
DROP VIEW zoom_pii.documents;
DROP VIEW zoom.sync_failures;
DROP VIEW zoom.sync_passes;
DROP VIEW zoom.freshness;
DROP VIEW zoom.sites;
DROP VIEW zoom.calling_plans;
DROP VIEW zoom.phone_numbers;
DROP VIEW zoom.phone_users;
DROP VIEW zoom.phone_users_all;
