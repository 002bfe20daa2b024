package zoom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxRestarts   = 3  // of a listing whose page token expired
	maxEmptyPages = 10 // in a row, though each promises another
)

// Page is one page of a listing.
type Page struct {
	Items []Item
	// First marks the listing's first page. When it comes again, the listing was
	// restarted (its page token had expired): what came before must be dropped.
	First bool
	// Total is Zoom's total_records, or -1 where the page has none.
	Total int
	// Size is the page size that Zoom used; it may be below the one asked for.
	Size int
}

// Item is one element of a listing, byte for byte as Zoom sent it.
type Item struct {
	ID  string // "" where the element has none
	Raw []byte
}

// listing is a paged call: which one, where its elements stand, and how many to
// ask for at once.
type listing struct {
	endpoint endpoint
	path     string
	query    url.Values
	field    string
	pageSize int
}

// pages walks a listing page by page. It ends after the page whose token is
// absent or empty, or after an error. Between two pages no more than a moment
// may pass: page tokens die after 15 minutes.
//
// https://developers.zoom.us/docs/api/pagination/
func (c *Client) pages(ctx context.Context, l listing) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		for restarts := 0; ; restarts++ {
			err := c.walk(ctx, l, yield)
			if !errors.Is(err, ErrPageToken) {
				if err != nil && !errors.Is(err, errStopped) {
					yield(Page{}, err)
				}
				return
			}
			if restarts == maxRestarts {
				yield(Page{}, err)
				return
			}
		}
	}
}

var errStopped = errors.New("the consumer has seen enough")

// walk goes once from the first page to the last.
func (c *Client) walk(ctx context.Context, l listing, yield func(Page, error) bool) error {
	query := maps.Clone(l.query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("page_size", strconv.Itoa(l.pageSize))
	seen := map[string]bool{}
	for first, empty := true, 0; ; first = false {
		var page wirePage
		_, err := c.send(ctx, call{
			endpoint: l.endpoint, method: http.MethodGet, path: l.path, query: query,
			check: func(answered object) (err error) { page, err = decodePage(answered, l.field); return err },
		})
		if err != nil {
			return err
		}
		if !yield(Page{Items: page.items, First: first, Total: page.total, Size: page.size}, nil) {
			return errStopped
		}
		if page.next == "" {
			return nil
		}
		if empty++; len(page.items) > 0 {
			empty = 0
		}
		if seen[page.next] || empty == maxEmptyPages {
			return &Error{Op: l.endpoint.op, Endpoint: l.endpoint.name, Kind: ErrMalformed, Status: http.StatusOK, Message: "the page tokens lead nowhere"}
		}
		seen[page.next] = true
		query.Set("next_page_token", page.next)
	}
}

type wirePage struct {
	items       []Item
	next        string
	total, size int
}

// decodePage reads a page. The elements are sliced out of the body as they are.
func decodePage(answered object, field string) (wirePage, error) {
	page := wirePage{total: -1}
	// Without a list a page is one only when it says that there is nothing to list.
	var err error
	if raw := answered.get(field); !isAbsent(raw) {
		if page.items, err = readItems(raw); err != nil {
			return page, fmt.Errorf("%q is no list", field)
		}
	}
	if page.total, err = total(answered.get("total_records")); err != nil {
		return page, err
	}
	if isAbsent(answered.get(field)) && page.total != 0 {
		return page, fmt.Errorf("the page has no %q", field)
	}
	if raw := answered.get("next_page_token"); !isAbsent(raw) {
		if err := json.Unmarshal(raw, &page.next); err != nil {
			return page, errors.New("the page token is no string")
		}
	}
	page.size = number(answered.get("page_size"))
	return page, nil
}

// readItems reads the elements of a list.
func readItems(list []byte) ([]Item, error) {
	d := newDecoder(list)
	if d.PeekKind() != '[' {
		return nil, errors.New("not an array")
	}
	_, _ = d.ReadToken() // it has been peeked at
	items := make([]Item, 0, 128)
	for d.PeekKind() != ']' {
		raw, err := readPart(d, list)
		if err != nil {
			return nil, err
		}
		items = append(items, Item{ID: idOf(raw), Raw: raw})
	}
	return items, nil
}

// idOf reads the id of an object. One of another type is as good as none: the
// element is handed on without, and whoever counts the listing notices.
func idOf(raw []byte) string {
	element, _ := readObject(raw)
	id := element.get("id")
	if len(id) == 0 || id[0] != '"' {
		return ""
	}
	text, _ := jsontext.AppendUnquote(nil, id) // but for broken UTF-8, all is well with it
	return string(text)
}

// total reads a listing's total_records, -1 where there is none. One that cannot be
// read is an error: it may be what tells that a listing is not whole.
func total(raw json.RawMessage) (int, error) {
	if isAbsent(raw) {
		return -1, nil
	}
	if text := ""; json.Unmarshal(raw, &text) == nil {
		if n, err := strconv.ParseUint(text, 10, 32); err == nil {
			return int(n), nil
		}
	} else if n, err := strconv.ParseFloat(string(raw), 64); err == nil && n >= 0 && n <= math.MaxUint32 && n == math.Trunc(n) {
		return int(n), nil // also 1e3 and 1000.0
	}
	return 0, errors.New("total_records is no count")
}

func isAbsent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// number reads a count, -1 where there is none.
func number(raw json.RawMessage) int {
	if n, err := strconv.Atoi(string(raw)); err == nil && n >= 0 {
		return n
	}
	return -1
}
