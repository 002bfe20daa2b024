package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"syncd/internal/db/dbtest"
	"syncd/internal/zoom/zoomtest"
)

// reader is a role that was let in by syncd migrate, and its own connection.
type reader struct {
	t    *testing.T
	conn *pgx.Conn
}

// newReader makes a role of any name, and lets it in by an option of syncd migrate.
func (b *bench) newReader(option, suffix string) *reader {
	b.t.Helper()
	role := b.database.Value("SELECT current_database()") + suffix // unique on a shared server
	quoted := pgx.Identifier{role}.Sanitize()
	b.database.Exec("CREATE ROLE " + quoted + " LOGIN PASSWORD 'secret'")
	b.t.Cleanup(func() { b.database.Exec("DROP OWNED BY " + quoted + " CASCADE; DROP ROLE " + quoted) })
	for range 2 {
		if got := b.run("migrate", option, role); got.code != exitComplete {
			b.t.Fatalf("exit code %d\n%s", got.code, got.stderr)
		}
	}
	u, err := url.Parse(b.database.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	u.User = url.UserPassword(role, "secret")
	conn, err := pgx.Connect(b.t.Context(), u.String())
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &reader{b.t, conn}
}

// may reports whether a statement is allowed. One that fails for another reason fails the test.
func (r *reader) may(statement string) bool {
	r.t.Helper()
	_, err := r.conn.Exec(r.t.Context(), statement)
	const insufficientPrivilege = "42501"
	if fault, ok := errors.AsType[*pgconn.PgError](err); ok && fault.Code == insufficientPrivilege {
		return false
	}
	if err != nil {
		r.t.Errorf("%s: %v", statement, err)
	}
	return err == nil
}

func TestMigrate_lets_readers_read_and_do_nothing_else(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 20, Seed: 31})
	b.sync(exitComplete)
	relations := b.database.Query(`SELECT relnamespace::regnamespace, oid::regclass FROM pg_class
		WHERE relnamespace::regnamespace::text IN ('syncd', 'zoom', 'zoom_pii') AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') ORDER BY 1, 2`)
	functions := b.database.Query(`SELECT pronamespace::regnamespace, format('SELECT %s(%s)', oid::regproc, array_to_string(ARRAY(
			SELECT 'NULL::' || format_type(a, NULL) FROM unnest(proargtypes) a
		), ', ')) FROM pg_proc WHERE pronamespace::regnamespace::text IN ('syncd', 'zoom', 'zoom_pii') ORDER BY 1, 2`)
	if len(relations) < 60 || len(functions) < 8 {
		t.Fatalf("only %d relations and %d functions are there", len(relations), len(functions))
	}
	for option, readable := range map[string][]string{"--reader": {"zoom"}, "--pii-reader": {"zoom", "zoom_pii"}} {
		r := b.newReader(option, `_A "quoted", `+option)
		for _, relation := range relations {
			if want := slices.Contains(readable, relation[0]); r.may("SELECT * FROM "+relation[1]+" LIMIT 1") != want {
				t.Errorf("%s: may read %s: %t, want %t", option, relation[1], !want, want)
			}
		}
		for _, function := range functions {
			if want := slices.Contains(readable, function[0]); r.may(function[1]) != want {
				t.Errorf("%s: may %s: %t, want %t", option, function[1], !want, want)
			}
		}
		for _, statement := range []string{
			"CREATE TABLE zoom.mine ()", "CREATE TABLE zoom_pii.mine ()", "CREATE TABLE syncd.mine ()", "DELETE FROM zoom.sync_passes",
			"INSERT INTO zoom.sync_passes (account_id) VALUES ('a')", "UPDATE zoom.sync_passes SET error = 'x'", "TRUNCATE syncd.documents",
		} {
			if r.may(statement) {
				t.Errorf("%s: may %s", option, statement)
			}
		}
		// Most views cannot be written by anybody, so that only their rights tell.
		for _, right := range []string{"INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"} {
			var writable []string
			const query = `SELECT array_agg(oid::regclass::text) FILTER (WHERE has_table_privilege(oid, $1)) FROM pg_class
				WHERE relnamespace::regnamespace::text IN ('syncd', 'zoom', 'zoom_pii') AND relkind IN ('r', 'p', 'v', 'm', 'f')`
			if err := r.conn.QueryRow(t.Context(), query, right).Scan(&writable); err != nil {
				t.Fatal(err)
			}
			if len(writable) > 0 {
				t.Errorf("%s: has %s on %v", option, right, writable)
			}
		}
	}

	got := b.run("migrate", "--reader", "nobody of that name")
	wantOneError(t, got, exitFailed, "does not exist", "nobody of that name", "CREATE ROLE")
}

