-- The engine's tables. Readers never see them: they read the views of the schemas zoom and zoom_pii (00002).
--
-- Schema syncd exists before this file runs, since the table of migrations lies in it. The other two are made here unless
-- the role was given them ready-made: CREATE SCHEMA IF NOT EXISTS asks for CREATE on the database even when the schema
-- exists, and a role that merely owns its three schemas has not got it.

-- +goose Up
-- +goose StatementBegin
DO $$
BEGIN
	IF to_regnamespace('zoom') IS NULL THEN
		CREATE SCHEMA zoom;
	END IF;
	IF to_regnamespace('zoom_pii') IS NULL THEN
		CREATE SCHEMA zoom_pii;
	END IF;
END
$$;
-- +goose StatementEnd

COMMENT ON SCHEMA syncd IS 'Tables of syncd itself; their shape may change with any release. Read the views in zoom and zoom_pii.';
COMMENT ON SCHEMA zoom IS 'Mirror of the Zoom Phone users of an account, for analysts: one view per subject, every column commented.';
COMMENT ON SCHEMA zoom_pii IS 'Mirror of Zoom Phone: whole documents and other data about persons that only few should read.';

-- user_key stands for (account_id, user_id) in every other table: 8 bytes in place of some 40, in rows and in indexes.
CREATE TABLE syncd.users (
	user_key          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account_id        text        NOT NULL,
	user_id           text        NOT NULL,
	first_seen_at     timestamptz NOT NULL DEFAULT now(),
	changed_at        timestamptz NOT NULL DEFAULT now(),
	deleted_at        timestamptz,
	deleted_pass_id   bigint,
	deletion_evidence jsonb,
	UNIQUE (account_id, user_id),
	-- A deletion without proof, or a proof without deletion, cannot be stored.
	CHECK ((deleted_at IS NULL) = (deletion_evidence IS NULL)),
	CHECK ((deleted_at IS NULL) = (deleted_pass_id IS NULL))
);
COMMENT ON TABLE syncd.users IS 'One row per user ever seen. A user who is gone keeps the row and gets deleted_at with its evidence.';
COMMENT ON COLUMN syncd.users.changed_at IS 'When a document of the user last began a new version, or the user came, went or returned.';
COMMENT ON COLUMN syncd.users.deleted_pass_id IS 'The pass that found the user gone.';

-- The one row per user that a pass over unchanged data writes, so every byte counts. It is narrow and fixed in width for
-- unchanged users; no index but the key, and room in every page (fillfactor) make each update a heap-only one.
-- xxx_verified_at is NULL while xxx_status is ok, since then the last answer was itself the confirmation: four
-- timestamps a user are rewritten in place of eight.
CREATE TABLE syncd.freshness (
	user_key                  bigint PRIMARY KEY REFERENCES syncd.users,
	list_status               smallint,
	profile_status            smallint,
	settings_status           smallint,
	user_settings_status      smallint,
	list_fetched_at           timestamptz,
	profile_fetched_at        timestamptz,
	settings_fetched_at       timestamptz,
	user_settings_fetched_at  timestamptz,
	verified_pass_id          bigint,
	list_verified_at          timestamptz,
	profile_verified_at       timestamptz,
	settings_verified_at      timestamptz,
	user_settings_verified_at timestamptz,
	list_error                text,
	profile_error             text,
	settings_error            text,
	user_settings_error       text,
	CHECK (list_status          BETWEEN 1 AND 5 AND (list_status          <> 1 OR list_verified_at          IS NULL)),
	CHECK (profile_status       BETWEEN 1 AND 5 AND (profile_status       <> 1 OR profile_verified_at       IS NULL)),
	CHECK (settings_status      BETWEEN 1 AND 5 AND (settings_status      <> 1 OR settings_verified_at      IS NULL)),
	CHECK (user_settings_status BETWEEN 1 AND 5 AND (user_settings_status <> 1 OR user_settings_verified_at IS NULL))
) WITH (fillfactor = 50);
COMMENT ON TABLE syncd.freshness IS
	'How fresh each document of a user is. Status: 1 ok, 2 not_found, 3 forbidden, 4 failed, 5 pending, NULL never asked for. '
	'fetched_at: last answer of any kind. verified_at: last confirmation of what is stored; while the status is ok, fetched_at.';
