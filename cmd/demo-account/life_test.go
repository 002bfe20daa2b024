package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"syncd/internal/zoom/zoomtest"
)

// documents of all users of an account, by user and kind; a user who is gone has none.
func documents(account *zoomtest.Account) map[string][]byte {
	all := map[string][]byte{}
	for _, user := range account.Users() {
		for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
			if doc, ok := account.Document(user.ID, kind); ok {
				all[user.ID+" "+kind] = doc
			}
		}
	}
	return all
}

func TestLife_changes_something_at_every_step_and_takes_nobody_for_good(t *testing.T) {
	t.Parallel()
	account := zoomtest.New(zoomtest.Options{Users: fewest, Seed: 1})
	begin := account.Users()
	l := newLife(account)
	told := map[string]int{}
	still := 0
	for step := range 120 {
		before := documents(account)
		what, err := l.step()
		if err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		told[what]++
		after := documents(account)
		same := len(before) == len(after)
		for name, doc := range before {
			same = same && bytes.Equal(doc, after[name])
		}
		if same {
			still++ // somebody who has that department already, or lacks the policy
		}
		gone, differ := len(begin)-len(account.Users()), 0
		for _, user := range account.Users() {
			for _, was := range begin {
				if was.ID == user.ID && was.Status != user.Status {
					differ++
				}
			}
		}
		if gone < 0 || gone > leavers || differ > sleepers {
			t.Fatalf("step %d: %d users are gone and %d have another status", step, gone, differ)
		}
	}
	if still > 12 {
		t.Errorf("%d of 120 steps changed nothing", still)
	}
	if len(told) != 8 {
		t.Errorf("this happened: %v", told)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	var f flags
	parser, err := kong.New(&f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--users=49"}); err == nil {
		t.Error("so few users are too few")
	}
	if _, err := parser.Parse([]string{"--listen=127.0.0.1:0", "--throttle=0", "--failures=0", "--latency=0", "--change-every=1ms"}); err != nil {
		t.Fatal(err)
	}
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serve(t.Context(), f, write) }()
	lines := json.NewDecoder(read)
	var begun struct {
		Address      string
		AccountID    string `json:"account_id"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	if err := lines.Decode(&begun); err != nil {
		t.Fatal(err)
	}
	var changed struct{ Msg, What string }
	for changed.What == "" {
		if err := lines.Decode(&changed); err != nil {
			t.Fatal(err)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {begun.AccountID}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+begun.Address+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(begun.ClientID, begun.ClientSecret)
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the account gives no token for what its log shows: %s", response.Status)
	}
	select {
	case err := <-ended:
		t.Errorf("it ended by itself: %v", err)
	default:
	}
}
