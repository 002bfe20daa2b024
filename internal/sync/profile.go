package sync

import (
	"slices"

	"syncd/internal/db"
)

// profileRow projects the phone profile.
func profileRow(v value, s *shape) *db.ProfileRow {
	policy := v.get("policy")
	return &db.ProfileRow{
		SiteAdmin: v.get("site_admin").boolean(),
		Policies:  policies(policy, s.member("policy")),
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
func policies(policy value, s *shape) []db.Policy {
	var all []db.Policy
	labelled := s.labelsPersonal(policy.members)
	for _, m := range policy.members {
		if !isAccessList(m.name) {
			all = append(all, policyRow(m, s, labelled))
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

// policyRow projects one policy, a member of s: of an object the columns and the
// rest, true and false by themselves, and any other value as it is.
func policyRow(m member, s *shape, labelled bool) db.Policy {
	v, row := m.value, db.Policy{Name: m.name}
	switch v.kind {
	case '{':
		row.Enabled, row.Locked = v.get("enable").boolean(), v.get("locked").boolean()
		row.LockedBy, row.Modified = v.get("locked_by").str(), v.get("modified").boolean()
		if m.value = policyDetail(v); len(m.value.members) > 0 {
			row.Detail, row.Arranged = arranged(m.value, s.of(&m))
		}
	case 't', 'f':
		row.Enabled = v.boolean()
	case 'n':
	default:
		row.Detail, row.Arranged = arranged(v, s.of(&m))
	}
	row.Personal = s.holdsPersonalMember(&m, labelled)
	return row
}

// arranged is a value as it is shown, and what of it the document has otherwise arranged:
// of an object the members in which arrays are, else all of it; nil for nothing.
func arranged(v value, s *shape) (all, differs []byte) {
	whole := canonical{form: shown}
	whole.append(v, s)
	if !whole.arranged {
		return whole.dst, nil
	}
	if v.kind != '{' {
		return whole.dst, whole.dst
	}
	some := value{kind: '{'}
	for _, m := range v.members {
		part := canonical{form: shown}
		if part.append(m.value, s.of(&m)); part.arranged {
			some.members = append(some.members, m)
		}
	}
	return whole.dst, appendCanonical(nil, some, s, shown)
}

// policyDetail is what a policy says that has no column.
func policyDetail(v value) value {
	rest := value{kind: '{'}
	for _, m := range v.members {
		switch m.name {
		case "enable", "locked", "locked_by", "modified":
		default:
			rest.members = append(rest.members, m)
		}
	}
	return rest
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
