package docs_test

import (
	"strings"
	"testing"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

// The SQL of the runbook can be typed as it is, and asks about one of the accounts that share a database.
func TestRunbook_asks_about_one_account(t *testing.T) {
	t.Parallel()
	const mine, other = "mine", "theirs"
	database := dbtest.New(t)
	store, err := db.Open(t.Context(), db.Config{URL: database.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	for _, account := range []string{other, mine, other} { // one pass of theirs is older, and one is newer
		if _, err := store.BeginPass(t.Context(), account, 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.BeginPass(t.Context(), mine, 3); err != nil { // of syncd sync --user
		t.Fatal(err)
	}
	database.Exec(`
		UPDATE syncd.passes SET status = 'partial', finished_at = now();
		INSERT INTO syncd.users (account_id, user_id) VALUES ('mine', 'a'), ('theirs', 'b');
		INSERT INTO syncd.failures (pass_id, user_key, document, message, failed_at)
			SELECT pass_id, user_key, pass_id, 'refused', now() FROM syncd.passes JOIN syncd.users USING (account_id)`)
	for _, account := range []string{mine, other} {
		leadership, err := store.AcquireLeadership(t.Context(), account)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(leadership.Release)
		lease, err := store.AcquireLease(t.Context(), account)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(lease.Release)
	}
	ours := map[string]string{ // the first value of the one row, by what tells the query from others
		"throttled, error":     "2",
		"zoom.sync_failures":   "profile",
		"users_listed, error":  "2",
		"sum(requests)":        "0",
		"hashtextextended":     database.Value(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'syncd leader' ORDER BY backend_start LIMIT 1`),
		"zoom.held_users":      "",
		"zoom.unmapped_fields": "",
	}
	asked := 0
	for _, block := range statements(t, "runbook.md") {
		for _, statement := range block {
			got := database.Query(strings.ReplaceAll(statement, "ACCOUNT", mine))
			of := ""
			for part := range ours {
				if strings.Contains(statement, part) {
					of = part
				}
			}
			switch {
			case of == "" && strings.Contains(statement, "zoom."):
				t.Errorf("nobody knows what this gives:\n%s", statement)
			case of == "":
			case ours[of] == "" && len(got) > 0, ours[of] != "" && (len(got) != 1 || got[0][0] != ours[of]):
				t.Errorf("%q: got %v\n%s", ours[of], got, statement)
			}
			if strings.Contains(statement, "zoom.") && strings.Count(statement, "zoom.sync_")+strings.Count(statement, "zoom.holds")+strings.Count(statement, "zoom.unmapped") != strings.Count(statement, "account_id = 'ACCOUNT'") {
				t.Errorf("asks about all accounts:\n%s", statement)
			}
			if of != "" {
				asked++
			}
		}
	}
	if asked != len(ours) {
		t.Errorf("%d queries about one account, want %d", asked, len(ours))
	}
}
