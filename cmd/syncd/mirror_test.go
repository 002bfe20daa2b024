package main

import (
	"context"
	"index/suffixarray"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/mirrortest"
	"syncd/internal/zoom/zoomtest"
)

func TestSync_mirrors_every_document_exactly(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 2000, Seed: 7, Faults: zoomtest.Faults{ShuffleList: true}})
	b.sync(exitComplete)
	b.wantMirror()
	b.wantWithinBudget()
	b.wantNoSecrets()

	before := b.contents()
	b.sync(exitComplete)
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("a pass over unchanged data wrote rows (-before +after):\n%s", diff)
	}
	want := [][]string{{"1", "complete", "2000", "0", "0", "0"}, {"2", "complete", "0", "2000", "0", "0"}}
	got := b.database.Query("SELECT pass_id, status, users_written, users_unchanged, users_failed, users_deleted FROM zoom.sync_passes ORDER BY pass_id")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("passes (-want +got):\n%s", diff)
	}
}

func TestSync_mirrors_the_same_under_faults(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 2000, Seed: 8, Faults: zoomtest.Faults{
		InternalError: .03, BadGateway: .02, BrokenBody: .02, Garbage: .01, RevokeEvery: 500, ShuffleList: true,
	}})
	b.sync(exitComplete)
	b.wantMirror()
	b.wantWithinBudget()
	before := b.contents()
	b.account.SetFaults(zoomtest.Faults{ShuffleList: true, ShuffleDocuments: true})
	b.sync(exitComplete)
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("a pass over documents in another order wrote rows (-before +after):\n%s", diff)
	}
	if issued := b.account.TokensIssued(); issued < 10 {
		t.Errorf("%d tokens were issued: the revocations were not met", issued)
	}
}

func TestSync_follows_the_account(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 300, Seed: 9})
	b.sync(exitComplete)
	var ids []string
	for _, u := range b.account.Users() {
		if u.Status == "activate" {
			ids = append(ids, u.ID)
		}
	}
	changed, gone := ids[:5], ids[5:8]
	for _, id := range changed {
		if err := b.account.Set(id, zoomtest.List, "department", "Neue Abteilung"); err != nil {
			t.Fatal(err)
		}
		if err := b.account.Set(id, zoomtest.Profile, "policy.sms.enable", "perhaps"); err != nil {
			t.Fatal(err)
		}
	}
	b.account.Remove(gone...)
	b.account.Add(4)
	b.sync(exitComplete)
	b.wantMirror()
	want := [][]string{{"9", "292", "0", "3"}}
	if got := b.database.Query("SELECT users_written, users_unchanged, users_failed, users_deleted FROM zoom.sync_passes WHERE pass_id = 2"); !cmp.Equal(want, got) {
		t.Errorf("second pass wrote, left, failed, deleted %v, want %v", got, want)
	}
	evidence := b.database.Query("SELECT deletion_evidence #>> '{probe,http_status}', deletion_evidence #>> '{listing,complete}' FROM zoom.phone_users_all WHERE deleted_at IS NOT NULL")
	if want := [][]string{{"404", "true"}, {"404", "true"}, {"404", "true"}}; !cmp.Equal(want, evidence) {
		t.Errorf("evidence of deletion: %v, want %v", evidence, want)
	}

	b.account.Return(gone[0])
	b.sync(exitComplete)
	b.wantMirror()
	if got := b.database.Value("SELECT count(*) FROM zoom_pii.document_versions WHERE document = 'profile' AND user_id = '" + gone[0] + "'"); got != "2" {
		t.Errorf("a user who left and came back has %s versions of the profile, want 2", got)
	}
}

