package db

import "time"

// SettingsRow holds the columns that come from the settings document. A nil pointer is NULL.
type SettingsRow struct {
	SettingsStatus               *string `json:"settings_status"`
	AreaCode                     *string `json:"area_code"`
	CountryCode                  *string `json:"country_code"` // two letters
	CountryName                  *string `json:"country_name"`
	CountryCallingCode           *string `json:"country_calling_code"`
	CompanyNumber                *string `json:"company_number"`
	CompanyNumberE164            *string `json:"company_number_e164"`
	OutboundCallerNumber         *string `json:"outbound_caller_number"`
	OutboundCallerNumberE164     *string `json:"outbound_caller_number_e164"`
	PrimaryNumber                *string `json:"primary_number"`
	PrimaryNumberE164            *string `json:"primary_number_e164"`
	AudioPromptLanguage          *string `json:"audio_prompt_language"`
	DefaultTranscriptionLanguage *string `json:"default_transcription_language"`
	MusicOnHoldID                *string `json:"music_on_hold_id"`
	DelegationPrivacy            *bool   `json:"delegation_privacy"`
	DelegationPrivileges         []int64 `json:"delegation_privileges"` // sorted; nil is NULL
	DelegationLocked             *bool   `json:"delegation_locked"`
	PhoneScreenLock              *bool   `json:"phone_screen_lock"`
	IntercomDeviceID             *string `json:"intercom_device_id"`
	IntercomDeviceName           *string `json:"intercom_device_name"`
	SharedLineGroupsReceiveCalls *bool   `json:"shared_line_groups_receive_calls"`
	BusinessHourType             *int64  `json:"business_hour_type"`

	SharedAccess          []SharedAccess         `json:"-"` // the deprecated twins of the profile's
	Delegates             []Delegate             `json:"-"`
	Devices               []Device               `json:"-"`
	DeviceAddresses       []DeviceAddress        `json:"-"`
	OutboundCallerIDs     []OutboundCallerID     `json:"-"`
	Intercoms             []Intercom             `json:"-"`
	HolidayHours          []HolidayHours         `json:"-"`
	BreakHours            []BreakHours           `json:"-"`
	BusinessHours         []BusinessHours        `json:"-"`
	SharedLineAppearances []SharedLineAppearance `json:"-"`
	SharedLineGroups      []SharedLineGroup      `json:"-"`
}

// Equal elements of every list become one row.

// Delegate is an assistant who may make and take calls in the name of the user.
type Delegate struct {
	ExtensionID     *string `json:"extension_id"`
	ExtensionNumber *int64  `json:"extension_number"`
	ExtensionType   *string `json:"extension_type"`
	DisplayName     *string `json:"display_name"`
	DelegateID      *string `json:"delegate_id"`
}

// Device is a desk phone of the user.
type Device struct {
	ID          *string `json:"device_id"`
	DeviceType  *string `json:"device_type"`
	DisplayName *string `json:"display_name"`
	Status      *string `json:"status"` // volatile
	CallControl *string `json:"call_control"`
	HotDesking  *string `json:"hot_desking"`
}

// DeviceAddress is the network address of a desk phone.
type DeviceAddress struct {
	ID         *string `json:"device_id"`
	MACAddress *string `json:"mac_address"`
	PrivateIP  *string `json:"private_ip"` // volatile
	PublicIP   *string `json:"public_ip"`  // volatile
}

// OutboundCallerID is a number that the user can call under.
type OutboundCallerID struct {
	Number     *string `json:"number"` // as sent
	Name       *string `json:"name"`
	IsDefault  *bool   `json:"is_default"`
	NumberE164 *string `json:"number_e164"` // normalized: a plus sign and digits
}

// Intercom is an extension that is invited to the user's audio intercom.
type Intercom struct {
	ExtensionID     *string `json:"extension_id"`
	ExtensionNumber *string `json:"extension_number"` // a text in Zoom, here and nowhere else
	ExtensionType   *string `json:"extension_type"`
	DisplayName     *string `json:"display_name"`
	Status          *string `json:"status"`
	DeviceID        *string `json:"device_id"`
	DeviceStatus    *string `json:"device_status"` // volatile
}

// HolidayHours is a holiday, on which calls are handled as outside business hours.
type HolidayHours struct {
	ID       *string    `json:"holiday_id"`
	Name     *string    `json:"name"`
	StartsAt *time.Time `json:"starts_at"`
	EndsAt   *time.Time `json:"ends_at"`
}

// BreakHours is a break on every business day, or on one weekday. Times are HH:MM.
type BreakHours struct {
	ID      *string `json:"break_hour_id"`
	Name    *string `json:"break_hour_name"`
	Type    *string `json:"break_hour_type"`
	Weekday *int64  `json:"weekday"` // from 1, Sunday; nil: every business day
	Enabled *bool   `json:"enabled"`
	From    *string `json:"from_time"`
	To      *string `json:"to_time"`
}

// BusinessHours is when the user is at work on one weekday. Times are HH:MM.
type BusinessHours struct {
	Weekday *int64  `json:"weekday"` // from 1, Sunday
	Type    *int64  `json:"type"`
	From    *string `json:"from_time"`
	To      *string `json:"to_time"`
}

// SharedLineAppearance is an executive whose calls ring at the user too.
type SharedLineAppearance struct {
	ExecutiveUserID *string `json:"executive_user_id"`
	DisplayName     *string `json:"display_name"`
	ReceiveCalls    *bool   `json:"receive_calls"`
	AllowOptOut     *bool   `json:"allow_opt_out"`
}

// SharedLineGroup is a group of extensions that share a line.
type SharedLineGroup struct {
	ID           *string `json:"shared_line_group_id"`
	DisplayName  *string `json:"display_name"`
	ReceiveCalls *bool   `json:"receive_calls"`
}
