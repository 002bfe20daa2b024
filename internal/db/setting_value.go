package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// settingValue is a general setting with a value, as users share them.
type settingValue struct {
	section, setting          string
	value                     string // JSON; "" is NULL
	personal, sectionPersonal bool
}

// settingNumber is how a value is stored: its number, and the position of its setting in the users' arrays. The zero
// value is that of none.
type settingNumber struct{ position, id int }

// settingName is a general setting.
type settingName struct{ section, setting string }

// settingNumbers gives the numbers of values, and stores those that are new.
func settingNumbers(ctx context.Context, tx pgx.Tx, accountID string, values []settingValue, known *knownValues) (map[settingValue]settingNumber, error) {
	numbers := make(map[settingValue]settingNumber, len(values))
	var unknown []settingValue
	for _, value := range values {
		if number, ok := known.get(value); ok {
			numbers[value] = number
		} else {
			unknown = append(unknown, value)
		}
	}
	if len(unknown) == 0 {
		return numbers, nil
	}
	if err := nameSettings(ctx, tx, accountID, unknown, known); err != nil {
		return nil, err
	}
	if err := numberSettings(ctx, tx, accountID, unknown, known, numbers); err != nil {
		return nil, err
	}
	if len(numbers) < len(values) {
		return nil, errors.New("a value of a general setting has no number")
	}
	return numbers, nil
}

