package zoomtest

import (
	"maps"
	"net/http"
	"strconv"
	"time"
)

// cursor is where a page token leads.
type cursor struct {
	query   string // of its chain, without the token
	page    int    // counted from 1
	offset  int
	order   []int32 // of the chain's rows; nil: as the listing has them when the page is made
	expires time.Time
}

// listing is what a list endpoint pages through.
type listing struct {
	member  string // name of the array
	maxSize int
	rows    []int32
	row     func(index int) ([]byte, bool)
	faults  *Faults // of lists; nil: none
}

// badPageToken is the message of an expired or foreign token; its code is 300 live and 400 in the specification.
func badPageToken() reply { return invalid("The next page token is invalid or expired.") }

// paginate answers one page. There is no snapshot: users that come or go between two pages shift the rows.
func (a *Account) paginate(r *http.Request, l listing) reply {
	query := r.URL.Query()
	token := query.Get("next_page_token")
	query.Del("next_page_token")
	size, err := strconv.Atoi(query.Get("page_size"))
	if err != nil || size < 1 {
		size = 30
	}
	size = min(size, l.maxSize)

	a.mu.Lock()
	at, ok := a.open(token, r.URL.Path+"?"+query.Encode())
	if !ok {
		a.mu.Unlock()
		return badPageToken()
	}
	f := l.faults
	if f == nil {
		f = &Faults{}
	}
	if at.page == 1 && f.ShuffleList {
		at.order = make([]int32, len(l.rows))
		for i, j := range a.dice.Perm(len(l.rows)) {
			at.order[i] = l.rows[j]
		}
	}
	if at.order != nil {
		l.rows = at.order
	}
	if f.EmptyList {
		l.rows = nil
	}
	repeats := !a.opts.NoDuplicates && l.faults != nil && at.page%3 == 2
	from, to, next, more := at.window(f, size, len(l.rows), repeats)
	following := ""
	switch {
	case more && f.RepeatToken && token != "":
		following = token
	case more:
		at.page, at.offset, at.expires = at.page+1, next, time.Now().Add(a.opts.PageTokenLife)
		following = a.nonce()
		a.cursors[following] = at
	}
	a.mu.Unlock()
	return a.body(l, l.rows[from:to], following, size, f)
}

// open finds the cursor of a token, or starts a chain; the caller holds the lock.
func (a *Account) open(token, query string) (cursor, bool) {
	if token == "" {
		return cursor{query: query, page: 1}, true
	}
	at, ok := a.cursors[token]
	if ok && at.query != query && len(a.wrongs) < mostWrongs {
		a.wrongs = append(a.wrongs, "GET "+query+": page token of "+at.query)
	}
	if !ok || at.query != query {
		return cursor{}, false
	}
	now := time.Now()
	if a.opened++; a.opened%1000 == 0 {
		maps.DeleteFunc(a.cursors, func(_ string, c cursor) bool { return !now.Before(c.expires) })
	}
	return at, now.Before(at.expires)
}

// window says which of n rows the page holds, where the next one goes on, and whether there is one.
func (at *cursor) window(f *Faults, size, n int, repeats bool) (from, to, next int, more bool) {
	from = min(at.offset, n)
	if repeats && from > 0 && from < n {
		from-- // the last row of the page before comes again
	}
	to = min(from+size, n)
	next, more = to, to < n || f.TrailingPage && n > 0 && at.offset < n
	switch at.page {
	case f.TruncateListAtPage:
		more = false
	case f.EmptyPageAt:
		to, next, more = from, at.offset, true
	case f.RepeatPageAt:
		if at.page > 1 {
			from, to = max(0, at.offset-size), min(at.offset, n)
		}
	}
	return from, to, next, more
}

// body writes the page.
func (a *Account) body(l listing, rows []int32, token string, size int, f *Faults) reply {
	total := len(l.rows)
	buf := append(make([]byte, 0, 512*(len(rows)+1)), `{"next_page_token":`...)
	buf = appendText(buf, token)
	buf = append(buf, `,"page_size":`...)
	buf = strconv.AppendInt(buf, int64(size), 10)
	if !f.DropTotalRecords {
		buf = append(buf, `,"total_records":`...)
		buf = strconv.AppendInt(buf, int64(total), 10)
	}
	buf = append(append(append(buf, `,"`...), l.member...), `":[`...)
	first := true
	for _, index := range rows {
		row, ok := l.row(int(index))
		if !ok {
			continue // gone since the page was cut
		}
		if !first {
			buf = append(buf, ',')
		}
		first = false
		buf = append(buf, row...)
	}
	return jsonReply(http.StatusOK, append(buf, ']', '}'))
}

// ExpirePageTokens makes all page tokens invalid.
func (a *Account) ExpirePageTokens() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.cursors)
}
