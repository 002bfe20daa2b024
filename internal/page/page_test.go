package page_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/daemon"
	"syncd/internal/db"
	"syncd/internal/page"
	"syncd/internal/sync"
	"syncd/internal/zoom"
)

// store says what a test wants, and counts how often it is asked.
type store struct {
	status   db.MirrorStatus
	behind   int
	failures []db.RecentFailure
	changes  db.RecentChanges
	schema   error
	fault    error // of the changes
	silent   bool
	asked    int
}

func (s *store) CheckSchema(ctx context.Context) error {
	s.asked++
	if s.silent {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.schema
}

func (s *store) MirrorStatus(context.Context, string) (db.MirrorStatus, error) { return s.status, nil }

func (s *store) UsersBehind(context.Context, string, time.Time) (int, error) { return s.behind, nil }

func (s *store) RecentFailures(_ context.Context, _ string, most int) ([]db.RecentFailure, error) {
	return s.failures[:min(most, len(s.failures))], nil
}

func (s *store) RecentChanges(context.Context, string) (db.RecentChanges, error) {
	return s.changes, s.fault
}

// setup is a page with all that it is made of.
type setup struct {
	*page.Page
	t       *testing.T // of the bubble
	store   *store
	absent  bool // there is no store yet
	pools   []zoom.PoolState
	overdue time.Duration
}

// each runs a test in a bubble, whose clock stands unless the test lets it go on.
func each(t *testing.T, test func(s *setup)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &setup{t: t, store: &store{}}
		s.Page = page.New(page.Config{
			AccountID: "account-1", Version: "v1", Interval: time.Hour, Log: slog.New(slog.DiscardHandler),
			Store: func() page.Store {
				if s.absent {
					return nil
				}
				return s.store
			},
			Pools: func() []zoom.PoolState { return s.pools },
			Heart: func() (string, time.Duration) { return "a pass, listing users", s.overdue },
		})
		test(s)
	})
}

// html gives the page without what a browser needs.
func (s *setup) html() string {
	s.t.Helper()
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, httptest.NewRequestWithContext(s.t.Context(), "GET", "/", nil))
	if recorder.Code != 200 {
		s.t.Errorf("status %d", recorder.Code)
	}
	_, body, _ := strings.Cut(recorder.Body.String(), "<body>")
	return body
}

var tags = regexp.MustCompile(`<[^>]*>`)

// wants checks that a reader of the page finds the texts, and not those after "not".
func (s *setup) wants(texts ...string) {
	s.t.Helper()
	text := strings.NewReplacer("&#39;", "'", "&lt;", "<", "&gt;", ">", "&#34;", `"`).Replace(tags.ReplaceAllString(s.html(), ""))
	want := true
	for _, part := range texts {
		if part == "not" {
			want = false
			continue
		}
		if strings.Contains(text, part) != want {
			s.t.Errorf("the page has %q: %t, want %t", part, !want, want)
		}
	}
	if s.t.Failed() {
		s.t.Log(regexp.MustCompile(`\n\s*\n+`).ReplaceAllString(text, "\n"))
	}
}

func ago(d time.Duration) *time.Time { return new(time.Now().Add(-d)) }

// passed is a pass over 1,000 users that began some time ago and took five minutes.
func passed(id int64, status db.PassStatus, begun time.Duration) db.PassRow {
	return db.PassRow{
		ID: id, Status: status, StartedAt: *ago(begun), FinishedAt: ago(begun - 5*time.Minute), AdvancedAt: *ago(begun - 5*time.Minute),
		UsersListed: 1000, UsersUnchanged: 990, UsersWritten: 10, Floor: 4 * time.Minute,
	}
}

// well makes the store say that all is well.
func (s *setup) well() {
	s.store.status = db.MirrorStatus{
		Users: 1000, Deleted: 7, Oldest: ago(40 * time.Minute), Succeeded: ago(35 * time.Minute),
		Passes: []db.PassRow{passed(8, db.PassComplete, 40*time.Minute), passed(7, db.PassComplete, 100*time.Minute)},
	}
	s.Tell(daemon.State{Role: daemon.Leader, Next: time.Now().Add(20 * time.Minute)})
}

