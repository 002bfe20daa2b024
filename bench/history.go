package main

import (
	"context"
	"fmt"
)

// olderVersions gives every document as many past versions as it takes, a day each, and the journal a change for each.
const olderVersions = `
	WITH past AS (
		INSERT INTO syncd.document_history (user_key, document, valid_from, valid_to, body, pending)
		SELECT d.user_key, d.document, d.valid_from - n * interval '1 day', d.valid_from - (n - 1) * interval '1 day',
			d.body || jsonb_build_object('revision', n), d.pending
		FROM syncd.documents d
		CROSS JOIN generate_series(1, $1::integer - 1) n
		RETURNING user_key, document, valid_from, valid_to, body
	)
	INSERT INTO syncd.setting_changes (user_key, document, private, seen_after, seen_at, pass_id, path, old_value, new_value)
	SELECT p.user_key, p.document, false, p.valid_from, p.valid_to, 1, 'revision', p.body -> 'revision', to_jsonb((p.body ->> 'revision')::integer - 1)
	FROM past p`

const versionsThere = `
	SELECT count(*), pg_size_pretty(pg_total_relation_size('syncd.document_history'))
	FROM syncd.document_history`

// history measures whether a pass over a mirror with many versions takes longer than over one with the current ones only.
func history(ctx context.Context, b *bench, r *result) error {
	a, s, stop, err := stage(ctx, b.size.history, false, serverSettings)
	if err != nil {
		return err
	}
	defer stop()
	young, _, err := b.mirror(ctx, a, s)
	if err != nil {
		return err
	}
	old, _, err := b.mirror(ctx, a, s)
	if err != nil {
		return err
	}
	if _, err := old.Exec(ctx, olderVersions, b.size.versions); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	var versions int64
	var size string
	if err := old.QueryRow(ctx, versionsThere).Scan(&versions, &size); err != nil {
		return err
	}
	for _, d := range []*database{young, old} {
		if err := d.settle(ctx); err != nil {
			return err
		}
	}
	var short, long []float64
	rounds := table{caption: "The rounds", head: []string{"round", "one version, s", fmt.Sprintf("%d versions, s", b.size.versions)}}
	for round := range b.size.historyRounds + 1 {
		for _, side := range []struct {
			database *database
			times    *[]float64
		}{{young, &short}, {old, &long}} {
			p, err := b.sync(ctx, a, side.database)
			if err != nil {
				return err
			}
			if round > 0 { // the first one warms the server
				*side.times = append(*side.times, p.took.Seconds())
			}
		}
		if round > 0 {
			rounds.rows = append(rounds.rows, []string{fmt.Sprint(round), amount(short[round-1], ""), amount(long[round-1], "")})
		}
	}
	r.facts = facts{
		"users": count(b.size.history), "versions": b.size.versions, "past": count(versions), "size": size, "rounds": b.size.historyRounds,
	}
	r.add(
		number(fmt.Sprintf("time of the pass with %d versions over that with one", b.size.versions), median(long)/median(short), "times").atMost(1.1),
		number("the pass with one version", median(short), "s"),
		number(fmt.Sprintf("the pass with %d versions", b.size.versions), median(long), "s"),
	)
	r.tables = append(r.tables, rounds)
	return nil
}
