package db

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// releaseTimeout bounds the goodbye to the server; the lease ends with the connection in any case.
const releaseTimeout = 5 * time.Second

// Lease is the right to write an account's rows: a session-level advisory lock on a connection of its own, so that it
// ends with the process, however that ends. Nothing renews it and it has no deadline.
//
// It needs a session: behind a pooler that hands out connections per transaction the lock would stay behind in a
// stranger's connection.
type Lease struct {
	conn    *pgx.Conn
	account string
	stop    context.CancelFunc
	lost    chan struct{} // closed by watch when the connection died
	watched chan struct{} // closed by watch when it returns
	once    sync.Once
}

// AcquireLease takes the lease of an account, or returns ErrLeaseHeld at once. The caller must Release it.
func (s *Store) AcquireLease(ctx context.Context, accountID string) (*Lease, error) {
	const op = "acquire lease"
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["application_name"] += " lease"
	config.RuntimeParams["idle_session_timeout"] = "0" // it sits idle for hours, and that is its job
	// A server whose client's machine vanished notices within two minutes, not after the usual two hours.
	config.RuntimeParams["tcp_keepalives_idle"] = "60"
	config.RuntimeParams["tcp_keepalives_interval"] = "15"
	config.RuntimeParams["tcp_keepalives_count"] = "4"

	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, translate(ctx, op, err)
	}
	const try = `SELECT pg_try_advisory_lock(hashtextextended('syncd lease ' || @account_id, 0))`
	var held bool
	if err := conn.QueryRow(ctx, try, pgx.StrictNamedArgs{"account_id": accountID}).Scan(&held); err != nil {
		closeConn(ctx, conn)
		return nil, translate(ctx, op, err)
	}
	if !held {
		closeConn(ctx, conn)
		return nil, &Error{Op: op, Kind: ErrLeaseHeld}
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Lease{
		conn: conn, account: accountID, stop: stop,
		lost: make(chan struct{}), watched: make(chan struct{}),
	}
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
		// Unlocking first makes the release take effect here and now; the server ends a closed session when it likes.
		const unlock = `SELECT pg_advisory_unlock(hashtextextended('syncd lease ' || @account_id, 0))`
		_, _ = l.conn.Exec(ctx, unlock, pgx.StrictNamedArgs{"account_id": l.account}) // closing frees it as well
		_ = l.conn.Close(ctx)
	})
}

// closeConn says goodbye to a connection whose context may have ended.
func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	_ = conn.Close(ctx) // nothing was held, nothing is lost
}
