package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func listedUsers(from, to int) (users []listed) {
	for i := from; i < to; i++ {
		id := fmt.Sprintf("user-%05d", i)
		users = append(users, listed{id: id, raw: []byte(`{"id":"` + id + `"}`)})
	}
	return users
}

// takeAll takes users until there is none, and gives their ids.
func takeAll(t *testing.T, b *backlog) (ids []string) {
	t.Helper()
	for {
		u, err := b.take(t.Context())
		if errors.Is(err, io.EOF) {
			return ids
		}
		if err != nil {
			t.Fatal(err)
		}
		if string(u.raw) != `{"id":"`+u.id+`"}` {
			t.Errorf("%s has the element %s", u.id, u.raw)
		}
		ids = append(ids, u.id)
	}
}

func TestBacklog_gives_everybody_once_in_an_order_of_the_pass(t *testing.T) {
	t.Parallel()
	order := func(passID int64) []string {
		b := newBacklog(passID)
		for from := 0; from < 3000; from += 100 {
			b.add(listedUsers(from, from+100))
		}
		b.add(nil)
		b.close()
		return takeAll(t, b)
	}
	one, again, other := order(1), order(1), order(2)
	if !slices.Equal(one, again) || slices.Equal(one, other) {
		t.Error("the order does not belong to the pass")
	}
	neighbours := 0 // of the first hundred, those from one page
	for _, id := range one[:100] {
		if id[:8] == one[0][:8] {
			neighbours++
		}
	}
	if neighbours > 25 {
		t.Errorf("%d of the first hundred stand together in the list", neighbours)
	}
	slices.Sort(one)
	var want []string
	for _, u := range listedUsers(0, 3000) {
		want = append(want, u.id)
	}
	if diff := cmp.Diff(want, one); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}

// The first twentieth of each pass: whoever stands together in the list does not fill
// it, and after some passes everybody was in it once.
func TestBacklog_first_users_are_a_fair_sample(t *testing.T) {
	t.Parallel()
	reached := map[string]bool{}
	for pass := range int64(200) {
		b := newBacklog(pass)
		for from := 0; from < 1000; from += 100 {
			b.add(listedUsers(from, from+100))
		}
		together := 0
		for range 50 {
			u, err := b.take(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			reached[u.id] = true
			if u.id < "user-00130" {
				together++
			}
		}
		if together > 25 {
			t.Errorf("pass %d: %d of the first 50 users stand together in the list", pass, together)
		}
	}
	if len(reached) != 1000 {
		t.Errorf("200 passes that end early reach %d of 1000 users", len(reached))
	}
}

func TestBacklog_keeps_what_a_page_says_of_its_users(t *testing.T) {
	t.Parallel()
	now := time.Now()
	want := listed{id: "u", raw: []byte{}, span: span{now, now.Add(time.Second)}, pending: true}
	b := newBacklog(1)
	b.add([]listed{want})
	if got, err := b.take(t.Context()); err != nil || !cmp.Equal(want, got, cmp.AllowUnexported(listed{}, span{})) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestBacklog_waits_for_users(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBacklog(1)
		ids := make(chan []string)
		go func() { ids <- takeAll(t, b) }()
		synctest.Wait()
		b.add(listedUsers(0, 2))
		synctest.Wait()
		b.add(listedUsers(2, 3))
		b.close()
		got := <-ids
		slices.Sort(got)
		if diff := cmp.Diff([]string{"user-00000", "user-00001", "user-00002"}, got); diff != "" {
			t.Errorf("users (-want +got):\n%s", diff)
		}
	})
}

func TestBacklog_wait_ends_with_its_context(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errLeaseLost)
	b := newBacklog(1)
	for range 2 {
		if _, err := b.take(ctx); !errors.Is(err, errLeaseLost) {
			t.Errorf("error is %v", err)
		}
		b.add(listedUsers(0, 1))
	}
}

func BenchmarkBacklog(b *testing.B) {
	page := listedUsers(0, 100)
	for i := range page {
		page[i].raw = fmt.Appendf(nil, `{"id":"%s","phone_user_id":"%022d","name":"Some Name %d","email":"some.name%d@example.com","extension_id":"%022d","extension_number":%d,`+
			`"status":"activate","calling_plans":[{"type":200,"name":"US/CA Unlimited Calling Plan"}],"site":{"id":"8f71O6rWT8KFUGQmJIFAdQ","name":"Main Site"},`+
			`"phone_numbers":[{"id":"%022d","number":"+1206%07d"}],"department":"Sales","cost_center":"CC-%d"}`, page[i].id, i, i, i, i, 1000+i, i, i, i%7)
	}
	size := 0
	for b.Loop() {
		backlog := newBacklog(1)
		for range 20 {
			backlog.add(page)
		}
		size = 0
		for _, p := range backlog.packed {
			size += len(p.data)
		}
		for {
			if _, err := backlog.next(); err != nil {
				break
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2000, "ns/user")
	b.ReportMetric(float64(size)/2000, "B/user")
}
