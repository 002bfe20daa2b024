package zoom_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/zoom"
	"syncd/internal/zoom/zoomtest"
)

func newAccountClient(t *testing.T, account *zoomtest.Account, share float64) *zoom.Client {
	t.Helper()
	budget, err := zoom.NewBudget(zoom.Business, share, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := zoom.New(zoom.Config{
		AccountID: account.AccountID(), ClientID: account.ClientID(), ClientSecret: account.ClientSecret(), HTTP: account, Budget: budget, Share: share,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mirror lists the users of every status and reads all their documents, with
// many requests at once, and gives the ids.
func mirror(t *testing.T, c *zoom.Client) []string {
	t.Helper()
	seen := map[string]bool{}
	for _, status := range []string{zoom.StatusAny, zoom.StatusDeactivate} {
		ids := map[string]bool{}
		for page, err := range c.PhoneUsers(t.Context(), status) {
			if err != nil {
				t.Fatalf("list %q: %v", status, err)
			}
			if page.First {
				clear(ids)
			}
			for _, item := range page.Items {
				ids[item.ID] = true
			}
		}
		for id := range ids {
			seen[id] = true
		}
	}
	var ids []string
	for id := range seen {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	work := make(chan string)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for id := range work {
				for name, read := range map[string]func(context.Context, string) ([]byte, error){
					"profile": c.PhoneUser, "settings": c.PhoneUserSettings, "user_settings": c.UserSettings,
				} {
					if _, err := read(t.Context(), id); err != nil {
						t.Errorf("%s of %s: %v", name, id, err)
					}
				}
			}
		})
	}
	for _, id := range ids {
		work <- id
	}
	close(work)
	wg.Wait()
	return ids
}

func TestAccount_documents_come_byte_for_byte(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		account := zoomtest.New(zoomtest.Options{Users: 120})
		c := newAccountClient(t, account, 1)
		for _, id := range mirror(t, c) {
			for kind, read := range map[string]func(context.Context, string) ([]byte, error){
				"profile": c.PhoneUser, "settings": c.PhoneUserSettings, "user_settings": c.UserSettings,
			} {
				want, ok := account.Document(id, kind)
				if got, err := read(t.Context(), id); err != nil || !ok || string(got) != string(want) {
					t.Fatalf("%s of %s is %s, %v, want %s", kind, id, got, err, want)
				}
			}
		}
		sites := 0
		for page, err := range c.PhoneSites(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			sites += len(page.Items)
		}
		if want := len(account.Sites()); sites != want {
			t.Errorf("%d sites, want %d", sites, want)
		}
		if faults := account.ProtocolFaults(); len(faults) != 0 {
			t.Errorf("a careful client would not: %v", faults)
		}
	})
}

func TestAccount_budget_holds_at_the_full_share(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		account := zoomtest.New(zoomtest.Options{Users: 1000, Small: true, Latency: 150 * time.Millisecond})
		c := newAccountClient(t, account, 1)
		start := time.Now()
		users := len(mirror(t, c))
		took := time.Since(start)
		if excess := account.Exceeded(); len(excess) != 0 {
			t.Errorf("%d moments above the limit, the first %+v", len(excess), excess[0])
		}
		if usage := c.Usage(); usage.Throttled != 0 {
			t.Errorf("%d requests were refused", usage.Throttled)
		}
		floor := time.Duration(float64(2*users) / 40 * float64(time.Second)) // profile and settings
		if took < floor || took > floor*115/100 {
			t.Errorf("%d users took %v, the budget's floor is %v", users, took, floor)
		}
	})
}

