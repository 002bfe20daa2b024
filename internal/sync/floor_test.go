package sync

import (
	"testing"
	"time"

	"syncd/internal/zoom"
)

func TestFloor(t *testing.T) {
	t.Parallel()
	business := zoom.Budget(zoom.Business.Limits())
	for _, test := range []struct {
		name         string
		budget       zoom.Budget
		users, pages int
		userSettings bool
		want         time.Duration
		pool         zoom.Pool
	}{
		{"nobody", business, 0, 0, true, 0, ""},
		{"business", business, 10_000, 102, true, 500 * time.Second, zoom.PhoneLight},
		{"pages_alone", business, 0, 40, true, 2 * time.Second, zoom.PhoneMedium},
		{"slow_general_settings", zoom.Budget{zoom.PhoneLight: 40, zoom.PhoneMedium: 20, zoom.CoreMedium: 1}, 100, 1, true, 100 * time.Second, zoom.CoreMedium},
		{"without_general_settings", zoom.Budget{zoom.PhoneLight: 40, zoom.PhoneMedium: 20, zoom.CoreMedium: 1}, 100, 1, false, 5 * time.Second, zoom.PhoneLight},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, pool := Floor(test.budget, test.users, test.pages, test.userSettings)
			if got != test.want || pool != test.pool {
				t.Errorf("got %v by %q, want %v by %q", got, pool, test.want, test.pool)
			}
		})
	}
}
