package sync

import (
	"strings"
	"testing"

	"syncd/internal/db"
)

func TestUnknown(t *testing.T) {
	t.Parallel()
	one := func(profile, settings, general db.DocumentResult) []db.DocumentResult {
		profile.Document, settings.Document, general.Document = db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings
		return []db.DocumentResult{{Document: db.DocumentList, Status: db.StatusOK}, profile, settings, general}
	}
	okay, missing, dropped := db.DocumentResult{Status: db.StatusOK}, db.DocumentResult{Status: db.StatusNotFound}, db.DocumentResult{Status: db.StatusNotFound, Drop: true}
	type users struct {
		n         int
		documents []db.DocumentResult
	}
	all, none, pending := one(okay, okay, okay), one(missing, missing, missing), one(dropped, dropped, dropped)
	for _, test := range []struct {
		name  string
		users []users
		want  string // "" for none
	}{
		{"nobody", nil, ""},
		{"all_documents", []users{{100, all}}, ""},
		{"too_few", []users{{19, none}}, ""},
		{"just_enough", []users{{20, none}}, "profile of 20 of 20, no settings of 20 of 20, no user_settings of 20 of 20"},
		{"half", []users{{20, all}, {20, none}}, "profile of 20 of 40, no settings of 20 of 40, no user_settings of 20 of 40"},
		{"less_than_half", []users{{21, all}, {20, none}}, ""},
		{"the_phone_settings_alone", []users{{30, one(okay, missing, okay)}, {10, all}}, "settings of 30 of 40"},
		{"the_general_settings_alone", []users{{30, one(okay, okay, missing)}}, "user_settings of 30 of 30"},
		{"users_who_are_pending", []users{{100, pending}}, ""},
		{"users_who_are_pending_excuse_nobody", []users{{100, pending}, {20, one(missing, okay, okay)}}, "profile of 20 of 20"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var u unknown
			for _, some := range test.users {
				for range some.n {
					u.add(some.documents)
				}
			}
			err := u.most()
			if test.want == "" && err == nil {
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), "of the users that it lists, Zoom has no "+test.want+";") || Repair(err) == "" {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}
