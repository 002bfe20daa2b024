package zoomtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// editor carries out one write on one user; its methods run under the account's lock.
type editor struct {
	account *Account
	index   int
	kind    int // position in accessKinds; -1 when the write is not about grants
}

// change edits a document, which the caller has seen to exist.
func (e *editor) change(kind string, edit func(doc map[string]any)) {
	_ = e.account.change(e.index, kind, edit)
}

func (e *editor) document(kind string) map[string]any {
	doc, _ := e.account.render(e.index, e.account.states[e.index], kind)
	return decode(doc)
}

func (e *editor) post(setting string, in *request) reply {
	switch setting {
	case "delegation":
		return e.addAssistant(in.AssistantExtensionID)
	case "desk_phone":
		if in.DeviceID == "" {
			return invalid("Validation Failed.")
		}
		device := map[string]any{"id": in.DeviceID, "display_name": "added", "device_type": "Poly VVX 450", "status": "offline"}
		e.change(Settings, func(doc map[string]any) { appendTo(doc, []string{"desk_phone", "devices"}, device) })
		return jsonReply(http.StatusCreated, []byte("{}"))
	case "intercom":
		return invalid("Validation Failed.") // no field of the request is about it
	}
	return e.addGrants(in.members(e.kind))
}

func (e *editor) addAssistant(extensionID string) reply {
	a := e.account
	if extensionID == "" {
		return invalid("Delegation assistant is required.")
	}
	other, ok := a.minter.position(idExtension, extensionID)
	if !ok || other >= a.count || a.states[other].removed {
		return invalid("User delegation assistant does not exist: " + extensionID + ".")
	}
	p := a.person(other, "")
	e.change(Settings, func(doc map[string]any) {
		appendTo(doc, []string{"delegation", "assistants"}, map[string]any{
			"id": p.id, "extension_id": p.extensionID, "extension_number": p.extension, "extension_type": "user", "display_name": p.name,
		})
	})
	return jsonReply(http.StatusCreated, encode(map[string]any{"delegation": e.document(Settings)["delegation"]}))
}

// addGrants writes grants to the profile and to their twin in the settings.
func (e *editor) addGrants(members []member) reply {
	a, names := e.account, accessKinds()[e.kind]
	if len(members) == 0 || len(members) > []int{10, 20, 20}[e.kind] {
		return invalid("Validation Failed.")
	}
	policy := []string{"policy", names[0]}
	held, _ := at(e.document(Profile), policy).([]any)
	for _, m := range members {
		index, found := a.lookup(m.UserID)
		_, isArea := a.minter.position(idCommonArea, m.UserID)
		switch {
		case (!found || a.states[index].removed) && !isArea:
			return invalid("Invalid user id.")
		case slices.ContainsFunc(held, func(g any) bool { return at(g, []string{"access_user_id"}) == m.UserID }):
			return invalid("Voicemail has already been shared to the user.")
		}
	}
	created := make([]any, 0, len(members))
	for _, m := range members {
		id := a.nonce()
		created = append(created, e.grant(m, id, names[0]))
		e.change(Profile, func(doc map[string]any) { appendTo(doc, policy, e.grant(m, id, names[0])) })
		e.change(Settings, func(doc map[string]any) { appendTo(doc, []string{names[1]}, e.grant(m, id, names[1])) })
	}
	return jsonReply(http.StatusCreated, encode(map[string]any{names[0]: created}))
}

// grant writes a member under the field names that the array called list uses.
func (e *editor) grant(m member, sharedID, list string) map[string]any {
	yes := func(b *bool) bool { return b != nil && *b }
	g := map[string]any{"access_user_id": m.UserID, "shared_id": sharedID}
	if list == "voice_mail" {
		g["access_user_type"], g["delete"], g["download"] = orDefault(m.UserType, "user"), yes(m.AllowDelete), yes(m.AllowDownload)
		return g
	}
	g["allow_delete"], g["allow_download"] = yes(m.AllowDelete), yes(m.AllowDownload)
	if list == "voicemail_access_members" {
		g["allow_sharing"] = yes(m.AllowSharing)
	}
	return g
}

func (e *editor) patch(setting string, in *request) reply {
	done := reply{status: http.StatusNoContent, header: http.Header{}}
	switch {
	case setting == "delegation" && in.Delegation != nil:
		return e.patchDelegation(in, done)
	case setting == "desk_phone" && in.DeskPhone != nil:
		e.change(Settings, func(doc map[string]any) { patchDesk(doc, in) })
		return done
	case setting == "intercom" && in.Intercom != nil:
		found := false
		e.change(Settings, func(doc map[string]any) {
			found = edit(doc, []string{"intercom", "audio_intercoms"}, "extension_id", in.Intercom.ExtensionID, func(g map[string]any) {
				g["device_id"] = in.Intercom.DeviceID
			})
		})
		if found {
			return done
		}
	case e.kind >= 0:
		return e.patchGrants(in.members(e.kind), done)
	}
	return invalid("Validation Failed.")
}

