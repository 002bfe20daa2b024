package db_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

const generalSettings = `SELECT user_id, section, setting, value FROM zoom_pii.user_settings ORDER BY 1, 2, 3`

// withSettings is a user with general settings: section, setting and value by turns.
func withSettings(id string, settings ...string) db.User {
	u := user(id, id)
	u.Documents[3] = okay(db.DocumentUserSettings, strings.Join(settings, " "), "")
	for i := 0; i < len(settings); i += 3 {
		u.UserSettings.Settings = append(u.UserSettings.Settings, db.UserSetting{Section: settings[i], Setting: settings[i+1], Value: json.RawMessage(settings[i+2])})
	}
	return u
}

func TestStore_WriteUsers_stores_a_general_setting_that_users_share_once(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 3,
		withSettings("u1", "a", "x", `1`, "a", "y", `"same"`, "b", "x", `null`),
		withSettings("u2", "a", "x", `1.0`, "a", "y", `"same"`),
		withSettings("u3", "b", "x", `{"k": 1}`))
	want := [][]string{
		{"u1", "a", "x", "1"},
		{"u1", "a", "y", `"same"`},
		{"u1", "b", "x", "<null>"},
		{"u2", "a", "x", "1.0"},
		{"u2", "a", "y", `"same"`},
		{"u3", "b", "x", `{"k": 1}`},
	}
	b.rows(t, generalSettings, want...)
	b.rows(t, `SELECT count(*), (SELECT count(*) FROM syncd.setting_names) FROM syncd.setting_values`, []string{"5", "3"})
	stored := `SELECT v.*, v.xmin FROM syncd.setting_values v ORDER BY value_id`
	before := b.database.Query(stored)

	b.write(t, 2,
		withSettings("u1", "a", "x", `1`, "a", "y", `"same"`, "b", "x", `{"k":1}`),
		withSettings("u4", "a", "x", `1`))
	want[2][3] = `{"k": 1}`
	b.rows(t, generalSettings, append(want, []string{"u4", "a", "x", "1"})...)
	if diff := cmp.Diff(before, b.database.Query(stored)); diff != "" {
		t.Errorf("values that were there (-before +after)\n%s", diff)
	}
}

func TestStore_WriteUsers_takes_values_for_one_that_are_stored_as_one(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, withSettings("u1", "a", "x", `1e1`), withSettings("u2", "a", "x", `10`))
	b.rows(t, generalSettings, []string{"u1", "a", "x", "10"}, []string{"u2", "a", "x", "10"})
	b.rows(t, `SELECT count(*) FROM syncd.setting_values`, []string{"1"})
}

func TestStore_WriteUsers_judges_a_shared_value_by_what_is_beside_it(t *testing.T) {
	t.Parallel()
	b := setup(t)
	open, hidden, away := withSettings("u1", "a", "value", `"0a"`), withSettings("u2", "a", "value", `"0a"`), withSettings("u3", "a", "value", `"0a"`)
	hidden.UserSettings.Settings[0].Personal = true
	away.UserSettings.Settings[0].SectionPersonal = true
	b.write(t, 3, open, hidden, away)
	b.rows(t, `SELECT user_id, value FROM zoom.user_settings ORDER BY 1`, []string{"u1", `"0a"`}, []string{"u2", "<null>"})
}

func TestStore_CollectSettings_removes_what_nobody_has(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, withSettings("u1", "a", "x", `"old"`, "gone", "y", `1`), withSettings("u2", "a", "x", `"kept"`))
	b.write(t, 1, withSettings("u1", "a", "x", `"new"`))
	collect := func() {
		if err := b.CollectSettings(t.Context(), account, b.pass.ID); err != nil {
			t.Fatal(err)
		}
	}
	collect()
	b.rows(t, `SELECT n.section, n.position, v.value FROM syncd.setting_values v JOIN syncd.setting_names n USING (account_id, position) ORDER BY value`,
		[]string{"a", "1", `"kept"`}, []string{"a", "1", `"new"`})
	b.rows(t, `SELECT count(*) FROM syncd.setting_names`, []string{"1"})

	b.write(t, 1, withSettings("u3", "a", "x", `"old"`, "b", "z", `2`)) // what was collected is stored anew
	want := [][]string{{"u1", "a", "x", `"new"`}, {"u2", "a", "x", `"kept"`}, {"u3", "a", "x", `"old"`}, {"u3", "b", "z", "2"}}
	b.rows(t, generalSettings, want...)
	b.rows(t, `SELECT position FROM syncd.setting_names WHERE section = 'b'`, []string{"2"})
	collect()
	b.rows(t, generalSettings, want...)

	other := open(t, b.database.URL)
	if err := other.CollectSettings(t.Context(), account, b.pass.ID); !errors.Is(err, db.ErrPassClosed) {
		t.Errorf("of another process's pass: got %v, want ErrPassClosed", err)
	}
}

