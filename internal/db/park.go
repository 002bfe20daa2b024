package db

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ParkedUser is a user whose changes wait for the end of the pass.
type ParkedUser struct {
	ID        string
	Documents []ParkedDocument
}

// ParkedDocument is a new document that waits.
type ParkedDocument struct {
	Document   Document
	Status     Status
	Body       []byte // as Postgres gives it back; nil: the document is to be dropped
	Pending    bool   // as in DocumentResult
	Suspicions []string

	AskedAgo, AnsweredAgo time.Duration // as in DocumentResult
}

// parkedRows is documents to park, as columns.
type parkedRows struct {
	documentRefs
	asked      []int64 // microseconds
	statuses   []int16
	suspicions [][]byte // JSON arrays: Postgres has no arrays of arrays of different lengths
	bodies     [][]byte
	pending    []bool
}

func (r *parkedRows) add(key int64, result *DocumentResult, suspicions []string) {
	r.documentRefs.add(key, result, result.AnsweredAgo)
	r.asked = append(r.asked, result.AskedAgo.Microseconds())
	r.statuses = append(r.statuses, result.Status.code())
	names, _ := json.Marshal(append([]string{}, suspicions...)) // strings cannot fail
	r.suspicions = append(r.suspicions, names)
	r.bodies = append(r.bodies, result.Body)
	r.pending = append(r.pending, result.Pending)
}

// queueParked puts documents aside. Those that a user had there before are of another time.
func queueParked(batch *pgx.Batch, passID int64, users []int64, rows parkedRows) {
	const (
		clear = `
			DELETE FROM syncd.parked_documents
			WHERE user_key = ANY (@keys::bigint[])`
		park = `
			INSERT INTO syncd.parked_documents (user_key, document, pass_id, status, fetched_at, answered_at, suspicions, body, pending)
			SELECT
				n.user_key, n.document, @pass_id, n.status,
				now() - n.asked * interval '1 microsecond', now() - n.age * interval '1 microsecond',
				ARRAY(SELECT jsonb_array_elements_text(n.suspicions)), n.body, n.pending
			FROM unnest(
				@keys::bigint[], @documents::smallint[], @ages::bigint[], @asked::bigint[], @statuses::smallint[],
				@suspicions::jsonb[], @bodies::jsonb[], @pending::boolean[]
			) n (user_key, document, age, asked, status, suspicions, body, pending)`
	)
	batch.Queue(clear, pgx.StrictNamedArgs{"keys": users})
	if len(rows.keys) == 0 {
		return
	}
	batch.Queue(park, pgx.StrictNamedArgs{
		"pass_id": passID,
		"keys":    rows.keys, "documents": rows.documents, "ages": rows.ages, "asked": rows.asked,
		"statuses": rows.statuses, "suspicions": rows.suspicions, "bodies": rows.bodies, "pending": rows.pending,
	})
}

// forgetParked throws away what an account's passes put aside and did not settle, with the claim that they were done with
// these users. It is of its time, and no answer: what becomes of it depends on all the others that Zoom gave then.
func forgetParked(ctx context.Context, tx pgx.Tx, accountID string) error {
	const forget = `
		WITH parked AS (
			DELETE FROM syncd.parked_documents p
			USING syncd.users u
			WHERE u.user_key = p.user_key AND u.account_id = @account_id
			RETURNING p.user_key
		)
		UPDATE syncd.freshness
		SET verified_pass_id = NULL
		WHERE user_key IN (SELECT user_key FROM parked)`
	_, err := tx.Exec(ctx, forget, pgx.StrictNamedArgs{"account_id": accountID})
	return err
}

// park takes a user into the plan whose changes wait: nothing is written but what confirms the rest.
func (p *plan) park(u *User, stored *storedUser, suspicions map[Document][]string) {
	var others []DocumentResult
	for i := range u.Documents {
		result := &u.Documents[i]
		_, has := stored.digests[result.Document]
		changed := result.Status == StatusOK && !stored.has(result)
		if changed || result.Drop && has {
			p.parked.add(stored.key, result, suspicions[result.Document])
			continue
		}
		others = append(others, *result)
		if result.Failure != nil && !result.Failure.Common {
			p.failures.add(stored.key, result)
		}
	}
	p.fresh.add(stored.key, others, false) // who comes back is not parked
	p.written.Parked++
}

// Suspicions gives every suspicion of a pass that is parked, as the set that a hold of it would be.
func (s *Store) Suspicions(ctx context.Context, accountID string, passID int64) (set []Held, err error) {
	const query = `
		SELECT u.user_id, '', p.document, x.suspicion
		FROM syncd.parked_documents p
		JOIN syncd.users u USING (user_key)
		CROSS JOIN LATERAL unnest(p.suspicions) x (suspicion)
		WHERE u.account_id = @account_id AND p.pass_id = @pass_id`
	err = s.inTx(ctx, "suspicions", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID, "pass_id": passID})
		if err != nil {
			return err
		}
		set, err = collectHeld(rows)
		return err
	})
	return set, err
}

