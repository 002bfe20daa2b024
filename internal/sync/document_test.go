package sync

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	gosync "sync"
	"testing"

	"syncd/internal/db"
)

func mustRead(t *testing.T, r *reader, kind db.Document, body string) document {
	t.Helper()
	doc, err := r.read(kind, []byte(body))
	if err != nil {
		t.Fatalf("read(%s, %.200q): %v", kind, body, err)
	}
	return doc
}

func TestReader_digests(t *testing.T) {
	t.Parallel()
	const (
		same    = "same"
		differ  = "differ"
		list    = db.DocumentList
		profile = db.DocumentProfile
		set     = db.DocumentSettings
		user    = db.DocumentUserSettings
	)
	r := newReader()
	for _, test := range []struct {
		name         string
		kind         db.Document
		a, b         string
		full, stable string
	}{
		{"order_of_members", list, `{"a":1,"b":{"c":2,"d":3}}`, `{"b":{"d":3,"c":2},"a":1}`, same, same},
		{"white_space_and_escapes", list, `{"a":"é/"}`, ` { "a" : "\u00e9\/" } `, same, same},
		{"repeated_name", list, `{"a":1,"a":2}`, `{"a":2}`, same, same},

		{"order_of_elements_with_an_id", list, `{"phone_numbers":[{"id":"x"},{"id":"y"}]}`, `{"phone_numbers":[{"id":"y"},{"id":"x"}]}`, same, same},
		{"order_of_elements_with_one_id_twice", list, `{"x":[{"id":1,"n":1},{"id":1,"n":2}]}`, `{"x":[{"id":1,"n":2},{"id":1,"n":1}]}`, same, same},
		{"order_of_elements_with_another_id", set, `{"holiday_hours":[{"holiday_id":"x"},{"holiday_id":"y"}]}`, `{"holiday_hours":[{"holiday_id":"y"},{"holiday_id":"x"}]}`, same, same},
		{"order_of_elements_with_a_key", set, `{"outbound_caller_ids":[{"number":"x"},{"number":"y"}]}`, `{"outbound_caller_ids":[{"number":"y"},{"number":"x"}]}`, same, same},
		{"order_of_elements_of_elements", set, `{"break_hours":[{"break_hour_setting":{"days":[{"weekday":1},{"weekday":2}]}}]}`, `{"break_hours":[{"break_hour_setting":{"days":[{"weekday":2},{"weekday":1}]}}]}`, same, same},
		{"order_of_elements_in_an_unknown_array", user, `{"new":[{"id":2},{"id":10}]}`, `{"new":[{"id":10},{"id":2}]}`, same, same},
		{"order_of_a_set", set, `{"delegation":{"privileges":[1,2,3]}}`, `{"delegation":{"privileges":[3,1,2]}}`, same, same},
		{"order_of_documented_elements_that_nothing_identifies", list, `{"phone_numbers":[{"number":"1"},{"number":"2"},"x",[1]]}`, `{"phone_numbers":[[1],"x",{"number":"2"},{"number":"1"}]}`, same, same},
		{"order_of_documented_texts", user, `{"in_meeting":{"data_center_regions":["EU","US"]}}`, `{"in_meeting":{"data_center_regions":["US","EU"]}}`, same, same},
		{"repeated_element_that_nothing_identifies", set, `{"desk_phone":{"devices":[{"device_type":"a"}]}}`, `{"desk_phone":{"devices":[{"device_type":"a"},{"device_type":"a"}]}}`, differ, same},
		{"order_of_plain_elements_of_an_unknown_array", user, `{"new":[1,2]}`, `{"new":[2,1]}`, differ, differ},
		{"order_of_an_array_in_the_place_of_a_documented_text", user, `{"in_meeting":{"entry_exit_chime":["a","b"]}}`, `{"in_meeting":{"entry_exit_chime":["b","a"]}}`, differ, differ},
		{"repeated_plain_element_of_an_unknown_array", user, `{"new":[1,2]}`, `{"new":[1,2,1]}`, differ, differ},
		{"order_of_arrays_in_an_array", user, `{"new":[[1],[2]]}`, `{"new":[[2],[1]]}`, differ, differ},
		{"order_of_elements_of_which_one_has_no_id", user, `{"new":[{"id":1},{"n":2}]}`, `{"new":[{"n":2},{"id":1}]}`, differ, differ},
		{"order_of_elements_of_which_one_has_an_empty_id", user, `{"new":[{"id":"1"},{"id":""}]}`, `{"new":[{"id":""},{"id":"1"}]}`, differ, differ},
		{"order_of_elements_with_the_id_of_something_else", set, `{"new":[{"device_id":"a"},{"device_id":"b"}]}`, `{"new":[{"device_id":"b"},{"device_id":"a"}]}`, differ, differ},
		{"order_of_elements_without_id", user, `{"new":[{"n":1},{"n":2}]}`, `{"new":[{"n":2},{"n":1}]}`, differ, differ},

		{"repeated_element_with_an_id", list, `{"phone_numbers":[{"id":"x"},{"id":"y"}]}`, `{"phone_numbers":[{"id":"x"},{"id":"y"},{"id":"x"}]}`, differ, same},
		{"repeated_element_of_a_set", set, `{"delegation":{"privileges":[1,2]}}`, `{"delegation":{"privileges":[1,2,1]}}`, differ, same},
		{"repeated_element_where_order_counts", user, `{"new":[{"n":1}]}`, `{"new":[{"n":1},{"n":1}]}`, differ, differ},
		{"element_with_a_known_id_and_other_values", list, `{"phone_numbers":[{"id":"x","number":"1"}]}`, `{"phone_numbers":[{"id":"x","number":"1"},{"id":"x","number":"2"}]}`, differ, differ},
		{"another_element_repeated", set, `{"delegation":{"privileges":[1,1,2]}}`, `{"delegation":{"privileges":[1,2,2]}}`, differ, same},

		{"status_and_addresses_of_a_device", set, `{"desk_phone":{"devices":[{"id":"x","status":"online","private_ip":"10.0.0.1","public_ip":"192.0.2.1"}]}}`, `{"desk_phone":{"devices":[{"id":"x","status":"offline","private_ip":"10.0.0.2"}]}}`, differ, same},
		{"status_of_devices_in_another_order", set, `{"desk_phone":{"devices":[{"id":"x","status":"online"},{"id":"y","status":"offline"}]}}`, `{"desk_phone":{"devices":[{"id":"y","status":"online"},{"id":"x","status":"offline"}]}}`, differ, same},
		{"device_repeated_with_another_status", set, `{"desk_phone":{"devices":[{"id":"x","status":"online"}]}}`, `{"desk_phone":{"devices":[{"id":"x","status":"online"},{"id":"x","status":"offline"}]}}`, differ, same},
		{"status_of_an_intercom's_device", set, `{"intercom":{"audio_intercoms":[{"extension_id":"x","device_status":"online"}]}}`, `{"intercom":{"audio_intercoms":[{"extension_id":"x","device_status":"no device"}]}}`, differ, same},
		{"status_of_an_intercom", set, `{"intercom":{"audio_intercoms":[{"extension_id":"x","status":"active"}]}}`, `{"intercom":{"audio_intercoms":[{"extension_id":"x","status":"pending"}]}}`, differ, differ},
		{"status_of_a_device's_policy", set, `{"desk_phone":{"devices":[{"policy":{"call_control":{"status":"on"}}}]}}`, `{"desk_phone":{"devices":[{"policy":{"call_control":{"status":"off"}}}]}}`, differ, differ},
		{"status_of_the_user", set, `{"status":"Active"}`, `{"status":"Inactive"}`, differ, differ},
		{"status_of_a_device_in_another_document", profile, `{"desk_phone":{"devices":[{"id":"x","status":"online"}]}}`, `{"desk_phone":{"devices":[{"id":"x","status":"offline"}]}}`, differ, differ},

		{"last_digit_of_a_big_integer", list, `{"n":12345678901234567890}`, `{"n":12345678901234567891}`, differ, differ},
		{"type", list, `{"n":1}`, `{"n":"1"}`, differ, differ},
		{"null_and_absent", list, `{"n":null}`, `{}`, differ, differ},
		{"empty_text_and_absent", list, `{"n":""}`, `{}`, differ, differ},
		{"empty_array_and_empty_object", list, `{"n":[]}`, `{"n":{}}`, differ, differ},
		{"value_under_another_name", list, `{"a":1,"b":2}`, `{"a":2,"b":1}`, differ, differ},
		{"JSON_in_a_text", list, `{"a":["b","c"]}`, `{"a":["b\",\"c"]}`, differ, differ},
		{"trailing_space", list, `{"a":"b"}`, `{"a":"b "}`, differ, differ},
		{"composed_and_decomposed_letter", list, `{"a":"\u00e9"}`, `{"a":"e\u0301"}`, differ, differ},

		{"another_secret", set, `{"desk_phone":{"pin_code":"1234"}}`, `{"desk_phone":{"pin_code":987654}}`, same, same},
		{"a_secret_that_is_gone", set, `{"desk_phone":{"pin_code":"1234"}}`, `{"desk_phone":{"pin_code":""}}`, differ, differ},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, b := mustRead(t, r, test.kind, test.a), mustRead(t, r, test.kind, test.b)
			if want := test.full == same; (a.full == b.full) != want {
				t.Errorf("the full digests are the same: %t, want %t", !want, want)
			}
			if want := test.stable == same; (a.stable == b.stable) != want {
				t.Errorf("the stable digests are the same: %t, want %t", !want, want)
			}
		})
	}
}

