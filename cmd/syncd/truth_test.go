package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// object is a JSON object, and a row of a view: what a column shows, by its name.
type object = map[string]any

var (
	e164Digits   = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[1-9][0-9]{10,14})$`)
	policyColumn = regexp.MustCompile(`^policy\.[^.]+\.(enable|locked|locked_by|modified)$`)
	// What is a secret, or true or false as documented: anything else there might be the secret itself.
	secretName   = regexp.MustCompile(`^(pin_code|pmi_password|default_password_for_scheduled_meetings|embed_password_in_join_link|force_pmi_jbh_password|pstn_password_protected|require_password_for_(instant|scheduled|scheduling_new)_meetings)$`)
	personalPath = regexp.MustCompile(`(^|[.\]])(emergency_address|mac_address|private_ip|public_ip|x_serial)($|[.\[])`)
	secondLevel  = regexp.MustCompile(`^[^.\[]+\.[^.\[]+$`)
)

// truth derives what every view must show from the account's own documents, by
// rules written down here a second time and with nothing of the program.
type truth struct {
	t       *testing.T
	account string
	secrets map[string]bool
	views   map[string]map[string]bool // rows as JSON, by view
	policy  map[string][]object        // rows of policies by user
	sites   map[string]object          // list documents by user
	types   map[string]map[string]string
}

// wantViews compares every cell of every view of the documents.
func (b *bench) wantViews() {
	b.t.Helper()
	b.wantViewsBut()
}

// wantViewsBut does the same but for some views.
func (b *bench) wantViewsBut(left ...string) {
	b.t.Helper()
	w := b.truth()
	for _, view := range left {
		delete(w.views, view)
	}
	for _, view := range slices.Sorted(maps.Keys(w.views)) {
		// Times of the mirror itself are of no document.
		query := fmt.Sprintf("SELECT (to_jsonb(v) - '{first_seen_at,last_seen_at,changed_at,verified_at}'::text[])::text FROM %s v", view)
		got := map[string]bool{}
		for _, row := range b.database.Query(query) {
			text := canonical(b.t, decode(b.t, []byte(row[0])))
			if got[text] {
				b.t.Errorf("%s has twice %s", view, text)
			}
			got[text] = true
		}
		if len(got) == 0 {
			b.t.Errorf("%s is empty", view)
		}
		wantSameRows(b.t, view, w.views[view], got)
	}
}

// wantSameRows shows the first rows that differ.
func wantSameRows(t *testing.T, view string, want, got map[string]bool) {
	t.Helper()
	lacking := func(some, others map[string]bool) []string {
		var rows []string
		for _, row := range slices.Sorted(maps.Keys(some)) {
			if !others[row] {
				rows = append(rows, row)
			}
		}
		return rows[:min(len(rows), 5)]
	}
	for _, row := range lacking(want, got) {
		t.Errorf("%s lacks %s", view, row)
	}
	for _, row := range lacking(got, want) {
		t.Errorf("%s should not have %s", view, row)
	}
}

func (b *bench) truth() *truth {
	w := &truth{
		t: b.t, account: b.account.AccountID(), secrets: map[string]bool{}, views: map[string]map[string]bool{},
		policy: map[string][]object{}, sites: map[string]object{}, types: documentedTypes(b.t),
	}
	for _, secret := range b.account.Secrets() {
		w.secrets[secret] = true
	}
	for _, u := range b.account.Users() {
		docs := map[string]object{}
		for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
			body, ok := b.account.Document(u.ID, kind)
			if !ok {
				continue
			}
			docs[kind] = w.redacted(decode(b.t, body)).(object)
			w.unmapped(kind, docs[kind], "", false)
		}
		w.user(u.ID, docs[zoomtest.List], docs[zoomtest.Profile], docs[zoomtest.Settings])
		w.profile(u.ID, docs[zoomtest.Profile], docs[zoomtest.Settings])
		w.settings(u.ID, docs[zoomtest.Settings])
		w.hours(u.ID, docs[zoomtest.Settings])
		w.general(u.ID, docs[zoomtest.UserSettings])
		w.sites[u.ID] = docs[zoomtest.List]
	}
	w.decisions()
	for _, body := range b.account.SiteDocuments() {
		w.site(w.redacted(decode(b.t, body)).(object))
	}
	return w
}

// hasContent reports whether there is a text, a number, or anything in it.
func hasContent(v any) bool {
	switch v := v.(type) {
	case object:
		return len(v) > 0
	case []any:
		return len(v) > 0
	case string:
		return v != ""
	case json.Number:
		return true
	}
	return false
}

func (w *truth) redacted(v any) any {
	switch v := v.(type) {
	case object:
		for name := range v {
			v[name] = w.redacted(v[name])
			_, isText := v[name].(string)
			if (secretName.MatchString(name) || name == "require_password_for_pmi_meetings" && !isText) && hasContent(v[name]) {
				v[name] = "[redacted]"
			}
		}
	case []any:
		for i := range v {
			v[i] = w.redacted(v[i])
		}
	case string:
		if w.secrets[v] {
			return "[redacted]"
		}
	}
	return v
}

// add adds a row, unless none of its own columns is filled.
func (w *truth) add(view, user string, row object, given ...any) {
	filled := false
	for _, value := range row {
		filled = filled || value != nil
	}
	if !filled {
		return
	}
	row["account_id"] = w.account
	if user != "" {
		row["user_id"] = user
	}
	for i := 0; i+1 < len(given); i += 2 {
		row[given[i].(string)] = given[i+1]
	}
	if w.views[view] == nil {
		w.views[view] = map[string]bool{}
	}
	w.views[view][canonical(w.t, row)] = true
}

func canonical(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// at walks down objects; nil where there is nothing.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		o, _ := v.(object)
		v = o[name]
	}
	return v
}

func list(v any, path string) []any {
	all, _ := at(v, path).([]any)
	return all
}

func text(v any, path string) any {
	if s, ok := at(v, path).(string); ok && s != "" {
		return s
	}
	return nil
}

func boolean(v any, path string) any {
	if b, ok := at(v, path).(bool); ok {
		return b
	}
	return nil
}

func integer(v any, path string) any {
	if n, ok := at(v, path).(json.Number); ok {
		if _, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
			return n
		}
	}
	return nil
}

func e164(v any) any {
	s, _ := v.(string)
	if e164Digits.MatchString(s) {
		return "+" + strings.TrimPrefix(s, "+")
	}
	return nil
}

// columns takes texts of the same name.
func columns(v any, names ...string) object {
	row := object{}
	for _, name := range names {
		row[name] = text(v, name)
	}
	return row
}

func (w *truth) user(id string, l, p, s object) {
	row := columns(l, "phone_user_id", "email", "name", "status", "activation_status", "extension_id", "department", "cost_center")
	maps.Copy(row, columns(s, "area_code", "company_number", "audio_prompt_language", "default_transcription_language", "music_on_hold_id"))
	maps.Copy(row, object{
		"extension_number": integer(l, "extension_number"), "site_id": text(l, "site.id"), "site_name": text(l, "site.name"),
		"site_admin": boolean(p, "site_admin"), "settings_status": text(s, "status"),
		"country_code": text(s, "country.code"), "country_name": text(s, "country.name"), "country_calling_code": text(s, "country.country_code"),
		"outbound_caller_number": text(s, "outbound_caller.number"), "outbound_caller_number_e164": e164(at(s, "outbound_caller.number")),
		"company_number_e164": e164(at(s, "company_number")),
		"primary_number":      text(s, "desk_phone.keys_positions.primary_number"), "primary_number_e164": e164(at(s, "desk_phone.keys_positions.primary_number")),
		"delegation_privacy": boolean(s, "delegation.privacy"), "delegation_locked": boolean(s, "delegation.locked"),
		"delegation_privileges": nil, "phone_screen_lock": boolean(s, "desk_phone.phone_screen_lock"),
		"intercom_device_id": text(s, "intercom.device.id"), "intercom_device_name": text(s, "intercom.device.name"),
		"shared_line_groups_receive_calls": boolean(s, "shared_lines_call_setting.shared_line_groups.receive_calls"),
		"business_hour_type":               integer(s, "business_hours_settings.business_hour_type"),
	})
	if privileges, ok := at(s, "delegation.privileges").([]any); ok {
		numbers := []any{}
		for n := range 10 {
			if number := json.Number(strconv.Itoa(n)); slices.Contains(privileges, any(number)) {
				numbers = append(numbers, number)
			}
		}
		row["delegation_privileges"] = numbers
	}
	w.add("zoom.phone_users", id, maps.Clone(row))
	w.add("zoom.phone_users_all", id, row, "deleted_at", nil, "deletion_evidence", nil)
	for _, v := range list(l, "phone_numbers") {
		w.add("zoom.phone_numbers", id, object{"phone_number_id": text(v, "id"), "number": text(v, "number"), "number_e164": e164(at(v, "number"))})
	}
	for _, v := range list(l, "calling_plans") {
		row := columns(v, "name", "billing_account_id", "billing_account_name", "billing_subscription_id", "billing_subscription_name")
		row["type"] = integer(v, "type")
		w.add("zoom.calling_plans", id, row)
	}
}

func (w *truth) site(s object) {
	w.unmapped("site", s, "", false)
	row := columns(s, "name", "level")
	maps.Copy(row, object{
		"site_id": s["id"], "site_code": integer(s, "site_code"), "country_code": text(s, "country.code"), "country_name": text(s, "country.name"),
	})
	for _, name := range []string{"id", "name", "extension_id"} {
		row["main_auto_receptionist_"+name] = text(s, "main_auto_receptionist."+name)
	}
	row["main_auto_receptionist_extension_number"] = integer(s, "main_auto_receptionist.extension_number")
	w.add("zoom.sites", "", row)
	w.add("zoom_pii.site_documents", "", object{"site_id": s["id"], "body": s})
}

func (w *truth) profile(id string, p, s object) {
	policies, _ := p["policy"].(object)
	for name, v := range policies {
		if strings.HasSuffix(name, "_access_members") {
			continue
		}
		row := object{"policy": name, "enabled": nil, "locked": nil, "locked_by": nil, "modified": nil, "detail": nil}
		switch v := v.(type) {
		case bool:
			row["enabled"] = v
		case object:
			row["enabled"], row["locked"], row["locked_by"], row["modified"] = boolean(v, "enable"), boolean(v, "locked"), text(v, "locked_by"), boolean(v, "modified")
			rest := maps.Clone(v)
			for _, column := range []string{"enable", "locked", "locked_by", "modified"} {
				delete(rest, column)
			}
			if len(rest) > 0 {
				row["detail"] = w.sorted(zoomtest.Profile, "policy."+name, rest)
			}
		default:
			row["detail"] = w.sorted(zoomtest.Profile, "policy."+name, v)
		}
		if hasPersonal(object{name: row["detail"]}) {
			row["detail"] = nil
			if by, _ := row["locked_by"].(string); !isLevel(by) {
				row["locked_by"] = nil
			}
		}
		w.policy[id] = append(w.policy[id], maps.Clone(row))
		w.add("zoom.policies", id, row)
	}

	for _, kind := range []string{"voicemail", "auto_call_recording", "ad_hoc_call_recording"} {
		granted := list(p, "policy."+kind+"_access_members")
		twins, prefix := kind+"_access_members", "allow_"
		if kind == "voicemail" {
			twins, prefix = "voice_mail", ""
		}
		for _, v := range granted {
			row := columns(v, "access_user_id", "shared_id", "access_user_type")
			for _, twin := range list(s, twins) { // who the grant is for, only they say
				same := row["shared_id"] != nil && row["shared_id"] == text(twin, "shared_id") ||
					row["access_user_id"] != nil && row["access_user_id"] == text(twin, "access_user_id")
				if row["access_user_type"] == nil && same {
					row["access_user_type"] = text(twin, "access_user_type")
				}
			}
			row["allow_download"], row["allow_delete"], row["allow_sharing"] = boolean(v, "allow_download"), boolean(v, "allow_delete"), boolean(v, "allow_sharing")
			w.add("zoom.shared_access", id, row, "kind", kind, "document", "profile")
		}
		for _, v := range list(s, twins) {
			row := columns(v, "access_user_id", "shared_id", "access_user_type")
			same := func(g any) bool {
				return row["shared_id"] != nil && row["shared_id"] == text(g, "shared_id") ||
					row["access_user_id"] != nil && row["access_user_id"] == text(g, "access_user_id")
			}
			if slices.ContainsFunc(granted, same) {
				continue
			}
			row["allow_download"], row["allow_delete"], row["allow_sharing"] = boolean(v, prefix+"download"), boolean(v, prefix+"delete"), boolean(v, "allow_sharing")
			w.add("zoom.shared_access", id, row, "kind", kind, "document", "settings")
		}
	}
	row := columns(p["emergency_address"], "address_line1", "address_line2", "city", "state_code", "zip", "country")
	row["address_id"] = text(p, "emergency_address.id")
	w.add("zoom_pii.emergency_addresses", id, row)
}

func (w *truth) settings(id string, s object) {
	for _, v := range list(s, "delegation.assistants") {
		row := columns(v, "extension_id", "extension_type", "display_name")
		row["extension_number"], row["delegate_id"] = integer(v, "extension_number"), text(v, "id")
		w.add("zoom.delegates", id, row)
	}
	for _, v := range list(s, "desk_phone.devices") {
		row := columns(v, "device_type", "display_name", "status")
		row["device_id"], row["call_control"], row["hot_desking"] = text(v, "id"), text(v, "policy.call_control.status"), text(v, "policy.hot_desking.status")
		w.add("zoom.devices", id, row)
		row = columns(v, "mac_address", "private_ip", "public_ip")
		row["device_id"] = text(v, "id")
		w.add("zoom_pii.device_addresses", id, row)
	}
	for _, v := range list(s, "outbound_caller_ids") {
		w.add("zoom.outbound_caller_ids", id, object{
			"number": text(v, "number"), "number_e164": e164(at(v, "number")), "name": text(v, "name"), "is_default": boolean(v, "is_default"),
		})
	}
	for _, v := range list(s, "intercom.audio_intercoms") {
		w.add("zoom.intercoms", id, columns(v, "extension_id", "extension_number", "extension_type", "display_name", "status", "device_id", "device_status"))
	}
	for _, v := range list(s, "shared_lines_call_setting.shared_line_appearances.executives") {
		w.add("zoom.shared_line_appearances", id, object{
			"executive_user_id": text(v, "user_id"), "display_name": text(v, "display_name"),
			"receive_calls": boolean(v, "receive_calls"), "allow_opt_out": boolean(v, "allow_opt_out"),
		})
	}
	for _, v := range list(s, "shared_lines_call_setting.shared_line_groups.shared_line_group") {
		w.add("zoom.shared_line_groups", id, object{
			"shared_line_group_id": text(v, "slg_id"), "display_name": text(v, "display_name"), "receive_calls": boolean(v, "receive_calls"),
		})
	}
}

func (w *truth) hours(id string, s object) {
	instant := func(v any) any {
		if at, err := time.Parse(time.RFC3339, fmt.Sprint(v)); err == nil {
			return at.UTC().Format("2006-01-02T15:04:05+00:00")
		}
		return nil
	}
	for _, v := range list(s, "holiday_hours") {
		row := columns(v, "holiday_id", "name")
		row["starts_at"], row["ends_at"] = instant(at(v, "from")), instant(at(v, "to"))
		w.add("zoom.holiday_hours", id, row)
	}
	for _, v := range list(s, "break_hours") {
		every := columns(v, "break_hour_id", "break_hour_name", "break_hour_type")
		every["weekday"], every["enabled"] = nil, nil
		every["from_time"], every["to_time"] = text(v, "break_hour_setting.from"), text(v, "break_hour_setting.to")
		days := list(v, "break_hour_setting.days")
		if len(days) == 0 || every["from_time"] != nil || every["to_time"] != nil {
			w.add("zoom.break_hours", id, maps.Clone(every))
		}
		for _, day := range days {
			row := maps.Clone(every)
			row["weekday"], row["enabled"], row["from_time"], row["to_time"] = integer(day, "weekday"), boolean(day, "enable"), text(day, "from"), text(day, "to")
			w.add("zoom.break_hours", id, row)
		}
	}
	for _, v := range list(s, "business_hours_settings.business_hours") {
		w.add("zoom.business_hours", id, object{
			"weekday": integer(v, "weekday"), "type": integer(v, "type"), "from_time": text(v, "from"), "to_time": text(v, "to"),
		})
	}
}

func (w *truth) general(id string, g object) {
	for section, settings := range g {
		settings, _ := settings.(object)
		for setting, value := range settings {
			value = w.sorted(zoomtest.UserSettings, section+"."+setting, value)
			w.add("zoom_pii.user_settings", id, object{"section": section, "setting": setting, "value": value})
			if setting == "ip_address_access_control" || hasPersonal(object{setting: value}) {
				value = nil
			}
			w.add("zoom.user_settings", id, object{"section": section, "setting": setting, "value": value})
		}
	}
}

// sorted gives a value with its sets in the order in which columns show them, each element once: documented arrays, and others
// whose elements all have an id. Numbers come first, by their value.
func (w *truth) sorted(kind, path string, v any) any {
	switch v := v.(type) {
	case object:
		o := object{}
		for name, member := range v {
			o[name] = w.sorted(kind, path+"."+name, member)
		}
		return o
	case []any:
		var all []any
		for _, item := range v {
			all = append(all, w.sorted(kind, path+"[]", item))
		}
		if w.types[kind][path] != "array" && slices.ContainsFunc(v, hasNoID) {
			return append([]any{}, all...)
		}
		rank := func(v any) (rank int, n float64) {
			number, isNumber := v.(json.Number)
			if !isNumber {
				return 1, 0
			}
			n, _ = number.Float64()
			return 0, n
		}
		slices.SortFunc(all, func(a, b any) int {
			rankA, a1 := rank(a)
			rankB, b1 := rank(b)
			return cmp.Or(rankA-rankB, cmp.Compare(a1, b1), strings.Compare(canonical(w.t, a), canonical(w.t, b)))
		})
		return slices.CompactFunc(append([]any{}, all...), func(a, b any) bool { return canonical(w.t, a) == canonical(w.t, b) })
	}
	return v
}

// hasNoID reports whether a value is no object with an id of its own.
func hasNoID(v any) bool {
	o, _ := v.(object)
	switch id := o["id"].(type) {
	case string:
		return id == ""
	case json.Number:
		return false
	}
	return true
}

// isLevel reports whether a locked_by is one of those that Zoom documents.
func isLevel(by string) bool {
	return slices.Contains([]string{"account", "user_group", "site", "invalid"}, by)
}

// hasPersonal reports whether anything in a value is personal by its name: a serial number, of the names that the account
// makes up, or one that sounds of an address and is documented as harmless, if it is not of the documented type.
func hasPersonal(v any) bool {
	switch v := v.(type) {
	case object:
		for name, member := range v {
			_, isBoolean := member.(bool)
			_, isObject := member.(object)
			harmless := member == nil || isBoolean || isObject && name == "emergency_address_management"
			named := name == "x_serial" || !harmless && (name == "prompt_default_address" || name == "emergency_address_management")
			if named || hasPersonal(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasPersonal)
	}
	return false
}

// decisions derives zoom.policy_decisions once all users are known.
func (w *truth) decisions() {
	type group struct{ site, policy any }
	votes := map[group]map[any]int{}
	details := map[group]map[string]int{} // how many have each detail, as JSON
	for id, rows := range w.policy {
		for _, row := range rows {
			g := group{text(w.sites[id], "site.id"), row["policy"]}
			if votes[g] == nil {
				votes[g] = map[any]int{}
			}
			votes[g][row["enabled"]]++
			if row["detail"] != nil {
				if details[g] == nil {
					details[g] = map[string]int{}
				}
				details[g][canonical(w.t, row["detail"])]++
			}
		}
	}
	for id, rows := range w.policy {
		for _, p := range rows {
			row := object{
				"policy": p["policy"], "enabled": p["enabled"], "locked": p["locked"], "locked_by": p["locked_by"],
				"site_id": text(w.sites[id], "site.id"), "site_name": text(w.sites[id], "site.name"),
				"site_enabled": nil, "site_agreeing": nil, "site_users": nil, "deviates": nil,
				"detail": p["detail"], "site_detail": nil, "site_detail_agreeing": nil, "site_detail_users": nil, "detail_deviates": nil,
			}
			if row["site_id"] != nil {
				w.compareDetail(row, details[group{row["site_id"], p["policy"]}])
			}
			v := votes[group{row["site_id"], p["policy"]}]
			if row["site_id"] != nil && v[true]+v[false] > 0 {
				row["site_agreeing"], row["site_users"] = max(v[true], v[false]), v[true]+v[false]
				if v[true] != v[false] {
					row["site_enabled"] = v[true] > v[false]
					if p["enabled"] != nil {
						row["deviates"] = p["enabled"] != row["site_enabled"]
					}
				}
			}
			w.add("zoom.policy_decisions", id, row)
		}
	}
}

// compareDetail fills the columns that compare a detail with those of the site.
func (w *truth) compareDetail(row object, votes map[string]int) {
	most, of, users := 0, []string{}, 0
	for detail, n := range votes {
		users += n
		if n > most {
			most, of = n, nil
		}
		if n == most {
			of = append(of, detail)
		}
	}
	if users == 0 {
		return
	}
	row["site_detail_agreeing"], row["site_detail_users"] = most, users
	if len(of) > 1 {
		return
	}
	row["site_detail"] = decode(w.t, []byte(of[0]))
	if row["detail"] != nil {
		row["detail_deviates"] = canonical(w.t, row["detail"]) != of[0]
	}
}

// documentedTypes reads the type of every documented path, by document.
func documentedTypes(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings, "site"} {
		name := strings.Replace(kind, "site", "sites", 1)
		file, err := os.ReadFile("../../internal/zoom/zoomtest/shape/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		all[kind] = map[string]string{}
		for line := range strings.Lines(string(file)) {
			words := strings.Fields(line)
			plain, of, isArray := words[0], map[string]string{"array": "object", "objects": "object", "strings": "string", "integers": "integer"}[words[1]], false
			if of != "" {
				all[kind][plain+"[]"], isArray = of, true
			}
			all[kind][plain] = words[1]
			if isArray {
				all[kind][plain] = "array"
			}
		}
	}
	return all
}

// unmapped derives zoom.unmapped_fields: paths that are not documented, or of
// another type. Held says that a jsonb column has whatever is here.
func (w *truth) unmapped(kind string, v any, path string, held bool) {
	documented, known := w.types[kind][path]
	own := kind == zoomtest.Profile && policyColumn.MatchString(path)
	if own && !known {
		documented, known = map[string]string{"enable": "boolean", "locked": "boolean", "modified": "boolean", "locked_by": "string"}[path[strings.LastIndexByte(path, '.')+1:]], true
	}
	policy := kind == zoomtest.Profile && strings.HasPrefix(path, "policy.") && secondLevel.MatchString(path) && !strings.HasSuffix(path, "_access_members")
	section := kind == zoomtest.UserSettings && path != "" && !strings.ContainsAny(path, ".[")
	setting := kind == zoomtest.UserSettings && secondLevel.MatchString(path)
	jsonType := "boolean"
	switch v.(type) {
	case nil:
		jsonType = "null"
	case string:
		jsonType = "string"
	case json.Number:
		jsonType = "number"
	case []any:
		jsonType = "array"
	case object:
		jsonType = "object"
	}
	fits := documented == jsonType || v == nil || documented == "string" && v == "" ||
		documented == "integer" && integer(object{"v": v}, "v") != nil
	note := false
	switch {
	case path == "":
	case policy:
		note = jsonType != "object" && jsonType != "boolean" && v != nil
	case section && !known:
		note = jsonType != "object" && v != nil
	case known:
		note = !fits
	default:
		note = !held && !setting
	}
	if note {
		w.add("zoom.unmapped_fields", "", object{"document": kind, "path": path, "json_type": jsonType})
	}
	held = (held || policy || setting) && !own
	switch v := v.(type) {
	case object:
		for name, member := range v {
			if _, known := w.types[kind][path+"."+name]; !known && personalPath.MatchString(path) {
				name = "*"
			}
			w.unmapped(kind, member, strings.TrimPrefix(path+"."+name, "."), held)
		}
	case []any:
		for _, item := range v {
			w.unmapped(kind, item, path+"[]", held)
		}
	}
}