// wantHiddenFromReaders looks for a word in all views and functions of schema zoom.
func (b *bench) wantHiddenFromReaders(word string) {
	b.t.Helper()
	sources := b.database.Query("SELECT format('%I.%I', table_schema, table_name) FROM information_schema.views WHERE table_schema = 'zoom'")
	for _, view := range asOfViews() {
		sources = append(sources, []string{"zoom." + view + "_as_of(now())"})
	}
	for _, source := range sources {
		for _, row := range b.database.Query("SELECT v::text FROM " + source[0] + " v WHERE strpos(v::text, '" + word + "') > 0") {
			b.t.Errorf("%s shows %s", source[0], row[0])
		}
	}
}

// TestReader_of_zoom_sees_nothing_personal puts personal values and secrets where Zoom documents none, as names too,
// and changes them: no view, no function of schema zoom and no dry run may show them.
func TestReader_of_zoom_sees_nothing_personal(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 34})
	id := b.active()[0]
	put := func(n int) {
		telltale := func(what string) string { return fmt.Sprintf("telltale-%s-%d", what, n) }
		for path, value := range map[string]any{
			"policy.nomadic":                 map[string]any{"enable": true, "registered_address": telltale("a"), "devices": []any{map[string]any{"mac_address": telltale("b")}}},
			"policy.home_address":            telltale("c"),
			"policy.mac_addresses":           map[string]any{telltale("d"): true},
			"emergency_address":              map[string]any{telltale("e"): map[string]any{"no": n}},
			"policy.sms.allow_copy":          map[string]any{"lat": telltale("f")},
			"policy.seats":                   []any{map[string]any{"mac_id": telltale("g"), "n": n}},
			"policy.emergency_calls_to_psap": map[string]any{"x": []any{map[string]any{"userIP": telltale("h")}}},
			"policy.street":                  map[string]any{"enable": true, "locked_by": telltale("o")},
			"policy.labelled":                map[string]any{"locked_by": "site", "fields": []any{map[string]any{"key": "mac_address", "value": telltale("p")}}},
		} {
			b.put(id, zoomtest.Profile, path, value)
		}
		for path, value := range map[string]any{
			"profile":          map[string]any{"home_address": telltale("i"), "recording_storage_location": map[string]any{"value": "DE"}},
			"schedule_meeting": map[string]any{"waiting": map[string]any{"private_ip": telltale("j")}},
			"home_addresses":   map[string]any{telltale("k"): telltale("l")},
			"whiteboard":       map[string]any{"name": "user_ip", "text_of_it": telltale("q")},
			"recording":        map[string]any{"ip_address_access_control": map[string]any{"enable": true, "ip_addresses_or_ranges": telltale("m")}},
		} {
			b.put(id, zoomtest.UserSettings, path, value)
		}
		b.put(id, zoomtest.Settings, "mac_addresses", map[string]any{telltale("n"): map[string]any{"x": n}})
		b.put(id, zoomtest.Settings, "x_tokens", map[string]any{"secret-" + telltale("r"): true})
		addresses := map[string]any{"64:16:7f:aa:bb:cc": map[string]any{"x": n}, "64167fddeeff": n, "203.0.113.17": map[string]any{"x": n}, "telltale-t@example.com": n}
		b.put(id, zoomtest.Settings, "x_phones", addresses)
		b.put(id, zoomtest.Profile, "policy.x_phones", addresses)
		b.put(id, zoomtest.UserSettings, "phones", addresses)
		b.put(id, zoomtest.UserSettings, "in_meeting", map[string]any{"x_phones": addresses})
		b.put(id, zoomtest.Settings, "more", []any{map[string]any{"key": "voicemail_pin", "value": "secret-" + telltale("s")}})
	}
	put(1)
	b.sync(exitComplete)
	put(2)
	if got := b.run("sync", "--dry-run"); got.code != exitComplete || strings.Contains(got.stdout+got.stderr, "telltale") || !strings.Contains(got.stdout, "policy.mac_addresses.*") {
		t.Errorf("the dry run ends with %d and says\n%s%s", got.code, got.stdout, got.stderr)
	}
	b.sync(exitComplete)
	b.wantAsOfNow()

	for _, word := range []string{"telltale", "64:16:7f", "64167fddeeff", "203.0.113.17"} {
		b.wantHiddenFromReaders(word)
		if got := b.database.Value("SELECT count(*) > 0 FROM zoom_pii.user_settings WHERE strpos(setting, '" + word + "') > 0"); got != "t" {
			t.Errorf("%s is not in zoom_pii.user_settings", word)
		}
	}
	if dump := b.dump(); strings.Contains(dump, "secret-telltale") {
		t.Error("a secret reached the database")
	}
	for what := 'a'; what <= 'q'; what++ {
		if got := b.database.Value(fmt.Sprintf("SELECT count(*) > 0 FROM zoom_pii.documents WHERE strpos(body::text, 'telltale-%c-2') > 0", what)); got != "t" {
			t.Errorf("value %c is not in zoom_pii.documents", what)
		}
	}
	shown := b.database.Query(`SELECT enabled, (SELECT detail FROM zoom.policies v WHERE (v.user_id, v.policy) = (p.user_id, 'voicemail')) IS NOT NULL,
		(SELECT value ->> 'value' FROM zoom.user_settings s WHERE s.user_id = p.user_id AND setting = 'recording_storage_location')
		FROM zoom.policies p WHERE policy = 'nomadic'
		UNION ALL SELECT enabled, locked_by = 'site', (SELECT locked_by FROM zoom.policy_decisions WHERE policy = 'labelled')
		FROM zoom.policies_as_of(now()) WHERE policy = 'labelled'`)
	if diff := cmp.Diff([][]string{{"t", "t", "DE"}, {"<null>", "t", "site"}}, shown); diff != "" {
		t.Errorf("what is not personal (-want +got)\n%s", diff)
	}
}

