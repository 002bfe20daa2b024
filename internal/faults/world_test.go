//go:build faults || soak

package faults

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"syncd/internal/db/dbtest"
	"syncd/internal/zoom/zoomtest"
)

// password of the database. Its server lets everybody in; the logs must not show it all the same.
const password = "pg-password-4711"

// world is a simulated account, a database and the way that leads the program to both.
type world struct {
	account     *zoomtest.Account
	server      *dbtest.Server // nil: the database is on the server that all tests share
	database    *dbtest.Database
	environment []string // of the program
	alarm       alarm
	setting     setting

	revision  int               // the newest; see revise
	revisions map[string]string // of all documents of a user, by the user's id
	revisedAt string            // when the newest was given, as the database's clock says
	needed    int               // requests of an undisturbed pass
}

// setting is what distinguishes a world from others.
type setting struct {
	users     int           // 0: manyUsers
	limit     int           // of each pool, requests a second; 0: limit
	tokenLife time.Duration // 0: as Zoom has it
	clock     time.Duration // by which the account's clock is ahead
	ownServer bool          // the database is on a server of its own
}

// newWorld makes an account and its mirror. Accounts of different numbers have other users.
func newWorld(t *testing.T, s setting, number int) *world {
	t.Helper()
	s.users, s.limit = cmp.Or(s.users, manyUsers), cmp.Or(s.limit, limit)
	perSecond := float64(s.limit)
	w := &world{setting: s, revisions: map[string]string{}, account: zoomtest.New(zoomtest.Options{
		Users: s.users, Seed: *seed*1000 + uint64(number), MaxPageSize: pageSize, TokenLife: s.tokenLife, //nolint:gosec // a small number
		Latency: latency, Jitter: latency,
		Limits: map[string]float64{zoomtest.PhoneLight: perSecond, zoomtest.PhoneMedium: perSecond, zoomtest.CoreMedium: perSecond},
	})}
	zoom := httptest.NewServer(w)
	t.Cleanup(zoom.Close)
	if s.ownServer {
		w.startServer(t)
	} else {
		w.database = dbtest.New(t)
	}
	w.environment = []string{
		"ZOOM_ACCOUNT_ID=" + w.account.AccountID(), "ZOOM_CLIENT_ID=" + w.account.ClientID(), "ZOOM_CLIENT_SECRET=" + w.account.ClientSecret(),
		"ZOOM_API_URL=" + zoom.URL + "/v2", "ZOOM_TOKEN_URL=" + zoom.URL + "/oauth/token",
		fmt.Sprintf("ZOOM_POOLS=phone-light=%d,phone-medium=%[1]d,core-medium=%[1]d", s.limit),
		"DATABASE_URL=" + withPassword(t, w.database.URL),
		fmt.Sprintf("SYNCD_CONCURRENCY=%d", inFlight), "SYNCD_LOG_LEVEL=debug", "SYNCD_LOG_FORMAT=json",
	}
	w.firstPass(t)
	return w
}

// ServeHTTP is the account behind what the world adds to it.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.alarm.tick()
	if w.setting.clock != 0 {
		rw = &clock{ResponseWriter: rw, ahead: w.setting.clock}
	}
	w.account.ServeHTTP(rw, r)
}

// startServer gives the world a Postgres of its own, which it can stop and start.
func (w *world) startServer(t *testing.T) {
	t.Helper()
	server := dbtest.Private(t, dbtest.Options{})
	// What is committed must outlive a crash, as it does on every server but those for tests.
	postgres := dbtest.At(t, server.URL("postgres"))
	postgres.Exec("CREATE DATABASE mirror")
	postgres.Exec("ALTER DATABASE mirror SET synchronous_commit = on")
	w.server, w.database = server, dbtest.At(t, server.URL("mirror"))
}

// firstPass fills the mirror and takes the measure of a pass.
func (w *world) firstPass(t *testing.T) {
	t.Helper()
	w.revise(t)
	for _, command := range []string{"migrate", "sync"} {
		if e := w.start(t, command).wait(); e.code != 0 {
			t.Fatalf("syncd %s: exit code %d\n%s", command, e.code, e.output)
		}
	}
	if excess := w.account.Exceeded(); len(excess) > 0 {
		t.Errorf("the budget was exceeded %d times, first %v", len(excess), excess[0])
	}
	w.needed = w.account.Requests("")
	w.database.Exec("ANALYZE") // the checks ask much of tables that were empty a moment ago
}

// revisionPlaces gives the place of the revision in each document.
func revisionPlaces() map[string]string {
	return map[string]string{
		zoomtest.List: "department", zoomtest.Profile: "policy.revision.number",
		zoomtest.Settings: "area_code", zoomtest.UserSettings: "in_meeting.revision",
	}
}

// set gives a document a revision.
func (w *world) set(t *testing.T, id, kind, revision string) {
	t.Helper()
	if err := w.account.Set(id, kind, revisionPlaces()[kind], revision); err != nil {
		t.Fatal(err)
	}
}

// revise gives all documents of every third user, first of all users, the next revision, in a place that a column of a
// view shows as well. A pass then has something to write in every batch, and something to leave alone.
func (w *world) revise(t *testing.T) {
	t.Helper()
	w.revision++
	revision := strconv.Itoa(w.revision)
	for i, u := range w.account.Users() {
		if w.revision > 1 && i%3 != w.revision%3 {
			continue
		}
		w.revisions[u.ID] = revision
		for kind := range revisionPlaces() {
			if _, exists := w.account.Document(u.ID, kind); exists {
				w.set(t, u.ID, kind, revision)
			}
		}
	}
	w.revisedAt = w.database.Value("SELECT clock_timestamp()")
}
