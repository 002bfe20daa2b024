-- Everything that the profile, the phone settings and the general settings say about a user beyond single values: one
-- table and one view for each list, the columns of zoom.phone_users that 00002 lacks, and the paths that no column holds.
--
-- The derived tables have no key, as those in 00001. Their rows come with the next change of the document they are
-- derived from.

-- +goose Up
ALTER TABLE syncd.user_phone_settings
	ADD COLUMN default_transcription_language   text,
	ADD COLUMN music_on_hold_id                 text,
	ADD COLUMN country_name                     text,
	ADD COLUMN country_calling_code             text,
	ADD COLUMN delegation_privacy               boolean,
	ADD COLUMN delegation_privileges            bigint[],
	ADD COLUMN delegation_locked                boolean,
	ADD COLUMN phone_screen_lock                boolean,
	ADD COLUMN primary_number                   text,
	ADD COLUMN intercom_device_id               text,
	ADD COLUMN intercom_device_name             text,
	ADD COLUMN shared_line_groups_receive_calls boolean,
	ADD COLUMN business_hour_type               bigint,
	ADD COLUMN company_number_e164              text,
	ADD COLUMN outbound_caller_number_e164      text,
	ADD COLUMN primary_number_e164              text;

CREATE TABLE syncd.policies (
	user_key  bigint NOT NULL REFERENCES syncd.users,
	policy    text NOT NULL,
	enabled   boolean,
	locked    boolean,
	locked_by text,
	modified  boolean,
	detail    jsonb
);
CREATE INDEX policies_user_key ON syncd.policies (user_key);
CREATE INDEX policies_policy_enabled ON syncd.policies (policy, enabled);
COMMENT ON TABLE syncd.policies IS
	'One row per user and policy: every member of the profile''s policy but the lists of shared access, derived '
	'from the profile document.';

CREATE TABLE syncd.shared_access (
	user_key         bigint NOT NULL REFERENCES syncd.users,
	document         smallint NOT NULL CHECK (document IN (2, 3)),
	kind             text NOT NULL,
	access_user_id   text,
	allow_download   boolean,
	allow_delete     boolean,
	allow_sharing    boolean,
	shared_id        text,
	access_user_type text
);
CREATE INDEX shared_access_user_key ON syncd.shared_access (user_key);
CREATE INDEX shared_access_access_user_id ON syncd.shared_access (access_user_id);
COMMENT ON TABLE syncd.shared_access IS
	'One row per grant and document that tells of it (2 profile, 3 settings): the settings repeat the grants of '
	'the profile.';

CREATE TABLE syncd.delegates (
	user_key         bigint NOT NULL REFERENCES syncd.users,
	extension_id     text,
	extension_number bigint,
	extension_type   text,
	display_name     text,
	delegate_id      text
);
CREATE INDEX delegates_user_key ON syncd.delegates (user_key);
CREATE INDEX delegates_delegate_id ON syncd.delegates (delegate_id);
COMMENT ON TABLE syncd.delegates IS 'One row per user and assistant, derived from the settings document.';

CREATE TABLE syncd.devices (
	user_key     bigint NOT NULL REFERENCES syncd.users,
	device_id    text,
	device_type  text,
	display_name text,
	status       text,
	call_control text,
	hot_desking  text
);
CREATE INDEX devices_user_key ON syncd.devices (user_key);
CREATE INDEX devices_device_id ON syncd.devices (device_id);
COMMENT ON TABLE syncd.devices IS 'One row per user and desk phone, derived from the settings document.';

CREATE TABLE syncd.device_addresses (
	user_key    bigint NOT NULL REFERENCES syncd.users,
	device_id   text,
	mac_address text,
	private_ip  text,
	public_ip   text
);
CREATE INDEX device_addresses_user_key ON syncd.device_addresses (user_key);
COMMENT ON TABLE syncd.device_addresses IS
	'One row per user and desk phone: its network addresses, derived from the settings document.';

CREATE TABLE syncd.outbound_caller_ids (
	user_key    bigint NOT NULL REFERENCES syncd.users,
	number      text,
	name        text,
	is_default  boolean,
	number_e164 text
);
CREATE INDEX outbound_caller_ids_user_key ON syncd.outbound_caller_ids (user_key);
CREATE INDEX outbound_caller_ids_number_e164 ON syncd.outbound_caller_ids (number_e164);
COMMENT ON TABLE syncd.outbound_caller_ids IS
	'One row per user and number that calls can be made under, derived from the settings document.';

