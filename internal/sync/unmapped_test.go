package sync

import (
	"fmt"
	"strings"
	gosync "sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// collected gives the paths of one document as "path type".
func collected(t *testing.T, kind db.Document, body string) []string {
	t.Helper()
	u := newUnmapped(fields(), shapes())
	u.add(kind, mustParse(t, body))
	seen, _ := u.list()
	var lines []string
	for _, f := range seen {
		lines = append(lines, f.Path+" "+f.JSONType)
	}
	return lines
}

func TestUnmapped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		kind db.Document
		body string
		want []string
	}{
		{"what_columns_hold", db.DocumentList, `{"id":"u1","site":{"id":"s1"},"phone_numbers":[{"id":"n1"}],"extension_number":"0042"}`, nil},
		{"null_and_empty", db.DocumentList, `{"name":null,"department":"","extension_number":"","phone_numbers":null,"site":{}}`, nil},
		{
			"unknown_paths_and_all_below", db.DocumentList, `{"x":{"y":[1,{"z":null}]},"site":{"x":true},"phone_numbers":[{"x":""},{"x":1.5}]}`,
			[]string{
				"phone_numbers[].x number", "phone_numbers[].x string", "site.x boolean",
				"x object", "x.y array", "x.y[] number", "x.y[] object", "x.y[].z null",
			},
		},
		{
			"unexpected_types", db.DocumentList, `{"name":["Ann"],"site":"s1","phone_numbers":[7],"calling_plans":{},"extension_number":12345678901234567890}`,
			[]string{"calling_plans object", "extension_number number", "name array", "name[] string", "phone_numbers[] number", "site string"},
		},
		{"column_from_another_document", db.DocumentProfile, `{"email":"a@example.com","cost_center":7}`, []string{"cost_center number"}},
		{
			"policies_of_tomorrow", db.DocumentProfile, `{"policy":{"a":{"enable":true,"x":{"y":[1]}},"b":false,"sms":{"x":1},"delegation":{"enable":true}}}`,
			nil,
		},
		{
			"policies_of_another_type", db.DocumentProfile,
			`{"policy":{"a":"on","b":[{"c":1}],"sms":{"enable":{"v":1},"allow_copy":"yes"},"voicemail":{"modified":"no"},"voicemail_access_members":{"x":1}}}`,
			[]string{
				"policy.a string", "policy.b array", "policy.sms.allow_copy string", "policy.sms.enable object", "policy.sms.enable.v number",
				"policy.voicemail.modified string", "policy.voicemail_access_members object", "policy.voicemail_access_members.x number",
			},
		},
		{"a_known_secret_has_no_column_on_purpose", db.DocumentSettings, `{"desk_phone":{"pin_code":"x","pin":"x"}}`, []string{"desk_phone.pin string"}},
		{
			"names_that_are_personal_data", db.DocumentSettings,
			`{"mac_addresses":{"64:16:7f":true,"10:00:00":{"x":[{"y":1}]}},"desk_phone":{"devices":[{"mac_address":{"64:16":1}}]}}`,
			[]string{
				"desk_phone.devices[].mac_address object", "desk_phone.devices[].mac_address.* number",
				"mac_addresses object", "mac_addresses.* boolean", "mac_addresses.* object", "mac_addresses.*.* array", "mac_addresses.*.*[] object", "mac_addresses.*.*[].* number",
			},
		},
		{"places_in_a_documented_address", db.DocumentProfile, `{"emergency_address":{"Baker Street":{"zip":1},"city":7}}`, []string{"emergency_address.* object", "emergency_address.*.* number", "emergency_address.city number"}},
		{
			"values_in_the_place_of_names", db.DocumentProfile, `{"contacts":{"ann@example.com":{"x":1},"+12025550143":true},"h264_1080":1}`,
			[]string{"contacts object", "contacts.* boolean", "contacts.* object", "contacts.*.x number", "h264_1080 number"},
		},
		{
			"addresses_in_the_place_of_names", db.DocumentSettings,
			`{"x_phones":{"64:16:7f:aa:bb:cc":{"n":1},"64-16-7F-AA-BB-CD":"x","64167faabbcc":true,"203.0.113.17":1,"2001:db8::1":null,"10.0.0.0/8":[],"cafe":1,"feedfacecafe":1,"1.2":1}}`,
			[]string{
				"x_phones object", `x_phones."1.2" number`,
				"x_phones.* array", "x_phones.* boolean", "x_phones.* null", "x_phones.* number", "x_phones.* object", "x_phones.* string", "x_phones.*.* number", "x_phones.cafe number", "x_phones.feedfacecafe number",
			},
		},
		{"names_that_need_quotes", db.DocumentProfile, `{"a.b":1,"a":{"b":true}}`, []string{`"a.b" number`, "a object", "a.b boolean"}},
		{"times", db.DocumentSettings, `{"holiday_hours":[{"from":"2026-12-24T00:00:00Z","to":"tomorrow"}]}`, []string{"holiday_hours[].to string"}},
		{"general_settings_of_tomorrow", db.DocumentUserSettings, `{"new":{"a":{"b":1}},"feature":{"x":[]}}`, nil},
		{
			"general_settings_out_of_place", db.DocumentUserSettings, `{"new":1,"feature":[1],"recording":{"cloud_recording":"on"}}`,
			[]string{"feature array", "feature[] number", "new number", "recording.cloud_recording string"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, collected(t, test.kind, test.body)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestUnmapped_is_bounded(t *testing.T) {
	t.Parallel()
	t.Run("in_number", func(t *testing.T) {
		t.Parallel()
		u := newUnmapped(fields(), shapes())
		var workers gosync.WaitGroup
		for worker := range 4 {
			workers.Go(func() {
				for i := range maxUnmapped / 2 {
					u.add(db.DocumentList, mustParse(t, fmt.Sprintf(`{"x%d":1}`, i+worker*maxUnmapped/2)))
				}
			})
		}
		workers.Wait()
		if seen, all := u.list(); len(seen) != maxUnmapped || all {
			t.Errorf("got %d paths, all: %v", len(seen), all)
		}
	})
	t.Run("in_length", func(t *testing.T) {
		t.Parallel()
		body := strings.Repeat(`{"a name":`, 100) + "1" + strings.Repeat("}", 100)
		got := collected(t, db.DocumentList, body)
		if longest := len(strings.TrimSuffix(got[len(got)-1], " object")); longest > maxPath || len(got) < 60 {
			t.Errorf("%d paths, the longest of %d bytes", len(got), longest)
		}
	})
}
