package db

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// StoredVersion is a body that was stored and is not current, as Postgres gives it back.
type StoredVersion struct {
	Document Document
	Body     []byte

	place    string
	policies storedPolicies
}

// Judged is what a version is to be.
type Judged struct {
	Body     []byte   // nil: as it is
	Policies []Policy // of a profile
}

// StoredChange is a row of the journal.
type StoredChange struct {
	Document Document
	SettingChange

	place string
}

// judgePage is how many versions or changes are judged at once.
const judgePage = 300

// judge writes what differs of the closed versions, the parked documents and the journal of users. What Zoom said when is
// not touched: neither times nor rows that have become equal.
func (r *Rebuilt) judge(ctx context.Context, tx pgx.Tx, users []StoredUser, projection *Projection) error {
	const (
		versions = `
			SELECT h.ctid::text, h.document, h.body, h.personal_policies, h.arranged_policies
			FROM syncd.document_history h
			WHERE h.user_key = ANY (@keys::bigint[])`
		parked = `
			SELECT p.ctid::text, p.document, p.body, NULL::jsonb, NULL::jsonb
			FROM syncd.parked_documents p
			WHERE p.user_key = ANY (@keys::bigint[]) AND p.body IS NOT NULL`
		changes = `
			SELECT c.ctid::text, c.document, c.path, c.old_value, c.new_value, c.private
			FROM syncd.setting_changes c
			WHERE c.user_key = ANY (@keys::bigint[])`
	)
	keys := make([]int64, len(users))
	for i := range users {
		keys[i] = users[i].key
	}
	err := eachPage(ctx, tx, "versions", versions, keys, scanVersion, func(page []StoredVersion) error {
		return judgeVersions(ctx, tx, page, projection, queueVersion, &r.Versions)
	})
	if err != nil {
		return err
	}
	err = eachPage(ctx, tx, "parked", parked, keys, scanVersion, func(page []StoredVersion) error {
		return judgeVersions(ctx, tx, page, projection, queueParkedBody, &r.Documents)
	})
	if err != nil {
		return err
	}
	return eachPage(ctx, tx, "changes", changes, keys, scanChange, func(page []StoredChange) error {
		return judgeChanges(ctx, tx, page, projection, &r.Changes)
	})
}

// eachPage gives the rows of a query about some users to work, page by page: a user may have any number of them. The
// cursor does not see what the work writes, and a row stays at its place (ctid) until the work writes it: the lease keeps
// every other writer away, and the lock that reading takes whatever would move all rows. One that Prune has removed meanwhile
// is not found; its place is given to no other as long as the cursor sees it there.
func eachPage[T any](ctx context.Context, tx pgx.Tx, cursor, query string, keys []int64, scan pgx.RowToFunc[T], work func([]T) error) error {
	if _, err := tx.Exec(ctx, "DECLARE "+cursor+" NO SCROLL CURSOR FOR "+query, pgx.StrictNamedArgs{"keys": keys}); err != nil {
		return err
	}
	for whole := true; whole; {
		rows, err := tx.Query(ctx, fmt.Sprintf("FETCH %d FROM %s", judgePage, cursor))
		if err != nil {
			return err
		}
		page, err := pgx.CollectRows(rows, scan)
		if err != nil {
			return err
		}
		if whole = len(page) == judgePage; len(page) == 0 {
			break
		}
		if err := work(page); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "CLOSE "+cursor)
	return err
}

func scanVersion(row pgx.CollectableRow) (v StoredVersion, err error) {
	var document int16
	err = row.Scan(&v.place, &document, &v.Body, &v.policies.personal, &v.policies.arranged)
	v.Document = documentOf(document)
	return v, err
}

func scanChange(row pgx.CollectableRow) (c StoredChange, err error) {
	var document int16
	err = row.Scan(&c.place, &document, &c.Path, &c.Old, &c.New, &c.Private)
	c.Document = documentOf(document)
	return c, err
}

// judgeVersions queues those of a page that differ, and counts them.
func judgeVersions(
	ctx context.Context, tx pgx.Tx, page []StoredVersion, projection *Projection, queue func(*pgx.Batch, *StoredVersion, *Judged), differed *int,
) error {
	judged, err := projection.Versions(page)
	if err != nil {
		return err
	}
	if len(judged) != len(page) {
		return fmt.Errorf("%d of %d versions were judged", len(judged), len(page))
	}
	batch := &pgx.Batch{}
	for i := range judged {
		queue(batch, &page[i], &judged[i])
	}
	changed, err := sendBatch(ctx, tx, batch)
	*differed += changed
	return err
}

// queueVersion writes a closed version that differs.
func queueVersion(batch *pgx.Batch, stored *StoredVersion, judged *Judged) {
	const write = `
		UPDATE syncd.document_history
		SET body = coalesce(@body::jsonb, body), personal_policies = @personal::jsonb, arranged_policies = @arranged::jsonb
		WHERE ctid = @place::tid`
	isProfile := stored.Document == DocumentProfile
	if judged.Body == nil && (!isProfile || stored.policies.are(judged.Policies)) {
		return
	}
	var personal, arranged []byte
	if isProfile {
		personal, _ = json.Marshal(personalPolicies(judged.Policies)) // strings cannot fail
		arranged = arrangedPolicies(judged.Policies)
	}
	batch.Queue(write, pgx.StrictNamedArgs{"place": stored.place, "body": judged.Body, "personal": personal, "arranged": arranged})
}

// queueParkedBody writes a parked document that differs. Its policies are judged when it is written.
func queueParkedBody(batch *pgx.Batch, stored *StoredVersion, judged *Judged) {
	const write = `
		UPDATE syncd.parked_documents
		SET body = @body::jsonb
		WHERE ctid = @place::tid`
	if judged.Body != nil {
		batch.Queue(write, pgx.StrictNamedArgs{"place": stored.place, "body": judged.Body})
	}
}

// judgeChanges writes those of a page that differ, and counts them.
func judgeChanges(ctx context.Context, tx pgx.Tx, page []StoredChange, projection *Projection, differed *int) error {
	const write = `
		UPDATE syncd.setting_changes
		SET path = @path, old_value = @old::jsonb, new_value = @new::jsonb, private = @private
		WHERE ctid = @place::tid`
	judged, err := projection.Changes(page)
	if err != nil {
		return err
	}
	if len(judged) != len(page) {
		return fmt.Errorf("%d of %d changes were judged", len(judged), len(page))
	}
	batch := &pgx.Batch{}
	for i := range judged {
		was, is := &page[i], &judged[i]
		if was.Path == is.Path && was.Private == is.Private && bytes.Equal(was.Old, is.Old) && bytes.Equal(was.New, is.New) {
			continue
		}
		batch.Queue(write, pgx.StrictNamedArgs{"place": was.place, "path": is.Path, "old": is.Old, "new": is.New, "private": is.Private})
	}
	changed, err := sendBatch(ctx, tx, batch)
	*differed += changed
	return err
}
