-- What a hold ends by, when nobody asks for its documents any more, and what releases one.

-- +goose Up
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and all of it written. lapsed: approved, and then the set was another; or nobody asks for its '
	'documents any more (SYNCD_USER_SETTINGS). superseded: a pass found another set. resolved: a pass found nothing to hold any more. '
	'A pass that did not see everybody ends none, unless nobody asks for its documents.';
COMMENT ON COLUMN zoom.holds.approved_at IS
	'When somebody approved it; the next pass that finds the same set releases it, and one that did not see everybody what it finds of it. '
	'Who gave no answer then stays held, and approved.';

-- +goose Down
COMMENT ON COLUMN zoom.holds.approved_at IS
	'When somebody approved it; the next pass that sees everybody and finds the same set releases it. Who gave no answer then stays held, and approved.';
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and all of it written. lapsed: approved, and then the set was another. superseded: a pass '
	'found another set. resolved: a pass found nothing to hold any more. A pass that did not see everybody ends none.';
