// Package sync decides what a mirror of a Zoom account does: it owns the pass
// (what is listed, fetched, projected, written, and when a user counts as gone),
// the projection of documents to rows, the replacement of secrets, and the fate
// of each failure. It never speaks HTTP or SQL: it drives internal/zoom and
// internal/db, which do not know each other.
//
// # A pass
//
//	lease -> open or go on -> list users, three listings -> list sites
//	                       \> for each user that is listed, a bounded number at once:
//	                          fetch documents -> project -> batches: one transaction each
//	      -> judge what was put aside -> probe the absent -> guard -> tombstone -> close
//
// Documents are fetched while the lists are still read, for they draw on other budgets;
// nothing is decided about anybody before both are done. A pass that goes on with one
// that was cut off, or that is over chosen users, reads the lists first.
//
//	running --+--> complete     everything listed was fetched and saved
//	          +--> partial      saved, but a listing or some users are missing
//	          +--> held         saved, but for what the guard holds back
//	          +--> failed       one cause stopped the pass; what was saved before stays
//	          +--> interrupted  the process was told to end, died or lost its lease, or
//	                            Zoom gave no more budget
//
// A pass that was interrupted is taken up by the next run, if that is soon. It lists
// everything anew, since page tokens are never kept, and fetches those users with whom
// the pass is not done: who were not reached, who failed (that Zoom forbids a document
// is an answer), who were suspect and not yet judged or held back, and whom the list
// shows otherwise than it did. A pass over chosen users
// stands apart: it is never continued, is in nobody's way, and says nothing about
// others. A dry run is the same pass over a store that tells what it would write.
//
// # Invariants kept here
//
//   - Absence is proven: only a user that a complete listing lacks and that
//     Zoom answers 404 for is tombstoned.
//   - Mass change is held: more tombstones or other changes than the guard allows, and
//     none is made until somebody approves exactly that set. Only a pass that sees
//     everybody ends or releases a hold, but for one whose documents nobody asks for
//     any more.
//   - No half user: all rows of a user go to the store in one piece.
//   - Nothing is lost: what the columns do not know stays in the document, exact;
//     a value of an unexpected type is NULL in its column only. Paths that no column
//     holds, and values of an unexpected type, are collected and recorded.
//   - Secrets are replaced before a document is digested or stored.
//   - A failure is never a success: one [Result] gives status, counts and cause to
//     the exit code, the log, the metrics and the table of passes.
//
// # Fates of a failure
//
// A failure that belongs to one user is recorded with that user and the pass ends
// partial. A failure that no user can escape (credentials, no Zoom Phone, the
// daily limit, an unwritable database) stops the pass, and so does one cause
// for which most users fail at Zoom or in the database, of 50 or more: users are asked for in an order of chance,
// so that the first of them speak for all.
//
// What an answer about one user says of the whole account costs that document alone.
// When user after user is told the same, it stops the pass, or, where a scope is
// missing, leaves that document out for all.
//
// # Words
//
// pass: one run over the account. document: one JSON reply about one user. pool:
// one rate budget. floor: the least time that the budgets allow a pass.
// tombstone: a user marked deleted, with evidence.
package sync
