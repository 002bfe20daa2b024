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
		sectionPersonal := s.personalMember(section, labelled) || s.shownName(section, false) != section.name
		labelled := within.labelsPersonal(section.value.members)
		for j := range section.value.members {
			setting := &section.value.members[j]
			row.Settings = append(row.Settings, db.UserSetting{
				Section: section.name, Setting: setting.name, Value: written(setting.value, within.of(setting)),
				Personal:        sectionPersonal || within.holdsPersonalMember(setting, labelled),
				SectionPersonal: sectionPersonal || within.shownName(setting, false) != setting.name,
			})
		}
	}
	return row
}
