package db

import "encoding/json"

// ProfileRow holds the columns that come from the profile document. A nil pointer is NULL.
type ProfileRow struct {
	SiteAdmin *bool `json:"site_admin"`

	Policies           []Policy           `json:"-"`
	SharedAccess       []SharedAccess     `json:"-"`
	EmergencyAddresses []EmergencyAddress `json:"-"` // one, or none
}

// Policy is what a user may do in one respect, and who may change it.
type Policy struct {
	Name     string          `json:"policy"`
	Enabled  *bool           `json:"enabled"`
	Locked   *bool           `json:"locked"`
	LockedBy *string         `json:"locked_by"`
	Modified *bool           `json:"modified"`
	Detail   json.RawMessage `json:"detail"`   // what else Zoom says about it; nil is NULL
	Personal bool            `json:"personal"` // Detail, and a LockedBy that is no level, are for readers of zoom_pii only

	// Arranged is what of Detail has arrays that stand otherwise in the document: those members of an object, else all of
	// it; nil for nothing.
	Arranged json.RawMessage `json:"-"`
}

// The kinds of shared access.
const (
	KindVoicemail          = "voicemail"
	KindAutoCallRecording  = "auto_call_recording"
	KindAdHocCallRecording = "ad_hoc_call_recording"
)

// SharedAccess is one grant to another person, as one document tells of it. Equal elements become one row.
type SharedAccess struct {
	Kind           string  `json:"kind"`
	AccessUserID   *string `json:"access_user_id"`
	AllowDownload  *bool   `json:"allow_download"`
	AllowDelete    *bool   `json:"allow_delete"`
	AllowSharing   *bool   `json:"allow_sharing"`
	SharedID       *string `json:"shared_id"`
	AccessUserType *string `json:"access_user_type"`
}

// EmergencyAddress is where help is sent when the user calls the emergency number.
type EmergencyAddress struct {
	ID           *string `json:"address_id"`
	AddressLine1 *string `json:"address_line1"`
	AddressLine2 *string `json:"address_line2"`
	City         *string `json:"city"`
	StateCode    *string `json:"state_code"`
	Zip          *string `json:"zip"`
	Country      *string `json:"country"` // two letters
}
