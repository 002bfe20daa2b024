package db

// derivedTable is a table whose rows are a function of one document of one user. To add one: a migration, a row type
// with the columns as JSON names (derived_rows.go has the types they may have), and an element in derivedTables.
type derivedTable struct {
	name     string
	document Document
	rows     func(u *User) []any // the rows of a user whose document is ok

	// shared: the table holds rows of several documents, which the column document tells apart.
	shared bool
	// kindColumn, if any, tells kinds of rows apart that are as good as columns: a policy is one.
	kindColumn string
	// distinct: the rows of a document are all different as it is.
	distinct bool
	// view: the rows are those of a view, and what it shows is written by settingSets.
	view bool
}

// derivedTables lists them all.
func derivedTables() []derivedTable {
	return []derivedTable{
		{name: "syncd.user_list", distinct: true, document: DocumentList, rows: func(u *User) []any { return []any{u.List} }},
		{name: "syncd.phone_numbers", document: DocumentList, rows: func(u *User) []any { return each(u.List.PhoneNumbers) }},
		{name: "syncd.calling_plans", document: DocumentList, rows: func(u *User) []any { return each(u.List.CallingPlans) }},

		{name: "syncd.user_profile", distinct: true, document: DocumentProfile, rows: func(u *User) []any { return []any{u.Profile} }},
		{
			name: "syncd.policies", document: DocumentProfile, kindColumn: "policy", distinct: true,
			rows: func(u *User) []any { return each(u.Profile.Policies) },
		},
		{
			name: "syncd.shared_access", document: DocumentProfile, shared: true,
			rows: func(u *User) []any { return each(u.Profile.SharedAccess) },
		},
		{
			name: "syncd.emergency_addresses", document: DocumentProfile,
			rows: func(u *User) []any { return each(u.Profile.EmergencyAddresses) },
		},

		{name: "syncd.user_phone_settings", distinct: true, document: DocumentSettings, rows: func(u *User) []any { return []any{u.Settings} }},
		{
			name: "syncd.shared_access", document: DocumentSettings, shared: true,
			rows: func(u *User) []any { return each(u.Settings.SharedAccess) },
		},
		{name: "syncd.delegates", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.Delegates) }},
		{name: "syncd.devices", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.Devices) }},
		{
			name: "syncd.device_addresses", document: DocumentSettings,
			rows: func(u *User) []any { return each(u.Settings.DeviceAddresses) },
		},
		{
			name: "syncd.outbound_caller_ids", document: DocumentSettings,
			rows: func(u *User) []any { return each(u.Settings.OutboundCallerIDs) },
		},
		{name: "syncd.intercoms", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.Intercoms) }},
		{name: "syncd.holiday_hours", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.HolidayHours) }},
		{name: "syncd.break_hours", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.BreakHours) }},
		{name: "syncd.business_hours", document: DocumentSettings, rows: func(u *User) []any { return each(u.Settings.BusinessHours) }},
		{
			name: "syncd.shared_line_appearances", document: DocumentSettings,
			rows: func(u *User) []any { return each(u.Settings.SharedLineAppearances) },
		},
		{
			name: "syncd.shared_line_groups", document: DocumentSettings,
			rows: func(u *User) []any { return each(u.Settings.SharedLineGroups) },
		},

		{
			name: "syncd.user_settings", document: DocumentUserSettings, kindColumn: "section", view: true,
			rows: func(u *User) []any { return each(u.UserSettings.Settings) },
		},
	}
}

func each[T any](elements []T) []any {
	rows := make([]any, len(elements))
	for i := range elements {
		rows[i] = &elements[i]
	}
	return rows
}
