-- zoom.user_settings hides rows, and not only values: without a barrier Postgres may ask a reader's condition about a row before
-- it has left it out, and an error of that condition shows what is in it. Values that a CASE hides are not reached so.

-- +goose Up
ALTER VIEW zoom.user_settings SET (security_barrier);

COMMENT ON COLUMN zoom.setting_changes.seen_after IS
	'The old value was still there at this time: when Zoom was last asked and gave it.';
COMMENT ON COLUMN zoom.setting_changes.seen_at IS
	'The new value was there at this time: when Zoom''s first answer with it had come. The change lies between the two. The version '
	'with it begins then or later, together with those of the user''s other documents.';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_after IS
	'The old value was still there at this time: when Zoom was last asked and gave it.';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_at IS
	'The new value was there at this time: when Zoom''s first answer with it had come. The change lies between the two. The version '
	'with it begins then or later, together with those of the user''s other documents.';
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved and written. lapsed: approved, but the set had changed, or its documents are no longer asked for. '
	'superseded: replaced by a new hold. resolved: nothing left to hold. Users whom a pass did not see count as unchanged members.';

-- +goose Down
COMMENT ON COLUMN zoom.holds.outcome IS
	'How it ended. released: approved, and all of it written. lapsed: approved, and then the set was another; or nobody asks for its '
	'documents any more (SYNCD_USER_SETTINGS). superseded: a pass found another set. resolved: a pass found nothing to hold any more, or '
	'everybody in it was forgotten. Of whom a pass did not see it finds nothing, neither this nor that.';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_at IS
	'... and at this time or before: when the answers that gave the new value were there, of the profile and both settings together.';
COMMENT ON COLUMN zoom_pii.setting_changes.seen_after IS
	'The change happened after this: when Zoom was asked for the last answer that still gave the old value ...';
COMMENT ON COLUMN zoom.setting_changes.seen_at IS
	'... and at this time or before: when the answers that gave the new value were there, of the profile and both settings together.';
COMMENT ON COLUMN zoom.setting_changes.seen_after IS
	'The change happened after this: when Zoom was asked for the last answer that still gave the old value ...';
ALTER VIEW zoom.user_settings RESET (security_barrier);