func TestDump_holds_no_secrets(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 150, Seed: 33})
	b.sync(exitComplete)
	ids := b.active()
	for i, id := range ids[:20] {
		b.put(id, zoomtest.Settings, "desk_phone.pin_code", fmt.Sprintf("pin-%010d", i))
		b.put(id, zoomtest.UserSettings, "schedule_meeting.pmi_password", fmt.Sprintf("another-pmi-%d", i))
		b.put(id, zoomtest.List, "department", "moved")
	}
	b.sync(exitComplete)
	b.account.Remove(ids[0], ids[1])
	b.sync(exitComplete)
	if got := b.run("forget", "--", ids[0]); got.code != exitComplete {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	b.account.Return(ids[1])
	b.sync(exitComplete)
	b.wantNoSecrets()
}

func TestForget_erases_a_user(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 150, Seed: 32})
	b.sync(exitComplete)
	var id, email string
	for _, u := range b.account.Users() {
		if u.Status == zoomtest.Active && !strings.HasPrefix(u.ID, "-") {
			id, email = u.ID, u.Email
			break
		}
	}
	const name = `Tell "Tale" O'Person \ Ж`
	b.put(id, zoomtest.List, "name", name)
	b.put(id, zoomtest.List, "phone_numbers", []any{map[string]any{"id": "telltale-number", "number": "14155550199"}})
	b.put(id, zoomtest.Profile, "emergency_address.city", "telltale city")
	said := b.said(id)
	b.sync(exitComplete)
	for path, kind := range map[string]string{"name": zoomtest.List, "area_code": zoomtest.Settings, "emergency_address.city": zoomtest.Profile} {
		b.put(id, kind, path, "telltale "+path)
	}
	other := b.active()[50]
	b.put(other, zoomtest.Profile, "policy.voicemail_access_members", []any{map[string]any{"access_user_id": id, "shared_id": "s1"}})
	said = append(said, b.said(id)...)
	b.sync(exitComplete)
	credentials := map[string]string{"ZOOM_CLIENT_ID": "", "ZOOM_CLIENT_SECRET": ""} // it asks Zoom for nothing
	forget := func(args ...string) outcome {
		return b.runWith(t.Context(), credentials, append([]string{"forget"}, args...)...)
	}
	wantOneError(t, forget(id), exitFailed, "not deleted", "--yes-still-listed")
	wantOneError(t, forget("nobody@example.com"), exitFailed, "no such user")
	wantOneError(t, forget("--", "---nobody"), exitFailed, "no such user")
	if got := forget(); got.code != exitUsage {
		t.Errorf("without a user: exit code %d", got.code)
	}

	release := b.lease()
	wantOneError(t, forget(id), exitLeased, "another syncd")
	release()

	b.account.Remove(id)
	b.sync(exitComplete)
	dump, others := b.dump(), b.saidOfOthers(id)
	own := slices.DeleteFunc(said, func(word string) bool {
		return len(word) < 7 || strings.Contains(others, word) || !strings.Contains(dump, word)
	})
	for _, word := range []string{email, jsonText(name), "telltale name", "telltale-number", "14155550199", "telltale city"} {
		if !slices.Contains(own, word) {
			t.Errorf("the dump lacks %q before it is forgotten", word)
		}
	}
	if len(own) < 30 || !strings.Contains(others, id) {
		t.Fatalf("hardly anything to look for: %v", own)
	}
	mentions := b.database.Query("SELECT DISTINCT user_key FROM syncd.documents JOIN syncd.users u USING (user_key) WHERE strpos(body::text, '" + id + "') > 0 AND u.user_id <> '" + id + "'")
	got := forget(strings.ToUpper(email))
	if got.code != exitComplete || !strings.Contains(got.stdout, "syncd.document_history") || !strings.Contains(got.stdout, "forgotten-") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if strings.Contains(got.stdout+got.stderr, id) {
		t.Errorf("the command shows the id\n%s%s", got.stdout, got.stderr)
	}
	dump = b.dump()
	for _, word := range own {
		if strings.Contains(dump, word) {
			t.Errorf("the database still holds %q", word)
		}
	}
	found := 0
	for line := range strings.Lines(dump) {
		if strings.Contains(line, id) {
			found++
			key, _, _ := strings.Cut(line, "\t")
			if !slices.ContainsFunc(mentions, func(row []string) bool { return row[0] == key }) {
				t.Errorf("the id stands in a row that is nobody's who names the user: %.80s", line)
			}
		}
	}
	if found == 0 {
		t.Error("the settings of another user lost whom they name")
	}
	counts := "SELECT (SELECT count(*) FROM zoom.phone_users), (SELECT count(*) FROM zoom.phone_users_all), (SELECT users_deleted FROM zoom.sync_passes ORDER BY pass_id DESC LIMIT 1)"
	before := b.database.Query(counts)[0]
	if before[0] != "149" || before[1] != "150" || before[2] != "1" {
		t.Errorf("users now, ever, deleted by the last pass: %v", before)
	}
	contents := b.contents()
	b.sync(exitComplete)
	b.wantMirror()
	for table, content := range b.contents() {
		if contents[table] != content {
			t.Errorf("the pass after that wrote %s", table)
		}
	}

	b.account.Return(id)
	b.sync(exitComplete)
	b.wantMirror()
	if got := forget("--yes-still-listed", id); got.code != exitComplete || !strings.Contains(got.stdout, "next pass") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if n := b.database.Value("SELECT count(*) FROM zoom.phone_users"); n != "149" {
		t.Errorf("%s current users are left, want 149", n)
	}
	b.sync(exitComplete)
	b.wantMirror()
}

