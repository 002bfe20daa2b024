package page

import (
	"fmt"
	"time"

	"syncd/internal/db"
	"syncd/internal/human"
	"syncd/internal/sync"
)

// level is how good or bad something is; the style has a colour for each.
type level string

const (
	neutral level = "neutral"
	good    level = "good"
	warn    level = "warn"
	bad     level = "bad"
)

// verdict is what a reader sees first.
type verdict struct {
	Level level
	Word  string // Fresh
	Line  string // why
	Needs []need // what somebody has to do
	Notes []string
}

// need is something that does not mend itself.
type need struct {
	Text    string
	Command string // that does it; "": there is none
}

const (
	// What the jitter of the schedule, and the writing, may add to an age.
	jitter, moments = 0.05, time.Minute
	// patience is how many passes in a row may fail before somebody has to look.
	patience = 3
	// stuckAfter is after what time a pass that does not get on counts as left behind.
	stuckAfter = 15 * time.Minute
)

// ended reports whether a pass came to its end.
func ended(pass db.PassRow) bool {
	return pass.Status == db.PassComplete || pass.Status == db.PassPartial || pass.Status == db.PassHeld
}

// lastDuration is how long the last pass over all users took that came to its end. One that
// was cut off has a break in it, and counts as no longer than the interval.
func lastDuration(interval time.Duration, status db.MirrorStatus) time.Duration {
	for _, pass := range status.Passes {
		if ended(pass) && pass.UsersRequested == nil {
			return min(pass.FinishedAt.Sub(pass.StartedAt), max(interval, 2*pass.Floor))
		}
	}
	return 0
}

// freshFor is how old a document gets while all goes well: see [sync.OldestAge].
func freshFor(interval time.Duration, status db.MirrorStatus) time.Duration {
	took := lastDuration(interval, status)
	begins := max(interval+time.Duration(jitter*float64(interval)), took)
	return sync.OldestAge(begins, took) + moments
}

// judge says how fresh the mirror is, and whether anything needs a person.
func (p *Page) judge(f facts) verdict {
	v := p.freshness(f)
	if f.overdue > 0 {
		v.worsen(bad)
		v.Needs = append(v.Needs, need{Text: fmt.Sprintf(
			"This process is stuck: no progress for %s longer than it may take: %s. Its liveness probe fails; if nothing restarts it, do so.", human.Age(f.overdue), f.doing)})
	}
	if err := f.trouble(); err != nil {
		v.worsen(bad)
		text := sentence(err.Error())
		if repair := sync.Repair(err); repair != "" {
			text += " To repair: " + sentence(repair)
		}
		v.Needs = append(v.Needs, need{Text: text})
	}
	p.judgeHolds(f, &v)
	p.judgePasses(f, &v)
	p.judgePools(f, &v)
	return v
}

// trouble is why the database does not say all.
func (f facts) trouble() error {
	if !f.stored {
		return f.opening
	}
	return f.mirror.err
}

// freshness is the verdict about the age of the mirror alone.
func (p *Page) freshness(f facts) verdict {
	status := f.mirror.status
	filled := status.Succeeded != nil
	for _, pass := range status.Passes {
		filled = filled || ended(pass) && pass.UsersRequested == nil
	}
	switch {
	case f.mirror.at.IsZero() && f.trouble() != nil:
		return verdict{Level: bad, Word: "Unknown", Line: "The database does not say how fresh the mirror is."}
	case f.mirror.at.IsZero():
		return verdict{Level: neutral, Word: "Starting", Line: "The database is being opened."}
	case status.Oldest == nil && len(status.Passes) == 0 && !f.passing:
		return verdict{Level: neutral, Word: "Empty", Line: "No pass has been made yet."}
	case status.Oldest == nil:
		return verdict{Level: neutral, Word: "Empty", Line: "No pass has saved anything yet."}
	case !filled:
		return verdict{Level: neutral, Word: "Filling", Line: fmt.Sprintf("%s users so far; no pass has come to its end yet.", human.Count(status.Users))}
	}
	age, limit := f.now.Sub(*status.Oldest), freshFor(p.cfg.Interval, status)
	line := fmt.Sprintf("The oldest document was confirmed %s ago", human.Age(age))
	if age <= limit {
		return verdict{Level: good, Word: "Fresh", Line: fmt.Sprintf("%s; a pass begins every %s.", line, human.Duration(p.cfg.Interval))}
	}
	v := verdict{Level: warn, Word: "Late", Line: fmt.Sprintf("%s, and %s should not be older than %s.", line, of(f.mirror.behind, "user has one that", "users have one that"), human.Age(limit))}
	if age > limit+max(p.cfg.Interval, lastDuration(p.cfg.Interval, status)) {
		v.Level, v.Word = bad, "Stale"
		v.Needs = append(v.Needs, need{Text: "Find out why passes do not refresh these users: the last passes and failures below, and the log, say it."})
	}
	return v
}

func (p *Page) judgeHolds(f facts, v *verdict) {
	for _, hold := range f.mirror.status.Holds {
		switch {
		case hold.Abandoned(p.cfg.UserSettings):
		case hold.ApprovedAt != nil:
			v.Notes = append(v.Notes, fmt.Sprintf("Hold %d is approved: the next pass that finds the same set writes it.", hold.ID))
		default:
			v.worsen(warn)
			v.Needs = append(v.Needs, need{
				Text:    fmt.Sprintf("Hold %d keeps back what a pass found of %s. Look at some of them at Zoom; if it is true, approve it:", hold.ID, hold.Extent()),
				Command: approval(hold.ID),
			})
		}
	}
}

func approval(id int64) string { return fmt.Sprintf("syncd approve %d", id) }

func (p *Page) judgePasses(f facts, v *verdict) {
	var last *db.PassRow // of those over all users that do not run any more
	inRow := 0
	for i := range f.mirror.status.Passes {
		pass := &f.mirror.status.Passes[i]
		if pass.UsersRequested != nil || pass.Status == db.PassRunning {
			continue
		}
		if last == nil {
			last = pass
		}
		if pass.Status == db.PassComplete || pass.Status == db.PassHeld {
			break
		}
		inRow++
	}
	if inRow == 0 {
		return
	}
	v.worsen(warn)
	text := fmt.Sprintf("The last pass over all users, %d, is %s.", last.ID, last.Status)
	if inRow < patience {
		v.Notes = append(v.Notes, text+" The next one comes by itself.")
		return
	}
	v.worsen(bad)
	v.Needs = append(v.Needs, need{Text: fmt.Sprintf("None of the last %d passes over all users was complete. Their errors, below, say why.", inRow)})
}

func (p *Page) judgePools(f facts, v *verdict) {
	for _, pool := range f.pools {
		if pool.ParkedUntil.After(f.now) {
			v.worsen(warn)
			v.Notes = append(v.Notes, fmt.Sprintf("Zoom's daily limit of %s is used up: it sends again in %s. All apps of the account share that limit.",
				pool.Pool, human.Age(pool.ParkedUntil.Sub(f.now))))
		}
	}
}

// worsen makes the level at least as bad as another.
func (v *verdict) worsen(to level) {
	order := map[level]int{good: 0, neutral: 1, warn: 2, bad: 3}
	if order[to] > order[v.Level] {
		v.Level = to
	}
}
