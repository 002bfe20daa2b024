-- The time of a change, told truthfully from both sides: what is new is dated by the answer that brought it, what is
-- confirmed by the question that was answered.

-- +goose Up
ALTER TABLE syncd.parked_documents ADD COLUMN answered_at timestamptz;
COMMENT ON COLUMN syncd.parked_documents.fetched_at IS 'When Zoom was asked.';
COMMENT ON COLUMN syncd.parked_documents.answered_at IS 'When its answer was there; NULL in rows of a release that did not tell the two apart.';
COMMENT ON TABLE syncd.freshness IS
	'How fresh each document of a user is. Status: 1 ok, 2 not_found, 3 forbidden, 4 failed, 5 pending, NULL never asked for. '
	'fetched_at: when Zoom was asked for the last answer of any kind. verified_at: the same of the last confirmation of what is '
	'stored; while the status is ok, fetched_at. The question may lie before the valid_from of the version that it brought, '
	'which is the time of the answer.';

-- +goose Down
ALTER TABLE syncd.parked_documents DROP COLUMN answered_at;
