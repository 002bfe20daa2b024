package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Erased counts what Forget erased in one table.
type Erased struct {
	Table string
	Rows  int
}

// Forgotten is what Forget did.
type Forgotten struct {
	Alias  string // stands in place of the user's id from now on
	Erased []Erased
	// Mentions counts documents of other users, their old versions and changes in the journal that name this one, as a
	// delegate for example. They are settings of the others, and stay.
	Mentions int
	// Holds counts the open holds that the user was left out of; one of nobody else has ended.
	Holds int
}

// Forget erases everything that the mirror holds about a user, given by id or by e-mail address, in one transaction. It
// keeps that there was one: the row in syncd.users gets another id, and counts as deleted; failures keep when and how,
// not what they said. A user that Zoom still lists would be mirrored anew by the next pass, so that one who is not
// tombstoned is refused unless evenIfListed. Unmapped gives the paths of a stored document that would be recorded as
// unmapped fields. The caller holds the account's lease.
//
// Errors: ErrNoUser, ErrManyUsers, ErrStillListed.
func (s *Store) Forget(ctx context.Context, accountID, user string, evenIfListed bool, unmapped UnmappedPaths) (Forgotten, error) {
	var done Forgotten
	// It may read every document there is.
	err := s.inLongTx(ctx, "forget user", func(tx pgx.Tx) error {
		found, err := findUser(ctx, tx, accountID, user)
		if err != nil {
			return err
		}
		if !found.deleted && !evenIfListed {
			return &Error{Op: "forget user", Kind: ErrStillListed}
		}
		if err := forgetUnmapped(ctx, tx, accountID, found, unmapped); err != nil {
			return fmt.Errorf("unmapped fields: %w", err)
		}
		if done, err = forget(ctx, tx, found); err != nil {
			return err
		}
		if err := collectSettings(ctx, tx, accountID); err != nil { // a value may have been this user's alone
			return err
		}
		// What Postgres remembers of a table to plan with has values of it. It keeps them of one that is empty now.
		return analyzeTables(ctx, tx, "")
	})
	return done, err
}

// foundUser is one to be forgotten.
type foundUser struct {
	key     int64
	id      string
	deleted bool
}

// findUser finds a user by id, by the address that the mirror shows, or by one of former days.
func findUser(ctx context.Context, tx pgx.Tx, accountID, user string) (foundUser, error) {
	const (
		byID = `
			SELECT u.user_key, u.user_id, u.deleted_at IS NOT NULL
			FROM syncd.users u
			WHERE u.account_id = @account_id AND u.user_id = @user`
		// An address can be given to another person; whose it was before is asked too.
		byEmail = `
			SELECT u.user_key, u.user_id, u.deleted_at IS NOT NULL
			FROM syncd.users u
			JOIN syncd.user_list l USING (user_key)
			WHERE u.account_id = @account_id AND lower(l.email) = lower(@user)
			UNION
			SELECT u.user_key, u.user_id, u.deleted_at IS NOT NULL
			FROM syncd.users u
			JOIN syncd.document_history h USING (user_key)
			WHERE u.account_id = @account_id AND h.document IN (1, 2) AND lower(h.body ->> 'email') = lower(@user)`
	)
	for _, query := range []string{byID, byEmail} {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID, "user": user})
		if err != nil {
			return foundUser{}, err
		}
		found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (foundUser, error) {
			var u foundUser
			err := row.Scan(&u.key, &u.id, &u.deleted)
			return u, err
		})
		switch {
		case err != nil:
			return foundUser{}, err
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return foundUser{}, &Error{Op: "forget user", Kind: ErrManyUsers, Err: fmt.Errorf("%d users", len(found))}
		}
	}
	return foundUser{}, &Error{Op: "forget user", Kind: ErrNoUser}
}

