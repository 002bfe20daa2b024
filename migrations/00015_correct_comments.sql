-- What a hold ends by, when nobody asks for its documents any more, and what releases one.

-- +goose Up
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and all of it written. lapsed: approved, and then the set was another; or nobody asks for its '
	'documents any more (SYNCD_USER_SETTINGS). superseded: a pass found another set. resolved: a pass found nothing to hold any more, or '
	'everybody in it was forgotten. Of whom a pass did not see it finds nothing, neither this nor that.';
COMMENT ON COLUMN zoom.holds.approved_at IS
	'When somebody approved it; the next pass that finds the same set releases it. Who gave no answer then, or was not seen, stays held, and approved.';
COMMENT ON COLUMN zoom.held_users.change IS
	'deleted; vanished (deleted, and Zoom had no profile of the user before, so that no answer proves it); the new status; or the column '
	'that would be empty, as table.column.';

-- +goose Down
COMMENT ON COLUMN zoom.holds.approved_at IS
	'When somebody approved it; the next pass that sees everybody and finds the same set releases it. Who gave no answer then stays held, and approved.';
COMMENT ON COLUMN zoom.held_users.change IS 'deleted, the new status, or the column that would be empty, as table.column.';
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and all of it written. lapsed: approved, and then the set was another. superseded: a pass '
	'found another set. resolved: a pass found nothing to hold any more. A pass that did not see everybody ends none.';
