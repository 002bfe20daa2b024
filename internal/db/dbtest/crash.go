package dbtest

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Crash kills a session from within. The server then ends all the others, recovers, and takes new ones. It must be a
// private one.
func (d *Database) Crash() {
	d.tb.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, d.URL)
	if err != nil {
		d.tb.Fatalf("connect: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }() // it is dead
	if _, err := conn.Exec(ctx, `COPY (SELECT 1) TO PROGRAM 'kill -9 $PPID'`); err == nil {
		d.tb.Fatal("the server did not crash")
	}
}
