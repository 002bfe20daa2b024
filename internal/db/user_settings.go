package db

import "encoding/json"

// UserSettingsRow holds the rows that come from the general user settings.
type UserSettingsRow struct {
	Settings []UserSetting
}

// UserSetting is one general setting. A user has it once.
type UserSetting struct {
	Section string          `json:"section"`
	Setting string          `json:"setting"`
	Value   json.RawMessage `json:"value"` // null is NULL

	Personal        bool `json:"personal"`         // Value is for readers of zoom_pii only
	SectionPersonal bool `json:"section_personal"` // Section or Setting is, too
}