func TestSync_never_deletes_on_a_listing_that_does_not_add_up(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]zoomtest.Faults{
		"truncated": {TruncateListAtPage: 1},
		"empty":     {EmptyList: true},
		"repeated":  {RepeatPageAt: 2},
		"no way on": {RepeatToken: true},

		"repeated without totals":           {RepeatPageAt: 2, DropTotalRecords: true},
		"repeated at the end without total": {RepeatPageAt: 3, DropTotalRecords: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 250, Small: true, Seed: 10})
			b.sync(exitComplete)
			b.account.SetFaults(faults)
			wantOneError(t, b.sync(exitPartial), exitPartial)
			if got := b.database.Value("SELECT count(*) FROM zoom.phone_users"); got != "250" {
				t.Errorf("%s users are left of 250", got)
			}
			if got := b.database.Value("SELECT listing_complete FROM zoom.sync_passes WHERE pass_id = 2"); got != "f" {
				t.Errorf("the listing counts as complete")
			}
		})
	}
}

func TestSync_keeps_a_user_who_is_on_no_list_and_still_exists(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 120, Seed: 11})
	b.sync(exitComplete)
	users := b.account.Users()
	b.account.Remove(users[0].ID, users[7].ID) // asked for before the hidden one, and after
	b.account.SetFaults(zoomtest.Faults{Hidden: []string{users[3].ID}})
	wantOneError(t, b.sync(exitPartial), exitPartial, "the list lacks 1 users whom Zoom still has, of 3 whom it lacks")
	b.wantRows("SELECT count(*) FROM zoom.phone_users", []string{"118"})
	b.wantRows("SELECT user_id FROM zoom.phone_users WHERE user_id = '"+users[3].ID+"'", []string{users[3].ID})
	// The pass and the evidence tell one story: the list adds up, and one whom it lacks is there.
	b.wantRows("SELECT listing_complete FROM zoom.sync_passes WHERE pass_id = 2", []string{"t"})
	b.wantRows("SELECT DISTINCT deletion_evidence -> 'listing' FROM zoom.phone_users_all WHERE deleted_at IS NOT NULL",
		[]string{`{"users": 117, "absent": 3, "complete": true, "still_there": 1}`})
}

