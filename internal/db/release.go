package db

import "github.com/jackc/pgx/v5"

// releasedRows is what an approval releases of holds, as columns. It is written in the transaction that writes what was
// held: a kill leaves no member that is written and still held, or the other way round.
type releasedRows struct {
	holds, keys []int64
	documents   []int16 // 0: the whole user
}

func (r *releasedRows) add(holdID, key int64, document Document) {
	r.holds = append(r.holds, holdID)
	r.keys = append(r.keys, key)
	r.documents = append(r.documents, document.code())
}

// queueReleased notes that members of holds are written.
func queueReleased(batch *pgx.Batch, rows releasedRows) {
	const release = `
		UPDATE syncd.held_users c
		SET released_at = now()
		FROM unnest(@holds::bigint[], @keys::bigint[], @documents::smallint[]) n (hold_id, user_key, document)
		WHERE c.hold_id = n.hold_id AND c.user_key = n.user_key AND coalesce(c.document, 0) = n.document`
	if len(rows.keys) == 0 {
		return
	}
	batch.Queue(release, pgx.StrictNamedArgs{"holds": rows.holds, "keys": rows.keys, "documents": rows.documents})
	queueEmptied(batch, rows.holds)
}

// queueReleasedSites does the same for sites.
func queueReleasedSites(batch *pgx.Batch, holdID int64, siteIDs []string) {
	const release = `
		UPDATE syncd.held_users
		SET released_at = now()
		WHERE hold_id = @hold_id AND site_id = ANY (@site_ids::text[])`
	if len(siteIDs) == 0 {
		return
	}
	batch.Queue(release, pgx.StrictNamedArgs{"hold_id": holdID, "site_ids": siteIDs})
	queueEmptied(batch, []int64{holdID})
}

// queueEmptied ends those of some holds that hold nothing any more.
func queueEmptied(batch *pgx.Batch, holds []int64) {
	const end = `
		UPDATE syncd.holds h
		SET ended_at = now(), outcome = 'released'
		WHERE h.hold_id = ANY (@holds::bigint[]) AND h.ended_at IS NULL
		AND NOT EXISTS (
			SELECT
			FROM syncd.held_users c
			LEFT JOIN syncd.users u USING (user_key)
			WHERE c.hold_id = h.hold_id AND c.released_at IS NULL AND u.deleted_at IS NULL
		)`
	batch.Queue(end, pgx.StrictNamedArgs{"holds": holds})
}
