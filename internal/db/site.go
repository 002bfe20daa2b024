package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Site is one site of an account as the site list gives it. A nil pointer is NULL.
type Site struct {
	ID                                  string
	Name                                *string
	SiteCode                            *int64
	Level                               *string
	CountryCode                         *string // two letters
	CountryName                         *string
	MainAutoReceptionistID              *string
	MainAutoReceptionistName            *string
	MainAutoReceptionistExtensionID     *string
	MainAutoReceptionistExtensionNumber *int64

	Body   []byte // the site's JSON
	Digest Digest // of Body; equal digests mean nothing to write
}

// SiteChanges is what a pass found out about the sites of an account.
type SiteChanges struct {
	Sites []Site   // to store
	Gone  []string // ids of those to mark deleted

	Releases int64    // the approved hold that kept sites back; 0: none
	Released []string // ids of these
}

// WriteSites stores the sites of an account in one transaction, which releases them from their hold too, and returns how
// many rows changed. Which are gone is the caller's judgement. ErrBadData: a site twice, or a value that Postgres cannot
// hold.
func (s *Store) WriteSites(ctx context.Context, accountID string, passID int64, changes SiteChanges) (int, error) {
	const op = "write sites"
	sites := changes.Sites
	seen := make(map[string]bool, len(sites))
	for _, site := range sites {
		if site.ID == "" || seen[site.ID] {
			return 0, &Error{Op: op, Kind: ErrBadData, Err: fmt.Errorf("site %q: no id, or twice", site.ID)}
		}
		seen[site.ID] = true
	}
	var changed int
	err := s.inTx(ctx, op, func(tx pgx.Tx) error {
		stored, err := readSiteDigests(ctx, tx, accountID)
		if err != nil {
			return err
		}
		changed = 0
		batch := &pgx.Batch{}
		for i := range sites {
			if digest, has := stored[sites[i].ID]; !has || digest != sites[i].Digest {
				queueSite(batch, accountID, &sites[i], false)
				changed++
			}
		}
		queueReleasedSites(batch, changes.Releases, changes.Released)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		deleted, err := deleteSites(ctx, tx, accountID, changes.Gone)
		if err != nil {
			return err
		}
		changed += deleted
		return s.advancePass(ctx, tx, passID, progress{})
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}

// SiteBodies gives the JSON of the account's current sites, by id.
func (s *Store) SiteBodies(ctx context.Context, accountID string) (bodies map[string][]byte, err error) {
	const query = `SELECT site_id, body FROM syncd.sites WHERE account_id = @account_id AND deleted_at IS NULL`
	err = s.inTx(ctx, "sites", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID})
		if err != nil {
			return err
		}
		bodies = map[string][]byte{}
		var id string
		var body []byte
		_, err = pgx.ForEachRow(rows, []any{&id, &body}, func() error {
			bodies[id] = body
			return nil
		})
		return err
	})
	return bodies, err
}

// readSiteDigests gives the digests of the account's current sites. A deleted one is left out, so that it is written,
// and thereby revived, even when its digest is the old one.
func readSiteDigests(ctx context.Context, tx pgx.Tx, accountID string) (map[string]Digest, error) {
	const query = `
		SELECT site_id, digest
		FROM syncd.sites
		WHERE account_id = @account_id AND deleted_at IS NULL`
	digests := make(map[string]Digest)
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID})
	if err != nil {
		return nil, err
	}
	var id string
	var digest []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &digest}, func() error {
		digests[id] = Digest(digest)
		return nil
	})
	return digests, err
}

// queueSite stores a site that is new or differs. Sites are few and change rarely: a statement each will do. A rebuilt one
// was not seen: only its columns are made what its body says, where they are not.
func queueSite(batch *pgx.Batch, accountID string, site *Site, rebuilt bool) {
	const upsert = `
		INSERT INTO syncd.sites AS s (
			account_id, site_id, name, site_code, level, country_code, country_name,
			main_auto_receptionist_id, main_auto_receptionist_name,
			main_auto_receptionist_extension_id, main_auto_receptionist_extension_number,
			body, digest
		)
		VALUES (
			@account_id, @site_id, @name, @site_code, @level, @country_code, @country_name,
			@receptionist_id, @receptionist_name,
			@receptionist_extension_id, @receptionist_extension_number,
			@body, @digest
		)
		ON CONFLICT (account_id, site_id) DO UPDATE
		SET name                                    = excluded.name,
			site_code                               = excluded.site_code,
			level                                   = excluded.level,
			country_code                            = excluded.country_code,
			country_name                            = excluded.country_name,
			main_auto_receptionist_id               = excluded.main_auto_receptionist_id,
			main_auto_receptionist_name             = excluded.main_auto_receptionist_name,
			main_auto_receptionist_extension_id     = excluded.main_auto_receptionist_extension_id,
			main_auto_receptionist_extension_number = excluded.main_auto_receptionist_extension_number,
			body                                    = excluded.body,
			digest                                  = excluded.digest,
			changed_at                              = CASE WHEN @rebuilt THEN s.changed_at ELSE now() END,
			deleted_at                              = CASE WHEN @rebuilt THEN s.deleted_at END
		WHERE NOT @rebuilt OR (
			SELECT to_jsonb(s) || jsonb_object_agg(key, value) <> to_jsonb(s)
			FROM jsonb_each(to_jsonb(excluded))
			WHERE key NOT IN ('first_seen_at', 'changed_at', 'deleted_at')
		)`
	batch.Queue(upsert, pgx.StrictNamedArgs{
		"account_id":                    accountID,
		"site_id":                       site.ID,
		"name":                          site.Name,
		"site_code":                     site.SiteCode,
		"level":                         site.Level,
		"country_code":                  site.CountryCode,
		"country_name":                  site.CountryName,
		"receptionist_id":               site.MainAutoReceptionistID,
		"receptionist_name":             site.MainAutoReceptionistName,
		"receptionist_extension_id":     site.MainAutoReceptionistExtensionID,
		"receptionist_extension_number": site.MainAutoReceptionistExtensionNumber,
		"body":                          site.Body,
		"digest":                        site.Digest[:],
		"rebuilt":                       rebuilt,
	})
}

// deleteSites marks current sites.
func deleteSites(ctx context.Context, tx pgx.Tx, accountID string, ids []string) (int, error) {
	const mark = `
		UPDATE syncd.sites
		SET deleted_at = now(), changed_at = now()
		WHERE account_id = @account_id AND deleted_at IS NULL AND site_id = ANY (@site_ids::text[])`
	tag, err := tx.Exec(ctx, mark, pgx.StrictNamedArgs{"account_id": accountID, "site_ids": ids})
	return int(tag.RowsAffected()), err
}