// forget erases a user. Every table of the schema with a column that refers to syncd.users loses the user's rows, those
// of later migrations too; failures are kept without their message and the id of their request.
func forget(ctx context.Context, tx pgx.Tx, u foundUser) (Forgotten, error) {
	const (
		mentions = `
			SELECT
				(
					SELECT count(*)
					FROM (
						SELECT user_key, body FROM syncd.documents
						UNION ALL
						SELECT user_key, body FROM syncd.document_history
					) v
					WHERE v.user_key <> @key AND strpos(v.body::text, to_jsonb(@id::text)::text) > 0
				) + (
					SELECT count(*)
					FROM syncd.setting_changes c
					WHERE c.user_key <> @key AND strpos(concat(c.path, c.old_value, c.new_value), @id) > 0
				)`
		failures = `
			UPDATE syncd.failures
			SET message = 'forgotten', request_id = NULL
			WHERE user_key = @key`
		// When the user was gone says nothing about the person, and counts of the past need it.
		absences = `
			UPDATE syncd.absences
			SET deletion_evidence = '{"forgotten": true}'
			WHERE user_key = @key`
		// A hold stays for its other members; one of nobody else ends.
		holds = `
			WITH left_out AS (
				DELETE FROM syncd.held_users c
				USING syncd.holds h
				WHERE h.hold_id = c.hold_id AND h.ended_at IS NULL AND c.user_key = @key
				RETURNING c.hold_id
			)
			UPDATE syncd.holds h
			SET users = greatest(h.users - 1, 0),
				(ended_at, outcome) = (
					SELECT CASE WHEN rest.n = 0 THEN now() END, CASE WHEN rest.n = 0 THEN 'resolved' END
					FROM (SELECT count(*) AS n FROM syncd.held_users o WHERE o.hold_id = h.hold_id AND o.user_key IS DISTINCT FROM @key) rest
				)
			WHERE h.hold_id IN (SELECT hold_id FROM left_out)`
		passes = `
			UPDATE syncd.passes
			SET error = replace(error, @id, @alias)
			WHERE strpos(error, @id) > 0`
		// A user who was not tombstoned is marked here: the row must not stand for somebody current. pass_id 0 is none.
		anonymize = `
			UPDATE syncd.users
			SET user_id           = @alias,
				deleted_at        = coalesce(deleted_at, now()),
				deleted_pass_id   = coalesce(deleted_pass_id, 0),
				deletion_evidence = '{"forgotten": true}'
			WHERE user_key = @key`
	)
	done := Forgotten{Alias: fmt.Sprintf("forgotten-%d", u.key)}
	if err := tx.QueryRow(ctx, mentions, pgx.StrictNamedArgs{"key": u.key, "id": u.id}).Scan(&done.Mentions); err != nil {
		return Forgotten{}, err
	}
	tag, err := tx.Exec(ctx, holds, pgx.StrictNamedArgs{"key": u.key})
	if err != nil {
		return Forgotten{}, err
	}
	done.Holds = int(tag.RowsAffected())
	columns, err := userColumns(ctx, tx)
	if err != nil {
		return Forgotten{}, err
	}
	for _, c := range columns {
		statement := fmt.Sprintf(`DELETE FROM %s WHERE %s = @key`, c.table, c.column)
		switch c.table {
		case "syncd.failures":
			statement = failures
		case "syncd.absences":
			statement = absences
		}
		tag, err := tx.Exec(ctx, statement, pgx.StrictNamedArgs{"key": u.key})
		if err != nil {
			return Forgotten{}, fmt.Errorf("%s: %w", c.table, err)
		}
		if tag.RowsAffected() > 0 {
			done.Erased = append(done.Erased, Erased{c.table, int(tag.RowsAffected())})
		}
	}
	if _, err := tx.Exec(ctx, passes, pgx.StrictNamedArgs{"id": u.id, "alias": done.Alias}); err != nil {
		return Forgotten{}, err
	}
	tag, err = tx.Exec(ctx, anonymize, pgx.StrictNamedArgs{"key": u.key, "alias": done.Alias})
	if err == nil && tag.RowsAffected() != 1 {
		err = errors.New("the user is gone")
	}
	return done, err
}

// userColumn is a column that says whose a row is. Both names are quoted where they need to be.
type userColumn struct{ table, column string }

// userColumns gives every column of the engine's tables that refers to syncd.users, by a foreign key or by its name.
func userColumns(ctx context.Context, tx pgx.Tx) ([]userColumn, error) {
	const query = `
		SELECT format('%I.%I', n.nspname, c.relname), format('%I', a.attname)
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE n.nspname = 'syncd' AND c.relkind IN ('r', 'p') AND c.oid <> 'syncd.users'::regclass
		AND (a.attname = 'user_key' OR EXISTS (
			SELECT
			FROM pg_constraint k
			WHERE k.conrelid = c.oid AND k.confrelid = 'syncd.users'::regclass AND a.attnum = ANY (k.conkey)
		))
		ORDER BY 1, 2`
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (userColumn, error) {
		var c userColumn
		err := row.Scan(&c.table, &c.column)
		return c, err
	})
}