// What a pass has learned does not count in the next one: between the two another process may have removed values.
func TestStore_WriteUsers_knows_values_for_one_pass(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 1, withSettings("u1", "a", "x", `1`))
	b.write(t, 1, withSettings("u2", "a", "x", `1`)) // finds it
	b.write(t, 2, withSettings("u1"), withSettings("u2"))
	other := open(t, b.database.URL)
	if _, err := other.Forget(t.Context(), account, "u1", true, noPaths); err != nil {
		t.Fatal(err)
	}
	b.rows(t, `SELECT count(*) FROM syncd.setting_values`, []string{"0"})
	b.pass = b.begin(t)
	b.write(t, 1, withSettings("u3", "a", "x", `1`))
	b.rows(t, generalSettings, []string{"u3", "a", "x", "1"})
}

func TestStore_Forget_leaves_no_general_setting_of_the_user(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 2, withSettings("u1", "a", "x", `"former"`, "personal", "word", `1`), withSettings("u2", "a", "x", `"shared"`))
	b.write(t, 1, withSettings("u1", "a", "x", `"shared"`, "personal", "word", `"own"`))
	if _, err := b.Forget(t.Context(), account, "u1", true, noPaths); err != nil {
		t.Fatal(err)
	}
	b.rows(t, `SELECT section, setting FROM syncd.setting_names`, []string{"a", "x"})
	b.rows(t, `SELECT value FROM syncd.setting_values`, []string{`"shared"`})
	b.rows(t, generalSettings, []string{"u2", "a", "x", `"shared"`})
}

func TestStore_Migrate_shares_general_settings_and_takes_that_back(t *testing.T) {
	t.Parallel()
	const sharing = 14
	b := setup(t)
	hidden := withSettings("u3", "a", "value", `"0a"`)
	hidden.UserSettings.Settings[0].Personal = true
	b.write(t, 4,
		withSettings("u1", "a", "x", `1`, "a", "value", `"0a"`, "b", "x", `null`),
		withSettings("u2", "a", "x", `1.0`, "c", "x", `[]`), hidden, withSettings("u4"))
	rows := `SELECT user_key, section, setting, value, personal, section_personal FROM syncd.user_settings ORDER BY 1, 2, 3`
	want := b.database.Query(rows)
	b.database.Down(sharing - 1)
	if diff := cmp.Diff(want, b.database.Query(rows)); diff != "" {
		t.Errorf("taken back (-before +after)\n%s", diff)
	}
	b.database.Exec(`UPDATE syncd.user_settings SET personal = NULL WHERE section = 'c'`) // of a release that did not judge
	want = b.database.Query(rows)
	if _, err := b.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.database.Query(rows)); diff != "" {
		t.Errorf("shared again (-before +after)\n%s", diff)
	}
	b.database.Exec(`UPDATE syncd.setting_values SET digest = syncd.setting_digest(n.section, n.setting, value, true, section_personal), personal = true
		FROM syncd.setting_names n WHERE n.position = setting_values.position AND personal IS NULL`)
	before := b.database.Query(`SELECT xmin, * FROM syncd.user_setting_sets ORDER BY user_key`)
	again := withSettings("u2", "a", "x", `1.0`, "c", "x", `[]`)
	again.Documents[3].Full[0]++ // written again
	again.UserSettings.Settings[1].Personal = true
	b.write(t, 1, again)
	if diff := cmp.Diff(before, b.database.Query(`SELECT xmin, * FROM syncd.user_setting_sets ORDER BY user_key`)); diff != "" {
		t.Errorf("the program writes something else than the migration (-migration +program)\n%s", diff)
	}
}

// While a pass is cut off, the lease is free for those who remove values and number them anew.
func TestStore_ContinuePass_knows_no_values_of_before(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 1, withSettings("u1", "a", "x", `"v"`))
	b.write(t, 1, withSettings("u1", "a", "x", `"v"`, "a", "y", `1`))                        // the value is known from now on
	b.database.Exec(`DELETE FROM syncd.user_setting_sets; DELETE FROM syncd.setting_values`) // as for who is forgotten
	if _, found, err := b.ContinuePass(t.Context(), account); err != nil || !found {
		t.Fatalf("found %t, %v", found, err)
	}
	b.write(t, 1, withSettings("u2", "a", "x", `"v"`))
	b.rows(t, generalSettings, []string{"u2", "a", "x", `"v"`})
}