CREATE TABLE syncd.intercoms (
	user_key         bigint NOT NULL REFERENCES syncd.users,
	extension_id     text,
	extension_number text,
	extension_type   text,
	display_name     text,
	status           text,
	device_id        text,
	device_status    text
);
CREATE INDEX intercoms_user_key ON syncd.intercoms (user_key);
COMMENT ON TABLE syncd.intercoms IS 'One row per user and extension of the audio intercom, derived from the settings document.';

CREATE TABLE syncd.user_settings (
	user_key bigint NOT NULL REFERENCES syncd.users,
	section  text NOT NULL,
	setting  text NOT NULL,
	value    jsonb
);
CREATE INDEX user_settings_user_key ON syncd.user_settings (user_key);
CREATE INDEX user_settings_section_setting ON syncd.user_settings (section, setting);
COMMENT ON TABLE syncd.user_settings IS 'One row per user and general setting, derived from the user_settings document.';

CREATE TABLE syncd.emergency_addresses (
	user_key      bigint NOT NULL REFERENCES syncd.users,
	address_id    text,
	address_line1 text,
	address_line2 text,
	city          text,
	state_code    text,
	zip           text,
	country       text
);
CREATE INDEX emergency_addresses_user_key ON syncd.emergency_addresses (user_key);
COMMENT ON TABLE syncd.emergency_addresses IS 'One row per user with an emergency address, derived from the profile document.';

CREATE TABLE syncd.holiday_hours (
	user_key   bigint NOT NULL REFERENCES syncd.users,
	holiday_id text,
	name       text,
	starts_at  timestamptz,
	ends_at    timestamptz
);
CREATE INDEX holiday_hours_user_key ON syncd.holiday_hours (user_key);
COMMENT ON TABLE syncd.holiday_hours IS 'One row per user and holiday, derived from the settings document.';

CREATE TABLE syncd.break_hours (
	user_key        bigint NOT NULL REFERENCES syncd.users,
	break_hour_id   text,
	break_hour_name text,
	break_hour_type text,
	weekday         bigint,
	enabled         boolean,
	from_time       text,
	to_time         text
);
CREATE INDEX break_hours_user_key ON syncd.break_hours (user_key);
COMMENT ON TABLE syncd.break_hours IS
	'One row per user and break, or per weekday of a break with hours of its own for each, derived from the '
	'settings document.';

CREATE TABLE syncd.business_hours (
	user_key  bigint NOT NULL REFERENCES syncd.users,
	weekday   bigint,
	type      bigint,
	from_time text,
	to_time   text
);
CREATE INDEX business_hours_user_key ON syncd.business_hours (user_key);
COMMENT ON TABLE syncd.business_hours IS 'One row per user and weekday, derived from the settings document.';

CREATE TABLE syncd.shared_line_appearances (
	user_key          bigint NOT NULL REFERENCES syncd.users,
	executive_user_id text,
	display_name      text,
	receive_calls     boolean,
	allow_opt_out     boolean
);
CREATE INDEX shared_line_appearances_user_key ON syncd.shared_line_appearances (user_key);
CREATE INDEX shared_line_appearances_executive_user_id ON syncd.shared_line_appearances (executive_user_id);
COMMENT ON TABLE syncd.shared_line_appearances IS
	'One row per user and executive whose line the user shares, derived from the settings document.';

CREATE TABLE syncd.shared_line_groups (
	user_key             bigint NOT NULL REFERENCES syncd.users,
	shared_line_group_id text,
	display_name         text,
	receive_calls        boolean
);
CREATE INDEX shared_line_groups_user_key ON syncd.shared_line_groups (user_key);
CREATE INDEX shared_line_groups_shared_line_group_id ON syncd.shared_line_groups (shared_line_group_id);
COMMENT ON TABLE syncd.shared_line_groups IS 'One row per user and shared line group, derived from the settings document.';

CREATE TABLE syncd.unmapped_fields (
	account_id    text        NOT NULL,
	document      smallint    NOT NULL CHECK (document BETWEEN 1 AND 4),
	path          text        NOT NULL CHECK (octet_length(path) <= 1000),
	json_type     text        NOT NULL CHECK (json_type IN ('object', 'array', 'string', 'number', 'boolean', 'null')),
	first_seen_at timestamptz NOT NULL DEFAULT now(),
	last_seen_at  timestamptz,
	PRIMARY KEY (account_id, document, path, json_type)
);
COMMENT ON TABLE syncd.unmapped_fields IS 'One row per JSON path that no column holds, or of an unexpected type. It is written when a path appears or disappears.';
COMMENT ON COLUMN syncd.unmapped_fields.last_seen_at IS 'When a complete pass last saw the path before one that did not; NULL while it is there.';

CREATE VIEW zoom.policies AS
SELECT
	u.account_id,
	u.user_id,
	c.policy,
	c.enabled,
	c.locked,
	c.locked_by,
	c.modified,
	c.detail
