package db

import (
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// settingSets is the general settings of some users.
type settingSets struct {
	users   []settingSet
	dropped []int64 // keys of users whose document was dropped
	seen    map[settingValue]int
	values  []settingValue // different ones
}

// settingSet is those of one user, by their places among all different ones.
type settingSet struct {
	key    int64
	places []int
}

// add takes over the settings of a user; a document that was dropped has none.
func (s *settingSets) add(key int64, row *UserSettingsRow, dropped bool) {
	if dropped {
		s.dropped = append(s.dropped, key)
		return
	}
	if s.seen == nil {
		s.seen = map[settingValue]int{}
	}
	set := settingSet{key: key, places: make([]int, len(row.Settings))}
	for i := range row.Settings {
		value := row.Settings[i].shared()
		place, seen := s.seen[value]
		if !seen {
			place = len(s.values)
			s.seen[value], s.values = place, append(s.values, value)
		}
		set.places[i] = place
	}
	s.users = append(s.users, set)
}

func (s *UserSetting) shared() settingValue {
	value := settingValue{s.Section, s.Setting, string(s.Value), s.Personal, s.SectionPersonal}
	if value.value == "null" {
		value.value = ""
	}
	return value
}

// queue makes the sets of all users what they should be, and touches only those that differ.
func (s *settingSets) queue(batch *pgx.Batch, numbers map[settingValue]settingNumber) {
	const (
		drop = `
			DELETE FROM syncd.user_setting_sets
			WHERE user_key = ANY (@keys::bigint[])`
		replace = `
			INSERT INTO syncd.user_setting_sets AS s (user_key, value_ids)
			SELECT n.user_key, n.value_ids::integer[]
			FROM unnest(@keys::bigint[], @sets::text[]) n (user_key, value_ids)
			ON CONFLICT (user_key) DO UPDATE SET value_ids = excluded.value_ids
			WHERE s.value_ids <> excluded.value_ids`
	)
	if len(s.dropped) > 0 {
		batch.Queue(drop, pgx.StrictNamedArgs{"keys": s.dropped})
	}
	if len(s.users) == 0 {
		return
	}
	byPlace := make([]settingNumber, len(s.values))
	for place, value := range s.values {
		byPlace[place] = numbers[value]
	}
	keys, sets := make([]int64, len(s.users)), make([]string, len(s.users))
	for i, set := range s.users {
		keys[i], sets[i] = set.key, set.array(byPlace)
	}
	batch.Queue(replace, pgx.StrictNamedArgs{"keys": keys, "sets": sets})
}

// array writes a set as Postgres writes an array: each number at the position of its setting, 0 where there is none.
func (s *settingSet) array(byPlace []settingNumber) string {
	var ids []int
	for _, place := range s.places {
		number := byPlace[place]
		if more := number.position - len(ids); more > 0 {
			ids = append(ids, slices.Repeat([]int{0}, more)...)
		}
		ids[number.position-1] = number.id
	}
	text := []byte{'{'}
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(id), 10)
	}
	return string(append(text, '}'))
}
