package db_test

import (
	"slices"
	"strings"
	"testing"

	"syncd/internal/db/dbtest"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)

	t.Run("views_have_their_columns", func(t *testing.T) {
		t.Parallel()
		const phoneUsers = "account_id user_id phone_user_id email name status activation_status settings_status extension_id " +
			"extension_number site_id site_name department cost_center site_admin area_code country_code company_number " +
			"outbound_caller_number audio_prompt_language first_seen_at changed_at verified_at"
		for view, columns := range map[string]string{
			"zoom.phone_users":             phoneUsers,
			"zoom.phone_users_all":         phoneUsers + " deleted_at deletion_evidence",
			"zoom.phone_numbers":           "account_id user_id phone_number_id number number_e164",
			"zoom.calling_plans":           "account_id user_id type name billing_account_id billing_account_name",
			"zoom.policies":                "account_id user_id policy enabled locked locked_by modified detail",
			"zoom.shared_access":           "account_id user_id kind access_user_id allow_download allow_delete allow_sharing shared_id",
			"zoom.delegates":               "account_id user_id extension_id extension_number extension_type display_name delegate_id",
			"zoom.devices":                 "account_id user_id device_id device_type display_name status call_control hot_desking",
			"zoom.outbound_caller_ids":     "account_id user_id number name is_default",
			"zoom.intercoms":               "account_id user_id extension_id extension_number extension_type display_name status device_id",
			"zoom.user_settings":           "account_id user_id section setting value",
			"zoom.unmapped_fields":         "account_id document path json_type first_seen_at last_seen_at",
			"zoom_pii.emergency_addresses": "account_id user_id address_id address_line1 address_line2 city state_code zip country",
			"zoom_pii.device_addresses":    "account_id user_id device_id mac_address private_ip public_ip",
			"zoom.sites":                   "account_id site_id name",
			"zoom.freshness":               "account_id user_id document status fetched_at verified_at changed_at last_error",
			"zoom.sync_passes": "account_id pass_id started_at finished_at status listing_complete users_listed users_written " +
				"users_unchanged users_failed users_deleted requests throttled floor_seconds error",
			"zoom.sync_failures":         "account_id pass_id user_id document http_status zoom_code message failed_at request_id",
			"zoom_pii.documents":         "account_id user_id document body changed_at verified_at",
			"zoom_pii.document_versions": "account_id user_id document body valid_from valid_to",
		} {
			var have []string
			for _, row := range database.Query(`SELECT attname FROM pg_attribute WHERE attrelid = '` + view + `'::regclass AND attnum > 0 ORDER BY attnum`) {
				have = append(have, row[0])
			}
			want := strings.Fields(columns)
			if len(have) < len(want) || !slices.Equal(have[:len(want)], want) {
				t.Errorf("%s: got %v, want to begin with %v", view, have, want)
			}
		}
	})

	t.Run("big_numbers_and_times_have_their_types", func(t *testing.T) {
		t.Parallel()
		rows := database.Query(`
			SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod)
			FROM pg_attribute
			JOIN pg_class c ON c.oid = attrelid
			WHERE relkind = 'v' AND relnamespace IN ('zoom'::regnamespace, 'zoom_pii'::regnamespace)
			AND CASE
				WHEN attname LIKE '%\_at' OR attname IN ('valid_from', 'valid_to') THEN atttypid <> 'timestamptz'::regtype
				WHEN attrelid = 'zoom.intercoms'::regclass AND attname = 'extension_number' THEN atttypid <> 'text'::regtype
				WHEN attname LIKE '%extension_number' OR attname IN ('pass_id', 'type') THEN atttypid <> 'bigint'::regtype
				WHEN attname IN ('body', 'deletion_evidence') THEN atttypid <> 'jsonb'::regtype
			END`)
		if len(rows) > 0 {
			t.Errorf("unexpected types: %v", rows)
		}
	})

	t.Run("everything_has_a_comment", func(t *testing.T) {
		t.Parallel()
		rows := database.Query(`
			SELECT nspname FROM pg_namespace
			WHERE nspname IN ('syncd', 'zoom', 'zoom_pii') AND obj_description(oid, 'pg_namespace') IS NULL
			UNION ALL
			SELECT oid::regclass::text FROM pg_class
			WHERE relnamespace IN ('syncd'::regnamespace, 'zoom'::regnamespace, 'zoom_pii'::regnamespace)
			AND relkind IN ('r', 'v') AND relname NOT LIKE 'goose%' AND obj_description(oid, 'pg_class') IS NULL
			UNION ALL
			SELECT attrelid::regclass || '.' || attname FROM pg_attribute
			JOIN pg_class c ON c.oid = attrelid
			WHERE relnamespace IN ('zoom'::regnamespace, 'zoom_pii'::regnamespace)
			AND relkind = 'v' AND attnum > 0 AND col_description(attrelid, attnum) IS NULL`)
		if len(rows) > 0 {
			t.Errorf("without a comment: %v", rows)
		}
	})
}