// What a person has entered may be the name of a field that nobody knows, whatever it is and however it is spelled.
func TestForget_erases_names_that_only_the_user_has(t *testing.T) {
	t.Parallel()
	const name = `Tell "Tale" O'Person \ Ж`
	b := newBench(t, zoomtest.Options{Users: 8, Seed: 36})
	ids := b.active()
	b.put(ids[0], zoomtest.List, "name", "Bo")
	b.put(ids[0], zoomtest.Settings, "x_dials", map[string]any{"Grandma Telltale": map[string]any{"n": 1}, name: 1, "Bo": 1})
	b.sync(exitComplete)
	b.put(ids[0], zoomtest.Settings, "x_dials", map[string]any{"Telltale": 1})
	for _, id := range ids[:2] {
		b.put(id, zoomtest.Settings, "x_common", map[string]any{"Bo": 1})
	}
	b.sync(exitComplete)
	b.account.Remove(ids[0])
	b.sync(exitComplete)
	query := `SELECT path FROM zoom.unmapped_fields WHERE path ~ '^x_(dials|common)' ORDER BY path COLLATE "C"`
	b.wantRows(query, []string{"x_common"}, []string{"x_common.Bo"}, []string{"x_dials"}, []string{`x_dials."Tell \"Tale\" O'Person \\ Ж"`},
		[]string{"x_dials.Bo"}, []string{"x_dials.Grandma Telltale"}, []string{"x_dials.Grandma Telltale.n"}, []string{"x_dials.Telltale"})
	if got := b.run("forget", "--", ids[0]); got.code != exitComplete {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	b.wantRows(query, []string{"x_common"}, []string{"x_common.Bo"})
	if dump := b.dump(); strings.Contains(dump, "Telltale") || strings.Contains(dump, "O'Person") {
		t.Error("the database still holds a name")
	}
}

// said gives every text and number in the documents of a user, as JSON writes it,
// without the quotes.
func (b *bench) said(id string) []string {
	b.t.Helper()
	var words []string
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case object:
			for _, member := range v {
				collect(member)
			}
		case []any:
			for _, item := range v {
				collect(item)
			}
		case string:
			words = append(words, jsonText(v))
		case json.Number:
			words = append(words, v.String())
		}
	}
	for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
		if body, ok := b.account.Document(id, kind); ok {
			collect(decode(b.t, body))
		}
	}
	return words
}

