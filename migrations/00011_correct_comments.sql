-- What the columns of zoom.policy_decisions say, said exactly.

-- +goose Up
COMMENT ON VIEW zoom.policy_decisions IS
	'One row per current user and policy: who decides it, and how the rest of the site has it. It compares enabled; policies that '
	'are not on or off are NULL here, and their detail is in zoom.policies.';
COMMENT ON COLUMN zoom.policy_decisions.locked_by IS
	'The level that decided it: account, user_group or site; NULL when Zoom does not say. It may be given without a lock: read it with locked.';
COMMENT ON COLUMN zoom.policy_decisions.site_agreeing IS
	'How many users of the site have the most common value; when both values are as common, how many have each.';

-- +goose Down
COMMENT ON VIEW zoom.policy_decisions IS
	'One row per current user and policy: who decides it, and how the rest of the site has it.';
COMMENT ON COLUMN zoom.policy_decisions.locked_by IS
	'The level that decided it: account, user_group or site; NULL when nobody locked it or Zoom does not say.';
COMMENT ON COLUMN zoom.policy_decisions.site_agreeing IS 'How many users of the site have that value.';
