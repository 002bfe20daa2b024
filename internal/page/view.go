package page

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"syncd/internal/daemon"
	"syncd/internal/db"
	"syncd/internal/human"
	"syncd/internal/sync"
	"syncd/internal/zoom"
)

// view is the page as its template takes it: texts, with all decisions made.
type view struct {
	Style            template.CSS
	Icon             template.URL
	Refresh          int // seconds
	Account, Version string
	Role             string
	Verdict          verdict
	Now              moment
	Read             *moment // when the database said what the page says; nil: never
	Outdated         bool    // it was asked again since, in vain

	Users, Deleted string
	Oldest         *moment
	Succeeded      *moment

	Doing    string // when no pass runs
	Next     *moment
	Running  *running
	Pools    []pool
	Idle     bool // the pools of a standby, which sends nothing
	Holds    []hold
	Passes   []pass
	Failures []failure
	Changes  *changes
}

// refresh is after what time a browser asks for the page again.
const refresh = 10 * time.Second

// moment is a time as readers see it: by the clock in UTC, and by its distance.
type moment struct{ at, now time.Time }

// ISO is for machines.
func (m moment) ISO() string { return m.at.UTC().Format(time.RFC3339) }

// Clock leaves out the date if that is today.
func (m moment) Clock() string {
	if m.at.UTC().Format(time.DateOnly) == m.now.UTC().Format(time.DateOnly) {
		return m.at.UTC().Format("15:04:05 UTC")
	}
	return m.at.UTC().Format("2 Jan 2006, 15:04 UTC")
}

// Distance is how long ago it was, or in what time it will be.
func (m moment) Distance() string {
	if m.at.After(m.now) {
		return "in " + human.Age(m.at.Sub(m.now))
	}
	return human.Age(m.now.Sub(m.at)) + " ago"
}

// view decides what the page says.
func (p *Page) view(f facts) view {
	status := f.mirror.status
	v := view{
		Style:   template.CSS(style), //nolint:gosec // it is this package's own
		Account: p.cfg.AccountID, Version: p.cfg.Version, Refresh: int(refresh.Seconds()), Role: role(f),
		Verdict: p.judge(f), Now: moment{f.now, f.now},
		Pools: pools(f), Idle: f.state.Role == daemon.Standby,
	}
	v.Icon = icon(v.Verdict.Level)
	v.Running = currentPass(f)
	if v.Running == nil {
		v.Doing = doing(f)
		if !f.state.Next.IsZero() && f.state.Next.After(f.now) && !f.state.Busy {
			v.Next = &moment{f.state.Next, f.now}
		}
	}
	if f.mirror.at.IsZero() {
		return v
	}
	at := func(t *time.Time) *moment {
		if t == nil {
			return nil
		}
		return &moment{*t, f.now}
	}
	v.Read, v.Outdated = at(&f.mirror.at), f.mirror.err != nil
	v.Users, v.Deleted = human.Count(status.Users), human.Count(status.Deleted)
	v.Oldest, v.Succeeded = at(status.Oldest), at(status.Succeeded)
	for _, h := range status.Holds {
		v.Holds = append(v.Holds, p.hold(h, f.now))
	}
	for i := range status.Passes {
		if status.Passes[i].Status != db.PassRunning {
			v.Passes = append(v.Passes, passOf(&status.Passes[i], f.now))
		}
	}
	for _, x := range f.mirror.failures {
		v.Failures = append(v.Failures, failureOf(x, f.now))
	}
	v.Changes = changesOf(f.mirror.changes)
	return v
}

// icon is a dot in the colour of a level, for the tab of a browser.
func icon(l level) template.URL {
	colour := map[level]string{neutral: "808a96", good: "2ea05a", warn: "d9930d", bad: "d93a30"}[l]
	return template.URL("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23" + colour + "'/%3E%3C/svg%3E") //nolint:gosec // constants
}

func role(f facts) string {
	switch f.state.Role {
	case daemon.Leader:
		return "This replica makes the passes."
	case daemon.Standby:
		return "This replica stands by: another one makes the passes."
	default:
		return "Which replica makes the passes is not known yet."
	}
}

// doing says what goes on while no pass runs.
func doing(f facts) string {
	switch {
	case !f.stored:
		return "Waiting for the database."
	case f.state.Role == daemon.Standby:
		return "No pass runs. Should the leader go, this replica takes over within seconds."
	case f.state.Busy:
		return "Somebody else makes a pass; this replica waits for its end."
	case f.passing:
		return "A pass is beginning."
	case f.state.Role == daemon.Leader && f.state.Failures > 0:
		return "No pass runs; the last one did not come to its end, and another is tried soon."
	case f.state.Role == daemon.Leader:
		return "No pass runs."
	default:
		return "No pass runs that this replica knows of."
	}
}

// running is the pass that runs.
type running struct {
	Title       string
	Began       moment
	Done, Total int
	Percent     int // 0: nothing is to be shown
	Count       string
	Lines       []string
	Advanced    *moment // when it got on last, if that is long ago
}

