package db

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

const (
	connectTimeout = 10 * time.Second
	// callTimeout bounds a call from our side: a server that vanished cannot end a statement.
	callTimeout = 75 * time.Second
	// glanceTimeout is a little longer than what a statement of a glance may take.
	glanceTimeout = 3 * time.Second
	closeTimeout  = 2 * time.Second
)

// begin opens a transaction with its limits. A statement of a batch takes well under a second; a minute means that
// something is stuck. The limits are the transaction's and not the session's: behind a pooler such as PgBouncer each
// transaction runs in whatever session is free, and parameters of a session's start are refused.
const (
	begin         = `BEGIN` + limits
	beginReadOnly = `BEGIN READ ONLY` + limits
	beginGlance   = `BEGIN READ ONLY; SET LOCAL statement_timeout = '2500ms'; SET LOCAL idle_in_transaction_session_timeout = '10s'`
	limits        = `; SET LOCAL statement_timeout = '60s'; SET LOCAL idle_in_transaction_session_timeout = '60s'`
)

// Config says which database to use and how.
type Config struct {
	URL             string               // postgres://...; required
	Log             *slog.Logger         // nil: discard
	Metrics         *Metrics             // nil: kept, and shown to nobody
	TracerProvider  trace.TracerProvider // nil: batches are not traced
	MaxConns        int32                // most connections of the pool, the lease's not counted; 0: 4
	ApplicationName string               // shown in pg_stat_activity; empty: syncd
	ReadOnly        bool                 // Postgres itself refuses whatever would write
}

// Store is the mirror's database. It is safe for concurrent use.
type Store struct {
	pool     *pgxpool.Pool
	begin    string
	log      *slog.Logger
	metrics  *Metrics
	tracer   trace.Tracer // nil: off
	known    knownValues
	writer   int64 // stands in the passes that this store opened: it writes for no other
	patience time.Duration
}

// Open connects to the database and proves that it answers. It does not look at the schema: see CheckSchema. Errors:
// ErrBadURL, ErrUnreachable, ErrDenied, ErrDatabaseMissing, ErrPooler.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	const op = "open database"
	config, err := parseURL(cfg.URL)
	if err != nil {
		return nil, &Error{Op: op, Kind: ErrBadURL} // the driver's words may quote parts of the URL
	}
	config.MaxConns = cmp.Or(cfg.MaxConns, 4)
	config.ConnConfig.ConnectTimeout = connectTimeout
	config.ConnConfig.RuntimeParams["application_name"] = cmp.Or(cfg.ApplicationName, "syncd")
	// No prepared statements: they live in a session, and the next transaction may run in another one.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	// A round trip a transaction, so that one that follows the end of a connection does not fail for it.
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return true }

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, translate(ctx, op, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, translate(ctx, op, err)
	}
	metrics := cfg.Metrics
	if metrics == nil {
		metrics = NewMetrics(nil)
	}
	metrics.pool.Store(pool)
	s := &Store{
		pool:     pool,
		begin:    begin,
		log:      cmp.Or(cfg.Log, slog.New(slog.DiscardHandler)),
		metrics:  metrics,
		writer:   rand.Int64(),
		patience: callTimeout,
	}
	if cfg.TracerProvider != nil {
		s.tracer = cfg.TracerProvider.Tracer("syncd/internal/db")
	}
	if cfg.ReadOnly {
		s.begin = beginReadOnly
	}
	return s, nil
}

// Glance gives the same database for a look at it that must neither load nor await it: nothing is written, and what takes
// longer than a few seconds is given up with ErrTimeout or ErrUnreachable. It ends with the store.
func (s *Store) Glance() *Store {
	return &Store{pool: s.pool, begin: beginGlance, log: s.log, metrics: s.metrics, patience: glanceTimeout}
}

// Close ends all connections. It waits a moment for those in use: a server that has fallen silent must not keep the
// process from ending. A lease has to be released on its own.
func (s *Store) Close() {
	closed := make(chan struct{})
	go func() {
		s.pool.Close()
		close(closed)
	}()
	timer := time.NewTimer(closeTimeout)
	defer timer.Stop()
	select {
	case <-closed:
	case <-timer.C:
	}
}

// attempts is how often a transaction is tried that Postgres refuses for what another one did.
const attempts = 3

// inTx runs work in one transaction, as every statement of the store is run, and translates its error. A deadlock or a
// serialization failure begins it anew, so work must be able to run more than once.
func (s *Store) inTx(ctx context.Context, op string, work func(pgx.Tx) error) error {
	options := pgx.TxOptions{BeginQuery: s.begin}
	var err error
	for range attempts {
		err = s.bounded(ctx, op, func(ctx context.Context) error { return pgx.BeginTxFunc(ctx, s.pool, options, work) })
		if !isConflict(err) {
			break
		}
	}
	return err
}

// inLongTx is inTx for work over the whole mirror, which may rightly take long.
func (s *Store) inLongTx(ctx context.Context, op string, work func(pgx.Tx) error) error {
	const begin = `BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '60s'`
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: begin}, work)
	return translate(ctx, op, err)
}

// bounded gives a call its deadline and translates its error. That the deadline passed while the caller's context lives
// means that the server does not answer.
func (s *Store) bounded(ctx context.Context, op string, call func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	err := call(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return &Error{Op: op, Kind: ErrUnreachable, Err: fmt.Errorf("no answer within %v", s.patience)}
	}
	return translate(ctx, op, err)
}
