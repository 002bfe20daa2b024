package sync

import (
	"regexp"
	"strings"
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

func TestE164(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+15550100001":            "+15550100001",
		"15550100001":             "+15550100001",
		"+1 (555) 010-0001":       "+15550100001",
		"+1.555.010.0001":         "+15550100001",
		"+44\u00a020 7946 0000":   "+442079460000",
		" +15550100001\t":         "+15550100001",
		"+123456789012345":        "+123456789012345", // 15 digits
		"+2901234":                "+2901234",         // 7 digits
		"+1234567890123456":       "",                 // 16 digits
		"1234567890123456":        "",
		"123456":                  "", // an extension
		"+911":                    "",
		"112":                     "",
		"":                        "",
		"+":                       "",
		" ":                       "",
		"00442079460000":          "", // the prefix differs from country to country
		"02079460000":             "",
		"+02079460000":            "",
		"(555) 010-0001":          "", // national: of which country?
		"555-010-0001":            "",
		"++15550100001":           "",
		"+1+5550100001":           "",
		"15550100001+":            "",
		"+1555FLOWERS":            "",
		"+15550100001 ext. 5":     "",
		"tel:+15550100001":        "",
		"sip:15550100001@example": "",
		"+1555****001":            "",
		"+١٥٥٥٠١٠٠٠٠١":            "",
		"１５５５０１０００１":              "",
		"+1555\x000100001":        "",
		"null":                    "",
	} {
		if got := text(e164(number)); got != want {
			t.Errorf("%q: got %q, want %q", number, got, want)
		}
	}
}

// FuzzE164 holds that what comes out is a number of the E.164 form with the very
// digits that went in, and that such a number stays as it is.
func FuzzE164(f *testing.F) {
	for _, seed := range []string{"", "+15550100001", "15550100001", "+1 (555) 010-0001", "00442079460000", "+911", "１５５５"} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
	}
	f.Fuzz(func(t *testing.T, number string) {
		got := e164(number)
		if got == nil {
			return
		}
		if !form.MatchString(*got) || digits(*got) != digits(number) {
			t.Fatalf("%q became %q", number, *got)
		}
		if again := text(e164(*got)); again != *got {
			t.Fatalf("%q became %q", *got, again)
		}
	})
}