FROM syncd.policies c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.policies IS
	'One row per current user and policy: what the user may do, and who may change it. Every policy that Zoom '
	'sends has a row, also one that is newer than this mirror.';
COMMENT ON COLUMN zoom.policies.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.policies.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.policies.policy IS 'Name of the policy, for example sms or international_calling.';
COMMENT ON COLUMN zoom.policies.enabled IS 'Whether the policy is on; NULL when Zoom does not say.';
COMMENT ON COLUMN zoom.policies.locked IS
	'Whether an administrator keeps the user from changing it; NULL when Zoom does not say.';
COMMENT ON COLUMN zoom.policies.locked_by IS 'The level that locked it: account, user_group or site.';
COMMENT ON COLUMN zoom.policies.modified IS
	'Whether the policy was changed from what the user would inherit; NULL when Zoom does not say.';
COMMENT ON COLUMN zoom.policies.detail IS 'What else the policy says, as Zoom sends it; NULL when that is all.';

CREATE VIEW zoom.shared_access AS
SELECT
	u.account_id,
	u.user_id,
	c.kind,
	c.access_user_id,
	c.allow_download,
	c.allow_delete,
	c.allow_sharing,
	c.shared_id,
	c.access_user_type,
	CASE c.document WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' END AS document
FROM syncd.shared_access c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL
AND (c.document = 2 OR NOT EXISTS (
	SELECT
	FROM syncd.shared_access p
	WHERE p.user_key = c.user_key AND p.document = 2 AND p.kind = c.kind
	AND (p.shared_id = c.shared_id OR p.access_user_id = c.access_user_id)
));
COMMENT ON VIEW zoom.shared_access IS
	'One row per grant: another person who may use the voicemail or the recordings of a current user. Grants come '
	'from the profile; those that only the deprecated lists of the phone settings have are added.';
COMMENT ON COLUMN zoom.shared_access.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.shared_access.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.shared_access.kind IS 'What is shared: voicemail, auto_call_recording or ad_hoc_call_recording.';
COMMENT ON COLUMN zoom.shared_access.access_user_id IS 'Who may use it: the Zoom user ID, or the ID of a common area.';
COMMENT ON COLUMN zoom.shared_access.allow_download IS 'Whether that person may download.';
COMMENT ON COLUMN zoom.shared_access.allow_delete IS 'Whether that person may delete.';
COMMENT ON COLUMN zoom.shared_access.allow_sharing IS 'Whether that person may share; the phone settings do not say.';
COMMENT ON COLUMN zoom.shared_access.shared_id IS 'ID of the grant in Zoom.';
COMMENT ON COLUMN zoom.shared_access.access_user_type IS 'user or commonArea; the profile does not say.';
COMMENT ON COLUMN zoom.shared_access.document IS
	'The document that tells of the grant: profile, or settings when the profile lacks it.';

CREATE VIEW zoom.delegates AS
SELECT
	u.account_id,
	u.user_id,
	c.extension_id,
	c.extension_number,
	c.extension_type,
	c.display_name,
	c.delegate_id
FROM syncd.delegates c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.delegates IS
	'One row per current user and assistant: who may make and take calls in the name of the user.';
COMMENT ON COLUMN zoom.delegates.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.delegates.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.delegates.extension_id IS 'Extension ID of the assistant.';
COMMENT ON COLUMN zoom.delegates.extension_number IS 'Extension number of the assistant.';
COMMENT ON COLUMN zoom.delegates.extension_type IS 'user or commonArea.';
COMMENT ON COLUMN zoom.delegates.display_name IS 'Display name of the assistant.';
COMMENT ON COLUMN zoom.delegates.delegate_id IS 'The assistant: the Zoom user ID, or the ID of a common area.';

CREATE VIEW zoom.devices AS
SELECT
	u.account_id,
	u.user_id,
	c.device_id,
	c.device_type,
	c.display_name,
	c.status,
	c.call_control,
	c.hot_desking
FROM syncd.devices c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.devices IS
	'One row per current user and desk phone. A device_id that several users have is a shared phone.';
COMMENT ON COLUMN zoom.devices.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.devices.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.devices.device_id IS 'ID of the device.';
COMMENT ON COLUMN zoom.devices.device_type IS 'Manufacturer and model.';
COMMENT ON COLUMN zoom.devices.display_name IS 'Name of the device.';
COMMENT ON COLUMN zoom.devices.status IS 'online or offline when the mirror last looked; its changes are not kept.';
COMMENT ON COLUMN zoom.devices.call_control IS 'Whether calls can be controlled from the Zoom client: on, off or unsupported.';
COMMENT ON COLUMN zoom.devices.hot_desking IS 'Whether a guest can sign in to the phone: on, off or unsupported.';

