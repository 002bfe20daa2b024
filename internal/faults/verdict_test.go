//go:build faults || soak

package faults

import (
	"fmt"
	"strings"

	"syncd/internal/mirrortest"
)

// The exit codes of the program, as its users know them.
const (
	exitKilled   = -1
	exitComplete = 0
	exitFailed   = 1
	exitPartial  = 3
	exitHeld     = 4
	exitLeased   = 5
)

// judge checks everything that must hold after a run, whatever went wrong in it.
func (x *trial) judge(e ending) {
	x.Helper()
	x.runs++
	x.last = e
	x.wantNoSecret(e)
	x.wantWithinBudget()
	x.wantOneStory(e)
	x.wantVerifiedIsTrue()
	x.wantNoHalfUser()
	x.wantNobodyLost()
	if x.Failed() {
		x.Logf("seed %d, exit code %d, the end of its output:\n%s", *seed, e.code, e.output[max(0, len(e.output)-3000):])
	}
}

// wantOneStory checks that exit code, log, the table of passes and the table of failures agree.
func (x *trial) wantOneStory(e ending) {
	x.Helper()
	// A killed program says nothing; the last pass in the table is the one to look at.
	pass := "(SELECT max(pass_id) FROM zoom.sync_passes)"
	if e.passID != 0 {
		pass = fmt.Sprint(e.passID)
	}
	row := x.database.Query(`SELECT status, listing_complete, users_failed, coalesce(error, ''), finished_at IS NULL FROM zoom.sync_passes WHERE pass_id = ` + pass)[0]
	status, listed, failed, reason, open := row[0], row[1] == "t", row[2], row[3], row[4] == "t"
	if (status == "running") != open {
		x.Errorf("a pass that is %s is finished: %v", status, !open)
	}
	said := map[int]string{exitComplete: "complete", exitPartial: "partial", exitHeld: "held"}[e.code]
	switch {
	case said != "":
		if e.status != said || status != said {
			x.Errorf("exit code %d, the log says %s, the table says %s", e.code, e.status, status)
		}
	case e.code == exitFailed && e.passID != 0:
		// Without a database the table keeps what it had: a pass that runs, and nobody holds its lease.
		lost := x.setting.ownServer && status == "running"
		if status != e.status && !lost || status == "complete" {
			x.Errorf("exit code %d, the log says %s, the table says %s", e.code, e.status, status)
		}
	case e.code == exitFailed, e.code == exitLeased:
	case e.code == exitKilled:
		if status == "complete" { // it came to the end before
			if err := mirrortest.Compare(x.account, x.database); err != nil {
				x.Errorf("the killed pass is complete, and %v", err)
			}
		}
	default:
		x.Errorf("exit code %d", e.code)
	}
	complete := status == "complete"
	if complete && (!listed || failed != "0" || reason != "") {
		x.Errorf("a complete pass has listed everybody: %v, failed users: %s, error: %s", listed, failed, reason)
	}
	if !complete && !open && reason == "" {
		x.Errorf("the pass is %s and does not say why", status)
	}
	// A pass that the next run goes on with is no error, and the log says why it ended all the same.
	interrupted := e.status == "interrupted" && strings.Contains(e.output, `"level":"WARN","msg":"pass ended"`)
	if e.code != exitComplete && e.code != exitKilled && e.errors == 0 && !interrupted {
		x.Errorf("exit code %d without an error in the log", e.code)
	}
	x.wantFailuresRecorded(pass, status, reason)
}

// wantFailuresRecorded checks that the failures of a pass and what freshness says of the documents agree.
func (x *trial) wantFailuresRecorded(pass, status, reason string) {
	x.Helper()
	x.wantNone("failed in this pass, and its freshness is ok", `
		SELECT user_id, document FROM zoom.sync_failures JOIN zoom.freshness USING (account_id, user_id, document)
		WHERE pass_id = `+pass+` AND status = 'ok'`)
	if strings.Contains(reason, "scope") { // the one cause of all stands with the pass
		return
	}
	x.wantNone("bad since the pass began, and no failure of it", `
		SELECT user_id, document, f.status FROM zoom.freshness f JOIN zoom.sync_passes p USING (account_id)
		WHERE p.pass_id = `+pass+` AND f.status IN ('failed', 'forbidden') AND f.fetched_at > p.started_at
			AND NOT EXISTS (SELECT FROM zoom.sync_failures s WHERE s.pass_id = p.pass_id AND (s.user_id, s.document) = (f.user_id, f.document))`)
	if status == "complete" || status == "partial" || status == "held" {
		x.wantNone("another number of failed users than there are failures", `
			SELECT users_failed, count(DISTINCT user_id) FROM zoom.sync_passes p LEFT JOIN zoom.sync_failures USING (pass_id)
			WHERE p.pass_id = `+pass+` GROUP BY users_failed HAVING users_failed <> count(DISTINCT user_id)`)
	}
}

