package sync

import (
	"context"
	"errors"
	"io"
	gosync "sync"
	"time"

	"syncd/internal/db"
	"syncd/internal/zoom"
)

// fetched is a user whose documents were asked for, ready to be written.
type fetched struct {
	user  db.User
	spans []span // of each of user.Documents
	err   error  // the first failure, a missing scope last; nil when there is none

	failures []failure // of single documents
	rooms    []*rooms  // of documents that somebody may look at until the user is written
}

// span is the time from before Zoom was asked until its answer was there. Waits for
// the budget and repetitions are in it, and somewhere the moment that the answer
// tells of.
type span struct{ asked, answered time.Time }

// fetch asks for the documents of all users of a backlog, a bounded number of users at
// once. The channel ends when all are done or the context has ended; a user that the
// context cut off is not on it.
func (p *pass) fetch(ctx context.Context, users *backlog) <-chan fetched {
	done := make(chan fetched) // no queue: a kill costs what is in flight, and the two batches of write
	places := newPlaces(p.cfg.Concurrency, p.metrics.working)
	steering, stop := context.WithCancel(ctx)
	go places.steer(steering, func() time.Duration { return p.cfg.API.Usage().Waited })
	go func() {
		defer close(done)
		defer p.metrics.working(0)
		defer stop()
		var working gosync.WaitGroup
		defer working.Wait()
		for places.take(ctx) {
			asked := time.Now()
			u, err := users.take(ctx)
			if errors.Is(err, io.EOF) || ctx.Err() != nil {
				return
			}
			places.waitedFor(time.Since(asked))
			working.Go(func() {
				defer places.release()
				f := fetched{err: err}
				if err == nil {
					f = p.fetchUser(ctx, u)
				}
				if ctx.Err() != nil {
					return
				}
				places.handing.start()
				defer places.handing.stop()
				select {
				case done <- f:
				case <-ctx.Done():
				}
			})
		}
	}()
	return done
}

// fetchUser fetches and projects the documents of one user.
func (p *pass) fetchUser(ctx context.Context, u listed) fetched {
	f := fetched{user: db.User{ID: u.id}}
	pending := p.addList(&f, u)
	p.addDetails(ctx, &f, pending)
	return f
}

// addDetails asks for the documents that the list does not give.
func (p *pass) addDetails(ctx context.Context, f *fetched, pending bool) {
	profile := p.addDocument(ctx, f, db.DocumentProfile)
	if pending && profile == db.StatusNotFound {
		// Listed, and not a phone user yet: there is nothing more to ask for, and
		// details of a time before no longer hold.
		told := f.spans[len(f.spans)-1]
		f.drop(p.dropped(db.DocumentProfile, db.StatusNotFound), told)
		f.drop(p.dropped(db.DocumentSettings, db.StatusPending), told)
		if !p.cfg.SkipUserSettings {
			f.drop(p.dropped(db.DocumentUserSettings, db.StatusPending), told)
		}
		return
	}
	p.addDocument(ctx, f, db.DocumentSettings)
	if !p.cfg.SkipUserSettings {
		p.addDocument(ctx, f, db.DocumentUserSettings)
	}
}

// addList adds the user's element of the list and reports whether it is pending.
func (p *pass) addList(f *fetched, u listed) (pending bool) {
	doc, err := p.readListed(&f.user, u)
	if err != nil {
		f.add(failedDocument(db.DocumentList, err), u.span, err)
		p.metrics.fetched(db.DocumentList, db.StatusFailed, err)
		return false
	}
	p.unmapped.add(db.DocumentList, doc.value)
	doc.leave() // it is small: where it has changed, it is read again
	f.add(p.okay(db.DocumentList, doc), u.span, nil)
	p.metrics.fetched(db.DocumentList, db.StatusOK, nil)
	return text(f.user.List.Status) == pendingStatus
}

// readListed projects a user's element of the list.
func (p *pass) readListed(user *db.User, u listed) (document, error) {
	doc, err := p.reader.read(db.DocumentList, u.raw)
	if err != nil {
		return doc, err
	}
	project(user, db.DocumentList, doc.value, p.reader.shapes[db.DocumentList])
	if u.pending {
		markPending(user, &doc)
	}
	return doc, nil
}

// addDocument asks for a document and adds what came of it.
func (p *pass) addDocument(ctx context.Context, f *fetched, kind db.Document) db.Status {
	status, err := p.askedFor(ctx, f, kind)
	if ctx.Err() == nil {
		p.metrics.fetched(kind, status, err)
	}
	return status
}

