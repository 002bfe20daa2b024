package sync

import "syncd/internal/db"

// userSettingsRow projects the general settings: one row for each member of each
// section, with all that is below it, as it is shown. One whose name is data is hidden
// wholly, as one of a personal section is.
func userSettingsRow(v value, s *shape) *db.UserSettingsRow {
	row := &db.UserSettingsRow{}
	var all []byte // every value, one after the other: together they are a document, and alone they are many
	written := func(v value, s *shape) []byte {
		begin := len(all)
		all = appendCanonical(all, v, s, shown)
		return all[begin:len(all):len(all)]
	}
	labelled := s.labelsPersonal(v.members)
	for i := range v.members {
		section := &v.members[i]
		within := s.of(section)
		// A row without its name is none.
		sectionPersonal := s.personalMember(section, labelled) || within.namesData(section.name)
		labelled := within.labelsPersonal(section.value.members)
		for j := range section.value.members {
			setting := &section.value.members[j]
			row.Settings = append(row.Settings, db.UserSetting{
				Section: section.name, Setting: setting.name, Value: written(setting.value, within.of(setting)),
				Personal:        sectionPersonal || within.holdsPersonalMember(setting, labelled),
				SectionPersonal: sectionPersonal || within.of(setting).namesData(setting.name),
			})
		}
	}
	return row
}

// namesData reports whether a section or a setting has an address or a number for a name.
// One that is only long is shown all the same.
func (s *shape) namesData(name string) bool {
	return !s.listed && s.spelling.data && len(name) <= longestName
}
