package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Sizes of what Prune removes in one transaction. What it looks at is all of the history of a page of users, once, in a
// transaction before.
const (
	prunedUsers    = 500 // of a page
	prunedVersions = 2_000
	prunedChanges  = 5_000
	prunedPasses   = 200
	prunedFailures = 5_000 // of several passes; those of one go with it, however many they are
)

// Pruned counts what Prune removed, or in a dry run what it would.
type Pruned struct {
	Limit    time.Time  // what ended before is removed
	Begins   *time.Time // where history begins now; nil: nothing of it was ever removed
	Versions int        // closed versions of documents
	Changes  int        // rows of the journal
	Passes   int
	Failures int // of these passes
}

// prune is one at work.
type prune struct {
	*Store
	account  string
	dryRun   bool
	recorded bool // where history begins now
	done     Pruned
}

// Prune removes what is older than keep of an account's history: versions of documents, the journal, passes and their
// failures. In a dry run it only counts.
//
// What a question about a time within keep needs stays: of each document the version that held at the limit, or else the last
// one before it, and everything since. So do current documents, users and their absences, holds, and the passes that
// somebody still refers to: the last ones, the last that was complete and a hold's.
//
// It works beside a pass, and needs no lease: it removes closed versions and old journal rows, which the writer never changes
// and asks of only what stays (the last version of a document), and never waits for a row that somebody else has locked, but leaves it to
// the next run. Values of general settings that nobody has any more are not its business for that reason: a pass may
// be about to use one, and removes them itself at its end.
//
// Each batch is a transaction, and the first one that removes history says where it begins from then on. When ctx
// ends, the batch at work is finished and what it did counts; the next run goes on. Progress is told how many of all users are done.
func (s *Store) Prune(ctx context.Context, accountID string, keep time.Duration, dryRun bool, progress func(done, total int)) (Pruned, error) {
	p := &prune{Store: s, account: accountID, dryRun: dryRun}
	err := p.begin(ctx, keep)
	if err == nil {
		err = p.users(ctx, progress)
	}
	if err == nil {
		err = p.passes(ctx)
	}
	if failed := p.readBeginning(context.WithoutCancel(ctx)); err == nil {
		err = failed
	}
	return p.done, err
}

// begin finds the limit. A pass at work, and one that may be continued, asks what it has changed so far.
func (p *prune) begin(ctx context.Context, keep time.Duration) error {
	const query = `
		SELECT least(now() - @keep_seconds * interval '1 second', (
			SELECT min(started_at)
			FROM syncd.passes
			WHERE account_id = @account_id
			AND (status = 'running' OR status = 'interrupted' AND advanced_at > now() - @resume_seconds * interval '1 second')
		))`
	args := pgx.StrictNamedArgs{"account_id": p.account, "keep_seconds": keep.Seconds(), "resume_seconds": resumeTime.Seconds()}
	return p.inTx(ctx, "prune", func(tx pgx.Tx) error { return tx.QueryRow(ctx, query, args).Scan(&p.done.Limit) })
}

// batch runs one transaction to its end, unless ctx has ended before.
func (p *prune) batch(ctx context.Context, op string, work func(context.Context, pgx.Tx) error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	whole := context.WithoutCancel(ctx)
	return p.inTx(whole, op, func(tx pgx.Tx) error { return work(whole, tx) })
}