func TestPage_states(t *testing.T) {
	t.Parallel()
	const calm = "Nothing needs a person."
	for name, test := range map[string]struct {
		prepare func(s *setup)
		want    []string
	}{
		"starting": {
			func(s *setup) { s.absent = true },
			[]string{"Starting", calm, "Waiting for the database.", "not known yet", "not", "Last passes"},
		},
		"database not reached": {
			func(s *setup) {
				s.absent = true
				s.Opening(&db.Error{Op: "open database", Kind: db.ErrUnreachable})
			},
			[]string{"Unknown", "One thing needs a person", "Open database: the database cannot be reached.", "To repair: Check host, port"},
		},
		"schema missing": {
			func(s *setup) { s.store.schema = &db.Error{Op: "check schema", Kind: db.ErrSchemaMissing} },
			[]string{"Unknown", "the schema is missing", "Run syncd migrate", "not", "Last passes"},
		},
		"no pass yet": {
			func(*setup) {},
			[]string{"Empty", "No pass has been made yet.", calm, "None has ended yet.", "Last complete passnever"},
		},
		"all is well": {
			(*setup).well,
			[]string{
				"Fresh", "The oldest document was confirmed 40m ago; a pass begins every 1h.", calm, "This replica makes the passes", "No pass runs.", "in 20m",
				"1,000 and 7 deleted", "80 %", "not", "Open holdsHold",
			},
		},
		"first pass, at its lists": {
			func(s *setup) {
				s.store.status = db.MirrorStatus{Passes: []db.PassRow{{ID: 1, Status: db.PassRunning, StartedAt: time.Now(), AdvancedAt: time.Now()}}}
				s.PassBegan()
				s.Progress(sync.Progress{Phase: sync.PhaseList, PassID: 1, Done: 300})
			},
			[]string{"Empty", "No pass has saved anything yet.", "Pass 1, listing users", "300 users"},
		},
		"first pass, fetching": {
			func(s *setup) {
				s.PassBegan()
				time.Sleep(100 * time.Second)
				s.Progress(sync.Progress{Phase: sync.PhaseFetch, PassID: 1, Done: 1500, Total: 3000, Floor: 188 * time.Second})
				s.store.status = db.MirrorStatus{
					Users: 1400, Oldest: ago(99 * time.Second),
					Passes: []db.PassRow{{ID: 1, Status: db.PassRunning, StartedAt: *ago(100 * time.Second), AdvancedAt: time.Now(), Requests: 4500, Throttled: 12}},
				}
			},
			[]string{
				"Filling", "1,400 users so far", "Pass 1, fetching documents", "1,500 of 3,000 users, 50 %", "15.0 users/s, about 1m40s left",
				"94 % of the floor so far: the least that Zoom's limits allow is 3m8s", "4,500 requests sent, 12 refused (429)", "None has ended yet", "not", "Of the floor",
			},
		},
		"pass that writes what it put aside": {
			func(s *setup) {
				s.PassBegan()
				s.Progress(sync.Progress{Phase: sync.PhaseSettle, PassID: 1, Done: 50, Total: 200, Floor: 188 * time.Second})
			},
			[]string{"Pass 1, settling changes", "50 of 200 users, 25 %", "not", "left"},
		},
		"pass of another process": {
			func(s *setup) {
				s.well()
				s.Tell(daemon.State{Role: daemon.Standby})
				s.store.status.Passes = append([]db.PassRow{{
					ID: 9, Status: db.PassRunning, StartedAt: *ago(time.Minute), AdvancedAt: *ago(time.Second), UsersListed: 1000, UsersUnchanged: 240, UsersWritten: 10, Floor: 3 * time.Minute,
				}}, s.store.status.Passes...)
				s.pools = []zoom.PoolState{{Pool: zoom.PhoneLight, Limit: 40, Share: 32, Rate: 32}}
			},
			[]string{
				"Fresh", "stands by: another one makes the passes", "Pass 9, made by another process", "250 of 1,000 users, 25 %", "about 3m left", "75 % of the floor so far",
				"This replica sends nothing",
			},
		},
		"pass whose process is gone": {
			func(s *setup) {
				s.well()
				s.store.status.Passes = append([]db.PassRow{{ID: 9, Status: db.PassRunning, StartedAt: *ago(time.Hour), AdvancedAt: *ago(50 * time.Minute), UsersListed: 1000, UsersWritten: 10}}, s.store.status.Passes...)
			},
			[]string{"It has not got on since", "(50m ago)", "not", "left"},
		},
		"late": {
			func(s *setup) {
				s.well()
				s.store.status.Oldest, s.store.behind = ago(80*time.Minute), 1
			},
			[]string{"Late", "confirmed 1h20m ago, and 1 user has one that should not be older than 1h9m", calm},
		},
		"stale": {
			func(s *setup) {
				s.well()
				s.store.status.Oldest, s.store.behind = ago(30*time.Hour), 1234
			},
			[]string{"Stale", "confirmed 30h ago, and 1,234 users have one that", "One thing needs a person", "Find out why"},
		},
		"stuck": {
			func(s *setup) {
				s.well()
				s.overdue = 20 * time.Minute
			},
			[]string{"Fresh", "One thing needs a person", "This process is stuck: no progress for 20m longer than it may take: a pass, listing users"},
		},
		"holds": {
			func(s *setup) {
				s.well()
				s.store.status.Holds = []db.OpenHold{
					{ID: 3, Kind: db.HoldDeletions, Reason: "60 of 200 users are gone", Users: 60, CreatedAt: *ago(2 * time.Hour)},
					{ID: 4, Kind: db.HoldSites, Reason: "sites", Users: 5, CreatedAt: *ago(time.Hour), ApprovedAt: ago(time.Minute)},
					{ID: 5, Kind: db.HoldEmptied, Users: 9, Documents: []db.HeldDocument{{Document: db.DocumentUserSettings, Users: 9, Unanswered: 9}}},
					{ID: 6, Kind: db.HoldEmptied, Reason: "x", Users: 9, Documents: []db.HeldDocument{{Document: db.DocumentProfile, Users: 9, Unanswered: 2}}, ApprovedAt: ago(time.Minute)},
				}
			},
			[]string{
				"One thing needs a person", "Hold 3 keeps back what a pass found of 60 users", "syncd approve 3", "60 of 200 users are gone.", "SELECT * FROM zoom.held_users WHERE hold_id = 3",
				"Hold 4 is approved", "5 sites", "Approved", "Nobody asks for its documents any more", "It waits for the profile of 2 users", "not", "approve 4", "approve 5", "approve 6", "of 9 users, which",
			},
		},
		"pools": {
			func(s *setup) {
				s.well()
				s.pools = []zoom.PoolState{
					{Pool: zoom.CoreMedium, Limit: 60, Share: 48, Rate: 48},
					{Pool: zoom.PhoneLight, Limit: 40, Share: 32, Rate: 21.47, Sending: 21, Requests: 12345, Throttled: 99},
					{Pool: zoom.PhoneMedium, Limit: 20, Share: 16, Rate: 16, PausedUntil: time.Now().Add(9 * time.Second)},
					{Pool: zoom.PhoneHeavy, Limit: 10, Share: 8, Rate: 8, ParkedUntil: time.Now().Add(3 * time.Hour)},
				}
			},
			[]string{
				"idle", "21.5", "12,345", "99", "slowed down after refusals", "paused after refusals until", "(in 9s)", "parked by Zoom's daily limit until", "(in 3h)",
				"Zoom's daily limit of phone-heavy is used up: it sends again in 3h.", calm,
			},
		},
		"last pass failed": {
			func(s *setup) {
				s.well()
				failed := passed(9, db.PassFailed, 6*time.Minute)
				failed.Error = new("list: no page\n<script>alert(1)</script>")
				s.store.status.Passes = append([]db.PassRow{failed}, s.store.status.Passes...)
			},
			[]string{"Fresh", calm, "The last pass over all users, 9, is failed. The next one comes by itself.", "list: no page; <script>alert(1)</script>"},
		},
		"passes fail again and again": {
			func(s *setup) {
				s.well()
				chosen := passed(12, db.PassComplete, 2*time.Minute)
				chosen.UsersRequested = new(2)
				s.store.status.Passes = append([]db.PassRow{
					chosen, passed(11, db.PassFailed, 6*time.Minute), passed(10, db.PassInterrupted, 7*time.Minute), passed(9, db.PassPartial, 9*time.Minute),
				}, s.store.status.Passes...)
			},
			[]string{"One thing needs a person", "None of the last 3 passes over all users was complete", "over 2 chosen users"},
		},
		"failures and changes": {
			func(s *setup) {
				s.well()
				s.store.failures = []db.RecentFailure{
					{PassID: 8, UserID: "u-1", Document: db.DocumentProfile, HTTPStatus: 403, ZoomCode: 200, FailedAt: *ago(time.Minute)},
					{PassID: 8, UserID: "<b>", Document: db.DocumentSettings, FailedAt: *ago(time.Minute)},
				}
				s.store.changes = db.RecentChanges{Added: 1, Deleted: 3, Most: true, Documents: []db.DocumentChanges{{Document: db.DocumentList, Users: 11, Values: 2222, LastHour: 33}}}
			},
			[]string{"u-1", "profile", "403", "200", "<b>", "no answer", "1 user new, 3 users deleted.", "33", "2,222", "11", "There are more than were counted"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(s *setup) {
				test.prepare(s)
				s.wants(test.want...)
			})
		})
	}
}

