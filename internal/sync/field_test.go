package sync

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// column is a column that a projection filled.
type column struct {
	name  string // view.column
	value string // as JSON
}

// columnsOf gives every column that the projection of a document fills, but those
// that follow from another: E.164 numbers, the kind of a grant, and what is personal.
func columnsOf(t *testing.T, kind db.Document, body string) []column {
	t.Helper()
	v := mustParse(t, body)
	var row any
	switch kind {
	case db.DocumentList:
		row = listRow(v)
	case db.DocumentProfile:
		row = profileRow(v, shapes()[kind])
	case db.DocumentSettings:
		row = settingsRow(v)
	case db.DocumentSite:
		s := siteRow("", document{value: v})
		row = map[string]any{
			"name": s.Name, "site_code": s.SiteCode, "level": s.Level, "country_code": s.CountryCode, "country_name": s.CountryName,
			"main_auto_receptionist_id": s.MainAutoReceptionistID, "main_auto_receptionist_name": s.MainAutoReceptionistName,
			"main_auto_receptionist_extension_id":     s.MainAutoReceptionistExtensionID,
			"main_auto_receptionist_extension_number": s.MainAutoReceptionistExtensionNumber,
		}
	default:
		row = userSettingsRow(v, shapes()[kind])
	}
	var filled []column
	add := func(view string, row any) {
		encoded, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		var columns map[string]json.RawMessage
		if err := json.Unmarshal(encoded, &columns); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(columns)) {
			derived := strings.HasSuffix(name, "_e164") || slices.Contains([]string{"kind", "policy", "section", "setting", "personal", "section_personal"}, name)
			derived = derived || view+"."+name == "zoom_pii.device_addresses.device_id" // as in zoom.devices
			if text := string(columns[name]); text != "null" && !derived {
				filled = append(filled, column{view + "." + name, text})
			}
		}
	}
	views := map[string]string{
		"PhoneNumbers": "zoom.phone_numbers", "CallingPlans": "zoom.calling_plans",
		"Policies": "zoom.policies", "SharedAccess": "zoom.shared_access", "EmergencyAddresses": "zoom_pii.emergency_addresses",
		"Delegates": "zoom.delegates", "Devices": "zoom.devices", "DeviceAddresses": "zoom_pii.device_addresses",
		"OutboundCallerIDs": "zoom.outbound_caller_ids", "Intercoms": "zoom.intercoms", "HolidayHours": "zoom.holiday_hours",
		"BreakHours": "zoom.break_hours", "BusinessHours": "zoom.business_hours", "SharedLineAppearances": "zoom.shared_line_appearances",
		"SharedLineGroups": "zoom.shared_line_groups", "Settings": "zoom.user_settings",
	}
	if kind == db.DocumentSite {
		add("zoom.sites", row)
		return filled
	}
	if kind != db.DocumentUserSettings {
		add("zoom.phone_users", row)
	}
	for lists, of := range reflect.ValueOf(row).Elem().Fields() {
		if view := views[lists.Name]; view != "" {
			for n := range of.Len() {
				add(view, of.Index(n).Addr().Interface())
			}
		}
	}
	return filled
}

// samples gives for each type of the tables a value of it as JSON, and the same
// as a column shows it.
func samples() map[string][2]string {
	return map[string][2]string{
		"text": {`"a text"`, `"a text"`}, "boolean": {`true`, `true`}, "integer": {`7`, `7`}, "extension": {`"0042"`, `42`},
		"time": {`"2026-12-24T18:00:00+01:00"`, `"2026-12-24T17:00:00Z"`}, "any": {`{"a":1}`, `{"a":1}`},
		"policy": {`{"a":1}`, `{"a":1}`}, "object": {`{"a":1}`, `{"a":1}`}, "array": {`[{"a":1}]`, `[{"a":1}]`},
	}
}

// everyField calls visit with every line of every table.
func everyField(t *testing.T, visit func(kind db.Document, path string, f *field)) {
	t.Helper()
	lines := 0
	for kind, root := range fields() {
		table, err := os.ReadFile("fields/" + string(kind) + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(table)) {
			path := strings.Fields(line)[0]
			visit(kind, strings.ReplaceAll(path, "*", "tomorrow"), root.at(path))
			lines++
		}
	}
	if lines < 650 {
		t.Errorf("the tables have %d lines only", lines)
	}
}

