-- A hold is released member by member, so that a kill in between, or a user who did not answer, leaves the rest held and
-- approved; and what a site list would lose can be held as well. set_digest stays for the release before this one.

-- +goose Up
ALTER TABLE syncd.holds
	DROP CONSTRAINT holds_kind_check,
	ADD CONSTRAINT holds_kind_check CHECK (kind IN ('deletions', 'status', 'emptied', 'sites'));
COMMENT ON COLUMN syncd.holds.set_digest IS 'Hash of the set as it was held.';

ALTER TABLE syncd.held_users
	ALTER COLUMN user_key DROP NOT NULL,
	ADD COLUMN site_id     text,
	ADD COLUMN released_at timestamptz,
	ADD CONSTRAINT held_users_of_one CHECK (num_nonnulls(user_key, site_id) = 1);
COMMENT ON TABLE syncd.held_users IS 'One row per user or site, document and change of a hold.';
COMMENT ON COLUMN syncd.held_users.site_id IS 'Of a hold of sites, in place of a user.';
COMMENT ON COLUMN syncd.held_users.released_at IS 'When it was written by the approval of the hold, in the same transaction.';

CREATE OR REPLACE VIEW zoom.held_users AS
SELECT
	h.account_id,
	c.hold_id,
	u.user_id,
	CASE c.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	c.change,
	c.site_id,
	c.released_at
FROM syncd.held_users c
JOIN syncd.holds h USING (hold_id)
LEFT JOIN syncd.users u USING (user_key);
COMMENT ON VIEW zoom.held_users IS 'One row per user, document and change that a hold is about, and per site and change of a hold of sites.';
COMMENT ON COLUMN zoom.held_users.user_id IS 'Zoom user ID; joins all views. NULL for a site.';
COMMENT ON COLUMN zoom.held_users.document IS 'The document that was not written; NULL when the whole user is gone, and for a site.';
COMMENT ON COLUMN zoom.held_users.site_id IS 'Of a hold of sites: the site that was not written, or not marked deleted; joins zoom.sites.';
COMMENT ON COLUMN zoom.held_users.released_at IS 'When it was written, because the hold is approved; NULL while it is held, and when the hold ended otherwise.';
COMMENT ON COLUMN zoom.holds.users IS 'How many users it is about; of the kind sites, how many sites. zoom.held_users has them.';
COMMENT ON COLUMN zoom.holds.approved_at IS
	'When somebody approved it; the next pass that sees everybody and finds the same set releases it. Who gave no answer then stays held, and approved.';
COMMENT ON COLUMN zoom.holds.kind IS
	'deletions: users who are gone; status: users whose status changed; emptied: columns that went empty; sites: sites that are gone, or columns of theirs that went empty.';
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and all of it written. lapsed: approved, and then the set was another. superseded: a pass '
	'found another set. resolved: a pass found nothing to hold any more. A pass that did not see everybody ends none.';

-- +goose Down
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and written by a pass. lapsed: approved, and then the set was another. superseded: a pass '
	'found another set. resolved: a pass found nothing to hold any more.';
COMMENT ON COLUMN zoom.holds.kind IS 'deletions: users who are gone; status: users whose status changed; emptied: columns that went empty.';
COMMENT ON COLUMN zoom.holds.approved_at IS 'When somebody approved it; the next pass that finds the same set releases it.';
COMMENT ON COLUMN zoom.holds.users IS 'How many users it is about; zoom.held_users has them.';
DROP VIEW zoom.held_users;
DELETE FROM syncd.held_users WHERE site_id IS NOT NULL;
DELETE FROM syncd.holds WHERE kind = 'sites';
ALTER TABLE syncd.held_users
	DROP CONSTRAINT held_users_of_one,
	DROP COLUMN site_id,
	DROP COLUMN released_at,
	ALTER COLUMN user_key SET NOT NULL;
COMMENT ON TABLE syncd.held_users IS 'One row per user, document and change of a hold.';
COMMENT ON COLUMN syncd.holds.set_digest IS 'Hash of the set; an approval is good for a pass that finds the same.';
ALTER TABLE syncd.holds
	DROP CONSTRAINT holds_kind_check,
	ADD CONSTRAINT holds_kind_check CHECK (kind IN ('deletions', 'status', 'emptied'));
CREATE VIEW zoom.held_users AS
SELECT
	u.account_id,
	c.hold_id,
	u.user_id,
	CASE c.document
		WHEN 1 THEN 'list' WHEN 2 THEN 'profile' WHEN 3 THEN 'settings' WHEN 4 THEN 'user_settings'
	END AS document,
	c.change
FROM syncd.held_users c
JOIN syncd.users u USING (user_key);
COMMENT ON VIEW zoom.held_users IS 'One row per user, document and change that a hold is about.';
COMMENT ON COLUMN zoom.held_users.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.held_users.hold_id IS 'The hold; joins zoom.holds.';
COMMENT ON COLUMN zoom.held_users.user_id IS 'Zoom user ID; joins all views.';
COMMENT ON COLUMN zoom.held_users.document IS 'The document that was not written; NULL when the whole user is gone.';
COMMENT ON COLUMN zoom.held_users.change IS 'deleted, the new status, or the column that would be empty, as table.column.';
