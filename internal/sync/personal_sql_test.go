package sync

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

// judging is the version whose migration judged what was there.
const judging = 12

// TestPersonal_names_in_the_database: the migration that judged what was there went by names too. It must not have found
// more than the program does, and less only of the names that the program has learned since, which a rebuild judges anew.
func TestPersonal_names_in_the_database(t *testing.T) {
	t.Parallel()
	names := []string{
		"", "_", "é", "éaddress", "home\u00a0address", "Straße", "ip", "IP", "ips", "IPs", "IPsec", "IPv6", "MACaddr", "publicipv6", "ipS", "IPAddress", "ip4", "4ip", "ipV6", "aIP", "AIP", "AIp", "aIp",
		"MACs", "MACsOfUser", "MACS", "MACAddress", "MAC2Address", "mac__address", "home_phone", "homePhone2", "home__phone", "phone_home", "HOMEPhone",
		"email_address", "emailaddress", "emailaddress_home_address", "emailaddress_emailaddresses2", "emailaddress_addr", "mailing_address", "emails2_address", "mailaddress1",
		"addr", "addrs3", "xaddress", "addressee", "city", "capacity", "lat", "LatLon", "flat", "x.y", "a[]", `"`, `\`, "dob1", "DOBs", "serialNumber", "userIP", "user_ip",
	}
	for _, c := range classifiedPaths() {
		names = append(names, strings.FieldsFunc(c.path, func(r rune) bool { return strings.ContainsRune(".[]", r) })...)
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	database := dbtest.New(t)
	database.Down(judging - 1)
	rows := database.Query("SELECT name, syncd.looks_personal(name) FROM unnest(" + literals(names) + ") name")
	if len(rows) != len(names) || len(names) < 200 {
		t.Fatalf("got %d of %d names", len(rows), len(names))
	}
	var learned []string
	for _, row := range rows {
		switch now, then := looksPersonal(row[0]), row[1] == "t"; {
		case now && !then:
			learned = append(learned, row[0])
		case then && !now:
			t.Errorf("%q: the database says it is personal, the program says it is not", row[0])
		}
	}
	if diff := cmp.Diff([]string{"DOBs", "IPsec", "IPv6", "publicipv6"}, learned); diff != "" {
		t.Errorf("names that only the program takes for personal (-want +got)\n%s", diff)
	}
}

// TestPersonal_values_in_the_database does the same for whole policies and settings: a rebuild finds every verdict right,
// of the current version and of the ones before. No sample has what the program alone knows to be personal.
func TestPersonal_values_in_the_database(t *testing.T) {
	t.Parallel()
	var profiles, settings []string
	add := func(outer, inner, sample string) {
		profiles = append(profiles, documentWith("policy", documentWith(inner, sample)))
		settings = append(settings, documentWith(outer, documentWith(inner, sample)))
	}
	samples := []string{
		`null`, `true`, `7`, `""`, `"x"`, `{}`, `[]`, `{"x":1}`, `[[{"ip":1}]]`, `{"a":{"b":[{"privateIP":null}]}}`, `{"note":"mac \"ip\": 1"}`,
		`{"prompt_default_address":true}`, `{"prompt_default_address":"Baker Street"}`, `{"prompt_default_address":{"x":1}}`, `{"value":{"city":1}}`, `{"x":{"prompt_default_address":true}}`,
		`{"enable":true,"locked_by":"site"}`, `{"key":"mac_address","value":"0a1b"}`, `[{"Name":"homeAddress","x_value":{"y":1}}]`, `{"key":"note","value":"mac_address"}`,
		`{"label":"IP"}`, `{"label":["IP"],"data":1}`, `{"type":"address_of_email","text":"x"}`, `{"a":[{"fieldHint":"ip","val":1},{"field":"ip","vals":1}]}`,
	}
	for _, sample := range samples {
		for _, name := range []string{"nomadic", "home_address", "emergency_address_management", "value", "key"} {
			add("policy", name, sample)
			add("home_address", name, sample)
		}
	}
	for _, c := range classifiedPaths() {
		names := strings.SplitN(c.path, ".", 3)
		if c.kind != db.DocumentUserSettings && !strings.HasPrefix(c.path, "policy.") || c.kind != db.DocumentProfile && c.kind != db.DocumentUserSettings ||
			len(names) < 2 || strings.HasSuffix(names[1], "[]") {
			continue
		}
		for _, sample := range []string{`null`, `true`, `"x"`, `{"x":1}`, `[[{"ip":1}]]`, `{"value":{"city":1}}`} {
			if len(names) > 2 {
				sample = documentWith(names[2], sample)
			}
			add(names[0], names[1], sample)
		}
	}
	// One member of a section, or of all policies, says what another one is.
	for _, members := range []string{
		`{"key":"ip_range","value":"x","n":1}`, `{"value":7,"code":"IP"}`, `{"name":"city.jpg","save_chat_text":true,"text":true,"data_center_regions":["x"]}`, `{"key":"x","value":"y"}`,
	} {
		profiles = append(profiles, `{"policy":`+members+`}`)
		settings = append(settings, `{"recording":`+members+`,"in_meeting":`+members+`}`)
	}
	database := dbtest.New(t)
	database.Exec(`
		INSERT INTO syncd.users (account_id, user_id) SELECT 'a', n FROM generate_series(1, ` + strconv.Itoa(len(profiles)) + `) n;
		INSERT INTO syncd.documents (user_key, document, valid_from, full_digest, stable_digest, body)
		SELECT u.user_key, d.document, now() - interval '1 day', decode(repeat('00', 16), 'hex'), decode(repeat('00', 16), 'hex'), d.body::jsonb
		FROM (
			SELECT 2 AS document, n, body FROM unnest(` + literals(profiles) + `) WITH ORDINALITY p (body, n)
			UNION ALL
			SELECT 4, n, body FROM unnest(` + literals(settings) + `) WITH ORDINALITY s (body, n)
		) d
		JOIN syncd.users u ON u.user_id = d.n::text`)
	store, err := db.Open(t.Context(), db.Config{URL: database.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := Rebuild(t.Context(), store, "a", func(Progress) {}); err != nil {
		t.Fatal(err)
	}
	const judged = `SELECT d.body, CASE d.document WHEN 2 THEN d.personal_policies END, (SELECT array_agg(s.section || '.' || s.setting ORDER BY s.section, s.setting) FROM syncd.user_settings s
		WHERE s.personal AND s.user_key = d.user_key AND d.document = 4) FROM syncd.documents d ORDER BY d.user_key, d.document`
	want := database.Query(judged)
	database.Exec(`INSERT INTO syncd.document_history SELECT user_key, document, valid_from - interval '1 day', valid_from, body FROM syncd.documents`)
	database.Down(judging - 1)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, row := range database.Query(judged) {
		if diff := cmp.Diff(want[i], row); diff != "" {
			t.Errorf("(-program +database)\n%s", diff)
		}
	}
	done, err := Rebuild(t.Context(), store, "a", func(Progress) {})
	if want := (db.Rebuilt{Users: len(profiles)}); err != nil || done != want {
		t.Errorf("the rebuild did %+v, want %+v, %v", done, want, err)
	}
	for _, row := range database.Query(`SELECT h.body, h.personal_policies, d.personal_policies FROM syncd.document_history h
		JOIN syncd.documents d USING (user_key, document) WHERE document = 2 AND h.personal_policies IS DISTINCT FROM d.personal_policies`) {
		t.Errorf("the history judges otherwise: %s", row)
	}
	counts := database.Query(`SELECT count(*) FILTER (WHERE personal) > 50, count(*) FILTER (WHERE NOT personal) > 1000 FROM syncd.policies
		UNION ALL SELECT count(*) FILTER (WHERE personal) > 50, count(*) FILTER (WHERE NOT personal) > 1000 FROM syncd.user_settings`)
	if diff := cmp.Diff([][]string{{"t", "t"}, {"t", "t"}}, counts); diff != "" {
		t.Errorf("enough is personal, and enough is not (-want +got)\n%s", diff)
	}
}

// literals writes texts as an array of SQL.
func literals(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return "ARRAY[" + strings.Join(quoted, ",") + "]::text[]"
}
