package sync

import "syncd/internal/db"

// userSettingsRow projects the general settings: one row for each member of each
// section, with all that is below it.
func userSettingsRow(v value) *db.UserSettingsRow {
	row := &db.UserSettingsRow{}
	for _, section := range v.members {
		for _, setting := range section.value.members {
			row.Settings = append(row.Settings, db.UserSetting{
				Section: section.name, Setting: setting.name, Value: appendJSON(nil, setting.value),
			})
		}
	}
	return row
}
