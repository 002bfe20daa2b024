package sync

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

func TestProfileRow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		want       db.ProfileRow
	}{
		{"site_admin", `{"site_admin":true}`, db.ProfileRow{SiteAdmin: new(true)}},
		{"site_admin_of_another_type", `{"site_admin":"true"}`, db.ProfileRow{}},
		{
			"policy_is_an_object",
			`{"policy":{"sms":{"enable":true,"locked":false,"locked_by":"site","modified":true,"international_sms_countries":["US"],"x":1.50}}}`,
			db.ProfileRow{Policies: []db.Policy{{
				Name: "sms", Enabled: new(true), Locked: new(false), LockedBy: new("site"), Modified: new(true),
				Detail: json.RawMessage(`{"international_sms_countries":["US"],"x":1.50}`),
			}}},
		},
		{
			"sets_are_sorted",
			`{"policy":{"sms":{"enable":true,"international_sms_countries":["US","EU","US"],"levels":[2,1],"of":{"x":[{"id":"b","n":[2,1]},{"id":"a"}]},"y":1},
				"show_custom_disclaimer_when_using_zoom_phone":{"custom_disclaimer_list":[{"body":"x"},{"language":"de"}]},"zoom_phone_on_mobile":{"allow_calling_clients":["ios","ios"]}}}`,
			db.ProfileRow{Policies: []db.Policy{
				{
					Name: "show_custom_disclaimer_when_using_zoom_phone", Detail: json.RawMessage(`{"custom_disclaimer_list":[{"body":"x"},{"language":"de"}]}`),
				},
				{
					Name: "sms", Enabled: new(true),
					Detail:   json.RawMessage(`{"international_sms_countries":["EU","US"],"levels":[2,1],"of":{"x":[{"id":"a"},{"id":"b","n":[2,1]}]},"y":1}`),
					Arranged: json.RawMessage(`{"international_sms_countries":["EU","US"],"of":{"x":[{"id":"a"},{"id":"b","n":[2,1]}]}}`),
				},
				{
					Name: "zoom_phone_on_mobile", Detail: json.RawMessage(`{"allow_calling_clients":["ios"]}`), Arranged: json.RawMessage(`{"allow_calling_clients":["ios"]}`),
				},
			}},
		},
		{
			"policy_is_a_set", `{"policy":{"a":[{"id":"b"},{"id":"a"}],"b":[2,1]}}`,
			db.ProfileRow{Policies: []db.Policy{
				{Name: "a", Detail: json.RawMessage(`[{"id":"a"},{"id":"b"}]`), Arranged: json.RawMessage(`[{"id":"a"},{"id":"b"}]`)},
				{Name: "b", Detail: json.RawMessage(`[2,1]`)},
			}},
		},
		{"policy_with_no_more_to_say", `{"policy":{"tomorrow":{"enable":false}}}`, db.ProfileRow{Policies: []db.Policy{{Name: "tomorrow", Enabled: new(false)}}}},
		{"policy_is_true_or_false", `{"policy":{"a":true,"b":false}}`, db.ProfileRow{Policies: []db.Policy{{Name: "a", Enabled: new(true)}, {Name: "b", Enabled: new(false)}}}},
		{
			"policy_of_another_type", `{"policy":{"a":"on","b":[1],"c":7,"d":null,"e":""}}`,
			db.ProfileRow{Policies: []db.Policy{
				{Name: "a", Detail: json.RawMessage(`"on"`)},
				{Name: "b", Detail: json.RawMessage(`[1]`)},
				{Name: "c", Detail: json.RawMessage(`7`)},
				{Name: "d"},
				{Name: "e", Detail: json.RawMessage(`""`)},
			}},
		},
		{
			"columns_of_another_type", `{"policy":{"sms":{"enable":"perhaps","locked":1,"locked_by":true,"modified":{}}}}`,
			db.ProfileRow{Policies: []db.Policy{{Name: "sms"}}},
		},
		{
			"lists_of_shared_access_are_no_policies",
			`{"policy":{"voicemail_access_members":[{"access_user_id":"u1","allow_delete":true,"allow_download":false,"allow_sharing":true,"shared_id":"s1"},{},null,"u2"],
				"auto_call_recording_access_members":{"access_user_id":"u1"},"ad_hoc_call_recording_access_members":[{"access_user_id":"","shared_id":"s2"}]}}`,
			db.ProfileRow{SharedAccess: []db.SharedAccess{
				{
					Kind: "voicemail", AccessUserID: new("u1"), AllowDelete: new(true), AllowDownload: new(false),
					AllowSharing: new(true), SharedID: new("s1"),
				},
				{Kind: "ad_hoc_call_recording", SharedID: new("s2")},
			}},
		},
		{
			"emergency_address", `{"emergency_address":{"id":"e1","address_line1":"1 Main St","address_line2":"","city":"Oslo","country":"NO","zip":150}}`,
			db.ProfileRow{EmergencyAddresses: []db.EmergencyAddress{{ID: new("e1"), AddressLine1: new("1 Main St"), City: new("Oslo"), Country: new("NO")}}},
		},
		{"no_emergency_address", `{"emergency_address":{}}`, db.ProfileRow{}},
		{"policy_is_no_object", `{"policy":["sms"]}`, db.ProfileRow{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(&test.want, profileRow(mustParse(t, test.body), shapes()[db.DocumentProfile])); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
