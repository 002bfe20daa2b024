package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// GrantReaders lets roles read the mirror: readers schema zoom, piiReaders schema zoom_pii as well, and neither of them
// anything else of syncd's. It covers the views that there are and those that this role makes later. What a reader could
// see in zoom_pii or syncd before, it cannot any more. A role that is among both is a piiReader. Errors: ErrNoRole,
// ErrOwnRole, ErrReadsMore, ErrMigrating; after an error no role's rights have changed. Several may call it at once, one after the other gets its
// turn: Postgres takes no lock for rights, and refuses the second of two who change the same ones.
func (s *Store) GrantReaders(ctx context.Context, readers, piiReaders []string) error {
	const op = "grant to readers"
	pii := make(map[string]bool, len(readers)+len(piiReaders))
	for _, role := range readers {
		pii[role] = false
	}
	for _, role := range piiReaders {
		pii[role] = true
	}
	if len(pii) == 0 {
		return nil
	}
	turn, err := s.awaitTurn(ctx, op)
	if err != nil {
		return err
	}
	defer turn.Release() //nolint:contextcheck // it must also work after the context has ended
	return s.inTx(ctx, op, func(tx pgx.Tx) error {
		if err := checkRoles(ctx, tx, op, pii); err != nil {
			return err
		}
		for role, private := range pii {
			for _, statement := range grants(pgx.Identifier{role}.Sanitize(), private) {
				if _, err := tx.Exec(ctx, statement); err != nil {
					return fmt.Errorf("role %q: %w", role, translate(ctx, op, err))
				}
			}
		}
		return checkGrants(ctx, tx, op, pii)
	})
}

// checkGrants refuses to say that a role reads nothing else when it does: as a superuser, as a member of another role, or
// because everybody may.
func checkGrants(ctx context.Context, tx pgx.Tx, op string, pii map[string]bool) error {
	const query = `
		SELECT string_agg(s.schema, ' and ' ORDER BY s.schema)
		FROM unnest(@schemas::text[]) s (schema)
		WHERE has_schema_privilege(@role, s.schema, 'USAGE')`
	for role, private := range pii {
		schemas := []string{"syncd"}
		if !private {
			schemas = append(schemas, "zoom_pii")
		}
		var open *string
		if err := tx.QueryRow(ctx, query, pgx.StrictNamedArgs{"schemas": schemas, "role": role}).Scan(&open); err != nil {
			return err
		}
		if open != nil {
			return &Error{Op: op, Kind: ErrReadsMore, Err: fmt.Errorf("%q can use schema %s", role, *open)}
		}
	}
	return nil
}

// grants gives the statements for one role, whose name is quoted already.
func grants(role string, pii bool) []string {
	const (
		allow = `GRANT USAGE ON SCHEMA %[1]s TO %[2]s;
			GRANT SELECT ON ALL TABLES IN SCHEMA %[1]s TO %[2]s;
			GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %[1]s TO %[2]s;
			ALTER DEFAULT PRIVILEGES IN SCHEMA %[1]s GRANT SELECT ON TABLES TO %[2]s;
			ALTER DEFAULT PRIVILEGES IN SCHEMA %[1]s GRANT EXECUTE ON FUNCTIONS TO %[2]s`
		deny = `ALTER DEFAULT PRIVILEGES IN SCHEMA %[1]s REVOKE ALL ON TABLES FROM %[2]s;
			ALTER DEFAULT PRIVILEGES IN SCHEMA %[1]s REVOKE ALL ON FUNCTIONS FROM %[2]s;
			REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %[1]s FROM %[2]s;
			REVOKE ALL ON ALL TABLES IN SCHEMA %[1]s FROM %[2]s;
			REVOKE ALL ON SCHEMA %[1]s FROM %[2]s`
	)
	// The views of history call functions of syncd, and Postgres asks whether the reader may. Without USAGE of the schema,
	// a reader cannot name them.
	const allowCalls = `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %[1]s TO %[2]s;
		ALTER DEFAULT PRIVILEGES IN SCHEMA %[1]s GRANT EXECUTE ON FUNCTIONS TO %[2]s`
	var statements []string
	for _, schema := range []string{"zoom", "zoom_pii", "syncd"} {
		// Whatever more the role had goes first.
		texts := []string{deny}
		if schema == "zoom" || schema == "zoom_pii" && pii {
			texts = append(texts, allow)
		}
		if schema == "syncd" {
			texts = append(texts, allowCalls)
		}
		for _, text := range texts {
			for statement := range strings.SplitSeq(text, ";") {
				statements = append(statements, fmt.Sprintf(statement, schema, role))
			}
		}
	}
	return statements
}

// checkRoles refuses roles that do not exist, and this one: it owns the views, and what it would lose is its own.
func checkRoles(ctx context.Context, tx pgx.Tx, op string, roles map[string]bool) error {
	const query = `
		SELECT n.role, r.oid IS NOT NULL, n.role = current_user
		FROM unnest(@roles::text[]) n (role)
		LEFT JOIN pg_roles r ON r.rolname = n.role
		ORDER BY 1`
	names := make([]string, 0, len(roles))
	for role := range roles {
		names = append(names, role)
	}
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"roles": names})
	if err != nil {
		return err
	}
	var role string
	var exists, own bool
	var missing []string
	var self bool
	_, err = pgx.ForEachRow(rows, []any{&role, &exists, &own}, func() error {
		if !exists {
			missing = append(missing, fmt.Sprintf("%q", role))
		}
		self = self || own
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(missing) > 0:
		return &Error{Op: op, Kind: ErrNoRole, Err: fmt.Errorf("there is no role %s", strings.Join(missing, ", "))}
	case self:
		return &Error{Op: op, Kind: ErrOwnRole}
	}
	return nil
}