// TestReader_digests_of_any_document holds for many random documents what the
// table above holds for chosen ones.
func TestReader_digests_of_any_document(t *testing.T) {
	t.Parallel()
	r := newReader()
	for _, kind := range []db.Document{db.DocumentList, db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			changes, volatile := 0, 0
			for seed := range uint64(500) {
				random := generator{rand.New(rand.NewPCG(seed, 1))}
				body := string(appendJSON(nil, random.object(r.shapes[kind], 4)))
				doc := mustRead(t, r, kind, body)

				shuffled := string(appendJSON(nil, random.shuffled(mustParse(t, body), r.shapes[kind])))
				if other := mustRead(t, r, kind, shuffled); other.full != doc.full || other.stable != doc.stable {
					t.Fatalf("seed %d: the order decides over the digest of\n%s\n%s", seed, body, shuffled)
				}

				changed := mustParse(t, body)
				leaves := leavesOf(nil, &changed, r.shapes[kind], false)
				if len(leaves) == 0 {
					continue
				}
				leaf := leaves[random.IntN(len(leaves))]
				*leaf.value = value{kind: '"', text: "changed"}
				if changes++; leaf.volatile {
					volatile++
				}
				other := mustRead(t, r, kind, string(appendJSON(nil, changed)))
				if other.full == doc.full {
					t.Fatalf("seed %d: the full digest of\n%s\nis that of\n%s", seed, body, other.body)
				}
				if (other.stable == doc.stable) != leaf.volatile {
					t.Fatalf("seed %d: after a change of a value that is volatile: %t, the stable digest is the same: %t\n%s\n%s",
						seed, leaf.volatile, other.stable == doc.stable, body, other.body)
				}
			}
			if changes < 200 || (volatile > 0) != (kind == db.DocumentSettings) {
				t.Errorf("%d values were changed, %d of them volatile: the documents are too poor", changes, volatile)
			}
		})
	}
}

