package db_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

func TestFilled_and_Emptied(t *testing.T) {
	t.Parallel()
	policies := func(all ...db.Policy) db.User { return db.User{Profile: &db.ProfileRow{Policies: all}} }
	sms, fax := db.Policy{Name: "sms", Enabled: new(true)}, db.Policy{Name: "fax", Enabled: new(true), Locked: new(false)}
	for name, test := range map[string]struct {
		document      db.Document
		before, after db.User
		filled        []string // before
		emptied       []string
	}{
		"a column of one row a user": {
			document: db.DocumentList,
			before:   db.User{List: &db.ListRow{Name: new("Ann"), Department: new("Sales")}},
			after:    db.User{List: &db.ListRow{Name: new("Anna")}},
			filled:   []string{"user_list", "user_list.department", "user_list.name"},
			emptied:  []string{"user_list.department"},
		},
		"a table, and not its columns too": {
			document: db.DocumentList,
			before:   db.User{List: &db.ListRow{PhoneNumbers: []db.PhoneNumber{{Number: new("1")}, {ID: new("n")}}}},
			after:    db.User{List: &db.ListRow{}},
			filled:   []string{"phone_numbers", "phone_numbers.number", "phone_numbers.phone_number_id", "user_list"},
			emptied:  []string{"phone_numbers"},
		},
		"a column in all rows": {
			document: db.DocumentList,
			before:   db.User{List: &db.ListRow{PhoneNumbers: []db.PhoneNumber{{Number: new("1")}, {ID: new("n")}}}},
			after:    db.User{List: &db.ListRow{PhoneNumbers: []db.PhoneNumber{{ID: new("n")}}}},
			filled:   []string{"phone_numbers", "phone_numbers.number", "phone_numbers.phone_number_id", "user_list"},
			emptied:  []string{"phone_numbers.number"},
		},
		"a kind of rows, and a column of another": {
			document: db.DocumentProfile,
			before:   policies(sms, fax),
			after:    policies(db.Policy{Name: "fax", Enabled: new(false)}),
			filled:   []string{"policies", "policies[fax]", "policies[fax].enabled", "policies[fax].locked", "policies[sms]", "policies[sms].enabled", "user_profile"},
			emptied:  []string{"policies[fax].locked", "policies[sms]"},
		},
		"kinds with odd names": {
			document: db.DocumentProfile,
			before:   policies(db.Policy{Name: "a.b[c]", Enabled: new(true)}, sms),
			after:    policies(sms),
			filled:   []string{"policies", "policies[a.b[c]]", "policies[a.b[c]].enabled", "policies[sms]", "policies[sms].enabled", "user_profile"},
			emptied:  []string{"policies[a.b[c]]"},
		},
		"nothing": {
			document: db.DocumentList,
			before:   db.User{List: &db.ListRow{Name: new("Ann")}},
			after:    db.User{List: &db.ListRow{Name: new("Ben"), Email: new("b@example.com")}},
			filled:   []string{"user_list", "user_list.name"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, err := db.Filled(&test.before, test.document)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.filled, slices.Sorted(maps.Keys(before))); diff != "" {
				t.Errorf("filled (-want +got):\n%s", diff)
			}
			after, err := db.Filled(&test.after, test.document)
			if err != nil {
				t.Fatal(err)
			}
			emptied := db.Emptied(before, after)
			slices.Sort(emptied)
			if diff := cmp.Diff(test.emptied, emptied); diff != "" {
				t.Errorf("emptied (-want +got):\n%s", diff)
			}
		})
	}
}