func (e *editor) patchDelegation(in *request, done reply) reply {
	var privacy bool
	d := in.Delegation
	held, _ := at(e.document(Settings), []string{"delegation", "assistants"}).([]any)
	switch {
	case d.Privacy != nil && json.Unmarshal(d.Privacy, &privacy) != nil:
		return invalid("Delegation privacy error.")
	case len(d.Privileges) > 10 || slices.ContainsFunc(d.Privileges, func(p int) bool { return p < 1 || p > 8 }):
		return invalid("Delegation privileges error.")
	case len(held) == 0:
		return invalid("Delegation assistants do not exist.")
	}
	e.change(Settings, func(doc map[string]any) {
		if d.Privacy != nil {
			put(doc, []string{"delegation", "privacy"}, privacy)
		}
		if d.Privileges != nil {
			put(doc, []string{"delegation", "privileges"}, d.Privileges)
		}
		if d.Locked != nil {
			put(doc, []string{"delegation", "locked"}, *d.Locked)
		}
	})
	return done
}

func patchDesk(doc map[string]any, in *request) {
	d := in.DeskPhone
	if d.PIN != nil {
		put(doc, []string{"desk_phone", "pin_code"}, *d.PIN)
	}
	if d.ScreenLock != nil {
		put(doc, []string{"desk_phone", "phone_screen_lock"}, *d.ScreenLock)
	}
	for _, device := range d.Devices {
		edit(doc, []string{"desk_phone", "devices"}, "id", device.ID, func(held map[string]any) { held["policy"] = device.Policy })
	}
}

func (e *editor) patchGrants(members []member, done reply) reply {
	names := accessKinds()[e.kind]
	for _, m := range members {
		found := false
		update := func(kind, list string, path ...string) {
			e.change(kind, func(doc map[string]any) {
				found = edit(doc, path, "shared_id", m.SharedID, func(held map[string]any) {
					if m.UserID == "" {
						m.UserID, _ = held["access_user_id"].(string)
					}
					maps.Copy(held, e.grant(m, m.SharedID, list))
				}) || found
			})
		}
		update(Profile, names[0], "policy", names[0])
		update(Settings, names[1], names[1])
		if !found {
			return invalid("Validation Failed.")
		}
	}
	return done
}

// remove answers DELETE: the query names what goes.
func (e *editor) remove(setting string, query url.Values) reply {
	found := false
	drop := func(kind string, path []string, key, parameter string) {
		e.change(kind, func(doc map[string]any) {
			list, _ := at(doc, path).([]any)
			rest := slices.DeleteFunc(slices.Clone(list), func(g any) bool {
				return query.Get(parameter) != "" && at(g, []string{key}) == query.Get(parameter)
			})
			if len(rest) < len(list) {
				found = true
				put(doc, path, rest)
			}
		})
	}
	switch setting {
	case "delegation":
		drop(Settings, []string{"delegation", "assistants"}, "extension_id", "assistant_extension_id")
	case "desk_phone":
		drop(Settings, []string{"desk_phone", "devices"}, "id", "device_id")
	case "intercom":
		drop(Settings, []string{"intercom", "audio_intercoms"}, "extension_id", "intercom_extension_id")
	default:
		drop(Profile, []string{"policy", accessKinds()[e.kind][0]}, "shared_id", "shared_id")
		drop(Settings, []string{accessKinds()[e.kind][1]}, "shared_id", "shared_id")
	}
	if !found {
		return invalid("Validation Failed.")
	}
	return reply{status: http.StatusNoContent, header: http.Header{}}
}

// appendTo adds an element to the array at a path, which is made when it is missing.
func appendTo(doc map[string]any, path []string, element any) {
	list, _ := at(doc, path).([]any)
	put(doc, path, append(slices.Clone(list), element))
}

// edit changes the elements of an array whose key has the value, and says whether there is one.
func edit(doc map[string]any, path []string, key, value string, change func(element map[string]any)) (found bool) {
	list, _ := at(doc, path).([]any)
	for _, element := range list {
		if held, ok := element.(map[string]any); ok && value != "" && held[key] == value {
			change(held)
			found = true
		}
	}
	return found
}
