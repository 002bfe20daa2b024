package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Written counts the users of a batch. A user of whom nothing but freshness was recorded is unchanged; one who failed
// and was not written is neither.
type Written struct {
	Written   int
	Unchanged int
	Parked    int // whose changes wait for the end of the pass
}

// WriteUsers stores a batch of users, all or none, in one transaction, and touches no row that is the same already: an
// unchanged user costs one update of syncd.freshness. Users who were tombstoned come back to life. With it goes how the pass
// stands, as RecordProgress notes it; nil: as it does already. The caller holds the account's lease.
//
// An error that wraps ErrBadData speaks of one user of the batch, or of a few: one twice in it, or a value that Postgres
// cannot hold, such as \u0000. Splitting the batch saves the others.
func (s *Store) WriteUsers(
	ctx context.Context, accountID string, passID int64, users []User, stands *PassProgress,
) (written Written, err error) {
	const op = "write users"
	if len(users) == 0 {
		return Written{}, nil
	}
	if err := checkUsers(users); err != nil {
		return Written{}, &Error{Op: op, Kind: ErrBadData, Err: err}
	}
	ctx, span := s.traceBatch(ctx, accountID, passID, len(users))
	defer func() { span.end(written, err) }()
	begun := time.Now()
	defer func() { s.metrics.wrote(len(users), time.Since(begun), err) }()

	err = s.inTx(ctx, op, func(tx pgx.Tx) error {
		stored, err := readStored(ctx, tx, accountID, users)
		if err != nil {
			return err
		}
		if err := completeUsers(users, stored); err != nil {
			return &Error{Op: op, Kind: ErrBadData, Err: err}
		}
		now, err := createUsers(ctx, tx, accountID, users, stored)
		if err != nil {
			return err
		}
		plan, _, err := planCompared(ctx, tx, passID, users, stored, true)
		if err != nil {
			return err
		}
		numbers, err := settingNumbers(ctx, tx, accountID, plan.settings.values, s.known.of(passID))
		if err != nil {
			return err
		}
		written = plan.written
		if err := copyDocuments(ctx, tx, now, plan.first); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, span.count(plan.batch(numbers))).Close(); err != nil {
			return err
		}
		return s.advancePass(ctx, tx, passID, progress{written: written.Written, unchanged: written.Unchanged, stands: stands})
	})
	if err != nil {
		return Written{}, err
	}
	return written, nil
}

// storedUser is what the database knows about a user before a batch is written.
type storedUser struct {
	key     int64
	created bool // by this transaction
	deleted bool
	digests map[Document]storedDigests
}

type storedDigests struct{ full, stable Digest }

// readStored asks for the digests of those of the batch's users who are stored.
func readStored(ctx context.Context, tx pgx.Tx, accountID string, users []User) (map[string]*storedUser, error) {
	// A user has four documents at most. LIMIT and ORDER BY have the index asked for one user after another: while the tables
	// of a first mirror grow, Postgres may know the one by its statistics and not the other, and would read all of it.
	const query = `
		SELECT u.user_id, u.user_key, u.deleted_at IS NOT NULL, coalesce(d.document, 0), d.full_digest, d.stable_digest
		FROM unnest(@user_ids::text[]) n (user_id)
		JOIN syncd.users u ON u.account_id = @account_id AND u.user_id = n.user_id
		LEFT JOIN LATERAL (
			SELECT d.document, d.full_digest, d.stable_digest
			FROM syncd.documents d
			WHERE d.user_key = u.user_key
			ORDER BY d.document
			LIMIT 4
		) d ON true`
	ids := make([]string, len(users))
	for i := range users {
		ids[i] = users[i].ID
	}

	stored := make(map[string]*storedUser, len(users))
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID, "user_ids": ids})
	if err != nil {
		return nil, err
	}
	var id string
	var key int64
	var deleted bool
	var document int16
	var full, stable []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &key, &deleted, &document, &full, &stable}, func() error {
		user := stored[id]
		if user == nil {
			user = &storedUser{key: key, deleted: deleted, digests: make(map[Document]storedDigests, 4)}
			stored[id] = user
		}
		if name := documentOf(document); name != "" {
			user.digests[name] = storedDigests{Digest(full), Digest(stable)}
		}
		return nil
	})
	return stored, err
}

// createUsers makes a row for each user who is not stored, and adds it to stored. If there is one, it gives the time of the
// transaction.
func createUsers(ctx context.Context, tx pgx.Tx, accountID string, users []User, stored map[string]*storedUser) (now time.Time, err error) {
	const insert = `
		INSERT INTO syncd.users (account_id, user_id, first_seen_at, changed_at)
		SELECT
			@account_id, n.user_id,
			now() - n.age * interval '1 microsecond',
			now() - n.age * interval '1 microsecond'
		FROM unnest(@user_ids::text[], @ages::bigint[]) n (user_id, age)
		RETURNING user_id, user_key, now()`
	var missing []string
	var ages []int64
	for i := range users {
		if stored[users[i].ID] == nil {
			missing, ages = append(missing, users[i].ID), append(ages, users[i].age().Microseconds())
		}
	}
	if len(missing) == 0 {
		return now, nil
	}
	rows, err := tx.Query(ctx, insert, pgx.StrictNamedArgs{
		"account_id": accountID, "user_ids": missing, "ages": ages,
	})
	if err != nil {
		return now, fmt.Errorf("create users: %w", err)
	}
	var id string
	var key int64
	_, err = pgx.ForEachRow(rows, []any{&id, &key, &now}, func() error {
		stored[id] = &storedUser{key: key, created: true}
		return nil
	})
	return now, err
}