func TestPage_escapes(t *testing.T) {
	t.Parallel()
	each(t, func(s *setup) {
		s.well()
		const evil = `<script>alert("1")</script>`
		s.store.status.Passes[0].Error = new(evil)
		s.store.failures = []db.RecentFailure{{UserID: evil, Document: evil, FailedAt: time.Now()}}
		s.store.status.Holds = []db.OpenHold{{ID: 1, Kind: evil, Reason: evil}}
		s.Opening(errors.New(evil))
		if html := s.html(); strings.Contains(html, "<script") || strings.Count(html, "&lt;script") < 4 {
			s.t.Errorf("it is not escaped:\n%s", html)
		}
	})
}

func TestPage_headers(t *testing.T) {
	t.Parallel()
	each(t, func(s *setup) {
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, httptest.NewRequestWithContext(s.t.Context(), "GET", "/", nil))
		for name, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; style-src 'sha256-",
		} {
			if got := recorder.Header().Get(name); !strings.HasPrefix(got, want) {
				s.t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	})
}

// Reloading is no load, and a database that falls silent costs a reader no more than seconds.
func TestPage_asks_the_database_seldom(t *testing.T) {
	t.Parallel()
	each(t, func(s *setup) {
		s.well()
		for range 20 {
			s.html()
		}
		if s.store.asked != 1 {
			s.t.Errorf("it asked %d times within no time", s.store.asked)
		}
		s.PassBegan()
		s.html()
		s.store.status.Passes = append([]db.PassRow{passed(9, db.PassHeld, 0)}, s.store.status.Passes...)
		s.PassEnded()
		s.wants("held")
		s.html()
		if s.store.asked != 3 {
			s.t.Errorf("with the beginning and the end of a pass it had asked %d times", s.store.asked)
		}
		time.Sleep(time.Minute) // by the bubble's clock
		s.wants("0s ago")
		if s.store.asked != 4 {
			s.t.Errorf("after a minute it had asked %d times", s.store.asked)
		}
		time.Sleep(time.Minute)
		s.store.silent = true
		begun := time.Now()
		s.wants("Fresh", "The database gives no answer within 4s", "1m4s ago and did not answer in full since", "Last passes")
		if waited := time.Since(begun); waited != 4*time.Second {
			s.t.Errorf("a reader waits %v", waited)
		}
		s.wants("1m4s ago")
		if s.store.asked != 5 {
			s.t.Errorf("a silent database was asked %d times", s.store.asked)
		}
		time.Sleep(2 * time.Minute)
		s.store.silent, s.store.fault = false, &db.Error{Op: "recent changes", Kind: db.ErrTimeout}
		s.wants("0s ago and did not answer in full", "Recent changes: a statement took longer than allowed.")
	})
}
