-- What a pass holds back: deletions and changes that look more like a fault than like a decision, until somebody approves
-- exactly that set.

-- +goose Up
CREATE TABLE syncd.holds (
	hold_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account_id  text        NOT NULL,
	pass_id     bigint      NOT NULL,
	kind        text        NOT NULL CHECK (kind IN ('deletions', 'status', 'emptied')),
	reason      text        NOT NULL,
	users       bigint      NOT NULL,
	set_digest  bytea       NOT NULL,
	created_at  timestamptz NOT NULL DEFAULT now(),
	approved_at timestamptz,
	ended_at    timestamptz,
	outcome     text CHECK (outcome IN ('released', 'lapsed', 'superseded', 'resolved')),
	CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX holds_one_open ON syncd.holds (account_id, kind) WHERE ended_at IS NULL;
COMMENT ON TABLE syncd.holds IS 'One row per set of deletions or changes that a pass held back. At most one of a kind is open.';
COMMENT ON COLUMN syncd.holds.set_digest IS 'Hash of the set; an approval is good for a pass that finds the same.';

CREATE TABLE syncd.held_users (
	hold_id  bigint NOT NULL REFERENCES syncd.holds,
	user_key bigint NOT NULL REFERENCES syncd.users,
	document smallint CHECK (document BETWEEN 1 AND 4),
	change   text   NOT NULL
);
CREATE INDEX held_users_hold_id ON syncd.held_users (hold_id);
CREATE INDEX held_users_user_key ON syncd.held_users (user_key);
COMMENT ON TABLE syncd.held_users IS 'One row per user, document and change of a hold.';

-- Only the end of a pass shows whether a change is one of many, so until then it waits here, with all that changed of the
-- same user: readers see users whole.
CREATE TABLE syncd.parked_documents (
	user_key      bigint      NOT NULL REFERENCES syncd.users,
	document      smallint    NOT NULL CHECK (document BETWEEN 1 AND 4),
	pass_id       bigint      NOT NULL,
	status        smallint    NOT NULL,
	fetched_at    timestamptz NOT NULL,
	suspicions    text[]      NOT NULL,
	body          jsonb,
	pending       boolean     NOT NULL,
	PRIMARY KEY (user_key, document)
);
COMMENT ON TABLE syncd.parked_documents IS 'New documents of a running pass that wait for its end; without a body, documents that are to be dropped.';

CREATE VIEW zoom.holds AS
SELECT
	h.account_id,
	h.hold_id,
	h.pass_id,
	h.created_at,
	h.users,
	h.reason,
	h.approved_at,
	h.kind,
	h.ended_at,
	h.outcome
FROM syncd.holds h;
COMMENT ON VIEW zoom.holds IS 'One row per set of deletions or changes that a pass held back, because they look more like a fault than like a decision. The open ones have no ended_at.';
COMMENT ON COLUMN zoom.holds.account_id IS 'Zoom account ID.';
COMMENT ON COLUMN zoom.holds.hold_id IS 'Number of the hold: syncd approve HOLD_ID.';
COMMENT ON COLUMN zoom.holds.pass_id IS 'The pass that found the set first; joins zoom.sync_passes.';
COMMENT ON COLUMN zoom.holds.created_at IS 'When it was held.';
COMMENT ON COLUMN zoom.holds.users IS 'How many users it is about; zoom.held_users has them.';
COMMENT ON COLUMN zoom.holds.reason IS 'Why it was held.';
COMMENT ON COLUMN zoom.holds.approved_at IS 'When somebody approved it; the next pass that finds the same set releases it.';
COMMENT ON COLUMN zoom.holds.kind IS 'deletions: users who are gone; status: users whose status changed; emptied: columns that went empty.';
COMMENT ON COLUMN zoom.holds.ended_at IS 'When it ended; NULL while it is open.';
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and written by a pass. lapsed: approved, and then the set was another. superseded: a pass '
	'found another set. resolved: a pass found nothing to hold any more.';

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

-- +goose Down
DROP VIEW zoom.held_users;
DROP VIEW zoom.holds;
DROP TABLE syncd.parked_documents;
DROP TABLE syncd.held_users;
DROP TABLE syncd.holds;