CREATE VIEW zoom_pii.device_addresses AS
SELECT
	u.account_id,
	u.user_id,
	c.device_id,
	c.mac_address,
	c.private_ip,
	c.public_ip
FROM syncd.device_addresses c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom_pii.device_addresses IS 'One row per current user and desk phone: its network addresses.';
COMMENT ON COLUMN zoom_pii.device_addresses.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom_pii.device_addresses.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom_pii.device_addresses.device_id IS 'ID of the device; joins zoom.devices.';
COMMENT ON COLUMN zoom_pii.device_addresses.mac_address IS 'MAC address or serial number.';
COMMENT ON COLUMN zoom_pii.device_addresses.private_ip IS
	'IP address in the company''s network when the mirror last looked; its changes are not kept.';
COMMENT ON COLUMN zoom_pii.device_addresses.public_ip IS
	'IP address seen from outside when the mirror last looked; its changes are not kept.';

CREATE VIEW zoom.outbound_caller_ids AS
SELECT
	u.account_id,
	u.user_id,
	c.number,
	c.name,
	c.is_default,
	c.number_e164
FROM syncd.outbound_caller_ids c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.outbound_caller_ids IS 'One row per current user and number that the user can call under.';
COMMENT ON COLUMN zoom.outbound_caller_ids.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.outbound_caller_ids.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.outbound_caller_ids.number IS 'The number as Zoom sends it.';
COMMENT ON COLUMN zoom.outbound_caller_ids.name IS 'Name that is shown with the number.';
COMMENT ON COLUMN zoom.outbound_caller_ids.is_default IS
	'Whether calls are made under this number unless the user chooses another.';
COMMENT ON COLUMN zoom.outbound_caller_ids.number_e164 IS
	'The number in E.164 form, a plus sign and digits: use this one to join; NULL when it cannot be derived.';

CREATE VIEW zoom.intercoms AS
SELECT
	u.account_id,
	u.user_id,
	c.extension_id,
	c.extension_number,
	c.extension_type,
	c.display_name,
	c.status,
	c.device_id,
	c.device_status
FROM syncd.intercoms c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.intercoms IS 'One row per current user and extension that is invited to the audio intercom of the user.';
COMMENT ON COLUMN zoom.intercoms.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.intercoms.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.intercoms.extension_id IS 'Extension ID.';
COMMENT ON COLUMN zoom.intercoms.extension_number IS 'Extension number; a text here, as in Zoom.';
COMMENT ON COLUMN zoom.intercoms.extension_type IS 'user or commonArea.';
COMMENT ON COLUMN zoom.intercoms.display_name IS 'Name of the extension.';
COMMENT ON COLUMN zoom.intercoms.status IS 'active or pending.';
COMMENT ON COLUMN zoom.intercoms.device_id IS 'ID of the device; Zoom gives it for common areas only.';
COMMENT ON COLUMN zoom.intercoms.device_status IS
	'online, offline or no device when the mirror last looked; its changes are not kept.';

CREATE VIEW zoom.user_settings AS
SELECT
	u.account_id,
	u.user_id,
	c.section,
	c.setting,
	CASE
		WHEN c.section = 'recording' AND c.setting = 'ip_address_access_control' THEN
			CASE WHEN jsonb_typeof(c.value -> 'enable') = 'boolean' THEN jsonb_build_object('enable', c.value -> 'enable') END
		ELSE c.value
	END AS value
FROM syncd.user_settings c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.user_settings IS
	'One row per current user and general setting, that is one not of Zoom Phone. Address ranges that may see '
	'recordings are in zoom_pii.user_settings.';
COMMENT ON COLUMN zoom.user_settings.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.user_settings.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.user_settings.section IS 'Section of the settings, for example recording or in_meeting.';
COMMENT ON COLUMN zoom.user_settings.setting IS 'Name of the setting within the section.';
COMMENT ON COLUMN zoom.user_settings.value IS
	'Its value as Zoom sends it, secrets replaced; NULL when Zoom sends null. Of '
	'recording.ip_address_access_control only whether it is on.';

CREATE VIEW zoom_pii.user_settings AS
SELECT
	u.account_id,
	u.user_id,
	c.section,
	c.setting,
	c.value
FROM syncd.user_settings c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom_pii.user_settings IS
	'One row per current user and general setting: zoom.user_settings with the address ranges.';
COMMENT ON COLUMN zoom_pii.user_settings.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom_pii.user_settings.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom_pii.user_settings.section IS 'Section of the settings, for example recording or in_meeting.';
COMMENT ON COLUMN zoom_pii.user_settings.setting IS 'Name of the setting within the section.';
COMMENT ON COLUMN zoom_pii.user_settings.value IS 'Its value as Zoom sends it, secrets replaced; NULL when Zoom sends null.';

