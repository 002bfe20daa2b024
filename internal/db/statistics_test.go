package db_test

import (
	"fmt"
	"testing"

	"syncd/internal/db"
)

func TestStore_FinishPass_analyzes_the_tables_after_a_pass_that_changed_much(t *testing.T) {
	t.Parallel()
	b := setup(t)
	unknown := func(want string) {
		t.Helper()
		b.rows(t, `SELECT count(*) FROM pg_class WHERE oid IN ('syncd.users'::regclass, 'syncd.phone_numbers'::regclass) AND reltuples < 0`, []string{want})
	}
	users := make([]db.User, 30)
	for i := range users {
		users[i] = user(fmt.Sprintf("u%d", i), "Ann")
	}
	b.write(t, len(users), users...)
	unknown("2")
	b.finish(t, db.PassResult{Status: db.PassFailed, UsersListed: 30, UsersWritten: 30})
	unknown("2")
	b.finish(t, db.PassResult{Status: db.PassComplete, UsersListed: 30, UsersWritten: 2})
	unknown("2")
	b.finish(t, db.PassResult{Status: db.PassPartial, UsersListed: 30, UsersWritten: 3})
	unknown("0")
	b.rows(t, `SELECT reltuples FROM pg_class WHERE oid = 'syncd.users'::regclass`, []string{"30"})
}

// finish ends the pass and begins the next.
func (b *bundle) finish(tb testing.TB, result db.PassResult) {
	tb.Helper()
	if err := b.FinishPass(tb.Context(), b.pass.ID, result); err != nil {
		tb.Fatal(err)
	}
	b.pass = b.begin(tb)
}
