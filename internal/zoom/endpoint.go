package zoom

// endpoint is one operation of the API, as budgets, metrics and errors know it.
type endpoint struct {
	name     string // label value of the metrics
	op       string // in errors
	template string // of its path
	pool     Pool
	label    string // Zoom's rate label

	// members are the names that its answers are known by: one without any of them is
	// none. Nil: its answers have no names of their own.
	members []string
	// ofUser: the call asks about one user, and is answered about that user alone.
	ofUser bool
}

//nolint:gochecknoglobals // constants that Go cannot express as such
var (
	tokenEndpoint             = endpoint{name: "token", op: "access token", template: "/oauth/token"}
	phoneUsersEndpoint        = endpoint{name: "phone_users", op: "list phone users", template: "/phone/users", pool: PhoneMedium, label: "medium", members: []string{"users"}}
	phoneUserEndpoint         = endpoint{name: "phone_user", op: "phone user profile", template: "/phone/users/{userId}", pool: PhoneLight, label: "light", members: profileMembers, ofUser: true}
	phoneUserSettingsEndpoint = endpoint{name: "phone_user_settings", op: "phone user settings", template: "/phone/users/{userId}/settings", pool: PhoneLight, label: "light", members: phoneSettingsMembers, ofUser: true}
	sharedAccessEndpoint      = endpoint{name: "phone_shared_access", op: "phone user shared access", template: "/phone/users/{userId}/settings/{settingType}", pool: PhoneLight, label: "light", ofUser: true}
	phoneSitesEndpoint        = endpoint{name: "phone_sites", op: "list phone sites", template: "/phone/sites", pool: PhoneMedium, label: "medium", members: []string{"sites"}}
	userSettingsEndpoint      = endpoint{name: "user_settings", op: "general user settings", template: "/users/{userId}/settings", pool: CoreMedium, label: "medium", members: userSettingsMembers, ofUser: true}
)

func endpoints() []endpoint {
	return []endpoint{
		tokenEndpoint, phoneUsersEndpoint, phoneUserEndpoint, phoneUserSettingsEndpoint,
		sharedAccessEndpoint, phoneSitesEndpoint, userSettingsEndpoint,
	}
}
