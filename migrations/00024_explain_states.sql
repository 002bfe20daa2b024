-- What a pass that is held waits for, which policies have rows, and that a document which is held back counts as failed.

-- +goose Up
SET LOCAL lock_timeout = '5s';
COMMENT ON COLUMN zoom.sync_passes.status IS
	'running; complete (everything was fetched and saved); partial (saved, but something could not be '
	'fetched); held (saved, but what stands in zoom.holds waits for approval); failed (broken off by an error); interrupted '
	'(its process ended early or lost its lease; the next pass continues it if that is soon).';
COMMENT ON VIEW zoom.policies IS
	'One row per current user and policy: what the user may do, and who may change it. Every policy that Zoom '
	'sends has a row, also one that is newer than this mirror; lists of who has access stand in zoom.shared_access.';
COMMENT ON COLUMN zoom.freshness.status IS
	'What became of the last attempt to fetch it: ok; not_found (Zoom has no such document for the user, which '
	'is no failure); forbidden (refused, for example a missing scope); failed (no usable answer, or one that is held back: see '
	'zoom.holds); pending (not asked for: the user is not licensed yet).';

-- +goose Down
COMMENT ON COLUMN zoom.freshness.status IS
	'What became of the last attempt to fetch it: ok; not_found (Zoom has no such document for the user, which '
	'is no failure); forbidden (refused, for example a missing scope); failed (no usable answer); pending (not '
	'asked for: the user is not licensed yet).';
COMMENT ON VIEW zoom.policies IS
	'One row per current user and policy: what the user may do, and who may change it. Every policy that Zoom '
	'sends has a row, also one that is newer than this mirror.';
COMMENT ON COLUMN zoom.sync_passes.status IS
	'running; complete (everything was fetched and saved); partial (saved, but something could not be '
	'fetched); held (saved, but its deletions wait for approval); failed (broken off by an error); interrupted '
	'(its process ended early or lost its lease; the next pass continues it if that is soon).';