func TestFields_are_where_their_table_says(t *testing.T) {
	t.Parallel()
	all, classes := fields(), shapes()
	everyField(t, func(kind db.Document, path string, f *field) {
		sample, known := samples()[f.kind]
		if !known {
			t.Errorf("%s %s: unknown type %q", kind, path, f.kind)
		}
		body := documentWith(path, sample[0])
		var want []column
		switch {
		case f.column == "" || f.fromList:
		case f.column == "zoom.phone_users.user_id", f.column == "zoom.sites.site_id": // the element's own id
		case f.column == "zoom.phone_users.delegation_privileges":
			want = []column{{f.column, "[" + sample[1] + "]"}}
		default:
			want = []column{{f.column, sample[1]}}
		}
		got := columnsOf(t, kind, body)
		if f.column == "" { // held by a column that takes the value whole, or by none
			got = slices.DeleteFunc(got, func(c column) bool {
				return c.name == "zoom.policies.detail" || c.name == "zoom.user_settings.value" || c.value == "[]"
			})
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(column{})); diff != "" && len(want)+len(got) > 0 {
			t.Errorf("%s %s: (-want +got)\n%s", kind, path, diff)
		}

		// Of another type: no column but one that takes any, and drift.
		for name, value := range samples() {
			wrong := mustParse(t, documentWith(path, value[0]))
			u := newUnmapped(all, classes)
			u.add(kind, wrong)
			seen, _ := u.list()
			noted := slices.ContainsFunc(seen, func(s db.UnmappedField) bool { return s.Path == path })
			v := mustParse(t, `{"v":`+value[0]+`}`).get("v")
			wantNoted := !f.expects(v) && !classes[kind].at(path).secret
			if noted != wantNoted {
				t.Errorf("%s %s as %s: noted %v, want %v", kind, path, name, noted, wantNoted)
			}
			if f.expects(v) || f.column == "" || f.whole() || f.fromList {
				continue
			}
			for _, c := range columnsOf(t, kind, documentWith(path, value[0])) {
				if c.name == f.column && c.value != "[]" {
					t.Errorf("%s %s as %s: the column holds %s", kind, path, name, c.value)
				}
			}
		}
	})
}

// A column that no line names would be filled from a path that counts as unmapped.
func TestFields_name_every_column(t *testing.T) {
	t.Parallel()
	named := map[string]bool{}
	everyField(t, func(_ db.Document, _ string, f *field) { named[f.column] = true })
	for column := range siteColumns(db.Site{}) {
		if !named["zoom."+column] {
			t.Errorf("no line names zoom.%s", column)
		}
	}
	for view, row := range map[string]any{
		"zoom.phone_users": []any{db.ListRow{}, db.ProfileRow{}, db.SettingsRow{}}, "zoom.phone_numbers": db.PhoneNumber{}, "zoom.calling_plans": db.CallingPlan{},
		"zoom.policies": db.Policy{}, "zoom.shared_access": db.SharedAccess{}, "zoom_pii.emergency_addresses": db.EmergencyAddress{},
		"zoom.delegates": db.Delegate{}, "zoom.devices": db.Device{}, "zoom_pii.device_addresses": db.DeviceAddress{},
		"zoom.outbound_caller_ids": db.OutboundCallerID{}, "zoom.intercoms": db.Intercom{}, "zoom.holiday_hours": db.HolidayHours{},
		"zoom.break_hours": db.BreakHours{}, "zoom.business_hours": db.BusinessHours{}, "zoom.user_settings": db.UserSetting{},
		"zoom.shared_line_appearances": db.SharedLineAppearance{}, "zoom.shared_line_groups": db.SharedLineGroup{},
	} {
		rows, several := row.([]any)
		if !several {
			rows = []any{row}
		}
		for _, row := range rows {
			for f := range reflect.TypeOf(row).Fields() {
				name := f.Tag.Get("json")
				derived := strings.HasSuffix(name, "_e164") || slices.Contains([]string{"-", "kind", "policy", "section", "setting", "personal", "section_personal"}, name)
				// The id of a device is in two views; one line names one column.
				if !derived && !named[view+"."+name] && view+"."+name != "zoom_pii.device_addresses.device_id" {
					t.Errorf("no line names %s.%s", view, name)
				}
			}
		}
	}
}

func TestFields_cover_every_documented_path(t *testing.T) {
	t.Parallel()
	all, classes := fields(), shapes()
	for _, d := range readDecisions(t) {
		u := newUnmapped(all, classes)
		u.add(d.kind, mustParse(t, documentWith(d.path, `null`)))
		if seen, _ := u.list(); len(seen) > 0 {
			t.Errorf("%s %s is not in the table: %v", d.kind, d.path, seen)
		}
	}
}