// saidOfOthers gives what the documents of everybody else say, in one text.
func (b *bench) saidOfOthers(id string) string {
	b.t.Helper()
	var words []string
	for _, u := range b.account.Users() {
		if u.ID != id {
			words = append(words, b.said(u.ID)...)
		}
	}
	return strings.Join(words, "\n")
}

// jsonText is a text as it stands in JSON, without the quotes.
func jsonText(s string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string, to memory
	return strings.TrimSuffix(strings.TrimPrefix(text.String(), `"`), "\"\n")
}

func TestForget_needs_a_schema(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 1})
	b.environment["DATABASE_URL"] = dbtest.Empty(t).URL
	wantOneError(t, b.run("forget", "somebody"), exitFailed, "schema is missing", "syncd migrate")
}

// A condition that fails on a value tells the value in its error.
func TestReader_of_zoom_learns_nothing_from_errors(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 5, Seed: 34})
	id := b.active()[0]
	b.put(id, zoomtest.UserSettings, "home_addresses", map[string]any{"12 Telltale Street": "x"})
	b.put(id, zoomtest.Profile, "policy.nomadic", map[string]any{"enable": true, "registered_address": "13 Telltale Street"})
	b.sync(exitComplete)
	b.put(id, zoomtest.Profile, "policy.nomadic.registered_address", "14 Telltale Street")
	b.sync(exitComplete)
	r := b.newReader("--reader", "_curious")
	for view, column := range map[string]string{
		"user_settings": "setting", "policies": "detail", "policy_versions": "detail", "policy_decisions": "locked_by", "setting_changes": "old_value",
	} {
		query := fmt.Sprintf("SELECT * FROM zoom.%[1]s WHERE CASE WHEN %[2]s::text ~ 'Telltale' THEN %[2]s::text::int = 0 ELSE false END", view, column)
		if _, err := r.conn.Exec(t.Context(), query); err != nil {
			t.Errorf("%s: %v", view, err)
		}
	}
}