// askedFor is addDocument; the error is nil also where the document does not exist.
func (p *pass) askedFor(ctx context.Context, f *fetched, kind db.Document) (db.Status, error) {
	asked := time.Now()
	body, err := p.ask(ctx, kind, f.user.ID)
	took := span{asked, time.Now()}
	if err != nil {
		result := outcome(kind, err)
		if result.Status == db.StatusNotFound {
			err = nil
		}
		f.add(result, took, err)
		return result.Status, err
	}
	doc, err := p.reader.open(kind, body)
	if err != nil {
		f.add(failedDocument(kind, err), took, err)
		return db.StatusFailed, err
	}
	p.unmapped.add(kind, doc.value)
	result := db.DocumentResult{Document: kind, Status: db.StatusOK, Full: doc.full, Complete: p.completion(kind, doc)}
	if !p.Saved { // then the mirror has none of them
		result.Complete(&f.user, &result)
	} else {
		f.rooms = append(f.rooms, doc.rooms)
	}
	f.add(result, took, nil)
	return db.StatusOK, nil
}

// completion makes what of a document only those need that the mirror has not as it is.
func (p *pass) completion(kind db.Document, doc document) func(*db.User, *db.DocumentResult) {
	return func(u *db.User, result *db.DocumentResult) {
		shape := p.reader.shapes[kind]
		doc.finish(shape)
		project(u, kind, doc.value, shape)
		if !p.Saved {
			doc.leave() // it will hardly be compared to anything
		}
		asked, answered := result.AskedAgo, result.AnsweredAgo
		*result = p.okay(kind, doc)
		result.AskedAgo, result.AnsweredAgo = asked, answered
	}
}

// ask sends the request for a document, unless the app lacks the scope for it:
// then every user would get the same answer.
func (p *pass) ask(ctx context.Context, kind db.Document, userID string) (body []byte, err error) {
	if missing, ok := p.blocked.Load(kind); ok {
		return nil, missing.(error) //nolint:forcetypeassert // only errors are stored
	}
	switch kind {
	case db.DocumentProfile:
		body, err = p.cfg.API.PhoneUser(ctx, userID)
	case db.DocumentSettings:
		body, err = p.cfg.API.PhoneUserSettings(ctx, userID)
	default:
		body, err = p.cfg.API.UserSettings(ctx, userID)
	}
	return body, p.hear(ctx, kind, err)
}

func (f *fetched) add(result db.DocumentResult, took span, err error) {
	f.user.Documents = append(f.user.Documents, result)
	f.spans = append(f.spans, took)
	if err != nil {
		f.failures = append(f.failures, failure{result.Document, err})
	}
	if f.err == nil || err != nil && errors.Is(f.err, zoom.ErrScopes) {
		f.err = err
	}
}

// leave gives the rooms of a user's documents back, when the user is written.
func (f *fetched) leave() {
	for _, rooms := range f.rooms {
		rooms.leave()
	}
	f.rooms = nil
}

// drop says that a document does not hold any more, whatever was added before, as an
// answer of the time told.
func (f *fetched) drop(result db.DocumentResult, told span) {
	for i := range f.user.Documents {
		if f.user.Documents[i].Document == result.Document {
			f.user.Documents[i] = result
			return
		}
	}
	f.add(result, told, nil)
}

// unstorable makes a user whose documents the database refuses one that failed.
func (f *fetched) unstorable(err error) {
	f.err = err
	f.user.List, f.user.Profile, f.user.Settings, f.user.UserSettings = nil, nil, nil, nil
	for i, d := range f.user.Documents {
		if d.Status == db.StatusOK {
			f.user.Documents[i] = failedDocument(d.Document, err)
		}
	}
}

// okay is the result of a document that was fetched. Nothing is suspect while nothing
// is known as good, and nothing that somebody has asked for by name, unless it is held.
func (p *pass) okay(kind db.Document, doc document) db.DocumentResult {
	if !p.guarded {
		return unsuspected(okDocument(kind, doc))
	}
	return okDocument(kind, doc)
}

// okDocument is okay with every suspicion. What is compared is the value of the document;
// of one that has been left, it is read again.
func okDocument(kind db.Document, doc document) db.DocumentResult {
	between, after := doc.compare, version{body: doc.body, value: doc.value, pending: doc.pending}
	compare := func(before []byte, pending bool) (db.Comparison, error) {
		return between(version{body: before, pending: pending}, after)
	}
	return db.DocumentResult{
		Document: kind, Status: db.StatusOK, Body: doc.body, Full: doc.full, Stable: doc.stable, Pending: doc.pending, Compare: compare,
	}
}

// dropped is the result of a document that no longer holds. That its columns go empty
// is no suspicion: the status that takes them away may be one.
func (p *pass) dropped(kind db.Document, status db.Status) db.DocumentResult {
	compare := func(before []byte, pending bool) (db.Comparison, error) {
		return p.reader.compare(kind, version{body: before, pending: pending}, version{})
	}
	return unsuspected(db.DocumentResult{Document: kind, Status: status, Drop: true, Compare: compare})
}

func failedDocument(kind db.Document, err error) db.DocumentResult {
	return db.DocumentResult{Document: kind, Status: db.StatusFailed, Failure: &db.Failure{Message: err.Error()}}
}
