package sync

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// differences writes changes as "path: old -> new", with a mark for personal ones.
func differences(changes []change) []string {
	var lines []string
	for _, c := range changes {
		side := func(v value) string {
			if v.kind == 0 {
				return "absent"
			}
			return string(appendJSON(nil, v))
		}
		line := c.path + ": " + side(c.old) + " -> " + side(c.new)
		if c.personal {
			line += " (personal)"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestDiff(t *testing.T) {
	t.Parallel()
	const (
		list     = db.DocumentList
		profile  = db.DocumentProfile
		settings = db.DocumentSettings
		general  = db.DocumentUserSettings
	)
	all := shapes()
	for _, test := range []struct {
		name string
		kind db.Document
		a, b string
		want []string
	}{
		{"nothing", list, `{"a":{"b":1}}`, `{"a":{"b":1}}`, nil},
		{"value", profile, `{"policy":{"sms":{"enable":true}}}`, `{"policy":{"sms":{"enable":false}}}`, []string{`policy.sms.enable: true -> false`}},
		{"new_and_gone", list, `{"a":1}`, `{"b":{"c":"x","d":null}}`, []string{`a: 1 -> absent`, `b.c: absent -> "x"`, `b.d: absent -> null`}},
		{"type", list, `{"a":1,"b":{"c":1}}`, `{"a":"1","b":[1]}`, []string{`a: 1 -> "1"`, `b: {"c":1} -> [1]`}},
		{"null_to_an_object", list, `{"a":null}`, `{"a":{"b":1}}`, []string{`a: null -> {"b":1}`}},
		{"number_as_Postgres_gives_it_back", list, `{"a":1000,"b":15.0,"c":0,"d":0.01}`, `{"a":1e3,"b":1.50e1,"c":-0,"d":1E-2}`, nil},
		{"decimals", list, `{"a":1.0}`, `{"a":1}`, []string{`a: 1.0 -> 1`}},
		{"odd_names", list, `{"a.b":{"":1},"c[d]":1}`, `{"a.b":{"":2},"c[d]":2,"\"":1}`, []string{`"\"": absent -> 1`, `"a.b"."": 1 -> 2`, `"c[d]": 1 -> 2`}},

		{"what_was_absent_is_empty_now", list, `{}`, `{"a":{},"b":[]}`, []string{`a: absent -> {}`, `b: absent -> []`}},
		{"what_was_empty_is_absent_now", list, `{"a":{},"b":[]}`, `{}`, []string{`a: {} -> absent`, `b: [] -> absent`}},
		{"filled_and_emptied", list, `{"a":{},"b":[1]}`, `{"a":{"x":1},"b":[]}`, []string{`a.x: absent -> 1`, `b: [1] -> []`}},
		{"set_filled_and_emptied", settings, `{"delegation":{"privileges":[1]},"holiday_hours":[]}`, `{"delegation":{"privileges":[]},"holiday_hours":[{"name":"a"}]}`, []string{`delegation.privileges[]: 1 -> absent`, `holiday_hours[]: absent -> {"name":"a"}`}},
		{"set_that_came", settings, `{}`, `{"delegation":{"privileges":[1,2]},"new":[1,2]}`, []string{`delegation.privileges[]: absent -> 1`, `delegation.privileges[]: absent -> 2`, `new: absent -> [1,2]`}},

		{
			"element_by_id", list, `{"phone_numbers":[{"id":"x","number":"1"},{"id":"y","number":"2"}]}`, `{"phone_numbers":[{"id":"y","number":"3"},{"id":"x","number":"1"}]}`,
			[]string{`phone_numbers[y].number: "2" -> "3"`},
		},
		{
			"element_came_and_went", list, `{"phone_numbers":[{"id":"---M1p","number":"1"}]}`, `{"phone_numbers":[{"id":"z","number":"2"}]}`,
			[]string{`phone_numbers[---M1p].id: "---M1p" -> absent`, `phone_numbers[---M1p].number: "1" -> absent`, `phone_numbers[z].id: absent -> "z"`, `phone_numbers[z].number: absent -> "2"`},
		},
		{"element_by_its_key", settings, `{"outbound_caller_ids":[{"number":"1","is_default":true}]}`, `{"outbound_caller_ids":[{"number":"1","is_default":false}]}`, []string{`outbound_caller_ids[1].is_default: true -> false`}},
		{"element_by_a_number", settings, `{"business_hours_settings":{"business_hours":[{"weekday":2,"from":"08:00"}]}}`, `{"business_hours_settings":{"business_hours":[{"weekday":2,"from":"09:00"}]}}`, []string{`business_hours_settings.business_hours[2].from: "08:00" -> "09:00"`}},
		{"element_by_another_id", settings, `{"holiday_hours":[{"holiday_id":"h","name":"a"}]}`, `{"holiday_hours":[{"holiday_id":"h","name":"b"}]}`, []string{`holiday_hours[h].name: "a" -> "b"`}},
		{"elements_of_elements", settings, `{"break_hours":[{"break_hour_id":"b","break_hour_setting":{"days":[{"weekday":1,"enable":true}]}}]}`, `{"break_hours":[{"break_hour_id":"b","break_hour_setting":{"days":[{"weekday":1,"enable":false}]}}]}`, []string{`break_hours[b].break_hour_setting.days[1].enable: true -> false`}},
		{"odd_id", list, `{"x":[{"id":"a]b","n":1}]}`, `{"x":[{"id":"a]b","n":2}]}`, []string{`x["a]b"].n: 1 -> 2`}},
		{"set", settings, `{"delegation":{"privileges":[1,2,2]}}`, `{"delegation":{"privileges":[3,1]}}`, []string{`delegation.privileges[]: 2 -> absent`, `delegation.privileges[]: absent -> 3`}},
		{"element_without_its_id", list, `{"phone_numbers":[{"id":"x"},{"number":"4711"}]}`, `{"phone_numbers":[{"id":"x"},{"number":"4712"}]}`, []string{`phone_numbers[]: {"number":"4711"} -> absent`, `phone_numbers[]: absent -> {"number":"4712"}`}},
		{"two_elements_of_one_id", list, `{"calling_plans":[{"type":200,"name":"a"},{"type":200,"name":"b"}]}`, `{"calling_plans":[{"type":200,"name":"b"},{"type":200,"name":"c"}]}`, []string{`calling_plans[200]: {"name":"a","type":200} -> absent`, `calling_plans[200]: absent -> {"name":"c","type":200}`}},
		{"repeated_element", list, `{"phone_numbers":[{"id":"x"}]}`, `{"phone_numbers":[{"id":"x"},{"id":"x"}]}`, nil},
		{"order_of_documented_elements_that_nothing_identifies", settings, `{"holiday_hours":[{"name":"a"},{"name":"b"}],"delegation":{"assistants":[{"display_name":"a"},{"display_name":"b"}]}}`, `{"holiday_hours":[{"name":"b"},{"name":"a"}],"delegation":{"assistants":[{"display_name":"b"},{"display_name":"c"},{"display_name":"a"}]}}`, []string{`delegation.assistants[]: absent -> {"display_name":"c"}`}},
		{"element_by_its_documented_id_beside_a_new_one", settings, `{"break_hours":[{"break_hour_id":"b","break_hour_name":"x"}]}`, `{"break_hours":[{"a_id":"1","break_hour_id":"b","break_hour_name":"y"}]}`, []string{`break_hours[b].a_id: absent -> "1"`, `break_hours[b].break_hour_name: "x" -> "y"`}},
		{"plain_elements_whose_order_counts", settings, `{"ring_order":["mobile","desk"]}`, `{"ring_order":["desk","mobile"]}`, []string{`ring_order: ["mobile","desk"] -> ["desk","mobile"]`}},
		{"a_sequence_becomes_a_set", settings, `{"new":[1,{"n":1}]}`, `{"new":[{"id":"a"}]}`, []string{`new: [1,{"n":1}] -> [{"id":"a"}]`}},
		{"elements_whose_order_counts", general, `{"new":[{"n":1},{"n":2}]}`, `{"new":[{"n":2},{"n":1}]}`, []string{`new: [{"n":1},{"n":2}] -> [{"n":2},{"n":1}]`}},

		{"volatile", settings, `{"desk_phone":{"devices":[{"id":"x","status":"online","private_ip":"10.0.0.1"}]}}`, `{"desk_phone":{"devices":[{"id":"x","status":"offline"}]}}`, nil},
		{"of_something_volatile_alone", settings, `{}`, `{"intercom":{"audio_intercoms":[{"device_status":"x"}]}}`, []string{`intercom.audio_intercoms[]: absent -> {}`}},
		{"volatile_beside_a_change", settings, `{"desk_phone":{"devices":[{"id":"x","status":"online","device_type":"a"}]}}`, `{"desk_phone":{"devices":[{"id":"x","status":"offline","device_type":"b"}]}}`, []string{`desk_phone.devices[x].device_type: "a" -> "b"`}},

		{"emergency_address", profile, `{"emergency_address":{"id":"e","city":"Ulm"}}`, `{"emergency_address":{"id":"f","unit":"3","city":"Ulm"}}`, []string{`emergency_address.*: absent -> "3" (personal)`, `emergency_address.id: "e" -> "f" (personal)`}},
		{"emergency_address_of_another_type", profile, `{"emergency_address":"Ulm"}`, `{}`, []string{`emergency_address: "Ulm" -> absent (personal)`}},
		{"emergency_address_management", profile, `{}`, `{"policy":{"emergency_address_management":{"enable":true}}}`, []string{`policy.emergency_address_management.enable: absent -> true`}},
		{"hardware_address", settings, `{}`, `{"desk_phone":{"devices":[{"id":"x","mac_address":"64167f37aa60"}]}}`, []string{`desk_phone.devices[x].id: absent -> "x"`, `desk_phone.devices[x].mac_address: absent -> "64167f37aa60" (personal)`}},
		{"hardware_address_of_a_device_without_id", settings, `{"desk_phone":{"devices":[{"id":"x"}]}}`, `{"desk_phone":{"devices":[{"id":"x"},{"mac_address":"64167f37aa60"}]}}`, []string{`desk_phone.devices[]: absent -> {"mac_address":"64167f37aa60"} (personal)`}},
		{"hardware_address_alone", settings, `{"desk_phone":{"devices":[{"mac_address":"a"}]}}`, `{"desk_phone":{"devices":[{"mac_address":"b"}]}}`, []string{`desk_phone.devices[]: {"mac_address":"a"} -> absent (personal)`, `desk_phone.devices[]: absent -> {"mac_address":"b"} (personal)`}},
		{"hardware_address_where_order_counts", settings, `{"new":[{"mac_address":"a"}]}`, `{"new":[{"mac_address":"b"}]}`, []string{`new: [{"mac_address":"a"}] -> [{"mac_address":"b"}] (personal)`}},
		{"network_addresses", general, `{"recording":{"ip_address_access_control":{"enable":false}}}`, `{"recording":{"ip_address_access_control":{"enable":true,"ip_addresses_or_ranges":"10.0.0.0/8"}}}`, []string{`recording.ip_address_access_control.enable: false -> true (personal)`, `recording.ip_address_access_control.ip_addresses_or_ranges: absent -> "10.0.0.0/8" (personal)`}},
		{"new_field_that_looks_personal", settings, `{}`, `{"desk_phone":{"devices":[{"id":"x","ipv6":"::1","label":"desk"}]},"home_address":{"x":"y"}}`, []string{`desk_phone.devices[x].id: absent -> "x"`, `desk_phone.devices[x].ipv6: absent -> "::1" (personal)`, `desk_phone.devices[x].label: absent -> "desk"`, `home_address.*: absent -> "y" (personal)`}},
		{"names_that_are_personal", settings, `{"mac_addresses":{"64:16":true,"64:17":true}}`, `{"mac_addresses":{"64:18":{"on":1}}}`, []string{`mac_addresses.*: true -> absent (personal)`, `mac_addresses.*: true -> absent (personal)`, `mac_addresses.*.*: absent -> 1 (personal)`}},
		{"identities_that_are_personal", settings, `{}`, `{"desk_phone":{"devices":[{"mac_id":"64:16"},{"mac_id":"64:17"}]},"seats":[{"mac_id":"64:16"}],"addresses":[{"id":"Baker Street","n":1}]}`, []string{`addresses[*].*: absent -> "Baker Street" (personal)`, `addresses[*].*: absent -> 1 (personal)`, `desk_phone.devices[*].mac_id: absent -> "64:16" (personal)`, `desk_phone.devices[*].mac_id: absent -> "64:17" (personal)`, `seats: absent -> [{"mac_id":"64:16"}] (personal)`}},
		{"elements_with_the_id_of_something_else", settings, `{"new":[{"device_id":"a"},{"device_id":"b"}]}`, `{"new":[{"device_id":"b"},{"device_id":"a"}]}`, []string{`new: [{"device_id":"a"},{"device_id":"b"}] -> [{"device_id":"b"},{"device_id":"a"}]`}},
		{"names_that_are_addresses", settings, `{}`, `{"x_phones":{"64:16:7f:aa:bb:cc":{"n":1}}}`, []string{`x_phones.*.*: absent -> 1 (personal)`}},
		{"a_place_in_a_documented_address", profile, `{"emergency_address":{"Baker Street":{"no":1}}}`, `{}`, []string{`emergency_address.*.*: 1 -> absent (personal)`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := diff(mustParse(t, test.a), mustParse(t, test.b), all[test.kind])
			if d := cmp.Diff(test.want, differences(got)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			var back []change
			for _, c := range got {
				back = append(back, change{c.path, c.new, c.old, c.personal})
			}
			sorted := func(lines []string) []string { return slices.Sorted(slices.Values(lines)) }
			reverse := diff(mustParse(t, test.b), mustParse(t, test.a), all[test.kind])
			if d := cmp.Diff(sorted(differences(back)), sorted(differences(reverse))); d != "" {
				t.Errorf("the way back (-want +got)\n%s", d)
			}
		})
	}
}

// TestPlainNumber holds for numbers what Postgres does with them.
func TestPlainNumber(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"0": "0", "-0": "0", "-0.0": "0.0", "12": "12", "-1.50": "-1.50", "1e3": "1000", "1E+3": "1000", "1.5e1": "15", "1.50e1": "15.0", "1.25e-1": "0.125",
		"-12e-3": "-0.012", "10e-1": "1.0", "0e5": "0", "0.001e2": "0.1", "0.00": "0.00", "1e99999": "1e99999", "123.456e-5": "0.00123456", "-0e-2": "0.00",
	} {
		if got := plainNumber(number); got != want {
			t.Errorf("%s: got %s, want %s", number, got, want)
		}
	}
}

// TestDiff_of_any_documents holds what FuzzDiff does for many random documents.
func TestDiff_of_any_documents(t *testing.T) {
	t.Parallel()
	r := newReader()
	for kind, s := range r.shapes {
		changed := 0
		for seed := range uint64(1000) {
			random := generator{rand.New(rand.NewPCG(seed, 3))}
			a, b := random.object(s, 4), random.object(s, 4)
			if random.IntN(2) == 0 { // mostly alike
				b = mustParse(t, string(appendJSON(nil, random.shuffled(a, s))))
				if leaves := leavesOf(nil, &b, s, false); len(leaves) > 0 {
					*leaves[random.IntN(len(leaves))].value = random.value(s, 2)
				}
			}
			if checkDiff(t, r, kind, string(appendJSON(nil, a)), string(appendJSON(nil, b))) > 0 {
				changed++
			}
		}
		if changed < 500 {
			t.Errorf("%s: only %d pairs differ", kind, changed)
		}
	}
}

// FuzzDiff holds that applying the changes from a to b to a gives b, up to order,
// repeats, and whether what was emptied is still there; and that there are
// changes exactly when a new version begins.
func FuzzDiff(f *testing.F) {
	f.Add(uint8(0), `{"phone_numbers":[{"id":"a","number":"1"},{"id":"b"}]}`, `{"phone_numbers":[{"id":"b","x":[]},{"number":"2"}],"calling_plans":[{"type":1},{"type":1,"n":2}]}`)
	f.Add(uint8(2), `{"delegation":{"privileges":[1,2]},"desk_phone":{"devices":[{"id":"x","status":"on"}]}}`, `{"delegation":{"privileges":[2,3,3]},"desk_phone":{"devices":[]}}`)
	f.Add(uint8(3), `{"a":{"b":[[1],[2]]},"c":1e3}`, `{"a":{"b":[[2],[1]]},"c":1000,"d.e":{"":[{"id":"x]"}]}}`)
	r := newReader()
	kinds := []db.Document{db.DocumentList, db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings}
	f.Fuzz(func(t *testing.T, k uint8, a, b string) {
		kind := kinds[int(k)%len(kinds)]
		for _, body := range []string{a, b} {
			if _, err := r.read(kind, []byte(body)); err != nil {
				return
			}
		}
		checkDiff(t, r, kind, a, b)
	})
}

// checkDiff checks the changes from a to b, and gives their number.
func checkDiff(t *testing.T, r *reader, kind db.Document, a, b string) int {
	t.Helper()
	from, to, s := mustRead(t, r, kind, a), mustRead(t, r, kind, b), r.shapes[kind]
	changes := diff(from.value, to.value, s)
	root, hidden := settled(from.value, s), false
	for _, c := range changes {
		way, ok := steps(c.path)
		if !ok || joined(way) != c.path {
			t.Fatalf("%s is read as %v", c.path, way)
		}
		checkVerdict(t, r, kind, c)
		if hidden = hidden || slices.ContainsFunc(way, func(s step) bool { return s.name == anything }); !hidden {
			root = applied(t, root, c, way, s)
		}
	}
	pruned := func(v value) string { return string(appendCanonical(nil, prune(settled(v, s), s), s, stable)) }
	if got, want := pruned(root), pruned(to.value); got != want && !hidden { // a hidden name cannot be applied
		t.Fatalf("%s\nbecame\n%s\nby\n%s\nand not\n%s", a, got, strings.Join(differences(changes), "\n"), want)
	}
	same := string(appendCanonical(nil, settled(from.value, s), s, stable)) == string(appendCanonical(nil, settled(to.value, s), s, stable))
	if same != (len(changes) == 0) {
		t.Fatalf("the same: %t, changes:\n%s\nfrom %s\nto %s", same, strings.Join(differences(changes), "\n"), a, b)
	}
	if from.stable == to.stable && len(changes) > 0 {
		t.Fatalf("no new version, but changes:\n%s", strings.Join(differences(changes), "\n"))
	}
	return len(changes)
}

// applied gives v with a change carried out.
func applied(t *testing.T, v value, c change, path []step, s *shape) value {
	t.Helper()
	if len(path) == 0 {
		return c.new
	}
	here := path[0]
	if here.element {
		items := slices.Clone(v.items)
		if len(path) == 1 { // a member of a set
			if c.old.kind != 0 {
				items = slices.DeleteFunc(items, func(item value) bool { return compareValues(item, c.old) == 0 })
			}
			if c.new.kind != 0 {
				items = append(items, c.new)
			}
			return value{kind: '[', items: items}
		}
		i := slices.IndexFunc(items, func(item value) bool { return s.identity(item) == here.name })
		if i < 0 { // what identifies a new one may be still to come, and that of one that goes, gone
			i = slices.IndexFunc(items, func(item value) bool { return item.text == "pending "+here.name })
		}
		if i < 0 {
			i = len(items)
			items = append(items, value{kind: '{'})
		}
		items[i] = applied(t, items[i], c, path[1:], s.element())
		items[i].text = "pending " + here.name
		return value{kind: '[', items: items}
	}
	members := slices.Clone(v.members)
	members = slices.DeleteFunc(members, func(m member) bool { return m.name == here.name })
	next := applied(t, v.get(here.name), c, path[1:], s.member(here.name))
	if next.kind == 0 && len(path) > 1 {
		t.Fatalf("%s: nothing is there", strconv.Quote(c.path))
	}
	if next.kind != 0 {
		members = sortMembers(append(members, member{name: here.name, value: next}))
	}
	return value{kind: '{', members: members, text: v.text}
}

// prune leaves out what is empty.
func prune(v value, s *shape) value {
	full := func(v value) bool { return v.kind != '{' && v.kind != '[' || len(v.members)+len(v.items) > 0 }
	out := value{kind: v.kind}
	if v.kind != '{' && v.kind != '[' {
		out.text = v.text
	}
	for _, m := range v.members {
		if inner := prune(m.value, s.member(m.name)); full(inner) {
			out.members = append(out.members, member{name: m.name, value: inner})
		}
	}
	for _, item := range v.items {
		if inner := prune(item, s.element()); full(inner) {
			out.items = append(out.items, inner)
		}
	}
	return out
}

func BenchmarkDiff(b *testing.B) {
	random := generator{rand.New(rand.NewPCG(1, 1))}
	s := shapes()[db.DocumentSettings]
	body := fmt.Appendf(nil, `{"a":%s}`, appendJSON(nil, random.object(s, 8)))
	other := fmt.Appendf(nil, `{"a":%s}`, appendJSON(nil, random.object(s, 8)))
	r := newReader()
	for b.Loop() {
		if _, err := r.compare(db.DocumentSettings, version{body: body}, version{body: other}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestCompare_takes_the_value_that_is_at_hand(t *testing.T) {
	t.Parallel()
	r := newReader()
	doc, err := r.read(db.DocumentSettings, []byte(`{"area_code":"7"}`))
	if err != nil {
		t.Fatal(err)
	}
	doc.body = []byte(`unreadable`)
	got, err := okDocument(db.DocumentSettings, doc).Compare([]byte(`{"area_code":"6"}`), false)
	if err != nil || len(got.Changes) != 1 || got.Changes[0].Path != "area_code" || string(got.Changes[0].New) != `"7"` {
		t.Errorf("got %+v, %v", got, err)
	}
	doc.leave()
	if _, err := okDocument(db.DocumentSettings, doc).Compare([]byte(`{"area_code":"6"}`), false); err == nil {
		t.Error("the body of a document that was left is not read")
	}
}
