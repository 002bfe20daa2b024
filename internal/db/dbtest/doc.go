// Package dbtest gives tests, and the demo, a real Postgres.
//
// It owns the server's life and the databases on it: a server of its own that ends with the process, however that ends,
// or the one that TEST_DATABASE_URL names, on which it only makes and drops databases of unique names. It never
// touches a database that it did not make, and it is never linked into cmd/syncd.
//
// A test binary that uses it hands its TestMain over:
//
//	func TestMain(m *testing.M) { dbtest.Main(m) }
//
// Then each test takes a migrated database with New, or a blank one with Empty.
package dbtest
