package main

import (
	"testing"

	"syncd/internal/zoom/zoomtest"
)

func TestPolicyDecisions_compare_details(t *testing.T) {
	t.Parallel()
	b := newBench(t, zoomtest.Options{Users: 14, Seed: 105})
	ids := b.active()[:6]
	for i, id := range ids {
		b.put(id, zoomtest.List, "site", map[string]any{"id": "one-site", "name": "One"})
		kind, tone, text := 1, i%2, any("calm")
		if i == 5 {
			kind, text = 4, "loud"
		}
		if i == 0 {
			text = true // on, and nothing else
		}
		b.put(id, zoomtest.Profile, "policy.x_kind", map[string]any{"enable": true, "kind": kind})
		b.put(id, zoomtest.Profile, "policy.x_tie", map[string]any{"enable": true, "tone": tone})
		b.put(id, zoomtest.Profile, "policy.x_plain", text)
		// Of all but one, the detail is personal, and counts for nothing.
		b.put(id, zoomtest.Profile, "policy.x_where", map[string]any{"enable": true, "street": "Long Lane"})
	}
	b.put(ids[5], zoomtest.Profile, "policy.x_where", map[string]any{"enable": true, "floor": 3})
	b.sync(exitComplete)
	b.wantRows(`
		SELECT policy, count(*), count(detail), min(site_detail::text), min(site_detail_agreeing), min(site_detail_users),
			count(*) FILTER (WHERE detail_deviates), count(*) FILTER (WHERE NOT detail_deviates), bool_or(deviates)
		FROM zoom.policy_decisions
		WHERE site_id = 'one-site' AND policy LIKE 'x\_%' AND policy NOT IN ('x_trial', 'x_ratio', 'x_serial')
		GROUP BY 1
		ORDER BY 1`,
		[]string{"x_kind", "6", "6", `{"kind": 1}`, "5", "6", "1", "5", "f"},
		[]string{"x_plain", "6", "5", `"calm"`, "4", "5", "1", "4", "f"},
		[]string{"x_tie", "6", "6", "<null>", "3", "6", "0", "0", "f"},
		[]string{"x_where", "6", "1", `{"floor": 3}`, "1", "1", "0", "1", "f"})
}
