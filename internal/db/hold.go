package db

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// HoldKind says what is held. At most one hold of a kind is open for an account.
type HoldKind string

// The kinds of holds.
const (
	HoldDeletions HoldKind = "deletions" // users who are gone
	HoldStatus    HoldKind = "status"    // users whose status changed
	HoldEmptied   HoldKind = "emptied"   // columns that went empty
	HoldSites     HoldKind = "sites"     // sites that are gone, and columns of theirs that went empty
)

// HoldKinds gives all of them.
func HoldKinds() []HoldKind { return []HoldKind{HoldDeletions, HoldStatus, HoldEmptied, HoldSites} }

// Held is one element of a held set.
type Held struct {
	UserID   string
	SiteID   string   // of HoldSites, in place of a user
	Document Document // "": the whole user, or the site
	Change   string   // deleted, the new status, or the column that would be empty
}

// Hold is a set of deletions or changes that a pass does not write unless somebody approves it.
type Hold struct {
	Kind   HoldKind
	Reason string
	Set    []Held
}

// HoldOutcome is how a hold ended.
type HoldOutcome string

// The outcomes.
const (
	HoldReleased   HoldOutcome = "released"   // approved, and all of it written
	HoldLapsed     HoldOutcome = "lapsed"     // approved, and then the set was another; or its documents are not asked for any more
	HoldSuperseded HoldOutcome = "superseded" // a pass found another set
	HoldResolved   HoldOutcome = "resolved"   // a pass found nothing to hold any more
)

// Hold records what a pass holds, and gives its number. The hold of the kind that is open ends, and its approval with it.
func (s *Store) Hold(ctx context.Context, accountID string, passID int64, hold Hold) (id int64, err error) {
	const (
		replace = `
			UPDATE syncd.holds
			SET ended_at = now(), outcome = CASE WHEN approved_at IS NULL THEN 'superseded' ELSE 'lapsed' END
			WHERE account_id = @account_id AND kind = @kind AND ended_at IS NULL`
		insert = `
			INSERT INTO syncd.holds (account_id, pass_id, kind, reason, users, set_digest)
			VALUES (@account_id, @pass_id, @kind, @reason, @users, @digest)
			RETURNING hold_id`
		members = `
			INSERT INTO syncd.held_users (hold_id, user_key, site_id, document, change)
			SELECT @hold_id, u.user_key, nullif(n.site_id, ''), nullif(n.document, 0), n.change
			FROM unnest(@user_ids::text[], @site_ids::text[], @documents::smallint[], @changes::text[]) n (user_id, site_id, document, change)
			LEFT JOIN syncd.users u ON u.account_id = @account_id AND u.user_id = n.user_id
			WHERE u.user_key IS NOT NULL OR n.site_id <> ''`
	)
	digest, users := digestOfSet(hold.Set)
	n := len(hold.Set)
	ids, sites, documents, changes := make([]string, n), make([]string, n), make([]int16, n), make([]string, n)
	for i, held := range hold.Set {
		ids[i], sites[i], documents[i], changes[i] = held.UserID, held.SiteID, held.Document.code(), held.Change
	}
	err = s.inTx(ctx, "hold", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, replace, pgx.StrictNamedArgs{"account_id": accountID, "kind": string(hold.Kind)}); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, insert, pgx.StrictNamedArgs{
			"account_id": accountID, "pass_id": passID, "kind": string(hold.Kind),
			"reason": hold.Reason, "users": users, "digest": digest[:],
		}).Scan(&id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, members, pgx.StrictNamedArgs{
			"hold_id": id, "account_id": accountID, "user_ids": ids, "site_ids": sites, "documents": documents, "changes": changes,
		})
		if err != nil {
			return err
		}
		return s.advancePass(ctx, tx, passID, progress{})
	})
	return id, err
}

// HeldSet is what the open hold of a kind still holds.
type HeldSet struct {
	HoldID   int64 // 0: no hold of the kind is open
	Reason   string
	Approved bool
	Set      []Held // without what was released, and without users who are tombstoned by now
}

