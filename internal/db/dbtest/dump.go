package dbtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// errNoDump means that there is no pg_dump on this machine.
var errNoDump = fmt.Errorf("no pg_dump found: install the clients of Postgres (Debian: apt-get install postgresql-client): %w", ErrNoPostgres)

// Dump gives the whole database as pg_dump writes it, schema and rows: text of UTF-8, the rows in the format of COPY, in
// which a backslash stands doubled. Skips like New where there is a server and no pg_dump.
func (d *Database) Dump() string {
	d.tb.Helper()
	program, err := findDump()
	skipOrFail(d.tb, err)
	var stderr bytes.Buffer
	command := exec.CommandContext(context.Background(), program, "--dbname", d.URL, "--encoding", "UTF8")
	command.Stderr = &stderr
	dump, err := command.Output()
	if err != nil {
		d.tb.Fatalf("pg_dump: %v: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(dump)
}

// Clients gives the folder of pg_dump and its like. Skips like New where there is a server and no pg_dump.
func Clients(tb testing.TB) string {
	tb.Helper()
	program, err := findDump()
	skipOrFail(tb, err)
	return filepath.Dir(program)
}

// findDump gives the pg_dump beside the server, whose version it has, else the one in PATH.
func findDump() (string, error) {
	if binaries, err := findBinaries(); err == nil {
		if program, err := exec.LookPath(filepath.Join(binaries, "pg_dump")); err == nil {
			return program, nil
		}
	}
	program, err := exec.LookPath("pg_dump")
	if err != nil {
		return "", errors.Join(errNoDump, err)
	}
	return program, nil
}