COMMENT ON COLUMN syncd.freshness.verified_pass_id IS 'The pass that processed the user last; a pass that was cut off goes on with the others.';

CREATE TABLE syncd.documents (
	user_key      bigint      NOT NULL REFERENCES syncd.users,
	document      smallint    NOT NULL CHECK (document BETWEEN 1 AND 4),
	valid_from    timestamptz NOT NULL,
	full_digest   bytea       NOT NULL CHECK (octet_length(full_digest) = 16),
	stable_digest bytea       NOT NULL CHECK (octet_length(stable_digest) = 16),
	body          jsonb       NOT NULL,
	PRIMARY KEY (user_key, document)
);
COMMENT ON TABLE syncd.documents IS
	'The stored body of each document: 1 list, 2 profile, 3 settings, 4 user_settings. Secrets were replaced before storing.';
COMMENT ON COLUMN syncd.documents.full_digest IS 'Hash of the canonical body; equal means nothing to write.';
COMMENT ON COLUMN syncd.documents.stable_digest IS 'The same without volatile paths such as a device''s online status; equal means no new version.';

-- A table apart, so that the current bodies stay dense and old ones are only ever appended. That the versions of a
-- document do not overlap is upheld by the writer (an exclusion constraint would need the extension btree_gist).
CREATE TABLE syncd.document_history (
	user_key   bigint      NOT NULL REFERENCES syncd.users,
	document   smallint    NOT NULL CHECK (document BETWEEN 1 AND 4),
	valid_from timestamptz NOT NULL,
	valid_to   timestamptz NOT NULL,
	body       jsonb       NOT NULL,
	PRIMARY KEY (user_key, document, valid_from),
	CHECK (valid_from < valid_to)
);
COMMENT ON TABLE syncd.document_history IS 'Closed versions of documents: body held from valid_from (included) to valid_to (excluded).';

-- Derived tables: the rows of each are a function of one document of one user. They have no timestamps or surrogate
-- keys, so that an equal document gives equal rows and nothing is written.

CREATE TABLE syncd.user_list (
	user_key          bigint PRIMARY KEY REFERENCES syncd.users,
	phone_user_id     text,
	email             text,
	name              text,
	status            text,
	activation_status text,
	extension_id      text,
	extension_number  bigint,
	site_id           text,
	site_name         text,
	department        text,
	cost_center       text
);
CREATE INDEX user_list_email ON syncd.user_list (lower(email));
CREATE INDEX user_list_extension_number ON syncd.user_list (extension_number);
CREATE INDEX user_list_site_id ON syncd.user_list (site_id);
COMMENT ON TABLE syncd.user_list IS 'One row per user, derived from the list document.';

CREATE TABLE syncd.user_profile (
	user_key   bigint PRIMARY KEY REFERENCES syncd.users,
	site_admin boolean
);
COMMENT ON TABLE syncd.user_profile IS 'One row per user, derived from the profile document.';

CREATE TABLE syncd.user_phone_settings (
	user_key               bigint PRIMARY KEY REFERENCES syncd.users,
	settings_status        text,
	area_code              text,
	country_code           text,
	company_number         text,
	outbound_caller_number text,
	audio_prompt_language  text
);
COMMENT ON TABLE syncd.user_phone_settings IS 'One row per user, derived from the settings document.';

-- No key: Zoom sends numbers without an id, and NULLs are not equal in a unique index before Postgres 15. The writer
-- keeps equal elements down to one row.
CREATE TABLE syncd.phone_numbers (
	user_key        bigint NOT NULL REFERENCES syncd.users,
	phone_number_id text,
	number          text,
	number_e164     text
);
CREATE INDEX phone_numbers_user_key ON syncd.phone_numbers (user_key);
CREATE INDEX phone_numbers_number_e164 ON syncd.phone_numbers (number_e164);
COMMENT ON TABLE syncd.phone_numbers IS 'One row per user and number, derived from the list document.';

