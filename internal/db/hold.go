package db

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// HoldKind says what is held. At most one hold of a kind is open for an account.
type HoldKind string

// The kinds of holds.
const (
	HoldDeletions HoldKind = "deletions" // users who are gone
	HoldStatus    HoldKind = "status"    // users whose status changed
	HoldEmptied   HoldKind = "emptied"   // columns that went empty
)

// Held is one element of a held set.
type Held struct {
	UserID   string
	Document Document // "": the whole user
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
	HoldReleased   HoldOutcome = "released"   // approved, and written by a pass
	HoldLapsed     HoldOutcome = "lapsed"     // approved, and then the set was another
	HoldSuperseded HoldOutcome = "superseded" // a pass found another set
	HoldResolved   HoldOutcome = "resolved"   // a pass found nothing to hold any more
)

// Hold records what a pass holds, and tells whether somebody has approved exactly that set. The same set as before is the
// same hold; another one ends it, and its approval with it.
func (s *Store) Hold(ctx context.Context, accountID string, passID int64, hold Hold) (id int64, approved bool, err error) {
	const (
		insert = `
			INSERT INTO syncd.holds (account_id, pass_id, kind, reason, users, set_digest)
			VALUES (@account_id, @pass_id, @kind, @reason, @users, @digest)
			RETURNING hold_id`
		members = `
			INSERT INTO syncd.held_users (hold_id, user_key, document, change)
			SELECT @hold_id, u.user_key, nullif(n.document, 0), n.change
			FROM unnest(@user_ids::text[], @documents::smallint[], @changes::text[]) n (user_id, document, change)
			JOIN syncd.users u ON u.account_id = @account_id AND u.user_id = n.user_id`
	)
	digest, users := digestOfSet(hold.Set)
	err = s.inTx(ctx, "hold", func(tx pgx.Tx) error {
		open, err := readOpenHold(ctx, tx, accountID, hold.Kind)
		if err != nil {
			return err
		}
		if open.id != 0 && open.digest == digest {
			id, approved = open.id, open.approved
			return s.advancePass(ctx, tx, passID, progress{})
		}
		outcome := HoldSuperseded
		if open.approved {
			outcome = HoldLapsed
		}
		if err := endHold(ctx, tx, accountID, hold.Kind, outcome); err != nil {
			return err
		}
		approved = false
		err = tx.QueryRow(ctx, insert, pgx.StrictNamedArgs{
			"account_id": accountID, "pass_id": passID, "kind": string(hold.Kind),
			"reason": hold.Reason, "users": users, "digest": digest[:],
		}).Scan(&id)
		if err != nil {
			return err
		}
		ids, documents, changes := make([]string, len(hold.Set)), make([]int16, len(hold.Set)), make([]string, len(hold.Set))
		for i, held := range hold.Set {
			ids[i], documents[i], changes[i] = held.UserID, held.Document.code(), held.Change
		}
		_, err = tx.Exec(ctx, members, pgx.StrictNamedArgs{
			"hold_id": id, "account_id": accountID, "user_ids": ids, "documents": documents, "changes": changes,
		})
		if err != nil {
			return err
		}
		return s.advancePass(ctx, tx, passID, progress{})
	})
	return id, approved, err
}

// openHold is the open hold of a kind; with the id 0, there is none.
type openHold struct {
	id       int64
	digest   Digest
	approved bool
}

func readOpenHold(ctx context.Context, tx pgx.Tx, accountID string, kind HoldKind) (openHold, error) {
	const query = `
		SELECT hold_id, set_digest, approved_at IS NOT NULL
		FROM syncd.holds
		WHERE account_id = @account_id AND kind = @kind AND ended_at IS NULL`
	var open openHold
	var digest []byte
	err := tx.QueryRow(ctx, query, pgx.StrictNamedArgs{"account_id": accountID, "kind": string(kind)}).Scan(&open.id, &digest, &open.approved)
	if errors.Is(err, pgx.ErrNoRows) {
		return openHold{}, nil
	}
	if err != nil {
		return openHold{}, err
	}
	open.digest = Digest(digest)
	return open, nil
}

// EndHold ends the open hold of a kind, if there is one.
func (s *Store) EndHold(ctx context.Context, accountID string, kind HoldKind, outcome HoldOutcome) error {
	return s.inTx(ctx, "end hold", func(tx pgx.Tx) error { return endHold(ctx, tx, accountID, kind, outcome) })
}

func endHold(ctx context.Context, tx pgx.Tx, accountID string, kind HoldKind, outcome HoldOutcome) error {
	const end = `
		UPDATE syncd.holds
		SET ended_at = now(), outcome = @outcome
		WHERE account_id = @account_id AND kind = @kind AND ended_at IS NULL`
	_, err := tx.Exec(ctx, end, pgx.StrictNamedArgs{"account_id": accountID, "kind": string(kind), "outcome": string(outcome)})
	return err
}

// OpenHold is a hold that waits for its approval, or for the pass that releases it.
type OpenHold struct {
	ID         int64
	PassID     int64
	Kind       HoldKind
	Reason     string
	Users      int
	CreatedAt  time.Time
	ApprovedAt *time.Time
}

// OpenHolds gives the holds of an account that have not ended, the oldest first.
func (s *Store) OpenHolds(ctx context.Context, accountID string) (holds []OpenHold, err error) {
	const query = `
		SELECT hold_id AS id, pass_id, kind, reason, users, created_at, approved_at
		FROM syncd.holds
		WHERE account_id = @account_id AND ended_at IS NULL
		ORDER BY hold_id`
	err = s.inTx(ctx, "open holds", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID})
		if err != nil {
			return err
		}
		holds, err = pgx.CollectRows(rows, pgx.RowToStructByName[OpenHold])
		return err
	})
	return holds, err
}

// ApproveHold lets the next pass write what is held, if it finds exactly that set again. A hold that is approved already
// stays so. Errors: ErrNoHold, ErrHoldEnded.
func (s *Store) ApproveHold(ctx context.Context, accountID string, id int64) (OpenHold, error) {
	const approve = `
		UPDATE syncd.holds
		SET approved_at = coalesce(approved_at, now())
		WHERE account_id = @account_id AND hold_id = @hold_id AND ended_at IS NULL
		RETURNING hold_id AS id, pass_id, kind, reason, users, created_at, approved_at`
	const ended = `SELECT outcome FROM syncd.holds WHERE account_id = @account_id AND hold_id = @hold_id`
	args := pgx.StrictNamedArgs{"account_id": accountID, "hold_id": id}
	var hold OpenHold
	op := fmt.Sprintf("approve hold %d", id)
	err := s.inTx(ctx, op, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, approve, args)
		if err != nil {
			return err
		}
		hold, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[OpenHold])
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var outcome string
		err = tx.QueryRow(ctx, ended, args).Scan(&outcome)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return &Error{Op: op, Kind: ErrNoHold}
		case err == nil:
			return &Error{Op: op, Kind: ErrHoldEnded, Err: fmt.Errorf("it is %s", outcome)}
		}
		return err
	})
	return hold, err
}

// digestOfSet hashes a set, whatever the order of its elements, and counts its users.
func digestOfSet(set []Held) (digest Digest, users int) {
	lines := make([]string, len(set))
	ids := make(map[string]bool, len(set))
	for i, held := range set {
		lines[i] = held.UserID + "\x00" + string(held.Document) + "\x00" + held.Change
		ids[held.UserID] = true
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return Digest(sum[:len(digest)]), len(ids)
}
