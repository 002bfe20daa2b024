package db_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"syncd/internal/db"
)

// keep is how long these tests keep history. The pass at work began longer ago, so that its beginning is the limit.
const keep = 24 * time.Hour

// past makes the history of some users, without a pass: each document has versions of random length in the days around the
// limit, some with a gap between them; some documents are gone, and some users were. It gives the limit, which is the
// beginning of the pass at work. Versions begin and end at it, and a moment before and after.
func (b *bundle) past(tb testing.TB, users int) (limit string) {
	tb.Helper()
	b.database.Exec(`UPDATE syncd.passes SET started_at = date_trunc('day', now()) - interval '10 days'`)
	limit = b.database.Value(`SELECT started_at FROM syncd.passes`)
	random := rand.New(rand.NewPCG(7, 7))
	var sql strings.Builder
	fmt.Fprintf(&sql, `SET timezone = 'UTC';
		INSERT INTO syncd.users (account_id, user_id, first_seen_at, changed_at)
		SELECT '%s', 'u' || n, '%s'::timestamptz - interval '90 days', now() FROM generate_series(1, %d) n;
		INSERT INTO syncd.freshness (user_key) SELECT user_key FROM syncd.users;
		CREATE TEMPORARY TABLE v (n bigint, document smallint, at text, until text, current boolean);`, account, limit, users)
	moments := []string{"- interval '1 microsecond'", "", "+ interval '1 microsecond'"}
	for n := 1; n <= users; n++ {
		for document := 1; document <= 4; document++ {
			var ends []string
			for hours := -2000 + random.IntN(400); hours < 230; hours += 24 + random.IntN(900) {
				ends = append(ends, fmt.Sprintf("+ interval '%d hours'", hours))
				if hours < 0 && random.IntN(5) == 0 {
					ends = append(ends, moments[random.IntN(3)])
					hours = 1
				}
			}
			for i := 1; i < len(ends); i++ {
				if random.IntN(6) > 0 { // else a gap
					fmt.Fprintf(&sql, "INSERT INTO v VALUES (%d, %d, '%s', '%s', false);", n, document, strings.ReplaceAll(ends[i-1], "'", "''"), strings.ReplaceAll(ends[i], "'", "''"))
				}
			}
			if random.IntN(5) > 0 { // else the document is gone
				fmt.Fprintf(&sql, "INSERT INTO v VALUES (%d, %d, '%s', NULL, true);", n, document, strings.ReplaceAll(ends[len(ends)-1], "'", "''"))
			}
		}
	}
	fmt.Fprintf(&sql, `
		CREATE FUNCTION pg_temp.moment(text) RETURNS timestamptz LANGUAGE plpgsql AS $$
		DECLARE at timestamptz;
		BEGIN EXECUTE 'SELECT ''%s''::timestamptz ' || $1 INTO at; RETURN at; END $$;
		INSERT INTO syncd.document_history (user_key, document, valid_from, valid_to, body, personal_policies)
		SELECT u.user_key, v.document, pg_temp.moment(v.at), pg_temp.moment(v.until), jsonb_build_object('name', v.at, 'policy', jsonb_build_object('sms', v.at)), '[]'
		FROM v JOIN syncd.users u ON u.user_id = 'u' || v.n WHERE NOT v.current;
		INSERT INTO syncd.documents (user_key, document, valid_from, full_digest, stable_digest, body, personal_policies)
		SELECT u.user_key, v.document, pg_temp.moment(v.at), decode(md5(v.at), 'hex'), decode(md5(v.at), 'hex'), jsonb_build_object('name', v.at, 'policy', jsonb_build_object('sms', v.at)), '[]'
		FROM v JOIN syncd.users u ON u.user_id = 'u' || v.n WHERE v.current;
		INSERT INTO syncd.setting_changes (user_key, document, private, seen_after, seen_at, pass_id, path)
		SELECT user_key, document, false, valid_from, valid_to, 1, 'name' FROM syncd.document_history;
		UPDATE syncd.users SET deleted_at = now() - interval '1 day', deletion_evidence = '{}', deleted_pass_id = 1 WHERE user_key %% 7 = 0;
		INSERT INTO syncd.absences SELECT user_key, '%[1]s'::timestamptz - interval '3 days', '%[1]s'::timestamptz + interval '3 days', '{}'
		FROM syncd.users WHERE user_key %% 5 = 0;
		ANALYZE`, limit)
	b.database.Exec(sql.String())
	return limit
}