// HeldSet gives what the open hold of a kind still holds.
func (s *Store) HeldSet(ctx context.Context, accountID string, kind HoldKind) (held HeldSet, err error) {
	const (
		open = `
			SELECT hold_id, reason, approved_at IS NOT NULL
			FROM syncd.holds
			WHERE account_id = @account_id AND kind = @kind AND ended_at IS NULL`
		members = `
			SELECT coalesce(u.user_id, ''), coalesce(c.site_id, ''), coalesce(c.document, 0), c.change
			FROM syncd.held_users c
			LEFT JOIN syncd.users u USING (user_key)
			WHERE c.hold_id = @hold_id AND c.released_at IS NULL AND u.deleted_at IS NULL`
	)
	err = s.inTx(ctx, "held set", func(tx pgx.Tx) error {
		held = HeldSet{}
		args := pgx.StrictNamedArgs{"account_id": accountID, "kind": string(kind)}
		err := tx.QueryRow(ctx, open, args).Scan(&held.HoldID, &held.Reason, &held.Approved)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, members, pgx.StrictNamedArgs{"hold_id": held.HoldID})
		if err != nil {
			return err
		}
		held.Set, err = collectHeld(rows)
		return err
	})
	return held, err
}

// Unanswered gives the members of a held set about whose document Zoom said nothing in this pass: it failed, or was refused, or
// the user was not reached. What the mirror has no document of any more counts as answered.
func (s *Store) Unanswered(ctx context.Context, passID int64, held HeldSet) (set []Held, err error) {
	const query = `
		SELECT u.user_id, '', c.document, c.change
		FROM syncd.held_users c
		JOIN syncd.users u USING (user_key)
		JOIN syncd.freshness f USING (user_key)
		JOIN syncd.documents d ON d.user_key = c.user_key AND d.document = c.document
		WHERE c.hold_id = @hold_id AND c.released_at IS NULL AND u.deleted_at IS NULL
		AND (
			f.verified_pass_id IS DISTINCT FROM @pass_id
			OR CASE c.document
				WHEN 1 THEN f.list_status WHEN 2 THEN f.profile_status WHEN 3 THEN f.settings_status ELSE f.user_settings_status
			END IS DISTINCT FROM 1
		)
		AND NOT EXISTS (
			SELECT
			FROM syncd.parked_documents p
			WHERE p.user_key = c.user_key AND p.document = c.document AND p.pass_id = @pass_id
		)`
	err = s.inTx(ctx, "unanswered", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"pass_id": passID, "hold_id": held.HoldID})
		if err != nil {
			return err
		}
		set, err = collectHeld(rows)
		return err
	})
	return set, err
}

// StatusChanges counts the users whose status a pass has changed so far.
func (s *Store) StatusChanges(ctx context.Context, passID int64) (users int, err error) {
	const query = `
		SELECT count(DISTINCT c.user_key)
		FROM syncd.setting_changes c
		JOIN syncd.passes p USING (pass_id)
		WHERE c.pass_id = @pass_id AND c.seen_at >= p.started_at AND c.document = 1 AND c.path = 'status'`
	err = s.inTx(ctx, "count changes of status", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, query, pgx.StrictNamedArgs{"pass_id": passID}).Scan(&users)
	})
	return users, err
}

// collectHeld reads rows of user id, site id, code of the document and change.
func collectHeld(rows pgx.Rows) (set []Held, err error) {
	var held Held
	var document int16
	_, err = pgx.ForEachRow(rows, []any{&held.UserID, &held.SiteID, &document, &held.Change}, func() error {
		held.Document = documentOf(document)
		set = append(set, held)
		return nil
	})
	return set, err
}

// EndHold ends the open hold of a kind, if there is one.
func (s *Store) EndHold(ctx context.Context, accountID string, passID int64, kind HoldKind, outcome HoldOutcome) error {
	const end = `
		UPDATE syncd.holds
		SET ended_at = now(), outcome = @outcome
		WHERE account_id = @account_id AND kind = @kind AND ended_at IS NULL`
	return s.inTx(ctx, "end hold", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, end, pgx.StrictNamedArgs{"account_id": accountID, "kind": string(kind), "outcome": string(outcome)}); err != nil {
			return err
		}
		return s.advancePass(ctx, tx, passID, progress{})
	})
}

// digestOfSet hashes a set, whatever the order of its elements, and counts its users, or its sites.
func digestOfSet(set []Held) (digest Digest, users int) {
	lines := make([]string, len(set))
	ids := make(map[string]bool, len(set))
	for i, held := range set {
		whose := held.UserID + held.SiteID // one of them is empty
		lines[i] = whose + "\x00" + string(held.Document) + "\x00" + held.Change
		ids[whose] = true
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return Digest(sum[:len(digest)]), len(ids)
}
