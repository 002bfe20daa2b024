// Package migrations holds the SQL files that make and change the database's schema, numbered in the order of their
// application. It owns the files only: package db runs them. A file that was released is never edited; a change is a
// new file, and each runs beside the previous release of syncd: it only adds, or takes away what that one does not use any more and says so in
// syncd.compatibility, and it begins with SET LOCAL lock_timeout = '5s', since that one waits behind a statement that waits.
package migrations

import "embed"

// FS holds the migrations, in the format of goose.
//
//go:embed *.sql
var FS embed.FS
