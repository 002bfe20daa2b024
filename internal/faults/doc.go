// Package faults shows that syncd never harms its mirror. It runs the real program, a process of its own, against the
// simulated account and a real Postgres while something goes wrong: the program is killed, Postgres goes away, Zoom
// answers nonsense, people vanish. Then it runs the program again, as an operator would, until a pass is complete.
//
// After every run it checks that
//
//   - exit code, log, zoom.sync_passes, zoom.freshness and zoom.sync_failures tell the same story,
//   - what the mirror says it has verified is what the account holds,
//   - no user is half old and half new,
//   - nobody who exists is marked deleted,
//   - the output shows no secret, and no pool got more than its limit;
//
// and in the end that the mirror equals the account, document by document.
//
// All of it is tests, behind the build tag faults, because it takes minutes: make test-faults runs it and prints a table
// of the faults. What is random follows from a seed; -args -seed N takes another one. The package holds nothing that a
// program could use.
//
// Behind the build tag soak stands TestSoak, which takes an hour: make soak runs the daemon while the account changes all
// the time, answers go wrong all the time, and Postgres goes away now and then. It fails when a change shows in the mirror
// later than an interval and the length of a pass after it was made (see dueAfter), when memory, goroutines, open files or
// connections grow, and when the mirror does not equal the account in the end.
package faults
