package zoom

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestClient_Pools(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		budget, err := NewBudget(Business, 0.5, nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(Config{AccountID: "a", ClientID: "b", ClientSecret: "c", Budget: budget, Share: 0.5})
		if err != nil {
			t.Fatal(err)
		}
		idle := PoolState{Pool: PhoneHeavy, Limit: 10, Share: 5, Rate: 5}
		if diff := cmp.Diff(idle, c.Pools()[1]); diff != "" {
			t.Errorf("a pool that is not used (-want +got):\n%s", diff)
		}
		light := c.pools[PhoneLight]
		for range 30 {
			if err := light.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		now := time.Now()
		c.throttled(light, &Error{Kind: ErrRateLimited, Until: now.Add(9 * time.Second)}, now, now)
		c.throttled(light, &Error{Kind: ErrDailyLimit, Until: now.Add(time.Hour)}, now, now)
		got := c.Pools()[2]
		if got.Rate >= 20 || got.Sending < 18 || got.Sending > 20 {
			t.Errorf("it sends %d a second, and may send %v", got.Sending, got.Rate)
		}
		got.Rate, got.Sending = 0, 0
		want := PoolState{
			Pool: PhoneLight, Limit: 40, Share: 20, Requests: 30, Throttled: 2,
			PausedUntil: now.Add(9 * time.Second), ParkedUntil: now.Add(time.Hour),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute) // by the bubble's clock
		if got := c.Pools()[2]; got.Sending != 0 {
			t.Errorf("a minute later it sends %d a second", got.Sending)
		}
	})
}
