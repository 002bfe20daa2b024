package sync

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/zoom"
)

// listing is what a list gives in one reading: pages, and perhaps an error in the
// place of the rest.
type listing struct {
	pages []zoom.Page
	err   error
}

// page makes a page of elements that are written "id" or "id=version".
func page(total int, elements ...string) zoom.Page {
	p := zoom.Page{Total: total}
	for _, e := range elements {
		id, _, _ := strings.Cut(e, "=")
		p.Items = append(p.Items, zoom.Item{ID: id, Raw: []byte(e)})
	}
	return p
}

// sized says that Zoom echoes this page size.
func sized(size int, p zoom.Page) zoom.Page {
	p.Size = size
	return p
}

func first(p zoom.Page) zoom.Page {
	p.First = true
	return p
}

// read gives the pages to a consumer, each a second after the one before.
func (l listing) read(ctx context.Context) pageSeq {
	return func(yield func(zoom.Page, error) bool) {
		for _, p := range l.pages {
			_ = pause(ctx, time.Second)
			if !yield(p, nil) {
				return
			}
		}
		if l.err != nil {
			yield(zoom.Page{}, l.err)
		}
	}
}

// listAPI gives for each status filter one listing after the other, and the last
// again and again.
type listAPI struct {
	API
	listings map[string][]listing
	asked    []string // the filters in the order of the calls
	onCall   func()
}

func (a *listAPI) PhoneUsers(ctx context.Context, status string) iter.Seq2[zoom.Page, error] {
	a.asked = append(a.asked, status)
	if a.onCall != nil {
		a.onCall()
	}
	all := a.listings[status]
	if len(all) > 1 {
		a.listings[status] = all[1:]
	}
	if len(all) == 0 {
		return listing{pages: []zoom.Page{page(0)}}.read(ctx)
	}
	return all[0].read(ctx)
}

func listingPass(api API) *pass {
	return &pass{Syncer: &Syncer{cfg: Config{API: api, Progress: func(Progress) {}}, log: slog.New(slog.DiscardHandler), metrics: NewMetrics(nil, "acc")}}
}

// taker keeps what a listing gives.
type taker struct {
	users   []listed
	dropped []ids
}

func (t *taker) give(page []listed) { t.users = append(t.users, page...) }
func (t *taker) drop(set ids)       { t.dropped = append(t.dropped, set) }

func setOf(members ...string) ids {
	all := ids{}
	for _, id := range members {
		all.add(id)
	}
	return all
}

func raws(users []listed) []string {
	var all []string
	for _, u := range users {
		all = append(all, string(u.raw))
	}
	return all
}

