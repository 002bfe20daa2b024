-- "+49 (0)30 1234567" became +490301234567, and a national number without a plus sign one of some other country. Rows that are there
-- keep what they have until syncd rebuild; the views of the past follow at once.

-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION syncd.e164(number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
	SELECT CASE
		WHEN NOT starts_with(t.trimmed, '+') THEN CASE WHEN t.trimmed ~ '^[1-9][0-9]{10,14}$' THEN '+' || t.trimmed END
		WHEN d.digits ~ '^[1-9][0-9]{6,14}$' THEN '+' || d.digits
	END
	FROM (
		-- All that Unicode calls white space.
		SELECT btrim(number, U&' \0009\000A\000B\000C\000D\0085\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000')
	) t (trimmed)
	CROSS JOIN LATERAL (
		-- Spaces, dashes, dots and slashes.
		SELECT translate(substr(t.trimmed, 2), U&' -./\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\202F\205F\3000\2010\2011\2012\2013\2014\2015\2212', '')
	) s (bracketed)
	CROSS JOIN LATERAL (
		SELECT translate(CASE
			WHEN s.bracketed !~ '\(0' THEN s.bracketed
			WHEN s.bracketed ~ '\(0.*\(0' THEN NULL
			-- In Italy and San Marino the zero is part of most numbers: (06) is meant, while nobody knows what (0) means.
			WHEN s.bracketed ~ '^(39|378)\(' THEN CASE WHEN s.bracketed ~ '^[0-9]+\(0[^)]' THEN s.bracketed END
			-- Elsewhere (0) is dialled within the country only.
			WHEN s.bracketed ~ '^[0-9]{1,3}\(0\)' THEN replace(s.bracketed, '(0)', '')
		END, '()', '')
	) d (digits)
);
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.e164(text) IS
	'A number as a plus sign and digits, without spaces, dashes, dots, slashes and brackets, and without (0) after the country code. Without a plus '
	'sign it must be 11 to 15 digits and nothing else, since fewer may be national. NULL for one whose country or digits nobody knows.';

COMMENT ON COLUMN zoom.phone_numbers.number_e164 IS
	'The number in E.164 form, a plus sign and digits: use this one to join. Spaces, dashes, dots, slashes and brackets are left out, and so is '
	'(0) after the country code. NULL when it cannot be derived: without a plus sign, fewer than 11 digits may be a national number.';
COMMENT ON COLUMN zoom.outbound_caller_ids.number_e164 IS
	'The number in E.164 form, a plus sign and digits: use this one to join. Spaces, dashes, dots, slashes and brackets are left out, and so is '
	'(0) after the country code. NULL when it cannot be derived: without a plus sign, fewer than 11 digits may be a national number.';
COMMENT ON COLUMN zoom.phone_users_all.company_number_e164 IS
	'company_number in E.164 form, by the rule of zoom.phone_numbers.number_e164; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users_all.outbound_caller_number_e164 IS
	'outbound_caller_number in E.164 form, by the rule of zoom.phone_numbers.number_e164; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users_all.primary_number_e164 IS
	'primary_number in E.164 form, by the rule of zoom.phone_numbers.number_e164; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users.company_number_e164 IS
	'company_number in E.164 form, by the rule of zoom.phone_numbers.number_e164; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users.outbound_caller_number_e164 IS
	'outbound_caller_number in E.164 form, by the rule of zoom.phone_numbers.number_e164; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users.primary_number_e164 IS
	'primary_number in E.164 form, by the rule of zoom.phone_numbers.number_e164; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.settings_versions.company_number_e164 IS
	'company_number in E.164 form, by the rule of zoom.phone_numbers.number_e164; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.settings_versions.outbound_caller_number_e164 IS
	'outbound_caller_number in E.164 form, by the rule of zoom.phone_numbers.number_e164; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.settings_versions.primary_number_e164 IS
	'primary_number in E.164 form, by the rule of zoom.phone_numbers.number_e164; NULL when it cannot be derived.';

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION syncd.e164(number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
	SELECT CASE WHEN d.digits ~ '^[1-9][0-9]{6,14}$' THEN '+' || d.digits END
	FROM (
		SELECT CASE
			WHEN starts_with(t.trimmed, '+') THEN translate(substr(t.trimmed, 2), U&' -().\00A0', '')
			ELSE t.trimmed
		END AS digits
		FROM (
			-- All that Unicode calls white space.
			SELECT btrim(number, U&' \0009\000A\000B\000C\000D\0085\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000')
		) t (trimmed)
	) d
);
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.e164(text) IS
	'A number as a plus sign and digits; NULL for one that is written in some national way, whose country nobody knows.';

COMMENT ON COLUMN zoom.phone_numbers.number_e164 IS
	'The number in E.164 form, a plus sign and digits: use this one to join; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.outbound_caller_ids.number_e164 IS
	'The number in E.164 form, a plus sign and digits: use this one to join; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users_all.company_number_e164 IS
	'company_number in E.164 form, a plus sign and digits; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users_all.outbound_caller_number_e164 IS
	'outbound_caller_number in E.164 form; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users_all.primary_number_e164 IS
	'primary_number in E.164 form; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users.company_number_e164 IS
	'company_number in E.164 form, a plus sign and digits; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users.outbound_caller_number_e164 IS
	'outbound_caller_number in E.164 form; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.phone_users.primary_number_e164 IS
	'primary_number in E.164 form; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.settings_versions.company_number_e164 IS
	'company_number in E.164 form, a plus sign and digits; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.settings_versions.outbound_caller_number_e164 IS
	'outbound_caller_number in E.164 form; NULL when it cannot be derived.';
COMMENT ON COLUMN zoom.settings_versions.primary_number_e164 IS
	'primary_number in E.164 form; NULL when it cannot be derived.';
