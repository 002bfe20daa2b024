//go:build watch

package watch

import (
	"net/http"
	"slices"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// worlds are one account in which all is well, as well as it gets, and one for each thing that goes wrong. Zoom is at fault
// now and then for all of them.
func worlds() []*world {
	const often = .02
	hiccups := zoomtest.Faults{InternalError: often, BadGateway: often, Reset: often, Throttle: often / 4}
	return []*world{
		{
			name: "healthy", replicas: 2, begin: hiccups,
			change: func(w *world) {
				w.account.Churn(20)
				w.account.Remove(w.ids(2)...)
			},
		},
		{
			// The one whose mirror the dashboard Directory looks at: it has some of everything.
			name: "held", want: []string{"SyncdHoldOpen"}, begin: hiccups, drift: .1,
			change: func(w *world) {
				ids := w.ids(users)
				w.account.Churn(30)
				w.account.FailUser(ids[len(ids)-1], zoomtest.Profile, http.StatusForbidden)
				w.account.Remove(ids[:len(ids)/2]...)
			},
		},
		{
			name: "drifting", want: []string{"SyncdSchemaDrift"},
			change: func(w *world) {
				for _, id := range w.ids(3) {
					if err := w.account.Set(id, zoomtest.Profile, "brand_new", map[string]any{"of_today": true}); err != nil {
						w.t.Error(err)
					}
				}
			},
		},
		{
			name: "parked", want: []string{"SyncdDailyLimit"}, may: []string{"SyncdPassesFailing", "SyncdMirrorStale"},
			change: func(w *world) { w.account.SetFaults(zoomtest.Faults{DailyLimit: 1, DailyLimitFor: time.Hour}) },
		},
		{
			name: "throttled", want: []string{"SyncdThrottledLong"}, limits: 20,
			may: []string{"SyncdPassTooLong", "SyncdMirrorStale", "SyncdPassesFailing", "SyncdPassesPartial"},
			change: func(w *world) {
				for _, pool := range []string{zoomtest.PhoneLight, zoomtest.PhoneMedium, zoomtest.CoreMedium} {
					w.account.SetNeighbour(pool, 17)
				}
			},
		},
		{
			name: "scopeless", want: []string{"SyncdRefused"}, may: []string{"SyncdPassesPartial", "SyncdMirrorStale", "SyncdPassesFailing"},
			change: func(w *world) {
				w.account.SetScopes(slices.DeleteFunc(zoomtest.DefaultScopes(), func(s string) bool { return s == "phone:read:user_setting:admin" })...)
			},
		},
		{
			name: "truncated", want: []string{"SyncdListingIncomplete", "SyncdPassesPartial"}, may: []string{"SyncdMirrorStale"},
			begin: zoomtest.Faults{TruncateListAtPage: 1}, change: func(*world) {},
		},
		{
			name: "garbled", want: []string{"SyncdMirrorStale"}, may: []string{"SyncdPassesFailing", "SyncdPassesPartial", "SyncdPassTooLong"},
			change: func(w *world) { w.account.SetFaults(zoomtest.Faults{Garbage: 1}) },
		},
		{
			name: "unlisted", want: []string{"SyncdPassesFailing", "SyncdRefused"}, may: []string{"SyncdMirrorStale"},
			change: func(w *world) {
				w.account.SetScopes(slices.DeleteFunc(zoomtest.DefaultScopes(), func(s string) bool { return s == "phone:read:list_users:admin" })...)
			},
		},
		{
			name: "leaderless", replicas: 2, server: true, want: []string{"SyncdNoLeader"}, may: []string{"SyncdMirrorStale", "SyncdPassesFailing"},
			change: func(w *world) {
				if err := w.postgres.Halt(false); err != nil {
					w.t.Error(err)
				}
			},
		},
		{
			name: "down", want: []string{"SyncdDown"}, may: []string{"SyncdMirrorStale"},
			change: func(w *world) { w.daemons[0].kill() },
		},
		{
			// Both replicas end within seconds, which is as long as an alert waits here, and much less than it waits in earnest.
			name: "revoked", replicas: 2, want: []string{"SyncdDown"}, may: []string{"SyncdRefused", "SyncdMirrorStale"},
			change: func(w *world) { w.account.Deactivate() },
		},
	}
}

// ids gives the first n users who have details.
func (w *world) ids(n int) []string {
	var ids []string
	for _, u := range w.account.Users() {
		if _, has := w.account.Document(u.ID, zoomtest.Profile); has && len(ids) < n {
			ids = append(ids, u.ID)
		}
	}
	return ids
}