func TestReader_body(t *testing.T) {
	t.Parallel()
	r := newReader()
	t.Run("is_the_document_without_secrets", func(t *testing.T) {
		t.Parallel()
		doc := mustRead(t, r, db.DocumentSettings, `{"desk_phone":{"pin_code":"1234","new":12345678901234567890},"phone_numbers":[{"id":"b"},{"id":"a"},{"id":"b"}]}`)
		want := `{"desk_phone":{"new":12345678901234567890,"pin_code":"[redacted]"},"phone_numbers":[{"id":"b"},{"id":"a"},{"id":"b"}]}`
		if string(doc.body) != want {
			t.Errorf("got %s, want %s", doc.body, want)
		}
		if diff := diffValues(doc.value, mustParse(t, want)); diff != "" {
			t.Errorf("its value differs: %s", diff)
		}
	})
	t.Run("of_a_repeated_secret_holds_none", func(t *testing.T) {
		t.Parallel()
		doc := mustRead(t, r, db.DocumentSettings, `{"pin":"1234","pin":"5678"}`)
		if want := `{"pin":"[redacted]"}`; string(doc.body) != want {
			t.Errorf("got %s, want %s", doc.body, want)
		}
	})
	t.Run("fails_alone", func(t *testing.T) {
		t.Parallel()
		if doc, err := r.read(db.DocumentSettings, []byte(`{"desk_phone":{"pin_code":"1234\u0000"}}`)); err == nil || doc.body != nil {
			t.Errorf("got %s, %v", doc.body, err)
		}
		mustRead(t, r, db.DocumentSettings, `{}`)
	})
}