// asOf gives what the functions say of times from the limit on.
func (b *bundle) asOf(limit string) map[string]string {
	answers := map[string]string{}
	for _, function := range []string{"phone_users", "policies", "shared_access"} {
		for _, after := range []string{"0", "1 microsecond", "1 hour", "2 days", "9 days"} {
			answers[function+" "+after] = b.database.Value(fmt.Sprintf(
				`SELECT count(*) || ' ' || md5(string_agg(x, ',' ORDER BY x)) FROM (SELECT v::text AS x FROM zoom.%s_as_of('%s'::timestamptz + interval '%s') v) v`, function, limit, after))
		}
	}
	return answers
}

// contents gives a digest of the rows of every engine table with the transactions that wrote them.
func (b *bundle) contents() map[string]string {
	contents := map[string]string{}
	for _, row := range b.database.Query(`SELECT tablename FROM pg_tables WHERE schemaname = 'syncd'`) {
		contents[row[0]] = b.database.Value("SELECT count(*) || ' ' || coalesce(md5(string_agg(ctid || ' ' || xmin, ',' ORDER BY ctid)), '') FROM syncd." + row[0])
	}
	return contents
}

// Of the versions those are old that end at the limit or before, and are followed by another one by then.
const oldVersions = `
	FROM syncd.document_history h
	WHERE h.valid_to <= '%[1]s' AND EXISTS (
		SELECT
		FROM (SELECT user_key, document, valid_from FROM syncd.document_history UNION ALL SELECT user_key, document, valid_from FROM syncd.documents) n
		WHERE n.user_key = h.user_key AND n.document = h.document AND n.valid_from > h.valid_from AND n.valid_from <= '%[1]s'
	)`

func (b *bundle) prune(tb testing.TB, dryRun bool) db.Pruned {
	tb.Helper()
	done, err := b.Prune(tb.Context(), account, keep, dryRun, func(int, int) {})
	if err != nil {
		tb.Fatal(err)
	}
	return done
}

func TestStore_Prune_removes_what_no_time_within_needs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	limit := b.past(t, 80)
	want := db.Pruned{Versions: b.count(fmt.Sprintf("SELECT count(*)"+oldVersions, limit)), Changes: b.count("SELECT count(*) FROM syncd.setting_changes WHERE seen_at < '" + limit + "'")}
	if want.Versions < 300 || want.Changes < 300 {
		t.Fatalf("there is not enough to prune: %+v", want)
	}
	before, contents := b.asOf(limit), b.contents()

	dry := b.prune(t, true)
	if diff := cmp.Diff(contents, b.contents()); diff != "" {
		t.Errorf("a dry run wrote: %s", diff)
	}
	got := b.prune(t, false)
	for _, run := range []db.Pruned{dry, got} {
		if run.Versions != want.Versions || run.Changes != want.Changes || b.database.Value("SELECT '"+limit+"' = '"+run.Limit.Format(time.RFC3339Nano)+"'::timestamptz") != "t" {
			t.Errorf("got %+v, want %+v from %s on", run, want, limit)
		}
	}
	if dry.Begins != nil || got.Begins == nil || !got.Begins.Equal(got.Limit) {
		t.Errorf("history begins at %v after a dry run, and then at %v", dry.Begins, got.Begins)
	}

	if diff := cmp.Diff(before, b.asOf(limit)); diff != "" {
		t.Errorf("answers about the time that is kept (-before +after)\n%s", diff)
	}
	after := b.contents()
	for _, table := range []string{"document_history", "setting_changes", "history_limits"} {
		if contents[table] == after[table] {
			t.Errorf("nothing has changed in %s", table)
		}
		delete(contents, table)
		delete(after, table)
	}
	if diff := cmp.Diff(contents, after); diff != "" {
		t.Errorf("other tables were written (-before +after)\n%s", diff)
	}
	b.rows(t, fmt.Sprintf("SELECT count(*)"+oldVersions, limit), []string{"0"})
	b.rows(t, fmt.Sprintf(`SELECT count(*) FROM syncd.setting_changes WHERE seen_at < '%s'`, limit), []string{"0"})

	contents = b.contents()
	if again := b.prune(t, false); again.Versions+again.Changes+again.Passes > 0 {
		t.Errorf("the second time it removed %+v", again)
	}
	if diff := cmp.Diff(contents, b.contents()); diff != "" {
		t.Errorf("the second time it wrote: %s", diff)
	}
}

// end ends the pass, as complete.
func (b *bundle) end(tb testing.TB) {
	tb.Helper()
	if err := b.FinishPass(tb.Context(), b.pass.ID, db.PassResult{Status: db.PassComplete, ListingComplete: true}); err != nil {
		tb.Fatal(err)
	}
}

