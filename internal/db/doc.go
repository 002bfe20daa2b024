// Package db is the store: the Postgres mirror of one or more Zoom Phone accounts.
//
// It owns pgx, every SQL statement, every transaction, the migrations' runner and the row types. It never decides what
// is absent, due or changed in Zoom's terms: package sync does, and hands over documents, their digests and the rows
// projected from them. It knows nothing of HTTP or of Zoom's wire format.
//
// # Tables and who writes them
//
//	syncd.users              one row a user ever seen; WriteUsers adds and revives, Tombstone marks
//	syncd.freshness          one narrow row a user, the only row that an unchanged pass writes; WriteUsers
//	syncd.documents          the current body of each document; WriteUsers
//	syncd.document_history   closed versions of bodies, moved there inside the server; WriteUsers, and Prune removes
//	syncd.setting_changes    one row a changed path of a document; WriteUsers, and Prune removes
//	syncd.history_limits     where the history of an account begins; Prune
//	syncd.absences           when a user who came back was gone; WriteUsers
//	syncd.user_list ...      rows derived from one document each (derived.go has the list); WriteUsers
//	syncd.user_setting_sets  the general settings of a user, by the numbers of their values; WriteUsers
//	syncd.setting_names      general settings and the values that users have; WriteUsers adds, CollectSettings removes
//	syncd.setting_values     what nobody has any more
//	syncd.sites              WriteSites
//	syncd.parked_documents   what waits for the end of a pass; WriteUsers
//	syncd.holds, held_users  Hold, ApproveHold, EndHold; what writes a member releases it: WriteUsers, Tombstone, WriteSites
//	syncd.passes             BeginPass, ContinuePass, RecordProgress, FinishPass, what writes for a pass, and Prune removes
//	syncd.failures           WriteUsers, and Prune removes
//	syncd.unmapped_fields    when a path appears or disappears; WriteUnmapped
//
// Rebuild writes to documents, derived rows and sites what differs from their bodies. In versions, parked documents, changes
// and unmapped fields it masks and hides what became known to be secret or personal after they were stored.
//
// Readers see views only (schemas zoom and zoom_pii). Each derived table is a function of one document, and the views
// combine them; a document that could not be fetched therefore leaves its rows as they were.
//
// # Rules
//
// One writer: every writing method but Prune, which only removes what no writer touches, expects its caller to hold the
// account's [Lease]; none takes row locks of its own.
// No half user: all rows of a user change in one transaction. Nothing twice: WriteUsers asks for the stored digests
// first and sends only what differs; PreviewUsers goes the same way and stops there. Timestamps are the database's clock
// minus an age, never this machine's clock. Nothing of a session is relied on, so that a pooler may stand between: every
// statement runs in a transaction, which brings its limits along; locks are a transaction's; there are no prepared
// statements.
//
// # Failures
//
// Errors of the driver end here: what leaves is an [*Error] that wraps one of the sentinels below (ErrUnreachable,
// ErrBadData, ...), or the context's error when the caller gave up. Messages hold no password, no row and no body.
// Deadlocks and serialization failures are tried again inside; nothing else is.
package db