CREATE VIEW zoom_pii.emergency_addresses AS
SELECT
	u.account_id,
	u.user_id,
	c.address_id,
	c.address_line1,
	c.address_line2,
	c.city,
	c.state_code,
	c.zip,
	c.country
FROM syncd.emergency_addresses c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom_pii.emergency_addresses IS
	'One row per current user with an emergency address: where help is sent when the user calls the emergency '
	'number.';
COMMENT ON COLUMN zoom_pii.emergency_addresses.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom_pii.emergency_addresses.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom_pii.emergency_addresses.address_id IS 'ID of the address.';
COMMENT ON COLUMN zoom_pii.emergency_addresses.address_line1 IS 'House number and street.';
COMMENT ON COLUMN zoom_pii.emergency_addresses.address_line2 IS 'Building, floor, unit.';
COMMENT ON COLUMN zoom_pii.emergency_addresses.city IS 'City.';
COMMENT ON COLUMN zoom_pii.emergency_addresses.state_code IS 'Code of the state.';
COMMENT ON COLUMN zoom_pii.emergency_addresses.zip IS 'Postal code.';
COMMENT ON COLUMN zoom_pii.emergency_addresses.country IS 'Country, two letters (ISO 3166).';

CREATE VIEW zoom.holiday_hours AS
SELECT
	u.account_id,
	u.user_id,
	c.holiday_id,
	c.name,
	c.starts_at,
	c.ends_at
FROM syncd.holiday_hours c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.holiday_hours IS
	'One row per current user and holiday, on which calls are handled as outside business hours.';
COMMENT ON COLUMN zoom.holiday_hours.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.holiday_hours.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.holiday_hours.holiday_id IS 'ID of the holiday.';
COMMENT ON COLUMN zoom.holiday_hours.name IS 'Name of the holiday.';
COMMENT ON COLUMN zoom.holiday_hours.starts_at IS 'When it begins.';
COMMENT ON COLUMN zoom.holiday_hours.ends_at IS 'When it ends.';

CREATE VIEW zoom.break_hours AS
SELECT
	u.account_id,
	u.user_id,
	c.break_hour_id,
	c.break_hour_name,
	c.break_hour_type,
	c.weekday,
	c.enabled,
	c.from_time,
	c.to_time
FROM syncd.break_hours c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.break_hours IS 'One row per current user and break; a break with custom hours has one for each weekday.';
COMMENT ON COLUMN zoom.break_hours.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.break_hours.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.break_hours.break_hour_id IS 'ID of the break.';
COMMENT ON COLUMN zoom.break_hours.break_hour_name IS 'Name of the break.';
COMMENT ON COLUMN zoom.break_hours.break_hour_type IS 'every_business_day, or custom_hours: each weekday has its own.';
COMMENT ON COLUMN zoom.break_hours.weekday IS 'Day of the week from 1, Sunday, to 7, Saturday; NULL for every business day.';
COMMENT ON COLUMN zoom.break_hours.enabled IS 'Whether there is a break on that weekday; NULL for every business day.';
COMMENT ON COLUMN zoom.break_hours.from_time IS 'Beginning, hours and minutes, in the user''s time zone.';
COMMENT ON COLUMN zoom.break_hours.to_time IS 'End, hours and minutes.';

CREATE VIEW zoom.business_hours AS
SELECT
	u.account_id,
	u.user_id,
	c.weekday,
	c.type,
	c.from_time,
	c.to_time
FROM syncd.business_hours c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.business_hours IS
	'One row per current user and weekday: the business hours. They apply when business_hour_type in '
	'zoom.phone_users is 2.';
COMMENT ON COLUMN zoom.business_hours.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.business_hours.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.business_hours.weekday IS 'Day of the week from 1, Sunday, to 7, Saturday.';
COMMENT ON COLUMN zoom.business_hours.type IS '0 closed, 1 open for 24 hours, 2 open from from_time to to_time.';
COMMENT ON COLUMN zoom.business_hours.from_time IS 'Beginning, hours and minutes, in the user''s time zone.';
COMMENT ON COLUMN zoom.business_hours.to_time IS 'End, hours and minutes.';

CREATE VIEW zoom.shared_line_appearances AS
SELECT
	u.account_id,
	u.user_id,
	c.executive_user_id,
	c.display_name,
	c.receive_calls,
	c.allow_opt_out
