-- What a hold ends by, when nobody asks for its documents any more.

-- +goose Up
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and all of it written. lapsed: approved, and then the set was another; or nobody asks for its '
	'documents any more (SYNCD_USER_SETTINGS). superseded: a pass found another set. resolved: a pass found nothing to hold any more. '
	'A pass that did not see everybody ends none, unless nobody asks for its documents.';

-- +goose Down
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and all of it written. lapsed: approved, and then the set was another. superseded: a pass '
	'found another set. resolved: a pass found nothing to hold any more. A pass that did not see everybody ends none.';