// users prunes the history of all users, page by page. Those that were done before have nothing to prune, and cost a look.
func (p *prune) users(ctx context.Context, progress func(done, total int)) error {
	const (
		count = `SELECT count(*) FROM syncd.users WHERE account_id = @account_id`
		page  = `
			SELECT user_key
			FROM syncd.users
			WHERE account_id = @account_id AND user_key > @after
			ORDER BY user_key
			LIMIT @page`
	)
	var total int
	err := p.inTx(ctx, "prune", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, count, pgx.StrictNamedArgs{"account_id": p.account}).Scan(&total)
	})
	if err != nil {
		return err
	}
	for done, after := 0, int64(0); ; {
		var keys []int64
		err := p.batch(ctx, "prune", func(ctx context.Context, tx pgx.Tx) error {
			rows, err := tx.Query(ctx, page, pgx.StrictNamedArgs{"account_id": p.account, "after": after, "page": prunedUsers})
			if err != nil {
				return err
			}
			keys, err = pgx.CollectRows(rows, pgx.RowTo[int64])
			return err
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		kept, err := p.kept(ctx, keys)
		if err != nil {
			return err
		}
		for more := true; more; {
			if more, err = p.history(ctx, keys, kept); err != nil {
				return err
			}
		}
		done, after = done+len(keys), keys[len(keys)-1]
		progress(done, max(done, total))
	}
}

// keptVersions are versions of documents, as columns.
type keptVersions struct {
	users     []int64
	documents []int16
	from      []time.Time
}

// kept finds, of the documents of some users that have versions to remove, the one at which to stop. No writer makes another one before the
// limit, so that it holds for all batches.
func (p *prune) kept(ctx context.Context, keys []int64) (kept keptVersions, err error) {
	// Versions do not overlap, so that one that is followed by another at the limit or before has ended by then. The key alone
	// tells which those are. Of a document that is not there any more the last version stays.
	const query = `
		SELECT v.user_key, v.document, max(v.valid_from)
		FROM (
			SELECT user_key, document, valid_from FROM syncd.document_history
			UNION ALL
			SELECT user_key, document, valid_from FROM syncd.documents
		) v
		WHERE v.user_key = ANY (@keys::bigint[]) AND v.valid_from <= @limit
		GROUP BY v.user_key, v.document
		HAVING count(*) > 1`
	err = p.batch(ctx, "prune history", func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"keys": keys, "limit": p.done.Limit})
		if err != nil {
			return err
		}
		kept = keptVersions{}
		var user int64
		var document int16
		var from time.Time
		_, err = pgx.ForEachRow(rows, []any{&user, &document, &from}, func() error {
			kept.users, kept.documents, kept.from = append(kept.users, user), append(kept.documents, document), append(kept.from, from)
			return nil
		})
		return err
	})
	return kept, err
}

// history prunes a batch of the history of some users, and tells whether there may be more.
func (p *prune) history(ctx context.Context, keys []int64, kept keptVersions) (more bool, err error) {
	const (
		oldVersions = `
			WITH kept AS MATERIALIZED (
				SELECT k.user_key, k.document, k.valid_from
				FROM unnest(@users::bigint[], @documents::smallint[], @from::timestamptz[]) k (user_key, document, valid_from)
			), old AS (
				SELECT h.user_key, h.document, h.valid_from
				FROM syncd.document_history h
				JOIN kept k USING (user_key, document)
				WHERE h.user_key = ANY (@users::bigint[]) AND h.valid_from < k.valid_from`
		countVersions = oldVersions + `
			)
			SELECT count(*) FROM old`
		removeVersions = oldVersions + `
				LIMIT @most
				FOR UPDATE OF h SKIP LOCKED
			)
			DELETE FROM syncd.document_history h
			USING old o
			WHERE h.user_key = o.user_key AND h.document = o.document AND h.valid_from = o.valid_from`
		oldChanges    = `FROM syncd.setting_changes WHERE user_key = ANY (@keys::bigint[]) AND seen_at < @limit`
		countChanges  = `SELECT count(*) ` + oldChanges
		removeChanges = `
			DELETE FROM syncd.setting_changes
			WHERE ctid = ANY (ARRAY(SELECT ctid ` + oldChanges + ` LIMIT @most FOR UPDATE SKIP LOCKED))`
		record = `
			INSERT INTO syncd.history_limits AS l (account_id, begins_at, pruned_at)
			VALUES (@account_id, @limit, now())
			ON CONFLICT (account_id) DO UPDATE SET begins_at = greatest(l.begins_at, excluded.begins_at), pruned_at = now()`
	)
	var versions, changes int
	old := pgx.StrictNamedArgs{"users": kept.users, "documents": kept.documents, "from": kept.from}
	err = p.batch(ctx, "prune history", func(ctx context.Context, tx pgx.Tx) (err error) {
		if p.dryRun {
			if err := tx.QueryRow(ctx, countVersions, old).Scan(&versions); err != nil {
				return err
			}
			return tx.QueryRow(ctx, countChanges, pgx.StrictNamedArgs{"keys": keys, "limit": p.done.Limit}).Scan(&changes)
		}
		old["most"] = prunedVersions
		if versions, err = remove(ctx, tx, removeVersions, old); err != nil {
			return err
		}
		if changes, err = remove(ctx, tx, removeChanges, pgx.StrictNamedArgs{"keys": keys, "limit": p.done.Limit, "most": prunedChanges}); err != nil {
			return err
		}
		if versions+changes == 0 || p.recorded {
			return nil
		}
		_, err = tx.Exec(ctx, record, pgx.StrictNamedArgs{"account_id": p.account, "limit": p.done.Limit})
		return err
	})
	if err != nil {
		return false, err
	}
	p.recorded = p.recorded || versions+changes > 0
	p.done.Versions += versions
	p.done.Changes += changes
	return !p.dryRun && (versions == prunedVersions || changes == prunedChanges), nil
}

