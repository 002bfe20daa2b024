package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// The faults of the store. Each message is one sentence with its repair; test for them with errors.Is.
var (
	ErrBadURL = errors.New("the database URL cannot be read: " +
		"give DATABASE_URL as postgres://user:password@host:5432/database")
	ErrUnreachable = errors.New("the database cannot be reached: " +
		"check host, port and network of DATABASE_URL, that Postgres runs, and that it, or the pooler before it, has free connections: syncd needs three")
	ErrPooler = errors.New("the connection pooler in front of the database refuses what syncd needs: " +
		"let it pool sessions or transactions, and DATABASE_URL hold no parameters that it does not know; or connect to Postgres directly")
	ErrDatabaseMissing = errors.New("the database does not exist: " +
		"create it (CREATE DATABASE ... OWNER ...) or correct its name in DATABASE_URL")
	ErrDenied = errors.New("the database refuses this role: " +
		"check user and password of DATABASE_URL; the role must own the database or the schemas syncd, zoom and zoom_pii")
	ErrReadOnly = errors.New("the database is read-only: " +
		"point DATABASE_URL at the primary, and switch default_transaction_read_only off for this role")
	ErrSchemaMissing = errors.New("the schema is missing: run syncd migrate")
	ErrSchemaOld     = errors.New("the schema is older than this syncd: run syncd migrate")
	ErrSchemaNew     = errors.New("the schema is newer than this syncd: run the syncd release that made it, or a later one")
	ErrSchemaBroken  = errors.New("the schema is not of the version that it is recorded as: " +
		"restore the database from a backup; or, if nothing in it is to be kept, drop the schemas syncd, zoom and zoom_pii, and run syncd migrate")
	ErrLeaseHeld = errors.New("another syncd holds the lease of this account: wait for its pass to end, or stop it")
	ErrMigrating = errors.New("another syncd migrates the schema: wait for it to end, or stop it")
	ErrBadData   = errors.New("the database refuses a value: " +
		"look in the log of the database server for what refuses it, such as a trigger or a constraint of its own")
	ErrDiskFull = errors.New("the database has no disk space or memory left: free some, or give it more")
	ErrConflict = errors.New("another transaction was in the way each time this one was tried: " +
		"look for a second writer on schema syncd, or, if it is a migration, for a long query of a reader")
	ErrTimeout = errors.New("a statement took longer than allowed: " +
		"look for locks and for a slow disk on the database server")
	ErrNoRole      = errors.New("the role does not exist: create it (CREATE ROLE ... LOGIN), or correct its name")
	ErrOwnRole     = errors.New("the role is the one that owns the mirror: name the role that analysts use")
	ErrReadsMore   = errors.New("the role would read more than it should: take its superuser right or its membership in another role away, or what is granted to PUBLIC")
	ErrNoUser      = errors.New("the mirror knows no such user: give the user ID, or an e-mail address that the user has or had")
	ErrManyUsers   = errors.New("several users have or had this e-mail address: give the user ID")
	ErrStillListed = errors.New("the user is not deleted, and the next pass would mirror what Zoom holds again: " +
		"delete the user in Zoom and let a pass see that, or say --yes-still-listed")
	ErrNoHold     = errors.New("the account has no such hold: look up its number with syncd status, or in zoom.holds")
	ErrHoldEnded  = errors.New("the hold has ended: look up the open ones with syncd status; a new pass may hold another set")
	ErrPassClosed = errors.New("the pass is not running: another syncd closed it; make sure only one runs for this account")
)

// Error is a failed operation of the store. It wraps one of the sentinels above, when one fits, and the cause.
type Error struct {
	Op   string // what was tried, for example "write users"
	Code string // SQLSTATE; empty when Postgres did not answer
	Kind error  // a sentinel, or nil
	Err  error  // the cause; may be nil
}

// Error gives operation, fault and cause; Repair has the rest of the sentinel. The cause is left out where it could quote a stored value.
func (e *Error) Error() string {
	parts := []string{e.Op}
	if e.Kind != nil {
		fault, _, _ := strings.Cut(e.Kind.Error(), ": ")
		parts = append(parts, fault)
	}
	switch {
	case e.Code != "" && errors.Is(e.Kind, ErrBadData):
		parts = append(parts, "SQLSTATE "+e.Code)
	case e.Err != nil:
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives sentinel and cause to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Kind, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// Repair tells in a few words what to do about it; empty when there is no known repair.
func (e *Error) Repair() string {
	if e.Kind == nil {
		return ""
	}
	_, repair, _ := strings.Cut(e.Kind.Error(), ": ")
	return repair
}

// translate turns a driver's error into one of ours. A context that has ended wins over the error it caused.
func translate(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	if _, ours := errors.AsType[*Error](err); ours {
		return err
	}
	if errors.Is(err, ErrPassClosed) {
		return &Error{Op: op, Kind: ErrPassClosed}
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return &Error{Op: op, Code: refused.Code, Kind: kindOfRefusal(refused), Err: err}
	}
	return &Error{Op: op, Kind: kindOfFault(err), Err: err}
}

// kindOfRefusal maps an answer of Postgres, or of a pooler in its place. The code of PgBouncer is the same for everything
// that it has to say, so that its words decide.
func kindOfRefusal(refused *pgconn.PgError) error {
	const protocolViolation = "08P01"
	if refused.Code == protocolViolation && (strings.Contains(refused.Message, "statement pooling mode") ||
		strings.Contains(refused.Message, "unsupported startup parameter")) {
		return ErrPooler
	}
	return kindOfCode(refused.Code)
}

// kindOfCode maps a SQLSTATE to its sentinel, nil when none fits.
func kindOfCode(code string) error {
	switch code {
	case "28000", "28P01", "42501":
		return ErrDenied
	case "3D000", "57P04":
		return ErrDatabaseMissing
	case "3F000", "42P01":
		return ErrSchemaMissing
	case "42703":
		return ErrSchemaOld
	case "42701", "42710", "42723", "42P06", "42P07": // a migration makes what there is
		return ErrSchemaBroken
	case "25006":
		return ErrReadOnly
	case "53100", "53200":
		return ErrDiskFull
	case "53300", "57P01", "57P02", "57P03", "57P05":
		return ErrUnreachable
	case "57014", "25P03", "25P04":
		return ErrTimeout
	case pgSerializationFailure, pgDeadlockDetected, pgLockNotAvailable:
		return ErrConflict
	}
	switch code[:min(2, len(code))] {
	case "08":
		return ErrUnreachable
	case "22", "23", "54": // data exceptions, broken constraints, values over a limit of Postgres
		return ErrBadData
	}
	return nil
}

// kindOfFault maps an error that did not come from Postgres itself.
func kindOfFault(err error) error {
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect), errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		pgconn.SafeToRetry(err):
		return ErrUnreachable
	}
	return nil
}

// SQLSTATEs after which the same transaction may succeed.
const (
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
	pgLockNotAvailable     = "55P03" // after a lock_timeout
)

// isConflict tells whether a transaction failed only for what another one did at the same time.
func isConflict(err error) bool {
	known, ours := errors.AsType[*Error](err)
	return ours && (known.Code == pgSerializationFailure || known.Code == pgDeadlockDetected)
}

// isLocked tells whether a statement waited for a lock as long as it may.
func isLocked(err error) bool {
	known, ours := errors.AsType[*Error](err)
	return ours && known.Code == pgLockNotAvailable
}
