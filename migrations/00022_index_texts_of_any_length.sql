-- Texts of any length can be stored, and so they must be in the indexes: a B-tree refuses what is longer than a third of a page, and
-- the user with it. Zoom's texts are short; one that is not (a member named by what somebody wrote, say) cost the whole user.
--
-- Hash indexes hold a number in place of the text. They find equal texts only, which is all that is asked of ids and addresses,
-- and are as fast to fill. Where very many rows have the same text they are slow to fill, so that the names of policies are in an
-- SP-GiST index, which cuts long texts into parts: it takes 1.4 microseconds more to add a row than the B-tree did, some
-- 0.04 ms for each user of a first mirror, a tenth more WAL, and four times its room. An account has few sites: to read all users
-- finds those of one as well. Ids of users and of sites in their own
-- lists are short, or else no ids to the program.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION syncd.text_digest(value text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sha256(convert_to(value, 'UTF8'));
-- +goose StatementEnd
COMMENT ON FUNCTION syncd.text_digest(text) IS 'Stands for a text of any length where it must be unique.';

DROP INDEX syncd.user_list_email;
CREATE INDEX user_list_email ON syncd.user_list USING hash (lower(email));
DROP INDEX syncd.user_list_site_id;
DROP INDEX syncd.policies_policy_enabled;
CREATE INDEX policies_policy ON syncd.policies USING spgist (policy);
DROP INDEX syncd.shared_access_access_user_id;
CREATE INDEX shared_access_access_user_id ON syncd.shared_access USING hash (access_user_id);
DROP INDEX syncd.delegates_delegate_id;
CREATE INDEX delegates_delegate_id ON syncd.delegates USING hash (delegate_id);
DROP INDEX syncd.devices_device_id;
CREATE INDEX devices_device_id ON syncd.devices USING hash (device_id);
DROP INDEX syncd.shared_line_appearances_executive_user_id;
CREATE INDEX shared_line_appearances_executive_user_id ON syncd.shared_line_appearances USING hash (executive_user_id);
DROP INDEX syncd.shared_line_groups_shared_line_group_id;
CREATE INDEX shared_line_groups_shared_line_group_id ON syncd.shared_line_groups USING hash (shared_line_group_id);

-- Postgres counts anew how different the addresses are, which it forgot with the index.
ANALYZE syncd.user_list;

ALTER TABLE syncd.setting_names DROP CONSTRAINT setting_names_account_id_section_setting_key;
CREATE UNIQUE INDEX setting_names_section_setting ON syncd.setting_names (account_id, syncd.text_digest(section), syncd.text_digest(setting));

-- +goose Down
-- This fails where a text is too long for it.
DROP INDEX syncd.setting_names_section_setting;
ALTER TABLE syncd.setting_names ADD UNIQUE (account_id, section, setting);

DROP INDEX syncd.shared_line_groups_shared_line_group_id;
CREATE INDEX shared_line_groups_shared_line_group_id ON syncd.shared_line_groups (shared_line_group_id);
DROP INDEX syncd.shared_line_appearances_executive_user_id;
CREATE INDEX shared_line_appearances_executive_user_id ON syncd.shared_line_appearances (executive_user_id);
DROP INDEX syncd.devices_device_id;
CREATE INDEX devices_device_id ON syncd.devices (device_id);
DROP INDEX syncd.delegates_delegate_id;
CREATE INDEX delegates_delegate_id ON syncd.delegates (delegate_id);
DROP INDEX syncd.shared_access_access_user_id;
CREATE INDEX shared_access_access_user_id ON syncd.shared_access (access_user_id);
DROP INDEX syncd.policies_policy;
CREATE INDEX policies_policy_enabled ON syncd.policies (policy, enabled);
CREATE INDEX user_list_site_id ON syncd.user_list (site_id);
DROP INDEX syncd.user_list_email;
CREATE INDEX user_list_email ON syncd.user_list (lower(email));

DROP FUNCTION syncd.text_digest(text);
