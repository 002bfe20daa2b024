package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadPage(t *testing.T) {
	t.Parallel()
	rows, next, err := readPage([]byte(`{"page_size":2,"users":[{"name":"x","id":"u1"}, {"id":"u\u0032","n":[1]}],"next_page_token":"t"}`))
	if err != nil || next != "t" {
		t.Errorf("the next page is %q, %v", next, err)
	}
	want := []row{{"u1", []byte(`{"name":"x","id":"u1"}`)}, {"u2", []byte(`{"id":"u\u0032","n":[1]}`)}}
	if diff := cmp.Diff(want, rows, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
	for _, broken := range []string{``, `{"users":[{"id":"u1"}`, `{"users":[{"name":"x"}]}`, `{"users":[{"id":"u1"]}`} {
		if rows, _, err := readPage([]byte(broken)); err == nil {
			t.Errorf("%s gives %v", broken, rows)
		}
	}
}