func (b *bundle) count(query string) (n int) {
	_, _ = fmt.Sscan(b.database.Value(query), &n)
	return n
}

// Whatever the form of the question, a time before history begins is an error and no empty answer.
func TestStore_Prune_lets_nobody_ask_about_what_is_gone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	limit := b.past(t, 80)
	ask := func(question string) error {
		conn, err := pgx.Connect(t.Context(), b.database.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(t.Context()) }()
		_, err = conn.Exec(t.Context(), strings.ReplaceAll(question, "LIMIT", limit))
		return err
	}
	const before = `'LIMIT'::timestamptz - interval '1 microsecond'`
	questions := map[string]string{}
	for _, function := range []string{"phone_users_as_of", "policies_as_of", "shared_access_as_of"} {
		for name, question := range map[string]string{
			"all":                `SELECT count(*) FROM zoom.F(` + before + `)`,
			"somebody":           `SELECT * FROM zoom.F(` + before + `) WHERE user_id = 'u1'`,
			"nobody":             `SELECT * FROM zoom.F(` + before + `) WHERE user_id = 'nobody'`,
			"the stone age":      `SELECT * FROM zoom.F('-infinity')`,
			"counted by time":    `SELECT m, (SELECT count(*) FROM zoom.F(m)) FROM generate_series(` + before + `, now(), '1 day') m`,
			"joined":             `SELECT * FROM generate_series(` + before + `, now(), '1 day') m CROSS JOIN LATERAL zoom.F(m) f`,
			"joined on the left": `SELECT m, count(f.user_id) FROM generate_series(` + before + `, now(), '1 day') m LEFT JOIN zoom.F(m) f ON f.user_id = 'u1' GROUP BY m`,
			"in a subquery": `SELECT u.user_id, f.user_id FROM zoom.phone_users u
				LEFT JOIN LATERAL (SELECT * FROM zoom.F(greatest(u.first_seen_at, ` + before + `)) WHERE user_id = 'nobody') f ON true`,
		} {
			questions[function+" "+name] = strings.ReplaceAll(question, "zoom.F", "zoom."+function)
		}
	}
	for name, question := range questions {
		if err := ask(question); err != nil {
			t.Errorf("%s, before it was pruned: %v", name, err)
		}
	}
	b.prune(t, false)
	for name, question := range questions {
		if err := ask(question); err == nil || !strings.Contains(err.Error(), "history begins at") {
			t.Errorf("%s: got %v, want an error", name, err)
		}
		if err := ask(strings.ReplaceAll(strings.ReplaceAll(question, before, `'LIMIT'::timestamptz`), "'-infinity'", "now()")); err != nil {
			t.Errorf("%s, of the limit itself: %v", name, err)
		}
	}
	b.rows(t, `SELECT account_id, begins_at, pruned_at <= now() FROM zoom.pruned_history`, []string{account, limit, "t"})
	if status, err := b.MirrorStatus(t.Context(), account); err != nil || status.HistoryBegins == nil {
		t.Errorf("status: %+v, %v", status, err)
	}
}

// A run that is cut off leaves whole batches, and the truth about where history begins; the next one goes on.
func TestStore_Prune_goes_on_where_it_was_cut_off(t *testing.T) {
	t.Parallel()
	b := setup(t)
	limit := b.past(t, 700) // more than a page of them
	want := b.count(fmt.Sprintf("SELECT count(*)"+oldVersions, limit))
	before := b.asOf(limit)
	ctx, stop := context.WithCancel(t.Context())
	first, err := b.Prune(ctx, account, keep, false, func(done, total int) {
		if total != 700 || done != 500 {
			t.Errorf("progress: %d of %d", done, total)
		}
		stop()
	})
	if !errors.Is(err, context.Canceled) || first.Versions == 0 || first.Versions >= want || first.Begins == nil {
		t.Fatalf("cut off: %+v, %v; want some of %d versions", first, err, want)
	}
	if diff := cmp.Diff(before, b.asOf(limit)); diff != "" {
		t.Errorf("answers in between (-before +then)\n%s", diff)
	}
	b.rows(t, `SELECT account_id, begins_at FROM zoom.pruned_history`, []string{account, limit})
	second := b.prune(t, false)
	if first.Versions+second.Versions != want {
		t.Errorf("%d and then %d versions were removed, want %d", first.Versions, second.Versions, want)
	}
	b.rows(t, fmt.Sprintf("SELECT count(*)"+oldVersions, limit), []string{"0"})
	if diff := cmp.Diff(before, b.asOf(limit)); diff != "" {
		t.Errorf("answers at last (-before +after)\n%s", diff)
	}
}

