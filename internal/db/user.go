package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// User is what one pass learned about one user: the documents it asked for and the rows projected from them.
// A document that is not among Documents stays as it is, and so do its rows.
type User struct {
	ID        string
	Documents []DocumentResult

	// A row is given exactly when its document's Status is ok.
	List         *ListRow
	Profile      *ProfileRow
	Settings     *SettingsRow
	UserSettings *UserSettingsRow
}

// age tells how long ago the newest answer was there that says what the user's documents are. Versions that a write begins
// or ends begin and end there, all of a user together: at a moment between two answers of a pass, the one document would
// be new and the other still old, and the mirror would show a user who never was.
func (u *User) age() time.Duration {
	var answers, all []time.Duration
	for i := range u.Documents {
		d := &u.Documents[i]
		all = append(all, d.AnsweredAgo)
		if d.Status == StatusOK || d.Drop {
			answers = append(answers, d.AnsweredAgo)
		}
	}
	switch {
	case len(answers) > 0:
		return slices.Min(answers)
	case len(all) > 0:
		return slices.Max(all) // all failed: by then somebody was listed
	}
	return 0
}

// ListRow holds the columns that come from the list document. A nil pointer is NULL.
type ListRow struct {
	PhoneUserID      *string `json:"phone_user_id"`
	Email            *string `json:"email"`
	Name             *string `json:"name"`
	Status           *string `json:"status"`
	ActivationStatus *string `json:"activation_status"`
	ExtensionID      *string `json:"extension_id"`
	ExtensionNumber  *int64  `json:"extension_number"`
	SiteID           *string `json:"site_id"`
	SiteName         *string `json:"site_name"`
	Department       *string `json:"department"`
	CostCenter       *string `json:"cost_center"`

	PhoneNumbers []PhoneNumber `json:"-"`
	CallingPlans []CallingPlan `json:"-"`
}

// PhoneNumber is one number assigned to a user. Equal elements become one row.
type PhoneNumber struct {
	ID         *string `json:"phone_number_id"`
	Number     *string `json:"number"`      // as sent
	NumberE164 *string `json:"number_e164"` // normalized: a plus sign and digits
}

// CallingPlan is one calling plan of a user. Equal elements become one row.
type CallingPlan struct {
	Type                    *int64  `json:"type"` // Zoom's code of the plan
	Name                    *string `json:"name"`
	BillingAccountID        *string `json:"billing_account_id"`
	BillingAccountName      *string `json:"billing_account_name"`
	BillingSubscriptionID   *string `json:"billing_subscription_id"`
	BillingSubscriptionName *string `json:"billing_subscription_name"`
}

// CurrentUsers gives the ids of the account's users who are not tombstoned, in the order of the ids.
func (s *Store) CurrentUsers(ctx context.Context, accountID string) (ids []string, err error) {
	const query = `
		SELECT user_id
		FROM syncd.users
		WHERE account_id = @account_id AND deleted_at IS NULL
		ORDER BY user_id`
	err = s.inTx(ctx, "current users", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID})
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return ids, err
}

// Standing is what a deletion of a user is weighed by.
type Standing struct {
	Site   string // its id, "" for none
	Active bool   // neither deactivated nor pending
	Gone   bool   // tombstoned by the pass, before that was cut off
	// Unknown: Zoom had no profile of the user when it was asked last; of those who are pending it has none.
	Unknown bool
}

// Standings gives the account's users as they were current when a pass began, by id: those who are not tombstoned, and
// those whom the pass has tombstoned itself, unless a hold that released them is approved.
func (s *Store) Standings(ctx context.Context, accountID string, passID int64) (users map[string]Standing, err error) {
	// 0 is the number of no pass: it stands with users who were forgotten.
	const query = `
		SELECT u.user_id, coalesce(l.site_id, ''), coalesce(l.status = 'activate', false), u.deleted_at IS NOT NULL,
			coalesce(f.profile_status = 2, false)
		FROM syncd.users u
		LEFT JOIN syncd.user_list l USING (user_key)
		LEFT JOIN syncd.freshness f USING (user_key)
		WHERE u.account_id = @account_id AND (u.deleted_at IS NULL OR u.deleted_pass_id = nullif(@pass_id, 0) AND NOT EXISTS (
			SELECT
			FROM syncd.held_users c
			WHERE c.user_key = u.user_key AND c.document IS NULL AND c.released_at = u.changed_at
		))`
	err = s.inTx(ctx, "standings of users", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID, "pass_id": passID})
		if err != nil {
			return err
		}
		users = map[string]Standing{}
		sites := map[string]string{} // the same few for all
		var id string
		var user Standing
		_, err = pgx.ForEachRow(rows, []any{&id, &user.Site, &user.Active, &user.Gone, &user.Unknown}, func() error {
			if _, known := sites[user.Site]; !known {
				sites[user.Site] = user.Site
			}
			user.Site = sites[user.Site]
			users[id] = user
			return nil
		})
		return err
	})
	return users, err
}

// checkUsers refuses what the caller should not have sent.
func checkUsers(users []User) error {
	seen := make(map[string]bool, len(users))
	for i := range users {
		u := &users[i]
		if seen[u.ID] {
			return fmt.Errorf("user %s: twice in one batch", u.ID)
		}
		seen[u.ID] = true
		if err := u.check(); err != nil {
			return fmt.Errorf("user %s: %w", u.ID, err)
		}
	}
	return nil
}

func (u *User) check() error {
	if u.ID == "" {
		return errors.New("no id")
	}
	rows := map[Document]bool{
		DocumentList:         u.List != nil,
		DocumentProfile:      u.Profile != nil,
		DocumentSettings:     u.Settings != nil,
		DocumentUserSettings: u.UserSettings != nil,
	}
	seen := make(map[Document]bool, len(u.Documents))
	for i := range u.Documents {
		result := &u.Documents[i]
		if seen[result.Document] {
			return fmt.Errorf("document %s: given twice", result.Document)
		}
		seen[result.Document] = true
		if err := result.check(); err != nil {
			return fmt.Errorf("document %q: %w", result.Document, err)
		}
		hasRow, wantsRow := rows[result.Document]
		if wantsRow && hasRow != (result.Status == StatusOK && result.Complete == nil) {
			return fmt.Errorf("document %s: status %s, but row given: %t", result.Document, result.Status, hasRow)
		}
		delete(rows, result.Document)
	}
	for document, hasRow := range rows {
		if hasRow {
			return fmt.Errorf("document %s: a row without its document", document)
		}
	}
	return nil
}

func (r *DocumentResult) check() error {
	ok := r.Status == StatusOK
	failed := r.Status == StatusFailed || r.Status == StatusForbidden
	switch {
	case !slices.Contains(documents(), r.Document):
		return errors.New("unknown document")
	case r.Status.code() == 0:
		return fmt.Errorf("unknown status %q", r.Status)
	case r.Complete != nil && (!ok || len(r.Body) > 0):
		return fmt.Errorf("status %s, body given: %t, and yet to be completed", r.Status, len(r.Body) > 0)
	case r.Complete == nil && ok != (len(r.Body) > 0):
		return fmt.Errorf("status %s, but body given: %t", r.Status, len(r.Body) > 0)
	case failed != (r.Failure != nil):
		return fmt.Errorf("status %s, but failure given: %t", r.Status, r.Failure != nil)
	case ok && r.Drop:
		return errors.New("both ok and dropped")
	}
	return nil
}
