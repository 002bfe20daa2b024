package db_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

func TestStore_AcquireLease(t *testing.T) {
	t.Parallel()

	t.Run("is_exclusive_per_account_and_released", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		other := open(t, b.database.URL)
		lease := acquire(t, b.Store, account)
		for _, store := range []*db.Store{b.Store, other} {
			if _, err := store.AcquireLease(t.Context(), account); !errors.Is(err, db.ErrLeaseHeld) {
				t.Errorf("second lease: got %v, want ErrLeaseHeld", err)
			}
		}
		acquire(t, other, "account-2")
		for range 20 { // a release is over when it returns
			lease.Release()
			lease.Release()
			lease = acquire(t, other, account)
		}
		select {
		case <-lease.Lost():
			t.Error("lost without reason")
		default:
		}
	})

	t.Run("is_lost_with_its_connection", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		lease := acquire(t, b.Store, account)
		b.database.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ` + leaseSession)
		select {
		case <-lease.Lost():
		case <-t.Context().Done():
			t.Fatal("the death of the connection was not noticed")
		}
		acquireSoon(t, b.Store) // the server tells the client before it gives the lock up
	})

	t.Run("holds_no_vacuum_back_and_has_no_end", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for _, setting := range []string{"idle_in_transaction_session_timeout = 1", "default_transaction_isolation = serializable"} {
			b.database.Exec(fmt.Sprintf(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET %s', current_database()); END $$`, setting))
		}
		lease := acquire(t, b.Store, account)
		waitFor(t, b, `SELECT now() - state_change > interval '50 milliseconds' FROM pg_stat_activity WHERE `+leaseSession)
		b.rows(t, `SELECT state, backend_xmin, backend_xid FROM pg_stat_activity WHERE `+leaseSession,
			[]string{"idle in transaction", "<null>", "<null>"})
		b.rows(t, `SELECT DISTINCT locktype FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE `+leaseSession+` ORDER BY 1`,
			[]string{"advisory"}, []string{"virtualxid"})
		select {
		case <-lease.Lost():
			t.Error("lost without reason")
		default:
		}
	})
}

// Nobody says goodbye for a process that was killed.
func TestLease_dies_with_its_process(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(*dbtest.Database) string{
		"direct":         func(d *dbtest.Database) string { return d.URL },
		"through_pooler": func(d *dbtest.Database) string { return d.Pooler("transaction") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := address(dbtest.New(t))
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			holder := exec.CommandContext(t.Context(), self)
			holder.Env = append(os.Environ(), holderVariable+"="+address)
			out, err := holder.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := holder.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if line != "held\n" {
				t.Fatalf("the holder says %q, %v", line, err)
			}
			store := open(t, address)
			if _, err := store.AcquireLease(t.Context(), account); !errors.Is(err, db.ErrLeaseHeld) {
				t.Errorf("while it lives: got %v, want ErrLeaseHeld", err)
			}
			if err := holder.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = holder.Wait() // "signal: killed"
			acquireSoon(t, store)
		})
	}
}

// holderVariable makes this binary take the lease at an address, say so and wait to be killed.
const holderVariable = "SYNCD_TEST_LEASE_HOLDER"

func holdLease(address string) error {
	store, err := db.Open(context.Background(), db.Config{URL: address})
	if err != nil {
		return err
	}
	if _, err := store.AcquireLease(context.Background(), account); err != nil {
		return err
	}
	fmt.Println("held")
	select {}
}

// leaseSession is the session of a lease, in pg_stat_activity.
const leaseSession = `datname = current_database() AND application_name = 'syncd lease'`

// acquireSoon takes the lease after its holder has lost it.
func acquireSoon(t *testing.T, store *db.Store) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		lease, err := store.AcquireLease(t.Context(), account)
		switch {
		case err == nil:
			t.Cleanup(lease.Release)
			return
		case !errors.Is(err, db.ErrLeaseHeld):
			t.Fatal(err)
		}
		select {
		case <-deadline:
			t.Fatal("the lease is still held")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func acquire(t *testing.T, store *db.Store, accountID string) *db.Lease {
	t.Helper()
	lease, err := store.AcquireLease(t.Context(), accountID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lease.Release)
	return lease
}