func TestSync_absence_needs_zooms_own_word(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"gateway":      {404, `{"message":"no Route matched with those values"}`},
		"page":         {404, `<html>not found</html>`},
		"other object": {404, `{"code":404,"message":"Site does not exist."}`},
		"bad request":  {400, `{"code":1010,"message":"User not found on this account"}`},
		"forbidden":    {403, `{"code":403,"message":"No permission."}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, zoomtest.Options{Users: 120, Small: true, Seed: 14})
			b.sync(exitComplete)
			gone := b.account.Users()[3].ID
			b.account.Remove(gone)
			b.answer("/v2/phone/users/"+gone, answer.status, answer.body)
			wantOneError(t, b.sync(exitPartial), exitPartial, "of 1 users is not proven")
			if got := b.database.Value("SELECT count(*) FROM zoom.phone_users"); got != "120" {
				t.Errorf("%s users are left of 120", got)
			}
		})
	}
}

func TestSync_is_partial_when_zoom_knows_nobody_it_lists(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 15})
	b.sync(exitComplete)
	before := b.contents()
	b.account.SetFaults(zoomtest.Faults{NotReady: 1})
	wantOneError(t, b.sync(exitPartial), exitPartial, "has no profile of")
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("documents were written (-before +after):\n%s", diff)
	}
}

func TestSync_is_partial_when_zoom_has_no_settings(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 60, Seed: 15})
	b.sync(exitComplete)
	before := b.contents()
	b.answerAll(func(path string) bool { return strings.HasSuffix(path, "/settings") }, 404, `{"code":1001,"message":"User does not exist: x."}`)
	wantOneError(t, b.sync(exitPartial), exitPartial, "has no settings of", "no user_settings of")
	if diff := cmp.Diff(before, b.contents()); diff != "" {
		t.Errorf("documents were written (-before +after):\n%s", diff)
	}
}

func TestSync_losing_the_sites_is_no_success(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 30, Seed: 16})
	b.sync(exitComplete)
	sites := b.database.Value("SELECT count(*) FROM zoom.sites")
	b.answer("/v2/phone/sites", 403, `{"code":403,"message":"No permission."}`)
	wantOneError(t, b.sync(exitPartial), exitPartial, "phone sites: ")
	if got := b.database.Value("SELECT count(*) FROM zoom.sites"); got != sites {
		t.Errorf("%s sites are left of %s", got, sites)
	}
}

func TestSync_account_without_sites_is_mirrored(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 30, Seed: 17, NoSites: true})
	b.sync(exitComplete)
	b.wantMirror()
}

func TestSync_lost_lease_ends_the_pass(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 400, Small: true, Seed: 18})
	goOn := b.stallAfter(150)
	ended := make(chan outcome)
	go func() { ended <- b.runWith(context.Background(), map[string]string{"SYNCD_CONCURRENCY": "2"}, "sync") }()
	b.waitFor("SELECT count(*) > 0 FROM zoom.phone_users", "t")
	b.database.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'syncd lease' AND datname = current_database()")
	got := <-ended
	goOn()
	if got.code != exitFailed || !strings.Contains(got.stderr, "lease was lost") || !strings.Contains(got.stderr, `"level":"WARN","msg":"pass ended"`) {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	b.sync(exitComplete)
	b.wantMirror()
	b.wantPasses([]string{"1", "complete", "400", "400", "0", "0"}) // its end was no fault of its own
}

func TestSync_user_ids_that_are_none_cost_nobody_else(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 30, Seed: 19})
	b.answer("/v2/phone/users", 200, `{"total_records":4,"next_page_token":"","users":[{"id":"bad\u0000id"},{"id":"`+strings.Repeat("x", 3000)+`"},{"name":"none"},{"id":"`+b.account.Users()[0].ID+`"}]}`)
	wantOneError(t, b.sync(exitPartial), exitPartial, "no usable id")
	if got := b.database.Value("SELECT count(*) FROM zoom.phone_users"); got != "1" {
		t.Errorf("%s users are mirrored, want 1", got)
	}
}

// answer makes the account answer a path with this from now on.
func (b *bench) answer(path string, status int, body string) {
	b.answerAll(func(asked string) bool { return asked == path }, status, body)
}

// answerAll makes the account answer some paths with this from now on.
func (b *bench) answerAll(paths func(string) bool, status int, body string) {
	answer := func(w http.ResponseWriter, r *http.Request) bool {
		if !paths(r.URL.Path) {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
	b.intercept.Store(&answer)
}

func TestSync_holds_mass_deletion(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 200, Seed: 12})
	b.sync(exitComplete)
	var gone []string
	for _, u := range b.account.Users()[:60] {
		gone = append(gone, u.ID)
	}
	b.account.Remove(gone...)
	b.sync(exitHeld)
	if got := b.database.Value("SELECT count(*) FROM zoom.phone_users"); got != "200" {
		t.Errorf("%s users are left of 200", got)
	}
	if got := b.database.Value("SELECT status FROM zoom.sync_passes WHERE pass_id = 2"); got != "held" {
		t.Errorf("the pass is %s, want held", got)
	}
}

func TestSync_one_users_failure_costs_that_user_alone(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 150, Seed: 13})
	b.sync(exitComplete)
	var ids []string
	for _, u := range b.account.Users() {
		if u.Status == "activate" {
			ids = append(ids, u.ID)
		}
	}
	b.account.FailUser(ids[0], zoomtest.Settings, 403)
	b.account.FailUser(ids[1], zoomtest.Profile, 404)
	if err := b.account.SetDocument(ids[2], zoomtest.Profile, []byte(`{"id":"`+ids[2]+`","note":"a\u0000b"}`)); err != nil {
		t.Fatal(err)
	}
	if err := b.account.SetDocument(ids[3], zoomtest.Settings, []byte(`{"area_code":"0`+strings.Repeat("1", 20_000)+`","n":1e99999}`)); err != nil {
		t.Fatal(err)
	}
	wantOneError(t, b.sync(exitPartial), exitPartial)
	want := [][]string{
		{ids[0], "settings", "forbidden", "403"}, {ids[1], "profile", "not_found", "<null>"}, {ids[2], "profile", "failed", "<null>"}, {ids[3], "settings", "failed", "<null>"},
	}
	got := b.database.Query(`SELECT f.user_id, f.document, f.status, s.http_status FROM zoom.freshness f LEFT JOIN zoom.sync_failures s USING (account_id, user_id, document)
		WHERE f.status NOT IN ('ok', 'pending') AND f.user_id IN (SELECT user_id FROM zoom.phone_users WHERE status <> 'pending')
		ORDER BY array_position(ARRAY['` + strings.Join(ids[:4], "','") + `'], f.user_id)`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents that are not ok (-want +got):\n%s", diff)
	}
	// What the mirror held of them stays.
	if got := b.database.Value("SELECT count(*) FROM zoom_pii.documents WHERE user_id IN ('" + strings.Join(ids[:4], "','") + "')"); got != "16" {
		t.Errorf("%s documents of the four users are left of 16", got)
	}
}

// wantMirror compares every current document of the mirror with the account's own.
func (b *bench) wantMirror() {
	b.t.Helper()
	if err := mirrortest.Compare(b.account, b.database); err != nil {
		b.t.Fatal(err)
	}
}

func decode(t *testing.T, body []byte) any {
	t.Helper()
	v, err := mirrortest.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wantWithinBudget checks that no pool got more than its limit in any second.
func (b *bench) wantWithinBudget() {
	b.t.Helper()
	if excess := b.account.Exceeded(); len(excess) > 0 {
		b.t.Errorf("the budget was exceeded %d times, first %v", len(excess), excess[0])
	}
	if throttled := b.account.Throttled(""); throttled > 0 {
		b.t.Errorf("%d requests were throttled", throttled)
	}
	if faults := b.account.ProtocolFaults(); len(faults) > 0 {
		b.t.Errorf("the client is careless: %v", faults)
	}
}

// dump gives everything that the database holds, without the escapes of COPY: a
// value of a column stands there as it is, one of a document as JSON writes it.
func (b *bench) dump() string {
	b.t.Helper()
	return strings.ReplaceAll(b.database.Dump(), `\\`, `\`)
}

// wantNoSecrets looks for every secret in a dump of the database.
func (b *bench) wantNoSecrets() {
	b.t.Helper()
	secrets := b.account.Secrets()
	if len(secrets) < 100 {
		b.t.Fatalf("the account has served %d secrets only", len(secrets))
	}
	dump := b.dump()
	for _, known := range []string{b.account.Users()[0].ID, "[redacted]"} {
		if !strings.Contains(dump, known) {
			b.t.Fatalf("the dump lacks %q: it is not all of the database", known)
		}
	}
	text := suffixarray.New([]byte(dump))
	for _, secret := range secrets {
		if len(text.Lookup([]byte(secret), 1)) > 0 {
			b.t.Fatalf("the database holds the secret %q", secret)
		}
	}
}

// contents gives for every engine table but freshness and passes a digest of its
// rows with the transactions that wrote them.
func (b *bench) contents() map[string]string {
	b.t.Helper()
	contents := map[string]string{}
	for _, table := range b.tables() {
		if table != "syncd.freshness" && table != "syncd.passes" {
			contents[table] = b.database.Value("SELECT count(*) || ' ' || coalesce(md5(string_agg(ctid || ' ' || xmin, ',' ORDER BY ctid)), '') FROM " + table)
		}
	}
	if len(contents) < 8 {
		b.t.Fatalf("only %d tables are watched", len(contents))
	}
	return contents
}

func (b *bench) tables() []string {
	var tables []string
	for _, row := range b.database.Query("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('syncd', 'zoom', 'zoom_pii') ORDER BY 1") {
		tables = append(tables, row[0])
	}
	return tables
}