func TestReader_is_safe_for_concurrent_use(t *testing.T) {
	t.Parallel()
	shared := newReader()
	var readers gosync.WaitGroup
	for worker := range 8 {
		readers.Go(func() {
			for i := range 200 {
				// Half of the names are everybody's, half are new.
				body := fmt.Sprintf(`{"desk_phone":{"pin_code":"%d"},"name_%d":1,"vm_pin_%d_%d":2}`, i, i, worker, i)
				want := fmt.Sprintf(`{"desk_phone":{"pin_code":"[redacted]"},"name_%d":1,"vm_pin_%d_%d":"[redacted]"}`, i, worker, i)
				doc, err := shared.read(db.DocumentSettings, []byte(body))
				if err != nil || string(doc.body) != want {
					t.Errorf("got %s, %v, want %s", doc.body, err, want)
				}
			}
		})
	}
	readers.Wait()
}

// FuzzReadDocument holds that no value under a secret name comes through, that
// everything else does, and that the order of what has none changes no digest.
func FuzzReadDocument(f *testing.F) {
	for _, seed := range []string{
		`{"desk_phone":{"pin_code":"1234","devices":[{"id":"a","status":"online"},{"id":"b"}]}}`,
		`{"schedule_meeting":{"pmi_password":"x","meeting_password_requirement":{"length":8}}}`,
		`{"delegation":{"privileges":[3,1,2,1]},"apiKeys":[{"id":1,"v":["x",null,true,1.5]}],"a":1,"a":{"PIN":{"n":[1]}}}`,
		`{"calling_plans":[{"type":1},{"type":2}],"break_hours":[{"break_hour_setting":{"days":[{"weekday":2},{"weekday":1}]}}]}`,
	} {
		for kind := range uint8(4) {
			f.Add(kind, uint64(kind), []byte(seed))
		}
	}
	r := newReader()
	kinds := []db.Document{db.DocumentList, db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings}
	f.Fuzz(func(t *testing.T, k uint8, seed uint64, body []byte) {
		kind := kinds[int(k)%len(kinds)]
		doc, err := r.read(kind, body)
		if err != nil {
			return
		}
		in, s := mustParse(t, string(body)), r.shapes[kind]
		checkRedacted(t, in, mustParse(t, string(doc.body)), s, false)

		again := mustRead(t, r, kind, string(doc.body))
		if string(again.body) != string(doc.body) || again.full != doc.full || again.stable != doc.stable {
			t.Fatalf("read again, %s became %s", doc.body, again.body)
		}
		shuffled := appendJSON(nil, generator{rand.New(rand.NewPCG(seed, 2))}.shuffled(in, s))
		if other := mustRead(t, r, kind, string(shuffled)); other.full != doc.full || other.stable != doc.stable {
			t.Fatalf("the order decides over the digest of\n%s\n%s", body, shuffled)
		}
	})
}

// checkRedacted walks a document as Zoom sent it and as we store it side by side.
func checkRedacted(t *testing.T, in, out value, s *shape, secret bool) {
	t.Helper()
	if secret && (in.kind == '0' || in.kind == '"' && in.text != "" || len(in.members)+len(in.items) > 0) {
		in = value{kind: '"', text: mask}
	}
	if in.kind != out.kind || in.text != out.text || len(in.members) != len(out.members) || len(in.items) != len(out.items) {
		t.Fatalf("got %s, want %s", appendJSON(nil, out), appendJSON(nil, in))
	}
	labelled := slices.ContainsFunc(in.members, func(m member) bool { return m.labels(looksSecret) })
	for i, m := range in.members {
		if out.members[i].name != m.name {
			t.Fatalf("got a member %q, want %q", out.members[i].name, m.name)
		}
		known := s.member(m.name)
		looks := looksSecret(m.name) || labelled && isContent(m.name)
		checkRedacted(t, m.value, out.members[i].value, known, known != nil && known.secret || looks && !known.shows(m.value))
	}
	for i := range in.items {
		checkRedacted(t, in.items[i], out.items[i], s.element(), false)
	}
}

func BenchmarkReader(b *testing.B) {
	r := newReader()
	var body strings.Builder
	body.WriteString(`{"desk_phone":{"pin_code":"1234"},"outbound_caller_ids":[`)
	for i := range 100 {
		fmt.Fprintf(&body, `{"number":"+1555010%04d","name":"Main line","is_default":false},`, i)
	}
	body.WriteString(`{"number":"x"}]}`)
	b.SetBytes(int64(body.Len()))
	for b.Loop() {
		if _, err := r.read(db.DocumentSettings, []byte(body.String())); err != nil {
			b.Fatal(err)
		}
	}
}
