package zoomtest_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"

	"github.com/google/go-cmp/cmp"
)

// walk notes every path below a value, with "[]" for the elements of arrays.
func walk(v any, path string, seen map[string]int) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			below := strings.TrimPrefix(path+"."+name, ".")
			seen[below]++
			walk(value, below, seen)
		}
	case []any:
		for _, value := range v {
			walk(value, path+"[]", seen)
		}
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	o := open()
	o.Users = 1000
	o.ListIncludesDeactivated = true
	account := zoomtest.New(o)

	for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
		t.Run(kind+" has every documented path", func(t *testing.T) {
			t.Parallel()
			seen := make(map[string]int)
			n := 0
			for _, u := range account.Users() {
				doc, ok := account.Document(u.ID, kind)
				if !ok {
					continue
				}
				n++
				var v any
				if err := json.Unmarshal(doc, &v); err != nil {
					t.Fatalf("%s of %s: %v in %s", kind, u.ID, err, doc)
				}
				walk(v, "", seen)
			}
			text, err := os.ReadFile("testdata/" + kind + "_paths.txt")
			if err != nil {
				t.Fatal(err)
			}
			for want := range strings.Lines(string(text)) {
				want = strings.TrimSpace(want)
				if kind == zoomtest.List {
					var ok bool
					if want, ok = strings.CutPrefix(want, "users[]."); !ok {
						continue
					}
				}
				if seen[want] == 0 {
					t.Errorf("no user of %d has %s", n, want)
				}
			}
			unknown := slices.DeleteFunc(slices.Collect(maps.Keys(seen)), func(path string) bool { return !strings.Contains(path, "x_serial") })
			if len(unknown) < 2 {
				t.Errorf("unknown fields at %v, want more than one depth", unknown)
			}
		})
	}

	t.Run("the site list has every documented path", func(t *testing.T) {
		t.Parallel()
		seen := make(map[string]int)
		walk(parse(t, newClient(t, o).get("/phone/sites").body), "", seen)
		text, err := os.ReadFile("testdata/sites_paths.txt")
		if err != nil {
			t.Fatal(err)
		}
		for want := range strings.Lines(string(text)) {
			if want = strings.TrimSpace(want); seen[want] == 0 {
				t.Errorf("no site has %s", want)
			}
		}
	})

	t.Run("the same seed makes the same bytes in any order", func(t *testing.T) {
		t.Parallel()
		again, other := zoomtest.New(o), zoomtest.Options{Seed: 1}
		differs := false
		users := again.Users()
		slices.Reverse(users)
		stranger := zoomtest.New(other)
		for _, u := range users[900:] {
			for _, kind := range []string{zoomtest.UserSettings, zoomtest.Settings, zoomtest.Profile, zoomtest.List} {
				got, ok := again.Document(u.ID, kind)
				want, wantOK := account.Document(u.ID, kind)
				if ok != wantOK || !bytes.Equal(got, want) {
					t.Fatalf("%s of %s differs between two accounts of one seed", kind, u.ID)
				}
			}
			if _, ok := stranger.Document(u.ID, zoomtest.List); !ok {
				differs = true
			}
		}
		if !differs {
			t.Error("another seed makes the same ids")
		}
	})

	t.Run("documents hold what breaks naive clients", func(t *testing.T) {
		t.Parallel()
		var all strings.Builder
		dash := 0
		for _, u := range account.Users() {
			if strings.HasPrefix(u.ID, "-") {
				dash++
			}
			if len(u.ID) != 22 || strings.ContainsAny(u.ID, "/+=") {
				t.Fatalf("id %q", u.ID)
			}
			for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
				doc, _ := account.Document(u.ID, kind)
				all.Write(doc)
			}
		}
		if dash == 0 {
			t.Error(`no id starts with "-"`)
		}
		for _, want := range []string{
			`שרה`, `अनिल`, `さくら`, `민준`, `สมชาย`, "e\u0301", "\u200f", `🎧`, `\t`, `\\`, `\"Ann\"`, `Smith "`, `" Lead`, "D'Arcy",
			`"department":""`, `"phone_numbers":[]`, `"allow_host_to_enable_focus_mode":null`, `"x_serial":9007`, `"extension_number":-`,
			`"extension_number":"`, `"status":"Inactive"`, `"ready to activate"`, `"number":"1`, `"number":"+`, `o'brien.`, `a+b.`, `value of tomorrow`,
		} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("no document holds %s", want)
			}
		}
	})

	t.Run("drift gives some values an unexpected type", func(t *testing.T) {
		t.Parallel()
		o := open()
		o.Drift = 0.5
		drifting, drifted := zoomtest.New(o), 0
		users := drifting.Users()
		for _, u := range users {
			if doc, _ := drifting.Document(u.ID, zoomtest.UserSettings); bytes.Contains(doc, []byte(`{"value":[]}`)) {
				drifted++
			}
		}
		if drifted < len(users)/3 || drifted > len(users)*2/3 {
			t.Errorf("%d of %d users drift, want about half", drifted, len(users))
		}
	})

	t.Run("small documents hold the few fields alone", func(t *testing.T) {
		t.Parallel()
		o := open()
		o.Small = true
		small := zoomtest.New(o)
		for _, u := range small.Users() {
			for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
				if doc, ok := small.Document(u.ID, kind); len(doc) > 400 || ok && !json.Valid(doc) {
					t.Errorf("%s: %s", kind, doc)
				}
			}
		}
	})

	t.Run("row, profile and settings of a user agree", func(t *testing.T) {
		t.Parallel()
		for _, u := range account.Users()[:100] {
			row, profile := decode(t, account, u.ID, zoomtest.List), decode(t, account, u.ID, zoomtest.Profile)
			if profile == nil {
				continue
			}
			for _, name := range []string{"id", "email", "status", "extension_id", "extension_number", "phone_numbers", "department"} {
				if diff := cmp.Diff(withoutUnknown(row[name]), withoutUnknown(profile[name])); diff != "" {
					t.Errorf("%s of %s (-list +profile):\n%s", name, u.ID, diff)
				}
			}
		}
	})
}

func TestDocuments_share_desk_phones(t *testing.T) {
	t.Parallel()
	account := zoomtest.New(zoomtest.Options{Users: 200})
	shared := 0
	phones := make(map[string]map[string]any)
	for _, u := range account.Users() {
		settings := decode(t, account, u.ID, zoomtest.Settings)
		desk, _ := settings["desk_phone"].(map[string]any)
		devices, _ := desk["devices"].([]any)
		for _, device := range devices {
			phone, _ := device.(map[string]any)
			id, _ := phone["id"].(string)
			before, seen := phones[id]
			phones[id] = phone
			if !seen {
				continue
			}
			shared++
			for _, name := range []string{"device_type", "display_name", "mac_address", "status"} {
				if before[name] != phone[name] {
					t.Errorf("%s of the shared phone %s: %v and %v", name, id, before[name], phone[name])
				}
			}
		}
	}
	if shared == 0 {
		t.Error("no desk phone is shared")
	}
}

// withoutUnknown drops the fields of elements that differ by design.
func withoutUnknown(v any) any {
	list, _ := v.([]any)
	for _, element := range list {
		object, _ := element.(map[string]any)
		for name := range object {
			if strings.HasPrefix(name, "x_") {
				delete(object, name)
			}
		}
	}
	return v
}

func decode(t *testing.T, a *zoomtest.Account, id, kind string) map[string]any {
	t.Helper()
	doc, ok := a.Document(id, kind)
	if !ok {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
