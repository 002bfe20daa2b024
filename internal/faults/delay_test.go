//go:build soak

package faults

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	// latest is by how much later than the one before it a pass begins at most: syncd takes a twentieth of the interval
	// more or less.
	latest = interval * 105 / 100
	// slow is how long it may take to look, and struck how long until the daemon has its Postgres again.
	slow, struck = 5 * time.Second, 20 * time.Second
)

// made is a pass of the daemon that has ended.
type made struct {
	id           int64
	began, ended time.Time
	status       string
	continued    bool // it was cut off and went on in another run
}

func (m made) length() time.Duration { return m.ended.Sub(m.began) }

// passes gives those of the daemon, oldest first.
func (s *soak) passes(output string) (passes []made) {
	s.Helper()
	continued := map[int64]bool{}
	for line := range strings.Lines(output) {
		var said struct {
			Msg       string
			PassID    int64 `json:"pass_id"`
			Continued bool
		}
		if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "pass ended" && said.Continued {
			continued[said.PassID] = true
		}
	}
	for _, row := range s.database.Query(`
		SELECT json_build_object('id', pass_id, 'began', started_at, 'ended', finished_at, 'status', status)
		FROM zoom.sync_passes WHERE pass_id > 1 AND finished_at IS NOT NULL ORDER BY pass_id`) {
		var m struct {
			ID           int64
			Began, Ended time.Time
			Status       string
		}
		if err := json.Unmarshal([]byte(row[0]), &m); err != nil {
			s.Fatal(err)
		}
		passes = append(passes, made{m.ID, m.Began, m.Ended, m.Status, continued[m.ID]})
	}
	return passes
}

// due is when a change had to be seen.
type due struct {
	by        time.Time     // the end of the first complete pass that began after the change; zero: there was none
	within    time.Duration // of the change
	disturbed bool
}

// dueAfter says when a change that was made at a time had to be seen.
//
// A pass that runs at that time may have asked for the user just before. The next pass asks again. It begins an interval
// after that one began, and shows the change at its end at the latest: so a change is seen within an interval and the length of
// the pass that shows it. A pass before that which was cut off or is not complete adds its length, because what is tried again
// is scheduled from then on, and another interval if it had to show the change itself. Where Postgres was away, the time is
// added that the daemon takes to find it again.
func dueAfter(change time.Time, passes []made, strikes []time.Time) due {
	d := due{within: latest}
	for _, p := range passes {
		if p.ended.Before(change) || !d.by.IsZero() {
			continue
		}
		shows, whole := p.began.After(change), p.status == "complete"
		if !shows && whole && !p.continued {
			continue
		}
		d.within += p.length()
		switch {
		case shows && whole:
			d.by = p.ended
		case shows:
			d.within += latest
			d.disturbed = true
		default:
			d.disturbed = true
		}
	}
	for _, at := range strikes {
		if at.After(change) && at.Before(d.by) {
			d.within += struck
			d.disturbed = true
		}
	}
	return d
}

func TestSoak_due(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }
	passes := []made{
		{1, at(0), at(10), "complete", false},
		{2, at(60), at(70), "complete", false},
		{3, at(120), at(135), "partial", false},
		{4, at(180), at(190), "complete", true},
		{5, at(240), at(250), "complete", false},
	}
	for _, test := range []struct {
		change int
		want   due
	}{
		{5, due{at(70), latest + 10*time.Second, false}},
		{30, due{at(70), latest + 10*time.Second, false}},
		{65, due{at(190), 2*latest + (15+10)*time.Second, true}},
		{125, due{at(190), latest + (15+10)*time.Second, true}},
		{150, due{at(190), latest + 10*time.Second, false}},
		{185, due{at(250), latest + (10+10)*time.Second + struck, true}},
		{245, due{time.Time{}, latest, false}},
	} {
		got := dueAfter(at(test.change), passes, []time.Time{at(200)})
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(due{})); diff != "" {
			t.Errorf("a change at %d (-want +got):\n%s", test.change, diff)
		}
	}
}