// revisions gives the revision of every document, and of what the views show of it.
const revisions = `
	SELECT user_id, 'list' AS document, department AS revision FROM zoom.phone_users
	UNION ALL SELECT user_id, 'settings', area_code FROM zoom.phone_users WHERE status <> 'pending'
	UNION ALL SELECT user_id, 'profile', detail ->> 'number' FROM zoom.policies WHERE policy = 'revision'
	UNION ALL SELECT user_id, 'user_settings', value #>> '{}' FROM zoom.user_settings WHERE section = 'in_meeting' AND setting = 'revision'
	UNION ALL SELECT user_id, document, CASE document
		WHEN 'list' THEN body ->> 'department' WHEN 'profile' THEN body #>> '{policy,revision,number}'
		WHEN 'settings' THEN body ->> 'area_code' ELSE body #>> '{in_meeting,revision}' END FROM zoom_pii.documents`

// wantVerifiedIsTrue checks that what the mirror has verified since the account changed is what the account has, and that
// a complete pass has verified everything.
func (x *trial) wantVerifiedIsTrue() {
	x.Helper()
	var truth []string
	for id, revision := range x.revisions {
		truth = append(truth, fmt.Sprintf("('%s', '%s')", id, revision))
	}
	x.wantNone("verified, and not what the account has", fmt.Sprintf(`
		SELECT user_id, f.document, r.revision, truth.revision
		FROM zoom.freshness f JOIN (VALUES %s) truth (user_id, revision) USING (user_id) LEFT JOIN (%s) r USING (user_id, document)
		WHERE f.status = 'ok' AND f.verified_at > '%s' AND r.revision IS DISTINCT FROM truth.revision`, strings.Join(truth, ", "), revisions, x.revisedAt))
	if x.last.code == exitComplete {
		x.wantNone("not looked at by a complete pass", fmt.Sprintf(`
			SELECT user_id, document, status FROM zoom.freshness WHERE status <> 'pending' AND fetched_at <= '%s'`, x.revisedAt))
	}
}

// wantNoHalfUser checks that all documents of a user, and all rows made of them, are of one revision, but for users of
// whom a document could not be fetched.
func (x *trial) wantNoHalfUser() {
	x.Helper()
	const places = 8 // of the revision of a user: four documents and four columns
	x.wantNone("half old and half new", fmt.Sprintf(`
		SELECT user_id, array_agg(document || ' ' || coalesce(revision, 'none') ORDER BY document) FROM (%s) r
		WHERE user_id NOT IN (SELECT user_id FROM zoom.freshness WHERE status <> 'ok')
		GROUP BY user_id HAVING count(*) <> %d OR count(revision) <> %[2]d OR count(DISTINCT revision) <> 1`, revisions, places))
}

// wantNobodyLost checks that no user of the account is marked deleted, or gone without a mark.
func (x *trial) wantNobodyLost() {
	x.Helper()
	current, deleted := map[string]bool{}, map[string]bool{}
	for _, row := range x.database.Query("SELECT user_id, deleted_at IS NULL FROM zoom.phone_users_all") {
		current[row[0]], deleted[row[0]] = row[1] == "t", row[1] != "t"
	}
	for _, u := range x.account.Users() {
		switch {
		case deleted[u.ID]:
			x.Errorf("user %s exists and is marked deleted", u.ID)
		case !current[u.ID]:
			x.Errorf("user %s is not in the mirror", u.ID)
		}
	}
}

// wantNoSecret looks for everything secret in what a run has said.
func (x *trial) wantNoSecret(e ending) {
	x.Helper()
	const tokens = "eyJzdiI6IjAwMDAwMiJ9" // what all access tokens begin with
	for _, secret := range append(x.account.Secrets(), x.account.ClientSecret(), password, tokens) {
		if strings.Contains(e.output, secret) {
			x.Errorf("the output shows the secret %q", secret)
		}
	}
}

// wantWithinBudget checks that no pool got more than its limit, and that the account had no reason to say so.
func (x *trial) wantWithinBudget() {
	x.Helper()
	if excess := x.account.Exceeded(); len(excess) > x.excess {
		x.Errorf("the budget was exceeded %d times, first %v", len(excess)-x.excess, excess[x.excess])
		x.excess = len(excess)
	}
	if throttled := x.account.Throttled("") - x.throttled; throttled > 0 && !x.fault.throttles {
		x.Errorf("%d requests were throttled", throttled)
	}
	if careless := x.account.ProtocolFaults(); len(careless) > 0 {
		x.Errorf("the client is careless: %v", careless)
	}
}

// wantNone runs a query that looks for something wrong.
func (x *trial) wantNone(wrong, query string) {
	x.Helper()
	if rows := x.database.Query(query); len(rows) > 0 {
		x.Errorf("%d are %s, first %v", len(rows), wrong, rows[0])
	}
}