func TestReadOnce(t *testing.T) {
	t.Parallel()
	lost := errors.New("lost")
	for _, test := range []struct {
		name    string
		listing listing
		want    []string
		err     error // errIncomplete where it does not add up
	}{
		{"empty_list", listing{pages: []zoom.Page{page(0)}}, nil, nil},
		{"no_page_at_all", listing{}, nil, nil},
		{"one_page", listing{pages: []zoom.Page{first(page(2, "a", "b"))}}, []string{"a", "b"}, nil},
		{"several_pages", listing{pages: []zoom.Page{first(page(3, "a", "b")), page(3, "c")}}, []string{"a", "b", "c"}, nil},
		{"an_empty_page_in_between", listing{pages: []zoom.Page{page(2, "a"), page(2), page(2, "b")}}, []string{"a", "b"}, nil},
		{"no_total", listing{pages: []zoom.Page{page(-1, "a"), page(-1, "b")}}, []string{"a", "b"}, nil},
		{"a_total_on_some_pages", listing{pages: []zoom.Page{page(-1, "a"), page(2, "b"), page(-1)}}, []string{"a", "b"}, nil},
		{"an_element_twice_on_a_page", listing{pages: []zoom.Page{page(2, "a=1", "b", "a=2")}}, []string{"a=1", "b"}, nil},
		{"an_element_twice_on_two_pages", listing{pages: []zoom.Page{page(3, "a=1", "b"), page(3, "c", "a=2")}}, []string{"a=1", "b", "c"}, nil},
		{"ids_that_differ_in_case", listing{pages: []zoom.Page{page(2, "a", "A")}}, []string{"a", "A"}, nil},

		{"fewer_than_the_total", listing{pages: []zoom.Page{page(3, "a"), page(3, "b")}}, []string{"a", "b"}, errIncomplete},
		{"more_than_the_total", listing{pages: []zoom.Page{page(1, "a", "b")}}, []string{"a", "b"}, errIncomplete},
		{"as_many_as_the_total_only_with_repeats", listing{pages: []zoom.Page{page(3, "a", "b"), page(3, "b")}}, []string{"a", "b"}, errIncomplete},
		{"empty_with_a_total", listing{pages: []zoom.Page{page(2)}}, nil, errIncomplete},
		{"a_total_of_zero_with_elements", listing{pages: []zoom.Page{page(0, "a")}}, []string{"a"}, errIncomplete},
		{"a_total_that_falls", listing{pages: []zoom.Page{page(5, "a", "b"), page(4, "d", "e")}}, []string{"a", "b", "d", "e"}, errIncomplete},
		{"a_total_that_grows", listing{pages: []zoom.Page{page(2, "a"), page(3, "b", "c")}}, []string{"a", "b", "c"}, errIncomplete},
		{"a_total_that_changes_and_returns", listing{pages: []zoom.Page{page(2, "a"), page(-1), page(3), page(2, "b")}}, []string{"a", "b"}, errIncomplete},
		{"an_element_without_id", listing{pages: []zoom.Page{page(2, "a", "")}}, []string{"a"}, errIncomplete},
		{"an_element_without_id_and_no_total", listing{pages: []zoom.Page{page(-1, "", "a")}}, []string{"a"}, errIncomplete},

		{"no_total_and_a_trailing_page", listing{pages: []zoom.Page{sized(2, page(-1, "a", "b")), sized(2, page(-1, "c")), sized(2, page(-1))}}, []string{"a", "b", "c"}, nil},
		{"no_total_and_some_repeats", listing{pages: []zoom.Page{page(-1, "a=1", "b=1"), page(-1, "b=2", "c")}}, []string{"a=1", "b=1", "c"}, nil},
		{"no_total_and_a_page_size_that_shrinks", listing{pages: []zoom.Page{sized(2, page(-1, "a", "b")), sized(1, page(-1, "c")), sized(1, page(-1, "d"))}}, []string{"a", "b", "c", "d"}, nil},
		{"no_total_and_a_page_again", listing{pages: []zoom.Page{page(-1, "a", "b"), page(-1, "b", "a"), page(-1, "c")}}, []string{"a", "b", "c"}, errIncomplete},
		{"no_total_and_the_last_page_again", listing{pages: []zoom.Page{page(-1, "a", "b"), page(-1, "a", "b")}}, []string{"a", "b"}, errIncomplete},
		{"no_total_and_an_empty_page_in_between", listing{pages: []zoom.Page{page(-1, "a"), page(-1), page(-1, "b")}}, []string{"a", "b"}, errIncomplete},
		{"no_total_and_an_empty_page_first", listing{pages: []zoom.Page{page(-1), page(-1, "a")}}, []string{"a"}, errIncomplete},
		{"no_total_and_a_page_that_is_not_full", listing{pages: []zoom.Page{sized(2, page(-1, "a")), sized(2, page(-1, "b"))}}, []string{"a", "b"}, errIncomplete},
		{"the_total_decides_whatever_the_pages_hold", listing{pages: []zoom.Page{sized(2, page(2, "a")), sized(2, page(2)), sized(2, page(2, "a")), sized(2, page(2, "b"))}}, []string{"a", "b"}, nil},
		{"a_restart_forgets_its_pages", listing{pages: []zoom.Page{first(page(-1)), page(-1, "a=1"), first(page(-1, "a=2"))}}, []string{"a=1", "a=2"}, nil},

		{"an_error_at_once", listing{err: lost}, nil, lost},
		{"an_error_in_the_middle", listing{pages: []zoom.Page{page(3, "a"), page(3, "b")}, err: lost}, []string{"a", "b"}, lost},
		{"an_error_after_as_many_as_the_total", listing{pages: []zoom.Page{page(2, "a", "b")}, err: lost}, []string{"a", "b"}, lost},

		{"a_restart_counts_anew", listing{pages: []zoom.Page{first(page(3, "a=1", "x")), page(3, ""), first(page(2, "b")), page(2, "a=2")}}, []string{"a=1", "x", "b", "a=2"}, nil},
		{"an_error_after_a_restart", listing{pages: []zoom.Page{first(page(2, "a", "b")), first(page(2, "b"))}, err: lost}, []string{"a", "b", "b"}, lost},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var took taker
				l := readOnce(test.listing.read(t.Context()), took.give, took.drop, func(int) {})
				if l.err == nil {
					l.err = l.check()
				}
				if !errors.Is(l.err, test.err) {
					t.Errorf("the error is %v, want %v", l.err, test.err)
				}
				if diff := cmp.Diff(test.want, raws(took.users)); diff != "" {
					t.Errorf("elements (-want +got)\n%s", diff)
				}
				if l.pages != len(test.listing.pages) {
					t.Errorf("%d pages were counted, want %d", l.pages, len(test.listing.pages))
				}
			})
		})
	}

	t.Run("knows_when_it_asked_for_each_page", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var took taker
			readOnce(listing{pages: []zoom.Page{first(page(2, "a")), page(2, "b", "a=2")}}.read(t.Context()), took.give, took.drop, func(int) {})
			for i, want := range []time.Duration{0, time.Second} {
				if got := took.users[i].span.asked.Sub(start); got != want {
					t.Errorf("%s was asked for after %s, want %s", took.users[i].raw, got, want)
				}
				if got := took.users[i].span.answered.Sub(start); got != want+time.Second {
					t.Errorf("%s was answered after %s, want %s", took.users[i].raw, got, want+time.Second)
				}
			}
		})
	})
}