FROM syncd.shared_line_appearances c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.shared_line_appearances IS 'One row per current user and executive whose calls ring at the user too.';
COMMENT ON COLUMN zoom.shared_line_appearances.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.shared_line_appearances.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.shared_line_appearances.executive_user_id IS 'Zoom user ID of the executive.';
COMMENT ON COLUMN zoom.shared_line_appearances.display_name IS 'Name of the executive.';
COMMENT ON COLUMN zoom.shared_line_appearances.receive_calls IS 'Whether the user gets the calls.';
COMMENT ON COLUMN zoom.shared_line_appearances.allow_opt_out IS 'Whether the user may choose not to get them.';

CREATE VIEW zoom.shared_line_groups AS
SELECT
	u.account_id,
	u.user_id,
	c.shared_line_group_id,
	c.display_name,
	c.receive_calls
FROM syncd.shared_line_groups c
JOIN syncd.users u USING (user_key)
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.shared_line_groups IS 'One row per current user and shared line group that the user is in.';
COMMENT ON COLUMN zoom.shared_line_groups.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.shared_line_groups.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.shared_line_groups.shared_line_group_id IS 'ID of the shared line group.';
COMMENT ON COLUMN zoom.shared_line_groups.display_name IS 'Name of the group.';
COMMENT ON COLUMN zoom.shared_line_groups.receive_calls IS 'Whether the user gets its calls.';

CREATE VIEW zoom.unmapped_fields AS
SELECT
	f.account_id,
	CASE f.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	f.path,
	f.json_type,
	f.first_seen_at,
	coalesce(f.last_seen_at, greatest(f.first_seen_at, p.finished_at)) AS last_seen_at
FROM syncd.unmapped_fields f
LEFT JOIN (
	SELECT account_id, max(finished_at) AS finished_at
	FROM syncd.passes
	WHERE status = 'complete'
	GROUP BY account_id
) p USING (account_id);
COMMENT ON VIEW zoom.unmapped_fields IS
	'One row per JSON path of an account that no column holds, or whose value is not of the type that Zoom '
	'documents. The values are in zoom_pii.documents.';
COMMENT ON COLUMN zoom.unmapped_fields.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.unmapped_fields.document IS 'list, profile, settings or user_settings.';
COMMENT ON COLUMN zoom.unmapped_fields.path IS
	'Path in the document; [] is any element of an array, for example break_hours[].note.';
COMMENT ON COLUMN zoom.unmapped_fields.json_type IS
	'Type of the value: object, array, string, number, boolean or null; of a secret string, whatever it was. A path has one row for each.';
COMMENT ON COLUMN zoom.unmapped_fields.first_seen_at IS 'When the mirror first saw it.';
COMMENT ON COLUMN zoom.unmapped_fields.last_seen_at IS
	'When the mirror last saw it: while it is there, the end of the last complete pass.';

-- A join, not window functions: a condition on the policy or the site reaches both sides of it.
CREATE VIEW zoom.policy_decisions AS
SELECT
	u.account_id,
	u.user_id,
	c.policy,
	c.enabled,
	c.locked,
	c.locked_by,
	l.site_id,
	l.site_name,
	s.site_enabled,
	s.site_agreeing,
	s.site_users,
	c.enabled <> s.site_enabled AS deviates
FROM syncd.policies c
JOIN syncd.users u USING (user_key)
LEFT JOIN syncd.user_list l USING (user_key)
LEFT JOIN (
	SELECT
		su.account_id,
		sl.site_id,
		sc.policy,
		CASE WHEN count(*) <> 2 * count(*) FILTER (WHERE sc.enabled) THEN count(*) < 2 * count(*) FILTER (WHERE sc.enabled) END AS site_enabled,
		greatest(count(*) FILTER (WHERE sc.enabled), count(*) FILTER (WHERE NOT sc.enabled)) AS site_agreeing,
		count(*) AS site_users
	FROM syncd.policies sc
	JOIN syncd.users su USING (user_key)
	JOIN syncd.user_list sl USING (user_key)
	WHERE su.deleted_at IS NULL AND sl.site_id IS NOT NULL AND sc.enabled IS NOT NULL
	GROUP BY su.account_id, sl.site_id, sc.policy
) s ON s.account_id = u.account_id AND s.site_id = l.site_id AND s.policy = c.policy
WHERE u.deleted_at IS NULL;
COMMENT ON VIEW zoom.policy_decisions IS
	'One row per current user and policy: who decides it, and how the rest of the site has it.';
COMMENT ON COLUMN zoom.policy_decisions.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.policy_decisions.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.policy_decisions.policy IS 'Name of the policy.';
COMMENT ON COLUMN zoom.policy_decisions.enabled IS 'Whether the policy is on; NULL when Zoom does not say.';
COMMENT ON COLUMN zoom.policy_decisions.locked IS
	'Whether an administrator keeps the user from changing it; NULL when Zoom does not say.';