CREATE TABLE syncd.calling_plans (
	user_key                  bigint NOT NULL REFERENCES syncd.users,
	type                      bigint,
	name                      text,
	billing_account_id        text,
	billing_account_name      text,
	billing_subscription_id   text,
	billing_subscription_name text
);
CREATE INDEX calling_plans_user_key ON syncd.calling_plans (user_key);
COMMENT ON TABLE syncd.calling_plans IS 'One row per user and calling plan, derived from the list document.';

CREATE TABLE syncd.sites (
	account_id                              text        NOT NULL,
	site_id                                 text        NOT NULL,
	name                                    text,
	site_code                               bigint,
	level                                   text,
	country_code                            text,
	country_name                            text,
	main_auto_receptionist_id               text,
	main_auto_receptionist_name             text,
	main_auto_receptionist_extension_id     text,
	main_auto_receptionist_extension_number bigint,
	body                                    jsonb       NOT NULL,
	digest                                  bytea       NOT NULL CHECK (octet_length(digest) = 16),
	first_seen_at                           timestamptz NOT NULL DEFAULT now(),
	changed_at                              timestamptz NOT NULL DEFAULT now(),
	deleted_at                              timestamptz,
	PRIMARY KEY (account_id, site_id)
);
COMMENT ON TABLE syncd.sites IS 'One row per site ever seen; deleted_at is set when a complete list of sites lacked it.';

CREATE TABLE syncd.passes (
	pass_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account_id       text             NOT NULL,
	started_at       timestamptz      NOT NULL DEFAULT now(),
	finished_at      timestamptz,
	status           text             NOT NULL DEFAULT 'running'
		CHECK (status IN ('running', 'complete', 'partial', 'held', 'failed', 'interrupted')),
	listing_complete boolean          NOT NULL DEFAULT false,
	users_listed     bigint           NOT NULL DEFAULT 0,
	users_written    bigint           NOT NULL DEFAULT 0,
	users_unchanged  bigint           NOT NULL DEFAULT 0,
	users_failed     bigint           NOT NULL DEFAULT 0,
	users_deleted    bigint           NOT NULL DEFAULT 0,
	requests         bigint           NOT NULL DEFAULT 0,
	throttled        bigint           NOT NULL DEFAULT 0,
	floor_seconds    double precision NOT NULL DEFAULT 0,
	error            text,
	CHECK ((status = 'running') = (finished_at IS NULL))
);
-- One writer per account, whatever runs twice: a second running pass cannot be stored.
CREATE UNIQUE INDEX passes_one_running ON syncd.passes (account_id) WHERE status = 'running';
COMMENT ON TABLE syncd.passes IS 'One row per run over an account.';

CREATE TABLE syncd.failures (
	pass_id     bigint      NOT NULL REFERENCES syncd.passes ON DELETE CASCADE,
	user_key    bigint      NOT NULL REFERENCES syncd.users,
	document    smallint    NOT NULL CHECK (document BETWEEN 1 AND 4),
	http_status integer,
	zoom_code   integer,
	message     text        NOT NULL,
	failed_at   timestamptz NOT NULL,
	PRIMARY KEY (pass_id, user_key, document)
);
COMMENT ON TABLE syncd.failures IS 'One row per document that a pass could not fetch.';

-- +goose Down
-- The schemas stay: they may have been made for the role by someone else, and syncd holds the table of migrations.
DROP TABLE syncd.failures;
DROP TABLE syncd.passes;
DROP TABLE syncd.sites;
DROP TABLE syncd.calling_plans;
DROP TABLE syncd.phone_numbers;
DROP TABLE syncd.user_phone_settings;
DROP TABLE syncd.user_profile;
DROP TABLE syncd.user_list;
DROP TABLE syncd.document_history;
DROP TABLE syncd.documents;
DROP TABLE syncd.freshness;
DROP TABLE syncd.users;
