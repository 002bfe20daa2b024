package sync

import (
	"slices"
	"strings"
	"testing"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

// TestPersonal_names_in_the_database: the views of the history judge by names too, and must not judge otherwise.
func TestPersonal_names_in_the_database(t *testing.T) {
	t.Parallel()
	names := []string{
		"", "_", "é", "éaddress", "home\u00a0address", "Straße", "ip", "IP", "ips", "IPs", "IPsec", "ipS", "IPAddress", "ip4", "4ip", "ipV6", "aIP", "AIP", "AIp", "aIp",
		"MACs", "MACsOfUser", "MACS", "MACAddress", "MAC2Address", "mac__address", "home_phone", "homePhone2", "home__phone", "phone_home", "HOMEPhone",
		"email_address", "emailaddress", "emailaddress_home_address", "emailaddress_emailaddresses2", "emailaddress_addr", "mailing_address", "emails2_address", "mailaddress1",
		"addr", "addrs3", "xaddress", "addressee", "city", "capacity", "lat", "LatLon", "flat", "x.y", "a[]", `"`, `\`, "dob1", "DOBs", "serialNumber", "userIP", "user_ip",
	}
	for _, c := range classifiedPaths() {
		names = append(names, strings.FieldsFunc(c.path, func(r rune) bool { return strings.ContainsRune(".[]", r) })...)
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	database := dbtest.New(t)
	rows := database.Query("SELECT name, syncd.looks_personal(name) FROM unnest(" + literals(names) + ") name")
	if len(rows) != len(names) || len(names) < 200 {
		t.Fatalf("got %d of %d names", len(rows), len(names))
	}
	for _, row := range rows {
		if want := looksPersonal(row[0]); (row[1] == "t") != want {
			t.Errorf("%q: the database says %s, the program %t", row[0], row[1], want)
		}
	}
}

// TestPersonal_values_in_the_database does the same for whole policies and settings.
func TestPersonal_values_in_the_database(t *testing.T) {
	t.Parallel()
	var documents, outers, inners, values []string
	var want []bool
	classes := shapes()
	judge := func(kind db.Document, outer, inner, text string) {
		documents, outers, inners, values = append(documents, string(kind)), append(outers, outer), append(inners, inner), append(values, text)
		whole := value{kind: '{', members: []member{{outer, value{kind: '{', members: []member{{inner, mustParse(t, `{"v":`+text+`}`).get("v")}}}}}}
		want = append(want, holdsPersonal(whole, classes[kind]))
	}
	samples := []string{
		`null`, `true`, `7`, `""`, `"x"`, `{}`, `[]`, `{"x":1}`, `[[{"ip":1}]]`, `{"a":{"b":[{"privateIP":null}]}}`, `{"note":"mac \"ip\": 1"}`,
		`{"prompt_default_address":true}`, `{"prompt_default_address":"Baker Street"}`, `{"prompt_default_address":{"x":1}}`, `{"value":{"city":1}}`, `{"x":{"prompt_default_address":true}}`,
	}
	for _, sample := range samples {
		judge(db.DocumentProfile, "policy", "nomadic", sample)
		judge(db.DocumentProfile, "policy", "home_address", sample)
		judge(db.DocumentUserSettings, "home_address", "x", sample)
		judge(db.DocumentUserSettings, "policy", "emergency_address_management", sample)
	}
	for _, c := range classifiedPaths() {
		names := strings.SplitN(c.path, ".", 3)
		if c.kind != db.DocumentUserSettings && !strings.HasPrefix(c.path, "policy.") || c.kind != db.DocumentProfile && c.kind != db.DocumentUserSettings ||
			len(names) < 2 || strings.HasSuffix(names[1], "[]") {
			continue
		}
		for _, sample := range samples {
			if len(names) > 2 {
				sample = documentWith(names[2], sample)
			}
			judge(c.kind, names[0], names[1], sample)
		}
	}
	database := dbtest.New(t)
	rows := database.Query("SELECT n, syncd.is_personal(d, o, i, v::jsonb), syncd.holds_personal(d, o, i, v::jsonb) FROM unnest(" +
		literals(documents) + "," + literals(outers) + "," + literals(inners) + "," + literals(values) + ") WITH ORDINALITY x (d, o, i, v, n) ORDER BY n")
	if len(rows) != len(want) || len(want) < 3000 || !slices.Contains(want, true) {
		t.Fatalf("got %d of %d answers", len(rows), len(want))
	}
	for i, row := range rows {
		if (row[1] == "t") != want[i] || row[1] != row[2] {
			t.Errorf("%s %s.%s %s: the database says %s and %s, the program %t", documents[i], outers[i], inners[i], values[i], row[1], row[2], want[i])
		}
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