// currentPass is the pass that runs here, as the process knows it, or elsewhere, as the
// database does.
func currentPass(f facts) *running {
	last := f.mirror.status.Last()
	if f.passing && f.progress.PassID != 0 {
		progress := f.progress
		r := &running{Title: fmt.Sprintf("Pass %d, %s", progress.PassID, progress.Phase), Began: moment{f.began, f.now}}
		r.show(progress.Done, progress.Total)
		floor := progress.Floor
		switch progress.Phase {
		case sync.PhaseFetch:
			r.estimate(f, progress.Floor)
			floor = part(floor, progress.Done, progress.Total)
		case sync.PhaseList:
			floor = 0
		}
		r.share(floor, progress.Floor)
		if last != nil && last.ID == progress.PassID {
			r.traffic(last)
		}
		return r
	}
	if last == nil || last.Status != db.PassRunning {
		return nil
	}
	r := &running{Title: fmt.Sprintf("Pass %d, made by another process", last.ID), Began: moment{last.StartedAt, f.now}}
	done := last.UsersWritten + last.UsersUnchanged
	total := last.UsersListed
	if last.UsersRequested != nil {
		r.Title += fmt.Sprintf(", over %s", of(*last.UsersRequested, "chosen user", "chosen users"))
	}
	r.show(min(done, max(total, done)), total)
	if f.now.Sub(last.AdvancedAt) > stuckAfter {
		r.Advanced = &moment{last.AdvancedAt, f.now}
	} else {
		r.estimate(f, last.Floor)
	}
	r.share(part(last.Floor, done, total), last.Floor)
	r.traffic(last)
	return r
}

func (r *running) show(done, total int) {
	r.Done, r.Total, r.Count = done, total, of(done, "user", "users")
	if total > 0 {
		r.Done = min(done, total)
		r.Percent = 100 * r.Done / total
		r.Count = fmt.Sprintf("%s of %s users, %d %%", human.Count(done), human.Count(total), r.Percent)
	}
}

// soon is before what time a rate says nothing.
const soon = 3 * time.Second

// estimate says the rate so far, and what is left at that: at least what the budget takes.
func (r *running) estimate(f facts, floor time.Duration) {
	elapsed := f.now.Sub(r.Began.at)
	if r.Done == 0 || r.Total == 0 || elapsed < soon {
		return
	}
	rate := float64(r.Done) / elapsed.Seconds()
	left := time.Duration(float64(r.Total-r.Done) / rate * float64(time.Second))
	left = max(left, floor-part(floor, r.Done, r.Total))
	for _, pool := range f.pools {
		if shut := pool.ParkedUntil.Sub(f.now); shut > 0 {
			left += shut
		}
	}
	r.Lines = append(r.Lines, fmt.Sprintf("%.1f users/s, about %s left", rate, human.Age(left)))
}

// share says how near the pass is to its floor, of which it has earned so much so far.
func (r *running) share(earned, floor time.Duration) {
	if floor <= 0 {
		return
	}
	line := fmt.Sprintf("The least that Zoom's limits allow is %s", human.Duration(floor))
	if elapsed := r.Began.now.Sub(r.Began.at); earned > 0 && elapsed >= soon {
		line = fmt.Sprintf("%.0f %% of the floor so far: %s", 100*earned.Seconds()/elapsed.Seconds(), strings.ToLower(line[:1])+line[1:])
	}
	r.Lines = append(r.Lines, line)
}

func (r *running) traffic(pass *db.PassRow) {
	if pass.Requests > 0 {
		r.Lines = append(r.Lines, fmt.Sprintf("%s sent, %s refused (429)", of(pass.Requests, "request", "requests"), human.Count(pass.Throttled)))
	}
}

// part is that of a time which so many of all take.
func part(all time.Duration, done, total int) time.Duration {
	if total == 0 {
		return 0
	}
	return time.Duration(float64(all) * min(1, float64(done)/float64(total)))
}

// pool is a rate budget.
type pool struct {
	Name                 zoom.Pool
	Rate, Share, Limit   string  // requests a second
	RateWidth, ShareMark float64 // of the limit, in percent
	Sending              int
	Requests, Throttled  string
	Level                level
	State                string
	Until                *moment
}

func pools(f facts) []pool {
	var all []pool
	for _, s := range f.pools {
		percent := func(rate float64) float64 { return math.Round(1000*min(1, rate/s.Limit)) / 10 }
		p := pool{
			Name: s.Pool, Rate: figure(s.Rate), Share: figure(s.Share), Limit: figure(s.Limit),
			RateWidth: percent(s.Rate), ShareMark: percent(s.Share),
			Sending: s.Sending, Requests: human.Count(int(s.Requests)), Throttled: human.Count(int(s.Throttled)),
			Level: neutral, State: "idle",
		}
		switch {
		case s.ParkedUntil.After(f.now):
			p.Level, p.State, p.Until = bad, "parked by Zoom's daily limit", &moment{s.ParkedUntil, f.now}
		case s.PausedUntil.After(f.now):
			p.Level, p.State, p.Until = warn, "paused after refusals", &moment{s.PausedUntil, f.now}
		case s.Rate < 0.9*s.Share && s.Throttled > 0:
			p.Level, p.State = warn, "slowed down after refusals"
		case s.Sending > 0:
			p.Level, p.State = good, "sending"
		}
		all = append(all, p)
	}
	return all
}

