package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// plan is the difference between a batch of users and what is stored, as the rows to write.
//
//	stored \ fetched    ok                                 not ok    not ok and dropped
//	no document         add                                -         -
//	same full digest    -                                  -         close, drop
//	same stable digest  replace                            -         close, drop
//	other digest        close, replace as a new version    -         close, drop
//
// Another digest in which nothing of the two documents differs is that of an earlier release, which made it by another rule, or
// left a secret in it: the document is replaced, and no version begins.
//
// A user who returns has all versions closed at the time of deletion; the table then holds without its "close".
type plan struct {
	passID   int64
	written  Written
	created  []int64     // keys of users without a freshness row
	returned []int64     // keys of users who were tombstoned
	touched  touchedRows // known users whose changed_at moves

	closed   documentRefs
	dropped  documentRefs
	replaced documentRows
	added    documentRows
	first    documentRows // of users who are created
	journal  journal
	derived  []derivedRows
	settings settingSets
	fresh    freshnessRows
	failures failureRows
	released releasedRows

	users  []int64 // all of the batch
	parked parkedRows

	unchanged map[int64]map[Document]bool // as in findings
}

func newPlan(passID int64) *plan {
	p := &plan{passID: passID}
	for _, table := range derivedTables() {
		if table.view {
			continue
		}
		p.derived = append(p.derived, derivedRows{derivedTable: table})
	}
	return p
}

// planCompared compares the documents of a batch with what is stored, and plans the batch by what it finds; users about whom
// there are suspicions are parked if the caller does so.
func planCompared(
	ctx context.Context, tx pgx.Tx, passID int64, users []User, stored map[string]*storedUser, parks bool,
) (*plan, findings, error) {
	plan := planUsers(passID, users, stored, findings{})
	all, err := plan.journal.compare(ctx, tx)
	if err != nil {
		return nil, findings{}, err
	}
	found := plan.journal.record(all)
	by := found
	if !parks {
		by.suspicions = nil
	}
	if len(by.suspicions)+len(by.unchanged) > 0 {
		plan = planUsers(passID, users, stored, by)
		plan.journal.record(all) // it has none but those documents
	}
	return plan, found, nil
}

// planUsers plans a batch by what was found about it. Those about whom there are suspicions are parked; but none who comes
// back: what the mirror last held of them ended with the deletion, by Zoom's own word, and is nothing to keep as current.
// Their numbers may be somebody else's by now, and who is licensed anew has a profile anew. The versions of before stay.
func planUsers(passID int64, users []User, stored map[string]*storedUser, found findings) *plan {
	p := newPlan(passID)
	p.unchanged = found.unchanged
	for i := range users {
		u := &users[i]
		known := stored[u.ID]
		p.users = append(p.users, known.key)
		if suspicions := found.suspicions[known.key]; suspicions != nil && !known.deleted {
			p.park(u, known, suspicions)
		} else {
			p.add(u, known)
		}
	}
	return p
}

// add takes one user into the plan.
func (p *plan) add(u *User, stored *storedUser) {
	age := u.age()
	if stored.deleted {
		age = 0 // the user is there again from now on
	}
	changed, failed, written := false, false, false
	for i := range u.Documents {
		result := &u.Documents[i]
		version, body := p.addDocument(u, result, stored, age)
		changed = changed || version
		for _, hold := range result.Releases {
			p.released.add(hold, stored.key, result.Document)
		}
		failed = failed || result.Failure != nil
		written = written || body
		if result.Failure != nil && !result.Failure.Common {
			p.failures.add(stored.key, result)
		}
	}
	if stored.created {
		p.created = append(p.created, stored.key)
	} else if changed {
		p.touched.keys = append(p.touched.keys, stored.key)
		p.touched.ages = append(p.touched.ages, age.Microseconds())
	}
	if stored.deleted {
		p.returned = append(p.returned, stored.key)
	}
	p.fresh.add(stored.key, u.Documents, stored.deleted)
	switch {
	case written, !failed && (stored.created || stored.deleted):
		p.written.Written++
	case !failed:
		p.written.Unchanged++
	}
}

// addDocument takes one document into the plan, and tells whether a version begins or ends, which then was so long ago, and
// whether anything but freshness is written.
func (p *plan) addDocument(u *User, result *DocumentResult, stored *storedUser, age time.Duration) (version, body bool) {
	digests, has := stored.digests[result.Document]
	// What somebody who comes back had before is not what they have now, even if Zoom does not tell what that is.
	lost := has && stored.deleted && result.Status != StatusOK && !result.Drop
	switch {
	case result.Drop && has:
		if !stored.deleted {
			p.closed.add(stored.key, result, age)
		}
		p.dropped.add(stored.key, result, age)
		p.journal.add(stored.key, result, true)
		version = true
	case lost:
		p.dropped.add(stored.key, result, age) // the journal waits for the next answer
	case result.Status != StatusOK, stored.has(result):
		return false, false
	case stored.created:
		p.first.add(stored.key, u, result, age, true)
		version = true
	case !has:
		p.added.add(stored.key, u, result, age, true)
		p.journal.add(stored.key, result, true) // it may have been dropped and come back, or its user
		version = true
	default:
		version = digests.stable != result.Stable && !p.unchanged[stored.key][result.Document]
		p.journal.add(stored.key, result, version) // a volatile column may go empty too
		closes := version && !stored.deleted
		if closes {
			p.closed.add(stored.key, result, age)
		}
		p.replaced.add(stored.key, u, result, age, closes)
	}
	for i := range p.derived {
		if p.derived[i].document == result.Document {
			p.derived[i].add(stored.key, u, stored.created, result.Drop || lost)
		}
	}
	if result.Document == DocumentUserSettings {
		p.settings.add(stored.key, u.UserSettings, result.Drop || lost)
	}
	return version, true
}

// batch gives the statements in the order in which they have to run: what closes a version reads the row before what
// changes it. Numbers are those of p.settings.
func (p *plan) batch(numbers map[settingValue]settingNumber) *pgx.Batch {
	batch := &pgx.Batch{}
	queueReturned(batch, p.returned)
	queueClosed(batch, p.closed)
	queueDropped(batch, p.dropped)
	queueReplaced(batch, p.replaced)
	queueAdded(batch, p.added)
	queueJournal(batch, p.passID, p.journal)
	for _, rows := range p.derived {
		queueDerived(batch, rows)
	}
	p.settings.queue(batch, numbers)
	queueTouched(batch, p.touched)
	queueNewFreshness(batch, p.created)
	queueFreshness(batch, p.passID, p.fresh)
	queueForgiven(batch, p.passID, p.fresh.keys)
	queueFailures(batch, p.passID, p.failures)
	queueParked(batch, p.passID, p.users, p.parked)
	queueReleased(batch, p.released)
	return batch
}

// touchedRows is users whose changed_at moves, as columns.
type touchedRows struct {
	keys, ages []int64 // ages in microseconds
}

// queueTouched moves changed_at of users.
func queueTouched(batch *pgx.Batch, rows touchedRows) {
	const touch = `
		UPDATE syncd.users u
		SET changed_at = greatest(u.changed_at, now() - n.age * interval '1 microsecond')
		FROM unnest(@keys::bigint[], @ages::bigint[]) n (user_key, age)
		WHERE u.user_key = n.user_key`
	if len(rows.keys) == 0 {
		return
	}
	batch.Queue(touch, pgx.StrictNamedArgs{"keys": rows.keys, "ages": rows.ages})
}
