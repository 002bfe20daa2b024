package sync

import (
	"reflect"
	"slices"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// The projections are pure: the rows of a document follow from that document, whatever
// the order of its unordered elements, and the list of paths alone. "" and what is absent
// or of an unexpected type is NULL; text is kept as sent. Elements that Zoom repeats
// become one row, here or in the store.

// project gives a user the rows of one document.
func project(u *db.User, kind db.Document, v value, s *shape) {
	switch kind {
	case db.DocumentList:
		u.List = listRow(v)
	case db.DocumentProfile:
		u.Profile = profileRow(v, s)
	case db.DocumentSettings:
		u.Settings = settingsRow(v)
	case db.DocumentUserSettings:
		u.UserSettings = userSettingsRow(v, s)
	}
}

// listRow projects a user's element of the phone user list.
func listRow(v value) *db.ListRow {
	return &db.ListRow{
		PhoneUserID:      v.get("phone_user_id").str(),
		Email:            v.get("email").str(),
		Name:             v.get("name").str(),
		Status:           v.get("status").str(),
		ActivationStatus: v.get("activation_status").str(),
		ExtensionID:      v.get("extension_id").str(),
		ExtensionNumber:  v.get("extension_number").extension(),
		SiteID:           v.get("site", "id").str(),
		SiteName:         v.get("site", "name").str(),
		Department:       v.get("department").str(),
		CostCenter:       v.get("cost_center").str(),
		PhoneNumbers:     phoneNumbers(v.get("phone_numbers")),
		CallingPlans:     callingPlans(v.get("calling_plans")),
	}
}

// phoneNumbers gives a number a row. An element that another one says as much as,
// or more, is left out, whatever their order.
func phoneNumbers(list value) []db.PhoneNumber {
	var elements, numbers []db.PhoneNumber
	for _, v := range list.items {
		n := db.PhoneNumber{ID: v.get("id").str(), Number: v.get("number").str()}
		n.NumberE164 = e164(text(n.Number))
		elements = append(elements, n)
	}
	for i, n := range elements {
		isSaid := func(other db.PhoneNumber) bool { return says(other.ID, n.ID) && says(other.Number, n.Number) }
		poorer := func(other db.PhoneNumber) bool {
			return isSaid(other) && (n.ID == nil && other.ID != nil || n.Number == nil && other.Number != nil)
		}
		nothing := n.ID == nil && n.Number == nil
		if !nothing && !slices.ContainsFunc(elements[:i], isSaid) && !slices.ContainsFunc(elements[i+1:], poorer) {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// says reports whether a gives all that b gives.
func says(a, b *string) bool { return b == nil || a != nil && *a == *b }

func callingPlans(list value) []db.CallingPlan {
	var plans []db.CallingPlan
	for _, v := range list.items {
		plan := db.CallingPlan{
			Type:                    v.get("type").integer(),
			Name:                    v.get("name").str(),
			BillingAccountID:        v.get("billing_account_id").str(),
			BillingAccountName:      v.get("billing_account_name").str(),
			BillingSubscriptionID:   v.get("billing_subscription_id").str(),
			BillingSubscriptionName: v.get("billing_subscription_name").str(),
		}
		repeated := slices.ContainsFunc(plans, func(p db.CallingPlan) bool { return reflect.DeepEqual(p, plan) })
		if plan != (db.CallingPlan{}) && !repeated {
			plans = append(plans, plan)
		}
	}
	return plans
}

// elements projects each element of an array. One that fills no column is left out.
func elements[T comparable](list value, project func(value) T) []T {
	var rows []T
	var empty T
	for _, v := range list.items {
		if row := project(v); row != empty {
			rows = append(rows, row)
		}
	}
	return rows
}

// siteRow projects an element of the site list.
func siteRow(id string, doc document) db.Site {
	v, receptionist := doc.value, doc.value.get("main_auto_receptionist")
	return db.Site{
		ID:                                  id,
		Name:                                v.get("name").str(),
		SiteCode:                            v.get("site_code").integer(),
		Level:                               v.get("level").str(),
		CountryCode:                         v.get("country", "code").str(),
		CountryName:                         v.get("country", "name").str(),
		MainAutoReceptionistID:              receptionist.get("id").str(),
		MainAutoReceptionistName:            receptionist.get("name").str(),
		MainAutoReceptionistExtensionID:     receptionist.get("extension_id").str(),
		MainAutoReceptionistExtensionNumber: receptionist.get("extension_number").extension(),
		Body:                                doc.body,
		Digest:                              doc.full,
	}
}

// pendingStatus is the status of users that have the Workplace license but not
// Zoom Phone: they are listed and have no phone documents.
const pendingStatus = zoom.StatusPending

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