// nameSettings stores the settings of values, as far as they are new. Each takes the first position that is free.
func nameSettings(ctx context.Context, tx pgx.Tx, accountID string, values []settingValue, known *knownValues) error {
	const (
		query = `
			SELECT section, setting
			FROM syncd.setting_names
			WHERE account_id = @account_id`
		add = `
			INSERT INTO syncd.setting_names (account_id, position, section, setting)
			SELECT @account_id, free.position, missing.section, missing.setting
			FROM (
				SELECT g.section, g.setting, row_number() OVER (ORDER BY g.section, g.setting) AS place
				FROM unnest(@sections::text[], @settings::text[]) g (section, setting)
			) missing
			JOIN (
				SELECT p.position, row_number() OVER (ORDER BY p.position) AS place
				FROM generate_series(1, cardinality(@sections::text[]) + (
					SELECT count(*) FROM syncd.setting_names WHERE account_id = @account_id
				)) p (position)
				WHERE NOT EXISTS (SELECT FROM syncd.setting_names n WHERE n.account_id = @account_id AND n.position = p.position)
			) free USING (place)`
	)
	missing := map[settingName]bool{}
	for _, value := range values {
		if name := (settingName{value.section, value.setting}); !known.has(name) {
			missing[name] = true
		}
	}
	if len(missing) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, query, pgx.StrictNamedArgs{"account_id": accountID})
	if err != nil {
		return err
	}
	var name settingName
	_, err = pgx.ForEachRow(rows, []any{&name.section, &name.setting}, func() error {
		known.addName(name)
		delete(missing, name)
		return nil
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	var sections, settings []string
	for name := range missing {
		sections, settings = append(sections, name.section), append(settings, name.setting)
	}
	_, err = tx.Exec(ctx, add, pgx.StrictNamedArgs{"account_id": accountID, "sections": sections, "settings": settings})
	return err
}

// numberSettings adds the numbers of values, and stores those that are new. Two values that are written otherwise may be
// the same once they are stored, as 1e1 and 10 are.
func numberSettings(
	ctx context.Context, tx pgx.Tx, accountID string, values []settingValue, known *knownValues, numbers map[settingValue]settingNumber,
) error {
	// LIMIT has the index asked for one value after another, whatever Postgres believes about a table that is being filled.
	const query = `
		WITH given AS MATERIALIZED (
			SELECT g.*, syncd.setting_digest(g.section, g.setting, g.value, g.personal, g.section_personal) AS digest
			FROM unnest(@sections::text[], @settings::text[], @values::jsonb[], @personal::boolean[], @section_personal::boolean[])
				WITH ORDINALITY g (section, setting, value, personal, section_personal, place)
		), found AS MATERIALIZED (
			SELECT g.place, v.position, v.value_id
			FROM given g
			CROSS JOIN LATERAL (
				SELECT v.position, v.value_id
				FROM syncd.setting_values v
				WHERE v.account_id = @account_id AND v.digest = g.digest
				LIMIT 1
			) v
		), added AS (
			INSERT INTO syncd.setting_values (account_id, position, value, personal, section_personal, digest)
			SELECT DISTINCT ON (g.digest) @account_id, n.position, g.value, g.personal, g.section_personal, g.digest
			FROM given g
			JOIN syncd.setting_names n ON n.account_id = @account_id AND n.section = g.section AND n.setting = g.setting
			WHERE g.place NOT IN (SELECT f.place FROM found f)
			RETURNING digest, position, value_id
		)
		SELECT f.place - 1, f.position, f.value_id, true
		FROM found f
		UNION ALL
		SELECT g.place - 1, a.position, a.value_id, false
		FROM given g
		JOIN added a USING (digest)`
	rows, err := tx.Query(ctx, query, settingArgs(accountID, values))
	if err != nil {
		return err
	}
	var place int
	var number settingNumber
	var found bool
	_, err = pgx.ForEachRow(rows, []any{&place, &number.position, &number.id, &found}, func() error {
		numbers[values[place]] = number
		if found {
			known.add(values[place], number)
		}
		return nil
	})
	return err
}

// settingArgs gives values as columns.
func settingArgs(accountID string, all []settingValue) pgx.StrictNamedArgs {
	sections, settings, values := make([]string, len(all)), make([]string, len(all)), make([][]byte, len(all))
	personal, sectionPersonal := make([]bool, len(all)), make([]bool, len(all))
	for i, v := range all {
		sections[i], settings[i], personal[i], sectionPersonal[i] = v.section, v.setting, v.personal, v.sectionPersonal
		if v.value != "" {
			values[i] = []byte(v.value)
		}
	}
	return pgx.StrictNamedArgs{
		"account_id": accountID, "sections": sections, "settings": settings, "values": values,
		"personal": personal, "section_personal": sectionPersonal,
	}
}

// CollectSettings removes the values of general settings that no user has any more, and the settings without a value. A
// pass does so at its end; what another process that has taken over writes cannot come in between. ErrPassClosed: as for
// FinishPass.
func (s *Store) CollectSettings(ctx context.Context, accountID string, passID int64) error {
	const own = `
		SELECT FROM syncd.passes
		WHERE pass_id = @pass_id AND status = 'running' AND writer = @writer
		FOR UPDATE`
	s.known.forget()
	return s.inTx(ctx, "collect settings", func(tx pgx.Tx) error {
		if err := changed(tx.Exec(ctx, own, pgx.StrictNamedArgs{"pass_id": passID, "writer": s.writer})); err != nil {
			return err
		}
		return collectSettings(ctx, tx, accountID)
	})
}

func collectSettings(ctx context.Context, tx pgx.Tx, accountID string) error {
	const (
		values = `
			DELETE FROM syncd.setting_values v
			WHERE v.account_id = @account_id AND NOT EXISTS (
				SELECT
				FROM (
					SELECT DISTINCT unnest(s.value_ids)
					FROM syncd.user_setting_sets s
					JOIN syncd.users u USING (user_key)
					WHERE u.account_id = @account_id
				) used (value_id)
				WHERE used.value_id = v.value_id
			)`
		names = `
			DELETE FROM syncd.setting_names
			WHERE account_id = @account_id
			AND position <> ALL (ARRAY(SELECT DISTINCT position FROM syncd.setting_values WHERE account_id = @account_id))`
	)
	for _, statement := range []string{values, names} {
		if _, err := tx.Exec(ctx, statement, pgx.StrictNamedArgs{"account_id": accountID}); err != nil {
			return err
		}
	}
	return nil
}
