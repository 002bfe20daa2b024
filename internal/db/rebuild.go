package db

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"
)

// StoredUser is a user with the documents that the mirror holds, as Postgres gives them back.
type StoredUser struct {
	ID        string
	Deleted   bool
	Pending   bool // of the list document, as in DocumentResult
	Documents map[Document][]byte

	key     int64
	digests map[Document]storedDigests

	policies storedPolicies
}

// storedPolicies is what is stored of the policies of a profile beside its body.
type storedPolicies struct {
	personal []string // personalPolicies; nil: not judged
	arranged []byte   // arrangedPolicies
}

// are reports whether that is what it should be.
func (s *storedPolicies) are(policies []Policy) bool {
	return s.personal != nil && slices.Equal(s.personal, personalPolicies(policies)) && sameJSON(s.arranged, arrangedPolicies(policies))
}

// StoredSite is a site with its document as Postgres gives it back.
type StoredSite struct {
	ID      string
	Deleted bool
	Body    []byte
}

// Projection derives rows anew.
type Projection struct {
	// Users projects a page of users: the same users in the same order, each with a result (status ok) and a row for every
	// document that is stored.
	Users func([]StoredUser) ([]User, error)
	Site  func(StoredSite) (Site, error)
	// Versions and Changes judge anew what was stored before: the same elements in the same order.
	Versions func([]StoredVersion) ([]Judged, error)
	Changes  func([]StoredChange) ([]StoredChange, error)
	// Hides reports whether the path of an unmapped field has a name that is not to be shown.
	Hides func(document Document, path string) bool
	// Progress is told how many of all users are done.
	Progress func(done, total int)
}

// Rebuilt counts what Rebuild looked at and what it wrote.
type Rebuilt struct {
	Users, Sites int // looked at
	Documents    int // whose digests, secrets, personal policies or order of sets are others now; parked ones too
	Versions     int // closed ones, whose secrets, personal policies or order of sets are others now
	Changes      int // in the journal, whose secrets are others now, or what of them is personal
	Rows         int // of derived tables, removed or added; and unmapped fields whose path is not to be shown
}

// rebuildPage is how many users are derived at once.
const rebuildPage = 200

// Rebuild makes the rows of all derived tables of an account, and the digests of its documents, what the projection says
// that they are, in one transaction: readers see what was there until it ends, and wait for nothing. Rows that are right
// are not touched, and what is no function of a stored document stays: freshness, passes, and all times. Of closed
// versions, parked documents and the journal, what is secret or personal is judged anew. The caller holds the account's
// lease.
func (s *Store) Rebuild(ctx context.Context, accountID string, projection Projection) (Rebuilt, error) {
	const count = `SELECT count(*) FROM syncd.users WHERE account_id = @account_id`
	var done Rebuilt
	err := s.inLongTx(ctx, "rebuild", func(tx pgx.Tx) error {
		var total int
		if err := tx.QueryRow(ctx, count, pgx.StrictNamedArgs{"account_id": accountID}).Scan(&total); err != nil {
			return err
		}
		for page, err := range storedUsers(ctx, tx, accountID) {
			if err != nil {
				return err
			}
			users, err := projection.Users(page)
			if err != nil {
				return err
			}
			if err := done.addUsers(ctx, tx, accountID, page, users); err != nil {
				return err
			}
			if err := done.judge(ctx, tx, page, &projection); err != nil {
				return err
			}
			projection.Progress(done.Users, total)
		}
		if err := collectSettings(ctx, tx, accountID); err != nil {
			return err
		}
		removed, err := removeUnmapped(ctx, tx, accountID, projection.Hides)
		if err != nil {
			return err
		}
		done.Rows += removed
		return done.addSites(ctx, tx, accountID, projection.Site)
	})
	if err != nil {
		return Rebuilt{}, err
	}
	if done.Rows >= done.Users {
		s.analyze(ctx)
	}
	return done, nil
}

// storedUsers gives all users and their documents page by page, and an error last.
func storedUsers(ctx context.Context, tx pgx.Tx, accountID string) iter.Seq2[[]StoredUser, error] {
	return func(yield func([]StoredUser, error) bool) {
		for after := int64(0); ; {
			page, err := readStoredUsers(ctx, tx, accountID, after)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) == 0 {
				return
			}
			after = page[len(page)-1].key
			if !yield(page, nil) {
				return
			}
		}
	}
}