// figure writes a rate with at most one decimal.
func figure(rate float64) string { return strconv.FormatFloat(math.Round(10*rate)/10, 'f', -1, 64) }

// hold is an open hold.
type hold struct {
	ID             int64
	Kind           db.HoldKind
	Extent, Reason string
	Created        moment
	Approved       *moment
	Abandoned      bool
	Look, Command  string
	Waits          []string
}

func (p *Page) hold(h db.OpenHold, now time.Time) hold {
	v := hold{
		ID: h.ID, Kind: h.Kind, Extent: h.Extent(), Reason: sentence(h.Reason), Created: moment{h.CreatedAt, now}, Abandoned: h.Abandoned(p.cfg.UserSettings),
		Look: fmt.Sprintf("SELECT * FROM zoom.held_users WHERE hold_id = %d", h.ID), Command: approval(h.ID),
	}
	if h.ApprovedAt != nil {
		v.Approved = &moment{*h.ApprovedAt, now}
	}
	for _, d := range h.Documents {
		if d.Unanswered > 0 && !v.Abandoned {
			v.Waits = append(v.Waits, fmt.Sprintf("It waits for the %s of %s, which Zoom refused or did not find.", d.Document, of(d.Unanswered, "user", "users")))
		}
	}
	return v
}

// pass is one of the last passes.
type pass struct {
	ID                                          int64
	Status                                      db.PassStatus
	Level                                       level
	Began                                       moment
	Took, Share                                 string
	Listed, Written, Unchanged, Failed, Deleted string
	Throttled                                   string
	Chosen                                      string
	Error                                       string
}

func passOf(row *db.PassRow, now time.Time) pass {
	v := pass{
		ID: row.ID, Status: row.Status, Began: moment{row.StartedAt, now},
		Listed: human.Count(row.UsersListed), Written: human.Count(row.UsersWritten), Unchanged: human.Count(row.UsersUnchanged),
		Failed: human.Count(row.UsersFailed), Deleted: human.Count(row.UsersDeleted), Throttled: human.Count(row.Throttled),
	}
	v.Level = map[db.PassStatus]level{
		db.PassComplete: good, db.PassPartial: warn, db.PassHeld: warn, db.PassFailed: bad, db.PassInterrupted: warn,
	}[row.Status]
	if row.FinishedAt != nil {
		took := row.FinishedAt.Sub(row.StartedAt)
		v.Took = human.Duration(took)
		if share := (sync.Result{Status: row.Status, Duration: took, Floor: row.Floor}).FloorShare(); share > 0 {
			v.Share = fmt.Sprintf("%.0f %%", 100*share)
		}
	}
	if row.UsersRequested != nil {
		v.Chosen = "over " + of(*row.UsersRequested, "chosen user", "chosen users")
	}
	if row.Error != nil {
		v.Error = shortened(*row.Error)
	}
	return v
}

// longest is how much of an error the page shows; zoom.sync_passes has all of it.
const longest = 600

func shortened(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	return string([]rune(text)[:longest]) + " …"
}

// failure is a document that could not be fetched.
type failure struct {
	PassID   int64
	UserID   string
	Document db.Document
	Status   string
	Code     string
	At       moment
}

func failureOf(f db.RecentFailure, now time.Time) failure {
	number := func(n int, none string) string {
		if n == 0 {
			return none
		}
		return strconv.Itoa(n)
	}
	return failure{f.PassID, f.UserID, f.Document, number(f.HTTPStatus, "no answer"), number(f.ZoomCode, "none"), moment{f.FailedAt, now}}
}

// changes is what changed lately.
type changes struct {
	Added, Deleted string
	Documents      []documentChanges
	Most           bool
}

type documentChanges struct {
	Document                db.Document
	LastHour, Values, Users string
}

func changesOf(c db.RecentChanges) *changes {
	v := &changes{Added: of(c.Added, "user", "users"), Deleted: of(c.Deleted, "user", "users"), Most: c.Most}
	for _, d := range c.Documents {
		v.Documents = append(v.Documents, documentChanges{d.Document, human.Count(d.LastHour), human.Count(d.Values), human.Count(d.Users)})
	}
	return v
}

// of writes a number with its noun.
func of(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return human.Count(n) + " " + many
}

// sentence makes a sentence of an error.
func sentence(text string) string {
	text = cmp.Or(shortened(text), "it is not said why")
	first, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(string(first)) + strings.TrimSuffix(text[size:], ".") + "."
}
