package zoomtest

import "encoding/json"

// The documents of a user.
const (
	List         = "list"          // a row of GET /phone/users
	Profile      = "profile"       // GET /phone/users/{id}
	Settings     = "settings"      // GET /phone/users/{id}/settings
	UserSettings = "user_settings" // GET /users/{id}/settings
)

// render makes a document as the user stands; ok is false when the account has none: a pending user has a row in the
// list and nothing else, a removed one nothing at all.
func (a *Account) render(index int, s state, kind string) (doc []byte, ok bool) {
	p := s.status
	if p == "" {
		p = a.firstStatus(index)
	}
	if s.removed || a.shapes[kind] == nil || p == Pending && kind != List {
		return nil, false
	}
	if doc, ok = s.docs[kind]; ok {
		return doc, true
	}
	w := &writer{
		account: a, person: a.person(index, s.status), rng: stream(a.opts.Seed, index, kind),
		choose: chooser(kind), plain: a.opts.Small, buf: make([]byte, 0, 512),
		drift: a.opts.Drift > 0 && unit(a.opts.Seed, index, "drift "+kind) < a.opts.Drift,
	}
	w.object(a.shapes[kind])
	return w.buf, true
}

func chooser(kind string) func(*writer, string) (choice, bool) {
	switch kind {
	case List:
		return chooseRow
	case Profile:
		return chooseProfile
	case Settings:
		return chooseSettings
	default:
		return chooseGeneral
	}
}

// chooseShared holds what the row and the profile say alike.
func chooseShared(w *writer, path string) (choice, bool) {
	p := w.person
	switch path {
	case "id":
		return given(p.id), true
	case "email":
		return given(p.email), true
	case "status":
		return given(p.status), true
	case "phone_user_id":
		return when(p.status != Pending, p.phoneUserID), true
	case "extension_id":
		return when(p.status != Pending, p.extensionID), true
	case "extension_number":
		return when(p.status != Pending, p.extension), true
	case "department":
		return when(p.hasDepartment, p.department), true
	case "cost_center":
		return when(p.hasCost, p.costCenter), true
	case "phone_numbers":
		return when(p.index%29 != 1 || len(p.numbers) > 0, elements(len(p.numbers))), true
	case "phone_numbers[].id":
		return given(p.numbers[w.here()].id), true
	case "phone_numbers[].number":
		return given(p.numbers[w.here()].digits), true
	case "calling_plans":
		return when(p.index%31 != 2 || len(p.plans) > 0, elements(len(p.plans))), true
	case "calling_plans[].type":
		return given(p.plans[w.here()].kind), true
	case "calling_plans[].name":
		return given(p.plans[w.here()].name), true
	case "calling_plans[].billing_account_id", "calling_plans[].billing_account_name":
		return choice{absent: p.site < 0 || places()[p.site].code != "IN"}, true
	case "calling_plans[].billing_subscription_id", "calling_plans[].billing_subscription_name":
		return choice{absent: p.index%10 != 4}, true
	}
	return choice{}, false
}

// chooseRow holds what only the list says: the name and the site's name.
func chooseRow(w *writer, path string) (choice, bool) {
	p := w.person
	switch path {
	case "name":
		return given(p.name), true
	case "site":
		return choice{absent: p.site < 0}, true
	case "site.id":
		return given(w.account.minter.id(idSite, p.site, 0)), true
	case "site.name":
		return given(w.account.sites.Load()[p.site]), true
	case "activation_status":
		if p.status == Pending {
			return given("not ready"), true
		}
		return choice{}, true
	}
	return chooseShared(w, path)
}

// chooseProfile holds what only the profile says.
func chooseProfile(w *writer, path string) (choice, bool) {
	p := w.person
	switch path {
	case "site_id":
		return when(p.site >= 0, w.account.minter.id(idSite, max(p.site, 0), 0)), true
	case "policy":
		return choice{}, true
	case "emergency_address.country":
		return given(places()[max(p.site, 0)].code), true
	case "emergency_address.city":
		if p.index%11 > 0 { // the others get whatever a text may be
			return when(p.index%13 > 0, places()[max(p.site, 0)].city), true
		}
	case "policy.call_park.forward_to.extension_number":
		return given(int64(p.index+1) * 7), true
	}
	if c, ok := chooseGrant(w, path, "policy.", false); ok {
		return c, true
	}
	return chooseShared(w, path)
}

// chooseGeneral holds what the general settings must have.
func chooseGeneral(w *writer, path string) (choice, bool) {
	p := w.person
	switch path {
	case "schedule_meeting", "feature":
		return choice{}, true
	case "feature.zoom_phone":
		return given(true), true
	case "schedule_meeting.pmi_password":
		return given(p.pmiPassword), true
	case "schedule_meeting.default_password_for_scheduled_meetings":
		return given(p.password), true
	case "in_meeting.allow_host_to_enable_focus_mode":
		// The one field whose default is documented as null.
		if p.index%3 == 0 {
			return given(json.RawMessage("null")), true
		}
	}
	return choice{}, false
}
