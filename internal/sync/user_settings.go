package sync

import "syncd/internal/db"

// userSettingsRow projects the general settings: one row for each member of each
// section, with all that is below it.
func userSettingsRow(v value, s *shape) *db.UserSettingsRow {
	row := &db.UserSettingsRow{}
	labelled := labelsPersonal(v.members)
	for _, section := range v.members {
		sectionPersonal := s.personalMember(section, labelled)
		within, labelled := s.member(section.name), labelsPersonal(section.value.members)
		for _, setting := range section.value.members {
			row.Settings = append(row.Settings, db.UserSetting{
				Section: section.name, Setting: setting.name, Value: appendJSON(nil, setting.value),
				Personal: sectionPersonal || within.holdsPersonalMember(setting, labelled), SectionPersonal: sectionPersonal,
			})
		}
	}
	return row
}