// What a batch removes, and that it did, becomes visible at once.
func TestStore_Prune_shows_no_half_state(t *testing.T) {
	t.Parallel()
	b := setup(t)
	limit := b.past(t, 80)
	all := b.database.Value(`SELECT count(*) FROM zoom.version_times`)
	old := fmt.Sprintf(`SELECT count(*) > 0 FROM zoom.phone_users_as_of('%s'::timestamptz - interval '20 days')`, limit)

	reader, err := pgx.Connect(t.Context(), b.database.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close(t.Context()) }()
	locker, err := pgx.Connect(t.Context(), b.database.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = locker.Close(t.Context()) }()
	for conn, statement := range map[*pgx.Conn]string{
		reader: `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM zoom.version_times`,
		locker: `BEGIN; LOCK syncd.history_limits IN SHARE MODE`, // the last statement of the batch waits
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error)
	go func() {
		_, err := b.Prune(t.Context(), account, keep, false, func(int, int) {})
		ended <- err
	}()
	for b.database.Value(`SELECT count(*) FROM pg_locks WHERE relation = 'syncd.history_limits'::regclass AND NOT granted`) == "0" {
		select {
		case err := <-ended:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
	}
	b.rows(t, `SELECT count(*) FROM zoom.version_times`, []string{all})
	b.rows(t, old, []string{"t"})
	if _, err := locker.Exec(t.Context(), `COMMIT`); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var versions string
	var known bool
	if err := reader.QueryRow(t.Context(), `SELECT count(*)::text FROM zoom.version_times`).Scan(&versions); err != nil || versions != all {
		t.Errorf("a reader that began before sees %s versions of %s: %v", versions, all, err)
	}
	if err := reader.QueryRow(t.Context(), old).Scan(&known); err != nil || !known {
		t.Errorf("a reader that began before is told: %v, %v", known, err)
	}
}

// It waits for nobody: what is locked is left to the next run.
func TestStore_Prune_works_beside_writers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	limit := b.past(t, 80)
	want := b.count(fmt.Sprintf("SELECT count(*)"+oldVersions, limit))
	acquire(t, b.Store, account) // the pass has the lease
	locker, err := pgx.Connect(t.Context(), b.database.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = locker.Close(t.Context()) }()
	if _, err := locker.Exec(t.Context(), `BEGIN; SELECT FROM syncd.document_history WHERE user_key % 10 = 1 FOR UPDATE; SELECT FROM syncd.setting_changes WHERE user_key % 10 = 1 FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	var writer sync.WaitGroup
	writer.Go(func() {
		for round := range 20 {
			var users []db.User
			for n := 2; n <= 80; n += 4 {
				users = append(users, user(fmt.Sprintf("u%d", n), fmt.Sprintf("Ann %d", round)))
			}
			if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, users, nil); err != nil {
				t.Error(err)
			}
		}
	})
	first := b.prune(t, false)
	writer.Wait()
	if first.Versions == 0 || first.Versions >= want {
		t.Errorf("%d of %d versions were removed beside locks", first.Versions, want)
	}
	if _, err := locker.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if second := b.prune(t, false); first.Versions+second.Versions != want {
		t.Errorf("%d and then %d versions were removed, want %d", first.Versions, second.Versions, want)
	}
	b.rows(t, `SELECT count(DISTINCT name) || ' ' || max(name) FROM zoom.phone_users WHERE user_id IN ('u2', 'u6', 'u78')`, []string{"1 Ann 19"})
	b.rows(t, `
		SELECT count(*) FROM zoom.version_times a JOIN zoom.version_times b USING (account_id, user_id, document)
		WHERE a.valid_from < b.valid_from AND (a.valid_to IS NULL OR a.valid_to > b.valid_from)`, []string{"0"})
}

// A document that comes back after its history was pruned is still one that comes back.
func TestStore_Prune_keeps_the_last_version_of_a_document_that_is_gone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 1, user("u1", "Ann"))
	b.database.Exec(`
		INSERT INTO syncd.document_history (user_key, document, valid_from, valid_to, body)
		SELECT user_key, document, now() - n * interval '100 days', now() - n * interval '100 days' + interval '99 days', body
		FROM syncd.documents, generate_series(2, 3) n WHERE document = 3;
		DELETE FROM syncd.documents WHERE document = 3`)
	if got := b.prune(t, false); got.Versions != 1 {
		t.Errorf("%d versions were removed, want the older one", got.Versions)
	}
	b.rows(t, `SELECT count(*) FROM syncd.document_history WHERE document = 3`, []string{"1"})
}

func TestStore_Prune_of_passes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t, 1, user("u1", "Ann"))
	b.end(t)
	// What else happened, from the oldest to the newest.
	b.database.Exec(`
		INSERT INTO syncd.passes (account_id, started_at, finished_at, status, listing_complete, users_requested) VALUES
			('account-1', now(), now(), 'complete', true, NULL),  -- 2, of which a hold tells
			('account-1', now(), now(), 'complete', true, NULL),  -- 3, the last complete one
			('account-1', now(), now(), 'partial', true, NULL),   -- 4
			('account-1', now(), now(), 'held', true, NULL),      -- 5, the last that saw everybody
			('account-1', now(), now(), 'partial', false, NULL),  -- 6, the last that saved
			('account-1', now(), now(), 'failed', false, NULL),   -- 7
			('account-1', now(), now(), 'failed', false, NULL),   -- 8, the last over all users
			('account-1', now(), now(), 'partial', false, 1),     -- 9
			('account-1', now(), now(), 'complete', false, 1),    -- 10, the last
			('other', now(), now(), 'failed', false, NULL);
		UPDATE syncd.passes SET started_at = now() - interval '20 days', finished_at = now() - interval '19 days';
		INSERT INTO syncd.holds (account_id, pass_id, kind, reason, users, set_digest, ended_at, outcome) VALUES ('account-1', 2, 'status', '', 1, '', now(), 'resolved');
		INSERT INTO syncd.failures (pass_id, user_key, document, message, failed_at)
		SELECT p.pass_id, u.user_key, d, 'x', now() FROM syncd.passes p, syncd.users u, generate_series(1, 3) d WHERE p.pass_id <> 1`)
	dry := b.prune(t, true)
	got := b.prune(t, false)
	for _, run := range []db.Pruned{dry, got} {
		if run.Passes != 4 || run.Failures != 9 || run.Begins != nil {
			t.Errorf("got %+v, want 4 passes and 9 failures, and that history is as long as ever", run)
		}
	}
	b.rows(t, `SELECT string_agg(pass_id::text, ' ' ORDER BY pass_id) FROM syncd.passes`, []string{"2 3 5 6 8 10 11"})
	b.rows(t, `SELECT count(*) FROM syncd.failures`, []string{"21"})
	pass := b.begin(t)
	if pass.First || !pass.Saved {
		t.Errorf("the next pass takes the account for a new one: %+v", pass)
	}
	b.database.Exec(`UPDATE syncd.passes SET started_at = now() - interval '20 days'`)
	if got := b.prune(t, false); got.Passes > 0 {
		t.Errorf("%d passes were removed that a running one may need", got.Passes)
	}
}

// Passes with many failures go one by one, each with all of its own.
func TestStore_Prune_takes_many_failures_in_batches(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.end(t)
	b.database.Exec(`
		INSERT INTO syncd.users (account_id, user_id) SELECT 'account-1', n::text FROM generate_series(1, 2000) n;
		INSERT INTO syncd.passes (account_id, started_at, finished_at, status) SELECT 'account-1', now(), now(), 'failed' FROM generate_series(1, 12);
		UPDATE syncd.passes SET started_at = now() - interval '20 days', finished_at = now() - interval '19 days';
		INSERT INTO syncd.failures (pass_id, user_key, document, message, failed_at)
		SELECT p.pass_id, u.user_key, d, 'x', now() FROM syncd.passes p, syncd.users u, generate_series(1, 3) d`)
	if got := b.prune(t, false); got.Passes != 11 || got.Failures != 11*6000 {
		t.Errorf("got %+v, want 11 passes and 66,000 failures", got)
	}
	if got := b.count(`SELECT count(DISTINCT xmin::text) FROM syncd.failures`); got != 1 {
		t.Errorf("%d transactions have left failures", got)
	}
}

// Accounts do not prune each other.
func TestStore_Prune_of_one_account(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.past(t, 20)
	b.database.Exec(`UPDATE syncd.users SET account_id = 'other' WHERE user_key % 2 = 0`)
	other := func() map[string]string {
		return map[string]string{
			"versions": b.database.Value(`SELECT count(*) FROM syncd.document_history WHERE user_key % 2 = 0`),
			"changes":  b.database.Value(`SELECT count(*) FROM syncd.setting_changes WHERE user_key % 2 = 0`),
		}
	}
	before := maps.Clone(other())
	b.prune(t, false)
	if diff := cmp.Diff(before, other()); diff != "" {
		t.Errorf("the other account (-before +after)\n%s", diff)
	}
	b.rows(t, `SELECT account_id FROM zoom.pruned_history`, []string{account})
}
