package db_test

import (
	"errors"
	"fmt"
	"testing"

	"syncd/internal/db"
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
		b.database.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'syncd lease'`)
		select {
		case <-lease.Lost():
		case <-t.Context().Done():
			t.Fatal("the death of the connection was not noticed")
		}
		// The server tells the client before it gives the lock up: wait for that.
		b.database.Exec(fmt.Sprintf(`
			SELECT pg_advisory_lock(hashtextextended('syncd lease %[1]s', 0));
			SELECT pg_advisory_unlock(hashtextextended('syncd lease %[1]s', 0))`, account))
		acquire(t, b.Store, account)
	})
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