COMMENT ON COLUMN zoom.policy_decisions.locked_by IS
	'The level that decided it: account, user_group or site; NULL when nobody locked it or Zoom does not say.';
COMMENT ON COLUMN zoom.policy_decisions.site_id IS
	'ID of the site of the user; NULL for a user without a site, who is compared with nobody.';
COMMENT ON COLUMN zoom.policy_decisions.site_name IS 'Name of the site as the list of users gives it.';
COMMENT ON COLUMN zoom.policy_decisions.site_enabled IS
	'The most common value of enabled among the current users of the site; NULL when both are as common.';
COMMENT ON COLUMN zoom.policy_decisions.site_agreeing IS 'How many users of the site have that value.';
COMMENT ON COLUMN zoom.policy_decisions.site_users IS
	'How many users of the site have the policy on or off; the others say nothing.';
COMMENT ON COLUMN zoom.policy_decisions.deviates IS
	'Whether the user differs from the most common value of the site; NULL when either is not known.';

CREATE OR REPLACE VIEW zoom.phone_users_all AS
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
	u.deletion_evidence,
	s.default_transcription_language,
	s.music_on_hold_id,
	s.country_name,
	s.country_calling_code,
	s.delegation_privacy,
	s.delegation_privileges,
	s.delegation_locked,
	s.phone_screen_lock,
	s.primary_number,
	s.intercom_device_id,
	s.intercom_device_name,
	s.shared_line_groups_receive_calls,
	s.business_hour_type,
	s.company_number_e164,
	s.outbound_caller_number_e164,
	s.primary_number_e164
FROM syncd.users u
LEFT JOIN syncd.freshness f USING (user_key)
LEFT JOIN syncd.user_list l USING (user_key)
LEFT JOIN syncd.user_profile p USING (user_key)
LEFT JOIN syncd.user_phone_settings s USING (user_key);
COMMENT ON COLUMN zoom.phone_users_all.default_transcription_language IS
	'Language of transcriptions of voicemails and recordings, for example en-US.';
COMMENT ON COLUMN zoom.phone_users_all.music_on_hold_id IS 'ID of the music on hold; 0 for none, NULL for the default.';
COMMENT ON COLUMN zoom.phone_users_all.country_name IS 'Name of the country of the phone settings.';
COMMENT ON COLUMN zoom.phone_users_all.country_calling_code IS 'Calling code of that country.';
COMMENT ON COLUMN zoom.phone_users_all.delegation_privacy IS
	'Whether a held call can be kept from being picked up or listened to by others.';
COMMENT ON COLUMN zoom.phone_users_all.delegation_privileges IS
	'What assistants may do, in rising order: 1 place calls, 2 answer calls, 3 pick up held calls, 4 manage VIP '
	'contacts, 5 opt in and out; further codes as in Zoom.';
COMMENT ON COLUMN zoom.phone_users_all.delegation_locked IS 'Whether the user is kept from changing the delegation.';
COMMENT ON COLUMN zoom.phone_users_all.phone_screen_lock IS 'Whether the screen of the desk phone can be locked.';
COMMENT ON COLUMN zoom.phone_users_all.primary_number IS 'Primary number of the user, as Zoom sends it.';
COMMENT ON COLUMN zoom.phone_users_all.intercom_device_id IS 'ID of the device that takes the intercom calls of the user.';
COMMENT ON COLUMN zoom.phone_users_all.intercom_device_name IS 'Name of that device.';
COMMENT ON COLUMN zoom.phone_users_all.shared_line_groups_receive_calls IS
	'Whether the user gets the calls of all shared line groups.';
COMMENT ON COLUMN zoom.phone_users_all.business_hour_type IS '1 open at all times, 2 open at the hours in zoom.business_hours.';
COMMENT ON COLUMN zoom.phone_users_all.company_number_e164 IS
	'company_number in E.164 form, a plus sign and digits; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users_all.outbound_caller_number_e164 IS
	'outbound_caller_number in E.164 form; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users_all.primary_number_e164 IS 'primary_number in E.164 form; NULL when it cannot be derived.';

CREATE OR REPLACE VIEW zoom.phone_users AS
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
	a.verified_at,
	a.default_transcription_language,
	a.music_on_hold_id,
	a.country_name,
	a.country_calling_code,
	a.delegation_privacy,
	a.delegation_privileges,
	a.delegation_locked,
	a.phone_screen_lock,
	a.primary_number,
	a.intercom_device_id,
	a.intercom_device_name,
	a.shared_line_groups_receive_calls,
	a.business_hour_type,
	a.company_number_e164,
	a.outbound_caller_number_e164,
	a.primary_number_e164