func TestReadList(t *testing.T) {
	t.Parallel()
	bad, good := listing{pages: []zoom.Page{page(2, "a")}}, listing{pages: []zoom.Page{page(2, "a", "b")}}
	lost := errors.New("lost")
	for _, test := range []struct {
		name     string
		listings []listing
		want     []string
		err      error
		reads    int
	}{
		{"adds_up_at_once", []listing{good, bad}, []string{"a", "b"}, nil, 1},
		{"adds_up_when_read_again", []listing{bad, good, bad}, []string{"a", "b"}, nil, 2},
		{"adds_up_the_third_time", []listing{bad, bad, good}, []string{"a", "b"}, nil, 3},
		{"is_not_read_a_fourth_time", []listing{bad, bad, bad, good}, []string{"a"}, errIncomplete, 3},
		{"is_not_read_again_after_an_error", []listing{{pages: bad.pages, err: lost}, good}, []string{"a"}, lost, 1},
		{"error_when_read_again", []listing{bad, {err: lost}, good}, nil, lost, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := &listAPI{listings: map[string][]listing{"": test.listings}}
				start := time.Now()
				var took taker
				l := listingPass(api).readList(t.Context(), "phone users", (*list).check, func() pageSeq { return api.PhoneUsers(t.Context(), "") }, took.give, took.drop)
				if !errors.Is(l.err, test.err) || l.err != nil && !strings.HasPrefix(l.err.Error(), "phone users: ") {
					t.Errorf("the error is %v, want phone users: %v", l.err, test.err)
				}
				if diff := cmp.Diff(setOf(test.want...), l.ids); diff != "" {
					t.Errorf("ids (-want +got)\n%s", diff)
				}
				if len(api.asked) != test.reads || len(took.dropped) != test.reads-1 {
					t.Errorf("it was read %d times, and %d readings were dropped, want %d", len(api.asked), len(took.dropped), test.reads)
				}
				pages := 0
				for _, one := range test.listings[:test.reads] {
					pages += len(one.pages)
				}
				if l.pages != pages {
					t.Errorf("%d pages were counted, want those of all readings, %d", l.pages, pages)
				}
				// A page takes a second, and so does the pause between two readings.
				if took, want := time.Since(start), time.Duration(pages+test.reads-1)*time.Second; took != want {
					t.Errorf("it took %s, want %s", took, want)
				}
			})
		})
	}

	t.Run("stops_in_the_pause_when_the_context_ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			api := &listAPI{listings: map[string][]listing{"": {bad, good}}}
			l := listingPass(api).readList(ctx, "phone users", (*list).check, func() pageSeq { return api.PhoneUsers(ctx, "") }, func([]listed) {}, func(ids) {})
			if l.err == nil || len(api.asked) != 1 {
				t.Errorf("read %d times, error %v", len(api.asked), l.err)
			}
		})
	})
}

