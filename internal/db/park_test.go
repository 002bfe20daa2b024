package db_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// suspected makes a user whose document is suspect when it is another than before.
func suspected(id, content string, document int, suspicions ...string) db.User {
	u := user(id, content)
	for i := range u.Documents {
		u.Documents[i].Compare = func([]byte, bool) (db.Comparison, error) {
			if i == document {
				return db.Comparison{Suspicions: suspicions}, nil
			}
			return db.Comparison{}, nil
		}
	}
	return u
}

func TestStore_ContinuePass_is_not_done_with_parked_users(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.database.Exec(`UPDATE syncd.passes SET started_at = now() - interval '5 minutes'`) // before the users were asked for
	b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
	if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{suspected("u1", "Anna", 1, "user_profile.site_admin")}, nil); err != nil {
		t.Fatal(err)
	}
	if _, found, err := b.ContinuePass(t.Context(), account); err != nil || !found {
		t.Fatalf("found %t, %v", found, err)
	}
	b.rows(t, `SELECT count(*) FROM syncd.parked_documents`, []string{"0"})
	done, err := b.VerifiedUsers(t.Context(), account, b.pass.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"u2"}, slices.Sorted(maps.Keys(done))); diff != "" {
		t.Errorf("users with whom it is done (-want +got):\n%s", diff)
	}
}

func TestStore_WriteUsers_parks_users_under_suspicion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
	u1 := suspected("u1", "Anna", 1, "user_profile.site_admin")
	u1.Documents[3] = failed(db.DocumentUserSettings)
	u1.UserSettings = nil
	got, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{u1, suspected("u2", "Benno", 1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := (db.Written{Written: 1, Parked: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// Nothing new of the user is seen before the end, and the rest is written.
	b.rows(t, `SELECT user_id, name FROM zoom.phone_users ORDER BY 1`, []string{"u1", "Ann"}, []string{"u2", "Benno"})
	b.rows(t, `SELECT count(*) FROM zoom_pii.document_versions WHERE user_id = 'u1'`, []string{"4"})
	b.rows(t, `SELECT document, status FROM zoom.freshness WHERE user_id = 'u1' AND status <> 'ok'`, []string{"user_settings", "failed"})
	b.rows(t, `SELECT count(*) FROM zoom.sync_failures WHERE user_id = 'u1'`, []string{"1"})

	set, err := b.Suspicions(t.Context(), account, b.pass.ID)
	if want := (db.Held{UserID: "u1", Document: db.DocumentProfile, Change: "user_profile.site_admin"}); err != nil || len(set) != 1 || set[0] != want {
		t.Errorf("suspicions: %+v, %v", set, err)
	}
	parked, err := b.Parked(t.Context(), account, b.pass.ID, 10)
	if err != nil || len(parked) != 1 || len(parked[0].Documents) != 3 {
		t.Fatalf("parked: %+v, %v", parked, err)
	}
	for column, want := range map[string]db.Fill{
		"user_profile.site_admin": {Current: 2, Filled: 2, Answered: 2},
		"phone_numbers":           {Current: 2, Filled: 2, Answered: 2},
		"phone_numbers.number":    {Current: 2, Filled: 2, Answered: 2},
		"policies[sms].locked":    {Current: 2},
		"shared_access(settings)": {Current: 2},
	} {
		got, known, err := b.Fill(t.Context(), account, b.pass.ID, column)
		if err != nil || !known || got != want {
			t.Errorf("%s: %+v, known %t, %v; want %+v", column, got, known, err, want)
		}
	}
	if _, known, err := b.Fill(t.Context(), account, b.pass.ID, "nothing"); known || err != nil {
		t.Errorf("a name of no table: known %t, %v", known, err)
	}

	// A volatile value that goes is suspect too, though it makes no version and no change.
	u2 := suspected("u2", "Benno", 2, "device_addresses.private_ip")
	u2.Documents[2] = okay(db.DocumentSettings, "Benno", "offline")
	u2.Documents[2].Compare = func([]byte, bool) (db.Comparison, error) {
		return db.Comparison{Changes: []db.SettingChange{{Path: "a"}}, Suspicions: []string{"device_addresses.private_ip"}}, nil
	}
	if got, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{u2}, nil); err != nil || got != (db.Written{Parked: 1}) {
		t.Errorf("got %+v, %v", got, err)
	}
	b.rows(t, `SELECT document, suspicions FROM syncd.parked_documents WHERE suspicions <> '{}' AND document = 3`, []string{"3", "{device_addresses.private_ip}"})
	u2.Documents[2].Compare = func([]byte, bool) (db.Comparison, error) {
		return db.Comparison{Changes: []db.SettingChange{{Path: "a"}}}, nil
	}
	b.write(t, 1, u2)
	b.rows(t, `SELECT count(*) FROM zoom.setting_changes`, []string{"0"})

	// Writing the user takes it away; so does the next pass.
	b.write(t, 1, user("u1", "Anna"))
	b.rows(t, `SELECT count(*) FROM syncd.parked_documents`, []string{"0"})
	if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{suspected("u1", "Ann", 0, "user_list.name")}, nil); err != nil {
		t.Fatal(err)
	}
	b.rows(t, `SELECT count(*) FROM syncd.parked_documents`, []string{"4"})
}

// A suspicion about one user of a batch has the batch planned anew, and nobody compared anew.
func TestStore_WriteUsers_compares_each_document_once(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, user("u1", "Ann"), user("u2", "Ben"))
	u2 := journaled("u2", "Benno")
	asked := map[db.Document]int{}
	for i := range u2.Documents {
		compare := u2.Documents[i].Compare
		u2.Documents[i].Compare = func(before []byte, pending bool) (db.Comparison, error) {
			asked[u2.Documents[i].Document]++
			return compare(before, pending)
		}
	}
	got, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{suspected("u1", "Anna", 1, "user_profile.site_admin"), u2}, nil)
	if want := (db.Written{Written: 1, Parked: 1}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	want := map[db.Document]int{db.DocumentList: 1, db.DocumentProfile: 1, db.DocumentSettings: 1, db.DocumentUserSettings: 1}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("comparisons (-want +got):\n%s", diff)
	}
	b.rows(t, `SELECT user_id, count(*) FROM zoom.setting_changes GROUP BY 1`, []string{"u2", "8"})
}