func TestAccount_faults_are_got_over(t *testing.T) {
	t.Parallel()
	tests := map[string]zoomtest.Faults{
		"all kinds of them": {
			InternalError: 0.05, BadGateway: 0.05, BrokenBody: 0.05, Garbage: 0.05, Reset: 0.05, SlowBody: 0.02, Throttle: 0.005,
		},
		"tokens revoked":          {RevokeEvery: 400},
		"a token endpoint broken": {RevokeEvery: 400, TokenFaults: 0.4},
		"Retry-After as a date":   {Throttle: 0.01, ThrottleRetryAfter: "Fri, 31 Dec 1999 23:59:59 GMT"},
		"Retry-After as seconds":  {Throttle: 0.01, ThrottleRetryAfter: "3"},
		"short daily limits":      {DailyLimit: 0.002, DailyLimitFor: 30 * time.Second},
		"an empty page":           {EmptyPageAt: 1},
		"a page too many":         {TrailingPage: true},
		"no totals":               {DropTotalRecords: true},
		"another order":           {ShuffleList: true, ShuffleDocuments: true},
	}
	for name, faults := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				account := zoomtest.New(zoomtest.Options{Users: 250, Small: true, Seed: 7, Faults: faults, Latency: 80 * time.Millisecond, Jitter: 80 * time.Millisecond})
				got := mirror(t, newAccountClient(t, account, 0.8))
				if want := wanted(account); !slices.Equal(got, want) {
					t.Errorf("%d users came, want %d", len(got), len(want))
				}
				if peak := account.MaxPerSecond(zoomtest.PhoneLight); peak > 40 {
					t.Errorf("%d requests arrived within one second", peak)
				}
			})
		})
	}
}

// wanted gives the ids that a listing without pending users holds.
func wanted(account *zoomtest.Account) []string {
	var ids []string
	for _, user := range account.Users() {
		if user.Status != zoom.StatusPending {
			ids = append(ids, user.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func TestAccount_a_neighbour_is_given_way(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		account := zoomtest.New(zoomtest.Options{Users: 1000, Small: true, Neighbour: map[string]float64{zoomtest.PhoneLight: 25}})
		c := newAccountClient(t, account, 0.8)
		mirror(t, c)
		usage := c.Usage()
		if usage.Throttled == 0 || usage.Throttled > usage.Requests/20 {
			t.Errorf("%d of %d requests were refused: they ought to be few, and to be noticed", usage.Throttled, usage.Requests)
		}
	})
}

func TestAccount_refusals_are_told_apart(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		options zoomtest.Options
		secret  string
		want    error
	}{
		"no phone":     {zoomtest.Options{NoPhone: true}, "", zoom.ErrPhoneNotEnabled},
		"no scope":     {zoomtest.Options{Scopes: []string{"user:read:settings:admin"}}, "", zoom.ErrScopes},
		"wrong secret": {zoomtest.Options{}, "wrong", zoom.ErrCredentials},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				account := zoomtest.New(test.options)
				secret := account.ClientSecret()
				if test.secret != "" {
					secret = test.secret
				}
				c, err := zoom.New(zoom.Config{AccountID: account.AccountID(), ClientID: account.ClientID(), ClientSecret: secret, HTTP: account})
				if err != nil {
					t.Fatal(err)
				}
				for _, err := range c.PhoneUsers(t.Context(), zoom.StatusAny) {
					var fault *zoom.Error
					if !errors.As(err, &fault) || !errors.Is(err, test.want) || fault.Repair() == "" {
						t.Errorf("error is %v, want %v", err, test.want)
					}
					if errors.Is(err, zoom.ErrScopes) && len(fault.Scopes) == 0 {
						t.Errorf("no scope is named: %v", err)
					}
				}
			})
		})
	}
}

func TestAccount_slow_consumer_outlives_its_page_token(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		account := zoomtest.New(zoomtest.Options{Users: 350, Small: true})
		c := newAccountClient(t, account, 0.8)
		firsts, ids := 0, map[string]bool{}
		for page, err := range c.PhoneUsers(t.Context(), zoom.StatusAny) {
			if err != nil {
				t.Fatal(err)
			}
			if page.First {
				firsts++
				clear(ids)
			}
			for _, item := range page.Items {
				ids[item.ID] = true
			}
			if firsts == 1 && !page.First {
				timer := time.NewTimer(16 * time.Minute)
				<-timer.C
			}
			if firsts == 2 && page.Total != -1 && len(ids) > page.Total {
				t.Errorf("%d users of %d", len(ids), page.Total)
			}
		}
		active := 0
		for _, user := range account.Users() {
			if user.Status == zoom.StatusActivate {
				active++
			}
		}
		if firsts != 2 || len(ids) != active {
			t.Errorf("%d restarts, %d of %d users", firsts-1, len(ids), active)
		}
	})
}
