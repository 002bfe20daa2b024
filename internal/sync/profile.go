package sync

import (
	"slices"

	"syncd/internal/db"
)

// profileRow projects the phone profile.
func profileRow(v value) *db.ProfileRow {
	policy := v.get("policy")
	return &db.ProfileRow{
		SiteAdmin: v.get("site_admin").boolean(),
		Policies:  policies(policy),
		SharedAccess: slices.Concat(
			sharedAccess(policy.get("voicemail_access_members"), db.KindVoicemail, "allow_download", "allow_delete"),
			sharedAccess(policy.get("auto_call_recording_access_members"), db.KindAutoCallRecording, "allow_download", "allow_delete"),
			sharedAccess(policy.get("ad_hoc_call_recording_access_members"), db.KindAdHocCallRecording, "allow_download", "allow_delete"),
		),
		EmergencyAddresses: elements(value{kind: '[', items: []value{v.get("emergency_address")}}, emergencyAddress),
	}
}

// policies gives every member of the profile's policy, whatever its name, but the
// lists of shared access.
func policies(policy value) []db.Policy {
	var all []db.Policy
	for _, m := range policy.members {
		if !isAccessList(m.name) {
			all = append(all, policyRow(m.name, m.value))
		}
	}
	return all
}

func isAccessList(name string) bool {
	switch name {
	case "voicemail_access_members", "auto_call_recording_access_members", "ad_hoc_call_recording_access_members":
		return true
	}
	return false
}

// policyRow projects one policy: of an object the columns and the rest, true and
// false by themselves, and any other value as it is.
func policyRow(name string, v value) db.Policy {
	switch v.kind {
	case '{':
		return db.Policy{
			Name:     name,
			Enabled:  v.get("enable").boolean(),
			Locked:   v.get("locked").boolean(),
			LockedBy: v.get("locked_by").str(),
			Modified: v.get("modified").boolean(),
			Detail:   policyDetail(v),
		}
	case 't', 'f':
		return db.Policy{Name: name, Enabled: v.boolean()}
	case 'n':
		return db.Policy{Name: name}
	default:
		return db.Policy{Name: name, Detail: appendJSON(nil, v)}
	}
}

// policyDetail is what a policy says that has no column, nil when that is nothing.
func policyDetail(v value) []byte {
	rest := value{kind: '{'}
	for _, m := range v.members {
		switch m.name {
		case "enable", "locked", "locked_by", "modified":
		default:
			rest.members = append(rest.members, m)
		}
	}
	if len(rest.members) == 0 {
		return nil
	}
	return appendJSON(nil, rest)
}

// sharedAccess projects a list of grants. The settings call the rights by other
// names than the profile, for voicemail.
func sharedAccess(list value, kind, download, del string) []db.SharedAccess {
	grants := elements(list, func(v value) db.SharedAccess {
		return db.SharedAccess{
			AccessUserID:   v.get("access_user_id").str(),
			AllowDownload:  v.get(download).boolean(),
			AllowDelete:    v.get(del).boolean(),
			AllowSharing:   v.get("allow_sharing").boolean(),
			SharedID:       v.get("shared_id").str(),
			AccessUserType: v.get("access_user_type").str(),
		}
	})
	for i := range grants {
		grants[i].Kind = kind
	}
	return grants
}

func emergencyAddress(v value) db.EmergencyAddress {
	return db.EmergencyAddress{
		ID:           v.get("id").str(),
		AddressLine1: v.get("address_line1").str(),
		AddressLine2: v.get("address_line2").str(),
		City:         v.get("city").str(),
		StateCode:    v.get("state_code").str(),
		Zip:          v.get("zip").str(),
		Country:      v.get("country").str(),
	}
}