FROM zoom.phone_users_all a
WHERE a.deleted_at IS NULL;
COMMENT ON COLUMN zoom.phone_users.default_transcription_language IS
	'Language of transcriptions of voicemails and recordings, for example en-US.';
COMMENT ON COLUMN zoom.phone_users.music_on_hold_id IS 'ID of the music on hold; 0 for none, NULL for the default.';
COMMENT ON COLUMN zoom.phone_users.country_name IS 'Name of the country of the phone settings.';
COMMENT ON COLUMN zoom.phone_users.country_calling_code IS 'Calling code of that country.';
COMMENT ON COLUMN zoom.phone_users.delegation_privacy IS
	'Whether a held call can be kept from being picked up or listened to by others.';
COMMENT ON COLUMN zoom.phone_users.delegation_privileges IS
	'What assistants may do, in rising order: 1 place calls, 2 answer calls, 3 pick up held calls, 4 manage VIP '
	'contacts, 5 opt in and out; further codes as in Zoom.';
COMMENT ON COLUMN zoom.phone_users.delegation_locked IS 'Whether the user is kept from changing the delegation.';
COMMENT ON COLUMN zoom.phone_users.phone_screen_lock IS 'Whether the screen of the desk phone can be locked.';
COMMENT ON COLUMN zoom.phone_users.primary_number IS 'Primary number of the user, as Zoom sends it.';
COMMENT ON COLUMN zoom.phone_users.intercom_device_id IS 'ID of the device that takes the intercom calls of the user.';
COMMENT ON COLUMN zoom.phone_users.intercom_device_name IS 'Name of that device.';
COMMENT ON COLUMN zoom.phone_users.shared_line_groups_receive_calls IS
	'Whether the user gets the calls of all shared line groups.';
COMMENT ON COLUMN zoom.phone_users.business_hour_type IS '1 open at all times, 2 open at the hours in zoom.business_hours.';
COMMENT ON COLUMN zoom.phone_users.company_number_e164 IS
	'company_number in E.164 form, a plus sign and digits; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users.outbound_caller_number_e164 IS
	'outbound_caller_number in E.164 form; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users.primary_number_e164 IS 'primary_number in E.164 form; NULL when it cannot be derived.';

-- +goose Down
DROP VIEW zoom.policy_decisions;
DROP VIEW zoom.unmapped_fields;
DROP VIEW zoom.shared_line_groups;
DROP VIEW zoom.shared_line_appearances;
DROP VIEW zoom.business_hours;
DROP VIEW zoom.break_hours;
DROP VIEW zoom.holiday_hours;
DROP VIEW zoom_pii.emergency_addresses;
DROP VIEW zoom_pii.user_settings;
DROP VIEW zoom.user_settings;
DROP VIEW zoom.intercoms;
DROP VIEW zoom.outbound_caller_ids;
DROP VIEW zoom_pii.device_addresses;
DROP VIEW zoom.devices;
DROP VIEW zoom.delegates;
DROP VIEW zoom.shared_access;
DROP VIEW zoom.policies;

-- Columns of a view cannot be taken away, so these two are made anew as in 00002.
DROP VIEW zoom.phone_users;
DROP VIEW zoom.phone_users_all;
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

DROP TABLE syncd.unmapped_fields;
DROP TABLE syncd.shared_line_groups;
DROP TABLE syncd.shared_line_appearances;
DROP TABLE syncd.business_hours;
DROP TABLE syncd.break_hours;
DROP TABLE syncd.holiday_hours;
DROP TABLE syncd.emergency_addresses;
DROP TABLE syncd.user_settings;
DROP TABLE syncd.intercoms;
DROP TABLE syncd.outbound_caller_ids;
DROP TABLE syncd.device_addresses;
DROP TABLE syncd.devices;
DROP TABLE syncd.delegates;
DROP TABLE syncd.shared_access;
DROP TABLE syncd.policies;
ALTER TABLE syncd.user_phone_settings
	DROP COLUMN primary_number_e164,
	DROP COLUMN outbound_caller_number_e164,
	DROP COLUMN company_number_e164,
	DROP COLUMN business_hour_type,
	DROP COLUMN shared_line_groups_receive_calls,
	DROP COLUMN intercom_device_name,
	DROP COLUMN intercom_device_id,
	DROP COLUMN primary_number,
	DROP COLUMN phone_screen_lock,
	DROP COLUMN delegation_locked,
	DROP COLUMN delegation_privileges,
	DROP COLUMN delegation_privacy,
	DROP COLUMN country_calling_code,
	DROP COLUMN country_name,
	DROP COLUMN music_on_hold_id,
	DROP COLUMN default_transcription_language;
