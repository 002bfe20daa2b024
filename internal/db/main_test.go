package db_test

import (
	"crypto/md5"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(holderVariable); address != "" {
		fmt.Fprintln(os.Stderr, holdLease(address))
		os.Exit(1)
	}
	dbtest.Main(m)
}

const account = "account-1"

// bundle is a migrated database with a pass begun on it.
type bundle struct {
	*db.Store
	database *dbtest.Database
	pass     db.Pass
}

func setup(tb testing.TB) *bundle {
	tb.Helper()
	database := dbtest.New(tb)
	b := &bundle{Store: open(tb, database.URL), database: database}
	b.pass = b.begin(tb)
	return b
}

func open(tb testing.TB, address string) *db.Store {
	tb.Helper()
	store, err := db.Open(tb.Context(), db.Config{URL: address})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(store.Close)
	return store
}

func (b *bundle) begin(tb testing.TB) db.Pass {
	tb.Helper()
	pass, err := b.BeginPass(tb.Context(), account, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return pass
}

// write stores users and checks how many were written; the others have to be unchanged.
func (b *bundle) write(tb testing.TB, wantWritten int, users ...db.User) {
	tb.Helper()
	got, err := b.WriteUsers(tb.Context(), account, b.pass.ID, users, nil)
	if err != nil {
		tb.Fatal(err)
	}
	want := db.Written{Written: wantWritten}
	for _, u := range users {
		if !slices.ContainsFunc(u.Documents, func(d db.DocumentResult) bool { return d.Failure != nil }) {
			want.Unchanged++
		}
	}
	want.Unchanged -= min(wantWritten, want.Unchanged)
	if got != want {
		tb.Fatalf("written: got %+v, want %+v", got, want)
	}
}

func (b *bundle) tombstone(tb testing.TB, want int, ids ...string) {
	tb.Helper()
	var gone []db.Tombstone
	for _, id := range ids {
		gone = append(gone, db.Tombstone{UserID: id, Evidence: []byte(`{"probe": 404}`)})
	}
	got, err := b.Tombstone(tb.Context(), account, b.pass.ID, db.Deletions{Gone: gone})
	if err != nil {
		tb.Fatal(err)
	}
	if got != want {
		tb.Fatalf("tombstoned: got %d, want %d", got, want)
	}
}

// rows compares a query's result.
func (b *bundle) rows(tb testing.TB, query string, want ...[]string) {
	tb.Helper()
	if diff := cmp.Diff(want, b.database.Query(query)); diff != "" {
		tb.Errorf("%s: (-want +got)\n%s", query, diff)
	}
}

// user makes one with all four documents; name is in each of them.
func user(id, name string) db.User {
	return db.User{
		ID: id,
		Documents: []db.DocumentResult{
			okay(db.DocumentList, name, ""),
			okay(db.DocumentProfile, name, ""),
			okay(db.DocumentSettings, name, ""),
			okay(db.DocumentUserSettings, name, ""),
		},
		List: &db.ListRow{
			PhoneUserID:     new("phone-" + id),
			Email:           new(id + "@example.com"),
			Name:            &name,
			Status:          new("activate"),
			ExtensionID:     new("extension-" + id),
			ExtensionNumber: new(int64(9007199254740993)),
			SiteID:          new("site-1"),
			PhoneNumbers: []db.PhoneNumber{
				{ID: new("number-1"), Number: new("14155550100"), NumberE164: new("+14155550100")},
				{Number: new("4711")},
				{Number: new("4711")},
			},
			CallingPlans: []db.CallingPlan{{Type: new(int64(200)), Name: new("Unlimited")}},
		},
		Profile:      &db.ProfileRow{SiteAdmin: new(true)},
		Settings:     &db.SettingsRow{SettingsStatus: new("Active"), CountryCode: new("US")},
		UserSettings: &db.UserSettingsRow{},
	}
}

// okay makes a document that was fetched a minute ago. Volatile content is in the full digest only.
func okay(document db.Document, content, volatile string) db.DocumentResult {
	return db.DocumentResult{
		Document: document,
		Status:   db.StatusOK,
		Body:     fmt.Appendf(nil, `{"content": %q, "volatile": %q}`, content, volatile),
		Full:     md5.Sum([]byte(content + "/" + volatile)),
		Stable:   md5.Sum([]byte(content)),
		AskedAgo: time.Minute, AnsweredAgo: time.Minute,
	}
}

// failed makes a document that could not be fetched a minute ago.
func failed(document db.Document) db.DocumentResult {
	return db.DocumentResult{
		Document: document,
		Status:   db.StatusFailed,
		AskedAgo: time.Minute, AnsweredAgo: time.Minute,
		Failure: &db.Failure{HTTPStatus: 500, Message: "server error", RequestID: "WEB_1"},
	}
}