// readStoredUsers reads the next page of users and their documents.
func readStoredUsers(ctx context.Context, tx pgx.Tx, accountID string, after int64) ([]StoredUser, error) {
	const query = `
		SELECT u.user_key, u.user_id, u.deleted_at IS NOT NULL, coalesce(d.document, 0), d.full_digest, d.stable_digest, d.body, coalesce(d.pending, false), d.personal_policies, d.arranged_policies
		FROM (
			SELECT user_key, user_id, deleted_at
			FROM syncd.users
			WHERE account_id = @account_id AND user_key > @after
			ORDER BY user_key
			LIMIT @page
		) u
		LEFT JOIN syncd.documents d USING (user_key)
		ORDER BY u.user_key, d.document`
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID, "after": after, "page": rebuildPage})
	if err != nil {
		return nil, err
	}
	var page []StoredUser
	var user StoredUser
	var document int16
	var full, stable, body []byte
	var pending bool
	var policies storedPolicies
	into := []any{&user.key, &user.ID, &user.Deleted, &document, &full, &stable, &body, &pending, &policies.personal, &policies.arranged}
	_, err = pgx.ForEachRow(rows, into, func() error {
		if len(page) == 0 || page[len(page)-1].key != user.key {
			user.Documents, user.digests = make(map[Document][]byte, 4), make(map[Document]storedDigests, 4)
			page = append(page, user)
		}
		if name := documentOf(document); name != "" {
			last := &page[len(page)-1]
			last.Documents[name] = body
			last.Pending = last.Pending || pending
			last.digests[name] = storedDigests{Digest(full), Digest(stable)}
			if name == DocumentProfile {
				last.policies = policies
			}
		}
		return nil
	})
	return page, err
}

// addUsers writes what differs of a page of users.
func (r *Rebuilt) addUsers(ctx context.Context, tx pgx.Tx, accountID string, page []StoredUser, users []User) error {
	if len(users) != len(page) {
		return fmt.Errorf("%d of %d users were projected", len(users), len(page))
	}
	plan := newPlan(0)
	for i := range users {
		u, stored := &users[i], &page[i]
		if err := u.check(); err != nil || len(u.Documents) != len(stored.Documents) {
			return fmt.Errorf("user %s is not projected wholly: %w", u.ID, err)
		}
		plan.rebuild(u, stored)
	}
	documents, derived := &pgx.Batch{}, &pgx.Batch{}
	queueReplaced(documents, plan.replaced)
	for _, rows := range plan.derived {
		queueDerived(derived, rows)
	}
	numbers, err := settingNumbers(ctx, tx, accountID, plan.settings.values, nil)
	if err != nil {
		return err
	}
	plan.settings.queue(derived, numbers)
	replaced, err := sendBatch(ctx, tx, documents)
	if err != nil {
		return err
	}
	changed, err := sendBatch(ctx, tx, derived)
	if err != nil {
		return err
	}
	r.Users += len(users)
	r.Documents += replaced
	r.Rows += changed
	return nil
}

// rebuild takes a stored user into the plan: all rows of the documents that there are, none of those that there are not.
func (p *plan) rebuild(u *User, stored *StoredUser) {
	for i := range u.Documents {
		result := &u.Documents[i]
		judged := result.Document != DocumentProfile || stored.policies.are(u.Profile.Policies)
		if !judged || stored.digests[result.Document] != (storedDigests{result.Full, result.Stable}) {
			p.replaced.add(stored.key, u, result, 0, false)
		}
	}
	for i := range p.derived {
		_, has := stored.Documents[p.derived[i].document]
		p.derived[i].add(stored.key, u, false, !has)
	}
	_, has := stored.Documents[DocumentUserSettings]
	p.settings.add(stored.key, u.UserSettings, !has)
}

// addSites writes the sites whose columns differ from what their body says.
func (r *Rebuilt) addSites(ctx context.Context, tx pgx.Tx, accountID string, project func(StoredSite) (Site, error)) error {
	const query = `SELECT site_id, deleted_at IS NOT NULL, body FROM syncd.sites WHERE account_id = @account_id ORDER BY site_id`
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID})
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	var stored StoredSite
	_, err = pgx.ForEachRow(rows, []any{&stored.ID, &stored.Deleted, &stored.Body}, func() error {
		site, err := project(stored)
		if err != nil {
			return fmt.Errorf("site %s: %w", stored.ID, err)
		}
		queueSite(batch, accountID, &site, true)
		r.Sites++
		return nil
	})
	if err != nil {
		return err
	}
	changed, err := sendBatch(ctx, tx, batch)
	r.Rows += changed
	return err
}

// sendBatch runs a batch and tells how many rows it changed.
func sendBatch(ctx context.Context, tx pgx.Tx, batch *pgx.Batch) (changed int, err error) {
	results := tx.SendBatch(ctx, batch)
	for range batch.Len() {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close() // says the same
			return 0, err
		}
		changed += int(tag.RowsAffected())
	}
	return changed, results.Close()
}
