package sync

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"syncd/internal/db"
)

// heldUsers makes suspicions written "user" or "user:change"; without a change it is of the status.
func heldUsers(words string) []db.Held {
	var held []db.Held
	for word := range strings.FieldsSeq(words) {
		id, column, ok := strings.Cut(word, ":")
		h := db.Held{UserID: id, Document: db.DocumentList, Change: statusSuspicion + "deactivate"}
		if ok {
			h.Change = column
		}
		held = append(held, h)
	}
	return held
}

func TestDecide(t *testing.T) {
	t.Parallel()
	type want struct {
		back, write, hold string // hold: the set of a new one
		end               db.HoldOutcome
	}
	for _, test := range []struct {
		name           string
		held           string // by the open hold; "": there is none, "-": nothing any more
		approved       bool
		found, unknown string
		judged         string // what the guard holds back
		seen           seen
		want           want
	}{
		{name: "nothing_to_hold", found: "a b"},
		{name: "a_new_hold", found: "a b", judged: "a b", want: want{back: "a b", hold: "a b"}},
		{name: "the_chosen_begin_none", found: "a b c", judged: "a b c", seen: theChosen},

		{name: "the_same_set_stays", held: "a b", found: "b a", judged: "a b", want: want{back: "b a"}},
		{name: "the_same_set_stays_though_the_guard_would_let_it_pass", held: "a b", found: "a b", want: want{back: "a b"}},
		{name: "a_larger_set_takes_its_place", held: "a b", found: "a b c", judged: "a b c", want: want{back: "a b c", hold: "a b c"}},
		{name: "a_smaller_set_takes_its_place", held: "a b c", found: "a b", judged: "a b", want: want{back: "a b", hold: "a b"}},
		{name: "too_few_are_left", held: "a b c", found: "a", want: want{end: db.HoldResolved}},
		{name: "all_are_innocent", held: "a b", want: want{end: db.HoldResolved}},
		{name: "nobody_answered", held: "a b", unknown: "a b", want: want{}},
		{name: "who_did_not_answer_is_suspect_still", held: "a b c", found: "a", unknown: "b", judged: "a b", want: want{back: "a", hold: "a b"}},

		{name: "approved", held: "a b", approved: true, found: "a b", judged: "a b", want: want{write: "a b"}},
		{name: "approved_and_one_did_not_answer", held: "a b c", approved: true, found: "a b", unknown: "c", judged: "a b c", want: want{write: "a b"}},
		{name: "approved_and_few_are_left_of_it", held: "b", approved: true, found: "b", want: want{write: "b"}},
		{name: "approved_and_somebody_came_to_it", held: "a b", approved: true, found: "a b c", judged: "a b c", want: want{back: "a b c", hold: "a b c"}},
		{name: "approved_and_somebody_is_innocent", held: "a b c", approved: true, found: "a b", judged: "a b", want: want{back: "a b", hold: "a b"}},
		{name: "approved_and_somebody_is_innocent_and_another_silent", held: "a b c", approved: true, found: "a", unknown: "b", judged: "a b", want: want{back: "a", hold: "a b"}},
		{name: "approved_and_all_is_written", held: "-", approved: true, want: want{end: db.HoldReleased}},
		{name: "all_who_were_held_are_gone", held: "-", want: want{end: db.HoldResolved}},

		{name: "nobody_was_seen", held: "a b c", unknown: "a b c"},
		{name: "a_part_was_seen", held: "a b c", found: "a", unknown: "b c", judged: "a b c", want: want{back: "a"}},
		{name: "a_part_was_seen_of_what_is_approved", held: "a b c", approved: true, found: "a b", unknown: "c", judged: "a b c", want: want{write: "a b"}},
		{name: "a_part_was_seen_and_somebody_new", held: "a b", approved: true, found: "a d", unknown: "b", judged: "a b d", want: want{back: "a d", hold: "a b d"}},
		{name: "a_part_was_seen_and_somebody_is_innocent", held: "a b c", approved: true, found: "a", unknown: "b", judged: "a b", want: want{back: "a", hold: "a b"}},
		{name: "a_part_was_seen_and_too_few_are_left", held: "a b c", found: "a", unknown: "b", want: want{end: db.HoldResolved}},
		{name: "the_chosen_are_no_way_around", held: "a b c", found: "a", seen: theChosen, want: want{back: "a"}},
		{name: "the_chosen_of_the_same_sort", held: "a b c", found: "d", seen: theChosen, want: want{back: "d"}},
		{name: "the_chosen_of_another_column", held: "a:name b:name", found: "d:site_id", seen: theChosen},
		{name: "the_chosen_whose_document_is_held", held: "a:name b:name", found: "a:site_id", seen: theChosen, want: want{back: "a:site_id"}},

		{name: "another_column_is_written", held: "a:name b:name", found: "a:name b:name c:site_id", judged: "a:name b:name", want: want{back: "a:name b:name"}},
		{name: "another_column_is_written_and_the_approved_one", held: "a:name b:name", approved: true, found: "a:name b:name c:site_id", judged: "a:name b:name", want: want{write: "a:name b:name"}},
		{name: "another_column_goes_empty_too", held: "a:name b:name", approved: true, found: "a:name b:name c:site_id", judged: "a:name b:name c:site_id", want: want{back: "a:name b:name c:site_id", hold: "a:name b:name c:site_id"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			open := db.HeldSet{Approved: test.approved}
			if test.held != "" {
				open.HoldID, open.Set = 7, heldUsers(strings.Trim(test.held, "-"))
			}
			judged := db.Hold{Set: heldUsers(test.judged)}
			if test.judged != "" {
				judged.Reason = "too many"
			}
			want := settlement{back: heldUsers(test.want.back), write: heldUsers(test.want.write), end: test.want.end}
			if test.want.hold != "" {
				want.hold = &db.Hold{Reason: "too many", Set: heldUsers(test.want.hold)}
			}
			got := decide(open, heldUsers(test.found), heldUsers(test.unknown), judged, test.seen)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(settlement{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, h := range got.back {
				if slices.Contains(got.write, h) {
					t.Errorf("%v is both written and kept back", h)
				}
			}
		})
	}
}
