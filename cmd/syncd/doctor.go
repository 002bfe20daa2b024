package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"syncd/internal/db"
	"syncd/internal/human"
	"syncd/internal/sync"
	"syncd/internal/zoom"
)

// doctor checks everything that a pass needs, as far as each check can be made,
// and prints a line for each: ok or FAIL, and the repair.
func (a *app) doctor(ctx context.Context) int {
	// On a terminal a person waits: passing faults are tried again, but not for long.
	const attempts, limit = 3, 2 * time.Minute
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	d := &diagnosis{app: a}
	d.note("configuration", nil, "complete")
	d.database(ctx)
	client, err := a.newClient(nil, attempts)
	if err != nil {
		d.note("zoom client", err, "")
		return d.code()
	}
	d.account(ctx, client)
	return d.code()
}

// diagnosis prints findings and counts the faults among them.
type diagnosis struct {
	*app
	faults int
}

// note prints one finding and reports whether it is a good one.
func (d *diagnosis) note(check string, err error, detail string) bool {
	if err == nil {
		fmt.Fprintf(d.stdout, "ok    %-22s %s\n", check, detail)
		return true
	}
	d.faults++
	fmt.Fprintf(d.stdout, "FAIL  %-22s %v\n", check, err)
	if repair := sync.Repair(err); repair != "" && !strings.Contains(err.Error(), repair) {
		fmt.Fprintf(d.stdout, "      %-22s repair: %s\n", "", repair)
	}
	return false
}

func (d *diagnosis) skip(check, why string) {
	fmt.Fprintf(d.stdout, "-     %-22s not checked: %s\n", check, why)
}

func (d *diagnosis) code() int {
	if d.faults > 0 {
		fmt.Fprintf(d.stdout, "%d of the checks failed\n", d.faults)
		return exitFailed
	}
	return exitComplete
}

func (d *diagnosis) database(ctx context.Context) {
	store, err := d.openStore(ctx, nil)
	if !d.note("database", err, "answers") {
		return
	}
	defer store.Close()
	d.note("database writable", store.CheckWritable(ctx), "yes")
	if !d.note("database schema", store.CheckSchema(ctx), "up to date") {
		return
	}
	lease, err := store.AcquireLease(ctx, d.zoom.AccountID)
	switch {
	case errors.Is(err, db.ErrLeaseHeld):
		d.note("lease", nil, "held: a syncd is at work for this account")
	case d.note("lease", err, "free"):
		lease.Release() //nolint:contextcheck // it must also work after the context has ended
	}
}

// account makes each call that a pass makes, once.
func (d *diagnosis) account(ctx context.Context, client *zoom.Client) {
	grant, err := client.Authorize(ctx)
	if !d.note("zoom token", err, fmt.Sprintf("granted, %d scopes", len(grant.Scopes))) {
		return
	}
	d.users(ctx, client)
	_, sites, err := firstUser(client.PhoneSites(ctx))
	if errors.Is(err, zoom.ErrRejected) || errors.Is(err, zoom.ErrForbidden) || errors.Is(err, zoom.ErrNotFound) {
		d.note("zoom sites", nil, "none: "+err.Error())
		return
	}
	d.note("zoom sites", err, fmt.Sprintf("%d sites", sites))
}

// users asks for the lists of users, then for the documents of one, and says how long a
// pass over all of them takes.
func (d *diagnosis) users(ctx context.Context, client *zoom.Client) {
	id, total, err := firstUser(client.PhoneUsers(ctx, zoom.StatusAny))
	if !d.note("zoom list users", err, fmt.Sprintf("%d users in the unfiltered list", total)) {
		return
	}
	d.documents(ctx, client, id)
	listed, largest := total, total
	for _, status := range []string{zoom.StatusDeactivate, zoom.StatusPending} {
		_, total, err := firstUser(client.PhoneUsers(ctx, status))
		if !d.note("zoom list "+status, err, fmt.Sprintf("%d users", total)) {
			return
		}
		listed, largest = listed+total, max(largest, total)
	}
	d.pace(listed, largest)
}

// documents asks for the documents of one user.
func (d *diagnosis) documents(ctx context.Context, client *zoom.Client, userID string) {
	calls := []struct {
		name string
		call func(context.Context, string) ([]byte, error)
	}{
		{"zoom user profile", client.PhoneUser},
		{"zoom phone settings", client.PhoneUserSettings},
	}
	if d.userSettings {
		calls = append(calls, struct {
			name string
			call func(context.Context, string) ([]byte, error)
		}{"zoom general settings", client.UserSettings})
	}
	for _, c := range calls {
		if userID == "" {
			d.skip(c.name, "the account lists no user to ask for")
			continue
		}
		_, err := c.call(ctx, userID)
		if errors.Is(err, zoom.ErrNotFound) {
			d.note(c.name, nil, "allowed (this user has none yet)")
			continue
		}
		d.note(c.name, err, "allowed")
	}
}

// pace says what syncd plan says, for so many users on the lists. A user of two lists
// counts twice, since only reading them to their ends would tell; so there may be fewer,
// though no fewer than the largest list has.
func (d *diagnosis) pace(listed, largest int) {
	p, least := d.planFor(listed), d.planFor(largest)
	var requests []string
	for _, cost := range p.costs {
		requests = append(requests, fmt.Sprintf("%s of %s", human.Count(cost.Calls), cost.Pool))
	}
	users := human.Count(listed) + " users"
	if largest < listed {
		users += ", or fewer if some are on two lists,"
	}
	d.note("budget", nil, fmt.Sprintf("a pass over %s takes at least %s, set by %s at %g a second (requests: %s)",
		users, human.Duration(p.floor), p.slowest, d.zoom.Budget[p.slowest], strings.Join(requests, ", ")))
	if p.check() != nil && least.check() == nil {
		d.note("interval", nil, fmt.Sprintf("%s: may have no room for a pass, which takes at least %s if nobody is on two lists, and %s if all are who can be",
			human.Duration(p.interval), human.Duration(p.floor), human.Duration(least.floor)))
		return
	}
	if d.note("interval", p.check(), p.room()) {
		d.note("oldest data", nil, p.age())
	}
}

// firstUser gives the first id and the size of a listing, from its first page.
func firstUser(pages iter.Seq2[zoom.Page, error]) (id string, total int, err error) {
	for page, err := range pages {
		if err != nil {
			return "", 0, err
		}
		for _, item := range page.Items {
			if item.ID != "" {
				id = item.ID
				break
			}
		}
		return id, max(page.Total, len(page.Items)), nil
	}
	return "", 0, nil
}