func TestListUsers(t *testing.T) {
	t.Parallel()
	one := func(elements ...string) []listing {
		return []listing{{pages: []zoom.Page{first(page(len(elements), elements...))}}}
	}
	for _, test := range []struct {
		name     string
		listings map[string][]listing
		want     []string // a "?" after a user that is pending
		complete bool
		asked    int // listings, each of one page at most
		pages    int
	}{
		{"an_empty_account", nil, nil, true, 3, 3},
		{
			"the_union_of_three_lists",
			map[string][]listing{"": one("a", "b"), "deactivate": one("c"), "pending": one("d")},
			[]string{"a", "b", "c", "d?"},
			true, 3, 3,
		},
		{
			"each_is_given_once",
			map[string][]listing{"": one("a=1", "b=1"), "deactivate": one("b=2", "c=2"), "pending": one("a=3", "b=3", "c=3")},
			[]string{"a=1", "b=1", "c=2"},
			true, 3, 3,
		},
		{
			"also_when_a_list_is_read_again",
			map[string][]listing{"": {{pages: []zoom.Page{page(3, "a=1", "gone")}}, {pages: []zoom.Page{page(2, "a=2", "b")}}}, "pending": one("gone")},
			[]string{"a=1", "gone", "b"},
			true, 4, 4,
		},
		{
			"a_filter_that_Zoom_ignores_makes_nobody_pending",
			map[string][]listing{"": one("a", "b"), "deactivate": one("a", "b"), "pending": one("a", "b")},
			[]string{"a", "b"},
			true, 3, 3,
		},
		{
			"a_list_that_does_not_add_up_keeps_its_users",
			map[string][]listing{"": one("a"), "deactivate": {{pages: []zoom.Page{page(2, "b")}}}, "pending": one("c")},
			[]string{"a", "b", "c?"},
			false, 5, 5,
		},
		{
			"an_error_in_the_first_list_leaves_the_others",
			map[string][]listing{"": {{pages: []zoom.Page{page(2, "a")}, err: &zoom.Error{Kind: zoom.ErrUnavailable}}}, "deactivate": one("b")},
			[]string{"a", "b"},
			false, 3, 3,
		},
		{
			"an_error_in_the_last_list",
			map[string][]listing{"": one("a"), "pending": {{err: &zoom.Error{Kind: zoom.ErrUnavailable}}}},
			[]string{"a"},
			false, 3, 2,
		},
		{
			"refused_credentials_end_it",
			map[string][]listing{"": {{pages: []zoom.Page{page(2, "a")}, err: &zoom.Error{Kind: zoom.ErrCredentials}}}, "deactivate": one("b")},
			[]string{"a"},
			false, 1, 1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := &listAPI{listings: test.listings}
				var got []string
				all := listingPass(api).listUsers(t.Context(), func(page []listed) {
					for _, u := range page {
						got = append(got, string(u.raw)+map[bool]string{true: "?"}[u.pending])
					}
				})
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("users (-want +got)\n%s", diff)
				}
				if all.complete != test.complete || (all.err == nil) != test.complete {
					t.Errorf("complete: %t, error %v, want complete: %t", all.complete, all.err, test.complete)
				}
				if len(api.asked) != test.asked {
					t.Errorf("%d listings were asked for (%q), want %d", len(api.asked), api.asked, test.asked)
				}
				if all.pages != test.pages {
					t.Errorf("%d pages were counted, want %d", all.pages, test.pages)
				}
			})
		})
	}

	t.Run("is_not_complete_when_the_context_ends_between_two_lists", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		stopped := errors.New("stopped")
		api := &listAPI{onCall: func() { cancel(stopped) }}
		all := listingPass(api).listUsers(ctx, func([]listed) {})
		if all.complete || !errors.Is(all.err, stopped) || len(api.asked) != 1 {
			t.Errorf("complete: %t, error %v after %d listings", all.complete, all.err, len(api.asked))
		}
	})

	t.Run("tells_its_progress", func(t *testing.T) {
		t.Parallel()
		p := listingPass(&listAPI{listings: map[string][]listing{"": one("a", "b"), "pending": one("c")}})
		var told []Progress
		p.cfg.Progress = func(now Progress) { told = append(told, now) }
		synctest.Test(t, func(t *testing.T) { p.listUsers(t.Context(), func([]listed) {}) })
		if diff := cmp.Diff([]Progress{{Phase: PhaseList, Done: 2}, {Phase: PhaseList, Done: 2}, {Phase: PhaseList, Done: 3}}, told); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestRoster(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		lists   []ids
		current []string
		users   int
		absent  []string
	}{
		{"nobody", nil, nil, 0, nil},
		{"new_users", []ids{setOf("a")}, nil, 1, nil},
		{"all_are_listed", []ids{setOf("b", "a"), setOf(), setOf("c")}, []string{"a", "b", "c"}, 3, nil},
		{"some_are_not_listed", []ids{setOf("b")}, []string{"a", "b", "c"}, 1, []string{"a", "c"}},
		{"none_is_listed", []ids{setOf(), setOf(), setOf()}, []string{"a"}, 0, []string{"a"}},
		{"on_several_lists", []ids{setOf("a", "b"), setOf("b", "c"), setOf("a", "c")}, []string{"c", "d"}, 3, []string{"d"}},
		{"case_counts", []ids{setOf("A")}, []string{"a"}, 1, []string{"a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := roster{lists: test.lists}
			if got := all.absent(test.current); !slices.Equal(got, test.absent) {
				t.Errorf("%q are absent, want %q", got, test.absent)
			}
			if got := all.users(); got != test.users {
				t.Errorf("%d users, want %d", got, test.users)
			}
		})
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	t.Run("waits_its_time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			if err := pause(t.Context(), time.Hour); err != nil || time.Since(start) != time.Hour {
				t.Errorf("got %v after %s", err, time.Since(start))
			}
		})
	})
	t.Run("ends_with_the_context_and_says_why", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			stopped := errors.New("stopped")
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, stopped)
			defer cancel()
			start := time.Now()
			if err := pause(ctx, time.Hour); !errors.Is(err, stopped) || time.Since(start) != time.Minute {
				t.Errorf("got %v after %s", err, time.Since(start))
			}
		})
	})
}
