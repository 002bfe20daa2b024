package db

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// releaseTimeout bounds the goodbye to the server; the lease ends with the connection in any case.
const releaseTimeout = 5 * time.Second

// Lease is the right to write an account's rows, or to lead its daemons: an advisory lock that a transaction holds on a connection of its own,
// so that it ends with the process, however that ends. Nothing renews it and it has no deadline.
//
// The transaction stays open and idle for as long as the lease is held: that is what a pooler such as PgBouncer in
// transaction mode keeps a session for, and nothing else. An idle transaction at READ COMMITTED has no snapshot, and one
// that wrote nothing has no transaction id, so that it holds no vacuum back.
type Lease struct {
	conn    *pgx.Conn
	stop    context.CancelFunc
	lost    chan struct{} // closed by watch when the connection died
	watched chan struct{} // closed by watch when it returns
	once    sync.Once
}

// AcquireLease takes the lease of an account, or returns ErrLeaseHeld at once. The caller must Release it.
func (s *Store) AcquireLease(ctx context.Context, accountID string) (*Lease, error) {
	return s.acquire(ctx, "acquire lease", "lease", accountID)
}

// AcquireLeadership makes this process the one of several daemons of an account that makes its passes, or returns
// ErrLeaseHeld at once. It is a lock beside the lease, so that between two passes others can have that: a pass by hand, a
// forgotten user.
func (s *Store) AcquireLeadership(ctx context.Context, accountID string) (*Lease, error) {
	return s.acquire(ctx, "acquire leadership", "leader", accountID)
}

// acquire takes the lock of a purpose, and of a key where it has several.
func (s *Store) acquire(ctx context.Context, op, purpose, key string) (*Lease, error) {
	const (
		// Sitting idle for hours is its job. A server whose client's machine vanished notices within two minutes, not
		// after the usual two hours.
		begin = `
			BEGIN ISOLATION LEVEL READ COMMITTED;
			SET LOCAL idle_in_transaction_session_timeout = 0;
			SET LOCAL tcp_keepalives_idle = 60;
			SET LOCAL tcp_keepalives_interval = 15;
			SET LOCAL tcp_keepalives_count = 4`
		// Only Postgres 17 and later knows a limit of whole transactions. A query of no table leaves no lock on one.
		try = `
			SELECT
				pg_try_advisory_xact_lock(hashtextextended(@lock, 0)),
				CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL THEN set_config('transaction_timeout', '0', true) END`
	)
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["application_name"] += " " + purpose
	var conn *pgx.Conn
	var held bool
	err := s.bounded(ctx, op, func(ctx context.Context) (err error) {
		if conn, err = pgx.ConnectConfig(ctx, config); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, begin); err != nil {
			return err
		}
		args := pgx.StrictNamedArgs{"lock": "syncd " + purpose + " " + key}
		// Of the extended protocol a portal would stay open, and its snapshot with it.
		return conn.QueryRow(ctx, try, pgx.QueryExecModeSimpleProtocol, args).Scan(&held, nil)
	})
	if err == nil && !held {
		err = &Error{Op: op, Kind: ErrLeaseHeld}
	}
	if err != nil {
		if conn != nil {
			closeConn(ctx, conn)
		}
		return nil, err
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Lease{conn: conn, stop: stop, lost: make(chan struct{}), watched: make(chan struct{})}
	go l.watch(watching)
	return l, nil
}

// watch reads from the idle connection, which is how its end is noticed the moment it comes. Nobody notifies this
// session; the wait ends by Release or by the death of the connection.
func (l *Lease) watch(ctx context.Context) {
	defer close(l.watched)
	for {
		_, err := l.conn.WaitForNotification(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			close(l.lost)
			return
		}
	}
}

// Lost is closed when the lease's connection dies: another syncd may hold the lease from then on, so stop writing.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Release gives the lease back; when it returns, the next AcquireLease can succeed. A second call does nothing.
func (l *Lease) Release() {
	l.once.Do(func() {
		l.stop()
		<-l.watched
		ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
		defer cancel()
		// To end the transaction makes the release take effect here and now; the server ends a closed session when it likes.
		_, _ = l.conn.Exec(ctx, `ROLLBACK`) // closing frees the lock as well
		_ = l.conn.Close(ctx)
	})
}

// closeConn says goodbye to a connection whose context may have ended.
func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	_ = conn.Close(ctx) // nothing was held, nothing is lost
}