// passes prunes passes, each with all of its failures. The last of each kind stay: metrics and the next pass ask for them,
// and the guard against mass deletions knows by them that the account was seen before.
func (p *prune) passes(ctx context.Context) error {
	const (
		old = `
			WITH kept AS MATERIALIZED (
				SELECT ARRAY[
					max(pass_id),
					max(pass_id) FILTER (WHERE users_requested IS NULL),
					max(pass_id) FILTER (WHERE users_requested IS NULL AND status <> 'running'),
					max(pass_id) FILTER (WHERE users_requested IS NULL AND status IN ('complete', 'partial', 'held')),
					max(pass_id) FILTER (WHERE users_requested IS NULL AND status IN ('complete', 'partial', 'held') AND listing_complete),
					max(pass_id) FILTER (WHERE users_requested IS NULL AND status = 'complete'),
					max(pass_id) FILTER (WHERE status = 'complete' AND listing_complete)
				] AS passes
				FROM syncd.passes
				WHERE account_id = @account_id
			), old AS MATERIALIZED (
				SELECT p.pass_id
				FROM syncd.passes p, kept k
				WHERE p.account_id = @account_id AND p.finished_at < @limit AND (p.pass_id = ANY (k.passes)) IS NOT TRUE
				AND NOT EXISTS (SELECT FROM syncd.holds h WHERE h.pass_id = p.pass_id)`
		count = old + `
			)
			SELECT count(*), coalesce(sum((SELECT count(*) FROM syncd.failures f WHERE f.pass_id = o.pass_id)), 0)::bigint
			FROM old o`
		// At least one, and as many more as have few failures together.
		remove = old + `
				ORDER BY p.pass_id
				LIMIT @most
				FOR UPDATE OF p SKIP LOCKED
			), counted AS MATERIALIZED (
				SELECT o.pass_id, n.failures, sum(n.failures) OVER (ORDER BY o.pass_id) AS together, row_number() OVER (ORDER BY o.pass_id) AS place
				FROM old o
				CROSS JOIN LATERAL (SELECT count(*) AS failures FROM syncd.failures f WHERE f.pass_id = o.pass_id) n
			), removed AS (
				DELETE FROM syncd.passes p
				USING counted c
				WHERE p.pass_id = c.pass_id AND (c.place = 1 OR c.together <= @failures)
				RETURNING c.failures
			)
			SELECT count(*), coalesce(sum(failures), 0)::bigint
			FROM removed`
	)
	statement, args := remove, pgx.StrictNamedArgs{"account_id": p.account, "limit": p.done.Limit, "most": prunedPasses, "failures": prunedFailures}
	if p.dryRun {
		statement, args = count, pgx.StrictNamedArgs{"account_id": p.account, "limit": p.done.Limit}
	}
	for {
		var passes, failures int
		err := p.batch(ctx, "prune passes", func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, statement, args).Scan(&passes, &failures)
		})
		if err != nil {
			return err
		}
		p.done.Passes += passes
		p.done.Failures += failures
		if p.dryRun || passes == 0 {
			return nil
		}
	}
}

// readBeginning finds out where history begins now.
func (p *prune) readBeginning(ctx context.Context) error {
	begins, err := p.HistoryBegins(ctx, p.account)
	p.done.Begins = begins
	return err
}

// HistoryBegins tells from when on the history of an account is whole; nil: as far back as the mirror goes.
func (s *Store) HistoryBegins(ctx context.Context, accountID string) (begins *time.Time, err error) {
	const query = `SELECT max(begins_at) FROM syncd.history_limits WHERE account_id = @account_id`
	err = s.inTx(ctx, "history", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, query, pgx.StrictNamedArgs{"account_id": accountID}).Scan(&begins)
	})
	return begins, err
}

// remove runs a statement and tells how many rows it removed.
func remove(ctx context.Context, tx pgx.Tx, statement string, args pgx.StrictNamedArgs) (int, error) {
	tag, err := tx.Exec(ctx, statement, args)
	return int(tag.RowsAffected()), err
}
