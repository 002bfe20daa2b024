package sync

import "syncd/internal/db"

// userSettingsRow projects the general settings: one row for each member of each
// section, with all that is below it.
func userSettingsRow(v value, s *shape) *db.UserSettingsRow {
	row := &db.UserSettingsRow{}
	labelled := s.labelsPersonal(v.members)
	for i := range v.members {
		section := &v.members[i]
		sectionPersonal, within := s.personalMember(section, labelled), s.of(section)
		labelled := within.labelsPersonal(section.value.members)
		for j := range section.value.members {
			setting := &section.value.members[j]
			row.Settings = append(row.Settings, db.UserSetting{
				Section: section.name, Setting: setting.name, Value: appendJSON(nil, setting.value),
				Personal: sectionPersonal || within.holdsPersonalMember(setting, labelled), SectionPersonal: sectionPersonal,
			})
		}
	}
	return row
}
