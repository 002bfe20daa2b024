package db_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

func TestStore_behind_a_pooler(t *testing.T) {
	t.Parallel()

	for _, mode := range []string{"transaction", "session"} {
		t.Run("of_"+mode+"s", func(t *testing.T) {
			t.Parallel()
			database := dbtest.Empty(t)
			address := database.Pooler(mode)
			b := &bundle{Store: open(t, address), database: database}
			if _, err := b.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(b.CheckSchema(t.Context()), b.CheckWritable(t.Context())); err != nil {
				t.Error(err)
			}
			lease := acquire(t, b.Store, account)
			b.pass = b.begin(t)
			var writers sync.WaitGroup // several at once, so that transactions change sessions
			for i := range 4 {
				writers.Go(func() {
					for round := range 10 {
						one := user(fmt.Sprintf("u%d", i), fmt.Sprintf("Ann %d", round))
						if _, err := b.WriteUsers(t.Context(), account, b.pass.ID, []db.User{one}, nil); err != nil {
							t.Error(err)
						}
					}
				})
			}
			writers.Wait()
			b.rows(t, `SELECT name, count(*) FROM zoom.phone_users GROUP BY 1`, []string{"Ann 9", "4"})
			b.tombstone(t, 1, "u2")
			if _, err := open(t, address).AcquireLease(t.Context(), account); !errors.Is(err, db.ErrLeaseHeld) {
				t.Errorf("second lease: got %v, want ErrLeaseHeld", err)
			}
			lease.Release()
			acquire(t, open(t, address), account)
		})
	}

	t.Run("of_statements_is_refused", func(t *testing.T) {
		t.Parallel()
		store := open(t, dbtest.New(t).Pooler("statement"))
		_, lease := store.AcquireLease(t.Context(), account)
		for _, err := range []error{lease, store.CheckWritable(t.Context())} {
			wantKind(t, err, db.ErrPooler, "statement pooling mode")
		}
	})

	t.Run("that_does_not_know_a_parameter_says_which", func(t *testing.T) {
		t.Parallel()
		_, err := db.Open(t.Context(), db.Config{URL: dbtest.New(t).Pooler("transaction") + "&statement_timeout=5s"})
		wantKind(t, err, db.ErrPooler, "statement_timeout")
	})
}

// wantKind checks that an error is of a kind, says the words, and knows a repair.
func wantKind(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	var fault *db.Error
	if !errors.Is(err, kind) || !errors.As(err, &fault) || fault.Repair() == "" {
		t.Errorf("got %v, want %q with its repair", err, kind)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, err)
		}
	}
}
