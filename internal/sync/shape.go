package sync

import (
	_ "embed" // for the list of paths
	"slices"
	"strings"

	"syncd/internal/db"
)

// shape is what we know of the paths of one kind of document beyond their
// types. Of a path that is not known every change counts, its names decide whether it
// is secret, and its arrays are sets where all elements have an id and sequences where
// one has none; a nil shape is that of one too.
type shape struct {
	members  map[string]*shape
	elements *shape
	spelling spelling // of its name
	listed   bool     // the list of paths has it
	label    string   // its name as it stands before its value in JSON; "" where the list of paths has it not

	strangers *strangers // the shapes of everything that the list has not

	known    *field // its documented type
	set      bool   // a documented array
	volatile bool   // changes on its own; a change of it alone makes no version
	public   bool   // shown to everybody, whatever its name, while it is of the documented type
	secret   bool   // never stored
	personal bool   // for readers of zoom_pii only, and so is what is below it
	key      string // the member that identifies an array's elements, where that is not an id
}

// pathList is the shipped classification of Zoom's paths.
//
//go:embed paths.txt
var pathList string

// keyPaths gives the natural identity of elements that have no id of their own. It names
// arrays as Zoom's documentation does; [] is any element.
//
//nolint:gochecknoglobals // a table
var keyPaths = map[db.Document]map[string]string{
	db.DocumentList: {"calling_plans": "type"},
	db.DocumentProfile: {
		"calling_plans": "type",
		"policy.ad_hoc_call_recording_access_members":                                "shared_id",
		"policy.auto_call_recording_access_members":                                  "shared_id",
		"policy.voicemail_access_members":                                            "shared_id",
		"policy.show_custom_disclaimer_when_using_zoom_phone.custom_disclaimer_list": "language",
	},
	db.DocumentSettings: {
		"ad_hoc_call_recording_access_members":   "shared_id",
		"auto_call_recording_access_members":     "shared_id",
		"voice_mail":                             "shared_id",
		"intercom.audio_intercoms":               "extension_id",
		"outbound_caller_ids":                    "number",
		"business_hours_settings.business_hours": "weekday",
		"holiday_hours":                          "holiday_id",
		"break_hours":                            "break_hour_id",
		"break_hours[].break_hour_setting.days":  "weekday",
		"shared_lines_call_setting.shared_line_appearances.executives":   "user_id",
		"shared_lines_call_setting.shared_line_groups.shared_line_group": "slg_id",
	},
	db.DocumentUserSettings: {"audio_conferencing.toll_free_and_fee_based_toll_call.numbers": "number"},
}

// classified is a line of the list of paths.
type classified struct {
	kind    db.Document
	path    string
	classes []string
}

// classifiedPaths reads the list.
func classifiedPaths() []classified {
	var all []classified
	for line := range strings.Lines(pathList) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] != "#" {
			all = append(all, classified{db.Document(fields[0]), fields[1], fields[2:]})
		}
	}
	return all
}

// shapes builds the shape of every kind of document.
func shapes() map[db.Document]*shape {
	all, strangers := map[db.Document]*shape{}, newStrangers()
	for _, document := range []db.Document{db.DocumentList, db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings, db.DocumentSite} {
		all[document] = &shape{strangers: strangers}
		for path, key := range keyPaths[document] {
			all[document].at(path).key = key
		}
	}
	for _, line := range classifiedPaths() {
		s := all[line.kind].at(line.path)
		s.volatile = slices.Contains(line.classes, "volatile")
		s.public = slices.Contains(line.classes, "public")
		s.personal = slices.Contains(line.classes, "personal")
		s.secret = slices.Contains(line.classes, "secret")
	}
	for document, root := range fields() {
		all[document].learn(root)
	}
	return all
}

// learn takes the documented types from the table of fields.
func (s *shape) learn(f *field) {
	if s == nil {
		return
	}
	s.known, s.set = f, f != nil && f.kind == "array"
	for name, member := range s.members {
		member.learn(f.member(name))
	}
	s.elements.learn(f.element())
}

// shows reports whether a value may be shown although its name looks secret or
// personal: Zoom documents the path as something else, and this is of the type that
// it documents.
func (s *shape) shows(v value) bool {
	return s != nil && !s.personal && !s.secret && s.known != nil && s.known.expects(v)
}

// at finds or makes the shape of a path.
func (s *shape) at(path string) *shape {
	for name := range strings.SplitSeq(path, ".") {
		plain, isArray := strings.CutSuffix(name, "[]")
		if s.members == nil {
			s.members = map[string]*shape{}
		}
		if s.members[plain] == nil {
			s.members[plain] = &shape{spelling: spell(plain), listed: true, label: string(appendString(nil, plain)) + ":", strangers: s.strangers}
		}
		s = s.members[plain]
		if isArray {
			if s.elements == nil {
				s.elements = &shape{listed: true, strangers: s.strangers}
			}
			s = s.elements
		}
	}
	return s
}

// member is the shape of an object's member, by its name.
func (s *shape) member(name string) *shape {
	if s == nil {
		return (*strangers)(nil).named(name)
	}
	if known := s.members[name]; known != nil {
		return known
	}
	return s.strangers.named(name)
}

// of is the shape of an object's member. It is looked up once.
func (s *shape) of(m *member) *shape {
	if m.shape == nil {
		m.shape = s.member(m.name)
	}
	return m.shape
}

// element is the shape of an array's elements.
func (s *shape) element() *shape {
	switch {
	case s == nil:
		return nil
	case s.elements != nil:
		return s.elements
	default:
		return s.strangers.nameless()
	}
}

// unordered reports whether the order of an array's elements means nothing. That of the
// arrays which Zoom documents never does, whatever their elements have or lack: see
// fieldTables. Of an array that nobody has documented, only elements of which each has an
// id of its own are known as things that are there or not; the order of others (of devices
// that ring one after the other, each by its device_id) may be all that it tells. In an
// empty array there is no order.
func (s *shape) unordered(items []value) bool {
	return s != nil && s.set || !slices.ContainsFunc(items, hasNoID)
}

// hasNoID reports whether a value is no object with an id of its own.
func hasNoID(v value) bool {
	id := v.get("id")
	return id.kind != '"' && id.kind != '0' || id.text == ""
}
