package sync

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

func TestListRow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		want       db.ListRow
	}{
		{
			"every_column_from_its_path", `{
				"id":"u1","phone_user_id":"p1","email":"a@example.com","name":" Ann  Ódór ","status":"activate","activation_status":"ready to activate",
				"extension_id":"e1","extension_number":1001,"site":{"id":"s1","name":"Main"},"department":"Sales","cost_center":"42",
				"phone_numbers":[{"id":"n1","number":"+15550100001"}],
				"calling_plans":[{"type":200,"name":"US unlimited","billing_account_id":"b1","billing_account_name":"B","billing_subscription_id":"c1","billing_subscription_name":"C"}]}`,
			db.ListRow{
				PhoneUserID: new("p1"), Email: new("a@example.com"), Name: new(" Ann  Ódór "), Status: new("activate"), ActivationStatus: new("ready to activate"),
				ExtensionID: new("e1"), ExtensionNumber: new(int64(1001)), SiteID: new("s1"), SiteName: new("Main"), Department: new("Sales"), CostCenter: new("42"),
				PhoneNumbers: []db.PhoneNumber{{ID: new("n1"), Number: new("+15550100001"), NumberE164: new("+15550100001")}},
				CallingPlans: []db.CallingPlan{{
					Type: new(int64(200)), Name: new("US unlimited"), BillingAccountID: new("b1"), BillingAccountName: new("B"),
					BillingSubscriptionID: new("c1"), BillingSubscriptionName: new("C"),
				}},
			},
		},
		{"nothing_is_known", `{}`, db.ListRow{}},
		{
			"empty_texts_and_nulls_are_NULL",
			`{"phone_user_id":"","email":"","name":"","status":null,"activation_status":"","extension_id":"","extension_number":"","site":{"id":"","name":""},
				"department":"","cost_center":null,"phone_numbers":[],"calling_plans":null}`,
			db.ListRow{},
		},
		{
			"values_of_unexpected_types_are_NULL",
			`{"phone_user_id":1,"email":["a@example.com"],"name":{"first":"Ann"},"status":true,"activation_status":0,"extension_id":1.5,"extension_number":1001.5,
				"site":"s1","department":false,"cost_center":42,"phone_numbers":{"id":"n1"},"calling_plans":"200"}`,
			db.ListRow{},
		},
		{
			"columns_of_an_older_interface_are_not_read",
			`{"site_id":"s1","site_name":"Main","Email":"a@example.com"}`,
			db.ListRow{},
		},
		{"extension_number_as_text", `{"extension_number":"0042"}`, db.ListRow{ExtensionNumber: new(int64(42))}},
		{"extension_number_beyond_64_bits", `{"extension_number":9223372036854775808}`, db.ListRow{}},
		{"extension_number_beyond_64_bits_as_text", `{"extension_number":"99999999999999999999"}`, db.ListRow{}},
		{
			"repeated_numbers_are_one_row",
			`{"phone_numbers":[{"id":"n1","number":"+15550100001"},{"id":"n2","number":"+15550100001"},{"id":"n1","number":"+1 555 0100001"},
				{"number":"15550100001"},{"number":"15550100001"},{"id":"","number":"15550100001"},{"id":"number 15550100001"}]}`,
			db.ListRow{PhoneNumbers: []db.PhoneNumber{
				{ID: new("n1"), Number: new("+15550100001"), NumberE164: new("+15550100001")},
				{ID: new("n2"), Number: new("+15550100001"), NumberE164: new("+15550100001")},
				{ID: new("n1"), Number: new("+1 555 0100001"), NumberE164: new("+15550100001")},
				{Number: new("15550100001"), NumberE164: new("+15550100001")},
				{ID: new("number 15550100001")},
			}},
		},
		{
			"the_element_that_says_more_wins_whatever_the_order",
			`{"phone_numbers":[{"id":"a"},{"number":"1"},{"id":"a","number":"1"},{"id":"b","number":"2"},{"id":"b"},{"number":"2"}]}`,
			db.ListRow{PhoneNumbers: []db.PhoneNumber{{ID: new("a"), Number: new("1")}, {ID: new("b"), Number: new("2")}}},
		},
		{
			"numbers_with_something_to_say_are_kept",
			`{"phone_numbers":[{},null,"+15550100001",{"id":1,"number":2},{"id":"n1","number":15550100001},{"number":"ext. 7"}]}`,
			db.ListRow{PhoneNumbers: []db.PhoneNumber{{ID: new("n1")}, {Number: new("ext. 7")}}},
		},
		{
			"repeated_plans_are_one_row",
			`{"calling_plans":[{"type":200,"name":"A"},{"type":200,"name":"B"},{"name":"A","type":200},{"type":200,"name":"A","unknown":1}]}`,
			db.ListRow{CallingPlans: []db.CallingPlan{{Type: new(int64(200)), Name: new("A")}, {Type: new(int64(200)), Name: new("B")}}},
		},
		{
			"plans_with_something_to_say_are_kept",
			`{"calling_plans":[{},null,200,{"type":"200"},{"type":"300","name":"A"}]}`,
			db.ListRow{CallingPlans: []db.CallingPlan{{Name: new("A")}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(&test.want, listRow(mustParse(t, test.body))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestUserSettingsRow_sorts_sets(t *testing.T) {
	t.Parallel()
	const body = `{"feature":{"zoom_events_unlimited_capacities":[1000,100,5e2,100,"x",-1]},"in_meeting":{"data_center_regions":["US","EU"],"order":["b","a"],
		"virtual_background_settings":{"files":[{"name":"b"},{"name":"a"}]}}}`
	got := userSettingsRow(mustParse(t, body), shapes()[db.DocumentUserSettings])
	want := map[string]string{
		"zoom_events_unlimited_capacities": `[-1,100,500,1000,"x"]`,
		"data_center_regions":              `["EU","US"]`,
		"order":                            `["b","a"]`,
		"virtual_background_settings":      `{"files":[{"name":"a"},{"name":"b"}]}`,
	}
	for _, s := range got.Settings {
		if string(s.Value) != want[s.Setting] {
			t.Errorf("%s is %s, want %s", s.Setting, s.Value, want[s.Setting])
		}
	}
}

// What the columns that hold a value whole say does not depend on an order that means
// nothing: a rebuild of what is stored gives what a fresh mirror has.
func TestProjection_of_any_order(t *testing.T) {
	t.Parallel()
	arrangedOnce := false
	for kind, s := range shapes() {
		for seed := range uint64(300) {
			random := generator{rand.New(rand.NewPCG(seed, 5))}
			body := random.object(s, 5)
			var one, other db.User
			project(&one, kind, body, s)
			project(&other, kind, mustParse(t, string(appendJSON(nil, random.shuffled(body, s)))), s)
			if kind == db.DocumentProfile {
				arrangedOnce = withoutArranged(&one) || arrangedOnce
				withoutArranged(&other)
				if diff := cmp.Diff(one.Profile.Policies, other.Profile.Policies); diff != "" {
					t.Fatalf("seed %d: the order decides over the policies of\n%s\n%s", seed, appendJSON(nil, body), diff)
				}
			}
			if kind == db.DocumentUserSettings {
				if diff := cmp.Diff(one.UserSettings, other.UserSettings); diff != "" {
					t.Fatalf("seed %d: the order decides over the settings of\n%s\n%s", seed, appendJSON(nil, body), diff)
				}
			}
		}
	}
	if !arrangedOnce {
		t.Error("no policy was arranged")
	}
}

// withoutArranged takes off what a document has otherwise arranged, and tells whether
// there was any.
func withoutArranged(u *db.User) (any bool) {
	for i := range u.Profile.Policies {
		any = any || u.Profile.Policies[i].Arranged != nil
		u.Profile.Policies[i].Arranged = nil
	}
	return any
}

func TestSiteRow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		want       db.Site
	}{
		{
			"every_column_from_its_path",
			`{"id":"s1","name":"Main","site_code":7,"level":"main","country":{"code":"US","name":"United States"},
				"main_auto_receptionist":{"id":"r1","name":"Front desk","extension_id":"e1","extension_number":800}}`,
			db.Site{
				Name: new("Main"), SiteCode: new(int64(7)), Level: new("main"), CountryCode: new("US"), CountryName: new("United States"),
				MainAutoReceptionistID: new("r1"), MainAutoReceptionistName: new("Front desk"),
				MainAutoReceptionistExtensionID: new("e1"), MainAutoReceptionistExtensionNumber: new(int64(800)),
			},
		},
		{"nothing_is_known", `{}`, db.Site{}},
		{"values_of_unexpected_types_are_NULL", `{"name":7,"site_code":"7","level":null,"country":"US","main_auto_receptionist":[{"id":"r1"}]}`, db.Site{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			doc := mustRead(t, newReader(), "", test.body)
			test.want.ID, test.want.Body, test.want.Digest = "s1", doc.body, doc.full
			if diff := cmp.Diff(test.want, siteRow("s1", doc)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
