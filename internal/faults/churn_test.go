//go:build soak

package faults

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// change is something that was changed in the account, and that the mirror must show.
type change struct {
	subject, kind, want string    // as in shown
	users               []string  // whom it concerns, and who stay as they are until it is seen
	made, seen          time.Time // seen: zero until then
}

func (c *change) String() string { return fmt.Sprintf("%s of %s: %s", c.kind, c.subject, c.want) }

// churn is all that was changed.
type churn struct {
	changes []*change
	pending []*change // of these, those that the mirror does not show yet
	gone    []string  // users who were removed, and whose removal was seen
}

// shown is what the mirror shows: the revision of each document and of what the views have of it, who is there, and who has
// which status, number and site.
const shown = `
	SELECT user_id AS subject, document AS kind, revision AS value FROM (` + revisions + `) r
	UNION ALL SELECT user_id, 'presence', CASE WHEN deleted_at IS NULL THEN 'here' ELSE 'gone' END FROM zoom.phone_users_all
	UNION ALL SELECT user_id, 'status', status FROM zoom.phone_users
	UNION ALL SELECT number, 'number', user_id FROM zoom.phone_numbers
	UNION ALL SELECT site_id, 'site', name FROM zoom.sites
	UNION ALL SELECT site_id, 'site', site_name FROM zoom.phone_users`

// change changes something at random.
func (s *soak) change() {
	s.Helper()
	value := strconv.Itoa(len(s.churn.changes) + 1000)
	var c *change
	switch s.dice.IntN(30) {
	case 0:
		site := s.account.Sites()[s.dice.IntN(len(s.account.Sites()))]
		if slices.ContainsFunc(s.churn.pending, func(c *change) bool { return c.subject == site.ID }) {
			return
		}
		c = &change{subject: site.ID, kind: "site", want: "Site " + value}
		s.account.RenameSite(site.ID, c.want)
	case 1, 2, 3:
		u, status := s.someone(1)[0], zoomtest.Deactivated
		if u.Status == status {
			status = zoomtest.Active
		}
		c = &change{subject: u.ID, kind: "status", want: status, users: []string{u.ID}}
		s.account.SetStatus(status, u.ID)
	case 4, 5, 6, 7, 8, 9:
		c = s.changePeople()
	case 10, 11, 12, 13, 14:
		c = s.moveNumber()
	default:
		id := s.someone(1)[0].ID
		kind := []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings}[s.dice.IntN(4)]
		c = &change{subject: id, kind: kind, want: value, users: []string{id}}
		s.set(s.T, id, kind, value)
	}
	if c == nil { // there was nothing to change
		return
	}
	c.made = time.Now()
	s.churn.changes = append(s.churn.changes, c)
	s.churn.pending = append(s.churn.pending, c)
}

// changePeople removes a user, or, where there are fewer than at first, adds one or lets one return.
func (s *soak) changePeople() *change {
	s.Helper()
	gone := len(s.churn.gone)
	switch {
	case len(s.account.Users()) >= soakUsers:
		id := s.someone(1)[0].ID
		s.account.Remove(id)
		return &change{subject: id, kind: "presence", want: "gone", users: []string{id}}
	case gone > 0 && s.dice.IntN(2) == 0:
		n := s.dice.IntN(gone)
		id := s.churn.gone[n]
		s.churn.gone = slices.Delete(s.churn.gone, n, n+1)
		s.account.Return(id)
		return &change{subject: id, kind: "presence", want: "here", users: []string{id}}
	default:
		id := s.account.Add(1)[0]
		return &change{subject: id, kind: "presence", want: "here", users: []string{id}}
	}
}

// moveNumber takes a number from a user and gives it to another; nil when the user has none.
func (s *soak) moveNumber() *change {
	s.Helper()
	two := s.someone(2)
	from, to := two[0].ID, two[1].ID
	var number map[string]any
	s.edit(from, func(row map[string]any) {
		numbers, _ := row["phone_numbers"].([]any)
		if len(numbers) == 0 {
			return
		}
		number, _ = numbers[0].(map[string]any)
		row["phone_numbers"] = slices.DeleteFunc(numbers, func(n any) bool { return n.(map[string]any)["id"] == number["id"] })
	})
	if number == nil {
		return nil
	}
	s.edit(to, func(row map[string]any) {
		numbers, _ := row["phone_numbers"].([]any)
		row["phone_numbers"] = append(numbers, number)
	})
	return &change{subject: number["number"].(string), kind: "number", want: to, users: []string{from, to}}
}

// edit changes a user's row in the list.
func (s *soak) edit(id string, edit func(row map[string]any)) {
	s.Helper()
	if err := s.account.Change(id, zoomtest.List, edit); err != nil {
		s.Fatal(err)
	}
}

// someone gives n users who have details and of whom nothing is to be seen yet.
func (s *soak) someone(n int) []zoomtest.User {
	s.Helper()
	var free []zoomtest.User
	for _, u := range s.account.Users() {
		busy := slices.ContainsFunc(s.churn.pending, func(c *change) bool { return slices.Contains(c.users, u.ID) })
		if u.Status != zoomtest.Pending && !busy {
			free = append(free, u)
		}
	}
	s.dice.Shuffle(len(free), func(i, k int) { free[i], free[k] = free[k], free[i] })
	return free[:n]
}

// look finds the changes that the mirror shows by now.
func (s *soak) look() {
	s.Helper()
	if len(s.churn.pending) == 0 {
		return
	}
	var wanted []map[string]any
	for n, c := range s.churn.pending {
		wanted = append(wanted, map[string]any{"n": n, "subject": c.subject, "kind": c.kind, "want": c.want})
	}
	list, err := json.Marshal(wanted)
	if err != nil {
		s.Fatal(err)
	}
	found := map[string]bool{}
	for _, row := range s.database.Query(fmt.Sprintf(`
		SELECT n FROM json_to_recordset('%s') AS wanted (n int, subject text, kind text, want text)
		JOIN (%s) shown USING (subject, kind)
		GROUP BY n HAVING bool_and(value IS NOT DISTINCT FROM want)`, strings.ReplaceAll(string(list), "'", "''"), shown)) {
		found[row[0]] = true
	}
	now, pending := time.Now(), s.churn.pending[:0]
	for n, c := range s.churn.pending {
		if !found[strconv.Itoa(n)] {
			pending = append(pending, c)
			continue
		}
		c.seen = now
		if c.kind == "presence" && c.want == "gone" {
			s.churn.gone = append(s.churn.gone, c.subject)
		}
	}
	s.churn.pending = pending
}
