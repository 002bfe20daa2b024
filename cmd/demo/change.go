package main

import (
	"errors"

	"syncd/internal/zoom/zoomtest"
)

// lastChanged is the highest position of a user whom change changes.
const lastChanged = 190

// change lets happen in a simulated account what a quarter brings in a real one.
// Users are named by their position; kim.35@example.com is the one whose changes
// the cookbook asks for. No step leaves anything to chance: the results in the
// cookbook follow from it.
func change(a *zoomtest.Account) error {
	users := a.Users()
	var faults []error
	set := func(user int, kind, path string, value any) {
		faults = append(faults, a.Set(users[user].ID, kind, path, value))
	}
	add := func(user int, kind, list string, element map[string]any) {
		faults = append(faults, a.Change(users[user].ID, kind, func(doc map[string]any) {
			object := doc
			if policy, ok := doc["policy"].(map[string]any); ok {
				object = policy
			}
			elements, _ := object[list].([]any)
			object[list] = append(elements, element)
		}))
	}

	// One person changes departments, gets other rights and an assistant for the voicemail, and moves house.
	for _, kind := range []string{zoomtest.List, zoomtest.Profile} {
		set(35, kind, "department", "Sales")
		set(35, kind, "cost_center", "0042")
	}
	set(35, zoomtest.Profile, "policy.auto_call_recording.enable", false)
	set(35, zoomtest.Profile, "policy.auto_call_recording.locked_by", "site")
	set(35, zoomtest.Profile, "policy.international_calling", false)
	set(35, zoomtest.Profile, "emergency_address.city", "Boston")
	add(35, zoomtest.Profile, "voicemail_access_members", map[string]any{
		"access_user_id": users[44].ID, "shared_id": "vSlMKkUaT3mWbcyH9dPqRA", "allow_download": true, "allow_delete": false, "allow_sharing": false,
	})

	// Three leave, one is deactivated, two come.
	a.Remove(users[38].ID, users[89].ID, users[190].ID)
	a.SetStatus(zoomtest.Deactivated, users[22].ID)
	a.Add(2)

	// One moves to another site, with everything that says so.
	site := a.Sites()[2]
	set(36, zoomtest.List, "site", map[string]any{"id": site.ID, "name": site.Name})
	set(36, zoomtest.Profile, "site_id", site.ID)

	// An administrator locks what somebody has.
	set(60, zoomtest.Profile, "policy.sms.locked", true)

	// An administrator takes a policy from some, and gives an extension number twice.
	for _, user := range []int{19, 58, 87, 102} {
		set(user, zoomtest.Profile, "policy.international_calling", false)
	}
	for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings} {
		set(48, kind, "extension_number", 841)
	}

	// Somebody may call under the company's number, and Zoom sends an area code as a number.
	add(47, zoomtest.Settings, "outbound_caller_ids", map[string]any{"number": "+442079460000", "name": "Reception", "is_default": false})
	set(50, zoomtest.Settings, "area_code", 250)
	return errors.Join(faults...)
}