// Parked gives some of the users whose changes are parked in a pass; none: there are no more. Writing a user takes it away.
func (s *Store) Parked(ctx context.Context, accountID string, passID int64, most int) (users []ParkedUser, err error) {
	const query = `
		SELECT u.user_id, p.document, p.status, p.body, p.pending, p.suspicions,
			extract(epoch FROM now() - p.fetched_at)::float8, extract(epoch FROM now() - coalesce(p.answered_at, p.fetched_at))::float8
		FROM (
			SELECT DISTINCT p.user_key
			FROM syncd.parked_documents p
			JOIN syncd.users u USING (user_key)
			WHERE u.account_id = @account_id AND p.pass_id = @pass_id
			ORDER BY p.user_key
			LIMIT @most
		) n
		JOIN syncd.users u USING (user_key)
		JOIN syncd.parked_documents p USING (user_key)
		ORDER BY user_key, p.document`
	err = s.inTx(ctx, "parked users", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID, "pass_id": passID, "most": most})
		if err != nil {
			return err
		}
		users = nil
		var id string
		var document, status int16
		var body []byte
		var pending bool
		var suspicions []string
		var asked, answered float64
		_, err = pgx.ForEachRow(rows, []any{&id, &document, &status, &body, &pending, &suspicions, &asked, &answered}, func() error {
			if len(users) == 0 || users[len(users)-1].ID != id {
				users = append(users, ParkedUser{ID: id})
			}
			last := &users[len(users)-1]
			last.Documents = append(last.Documents, ParkedDocument{
				Document: documentOf(document), Status: statusOf(status), Body: body, Pending: pending, Suspicions: suspicions,
				AskedAgo: seconds(asked), AnsweredAgo: seconds(answered),
			})
			return nil
		})
		return err
	})
	return users, err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Fill counts users for whom a column is filled.
type Fill struct {
	Current  int // users of the account
	Filled   int // of these, with the column
	Answered int // of these, with an answer of Zoom in this pass for the document that the column is derived from
}

// Fill counts for whom a column, named as Filled does, is filled. Known is false for a name that no table has.
func (s *Store) Fill(ctx context.Context, accountID string, passID int64, column string) (fill Fill, known bool, err error) {
	const answered = `
		f.verified_pass_id = @pass_id AND (f.%[1]s_status = 1 OR EXISTS (
			SELECT FROM syncd.parked_documents p WHERE p.user_key = u.user_key AND p.document = %[2]d
		))`
	table, found := tableOf(column)
	if !found {
		return Fill{}, false, nil
	}
	condition := fmt.Sprintf(answered, table.document, table.document.code())
	return s.fill(ctx, table, column, condition, pgx.NamedArgs{"account_id": accountID, "pass_id": passID})
}

// PreviewFill is Fill of a pass that is none. Answered gives the users with an answer for a document.
func (s *Store) PreviewFill(ctx context.Context, accountID, column string, answered func(Document) []string) (fill Fill, known bool, err error) {
	table, found := tableOf(column)
	if !found {
		return Fill{}, false, nil
	}
	args := pgx.NamedArgs{"account_id": accountID, "answered": answered(table.document)}
	return s.fill(ctx, table, column, "u.user_id = ANY (@answered::text[])", args)
}

// tableOf finds the table that has a column.
func tableOf(column string) (derivedTable, bool) {
	for _, table := range derivedTables() {
		if _, _, found := table.filledBy(column); found {
			return table, true
		}
	}
	return derivedTable{}, false
}

func (s *Store) fill(ctx context.Context, table derivedTable, column, answered string, args pgx.NamedArgs) (fill Fill, known bool, err error) {
	const query = `
		SELECT
			count(*) AS current,
			count(*) FILTER (WHERE filled) AS filled,
			count(*) FILTER (WHERE filled AND answered) AS answered
		FROM (
			SELECT
				EXISTS (SELECT FROM %s t WHERE t.user_key = u.user_key AND %s) AS filled,
				%s AS answered
			FROM syncd.users u
			JOIN syncd.freshness f USING (user_key)
			WHERE u.account_id = @account_id AND u.deleted_at IS NULL
		) x`
	condition, kind, _ := table.filledBy(column)
	args["kind"] = kind
	err = s.inTx(ctx, "fill", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, fmt.Sprintf(query, table.name, condition, answered), args)
		if err != nil {
			return err
		}
		fill, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Fill])
		return err
	})
	return fill, true, err
}
