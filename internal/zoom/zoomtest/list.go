package zoomtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// match is the remembered result of one filter over the users.
type match struct {
	version int
	rows    []int32
}

// mostMatches bounds the remembered filters.
const mostMatches = 16

// listUsers answers GET /phone/users.
func (a *Account) listUsers(r *http.Request, f *Faults) reply {
	query := r.URL.Query()
	if keyword := query.Get("keyword"); keyword != "" && utf8.RuneCountInString(keyword) < 2 {
		return failure(http.StatusBadRequest, 400, "Please enter at least 2 valid characters.")
	}
	if site := query.Get("site_id"); site != "" {
		if _, ok := a.minter.position(idSite, site); !ok {
			return failure(http.StatusNotFound, 404, "Site does not exist.")
		}
	}
	a.mu.Lock()
	rows := a.matching(query, f.Hidden)
	a.mu.Unlock()
	return a.paginate(r, listing{
		member: "users", maxSize: a.opts.MaxPageSize, rows: rows, faults: f,
		row: func(index int) ([]byte, bool) {
			a.mu.Lock()
			a.note(index, List)
			s := a.states[index]
			a.mu.Unlock()
			doc, ok := a.render(index, s, List)
			return a.disturb(doc, List, f), ok
		},
	})
}

// matching returns the users that a query asks for, in the account's order; the caller holds the lock.
func (a *Account) matching(query url.Values, hidden []string) []int32 {
	filter := url.Values{}
	for _, name := range []string{"status", "site_id", "department", "cost_center", "keyword", "calling_type"} {
		if value := query.Get(name); value != "" {
			filter.Set(name, value)
		}
	}
	status := filter.Get("status")
	filter.Del("status")
	if status != Active && status != Deactivated && status != Pending {
		status = "" // an unknown value is ignored without a word
	}
	key := status + "?" + filter.Encode()
	m, ok := a.matches[key]
	if !ok || m.version != a.version {
		m = match{version: a.version}
		for index := range a.count {
			if s := a.states[index]; !s.removed && a.listed(index, s, status) && (len(filter) == 0 || a.passes(index, s, filter)) {
				m.rows = append(m.rows, int32(index)) //nolint:gosec // an account has fewer users
			}
		}
		if len(a.matches) >= mostMatches {
			clear(a.matches)
		}
		a.matches[key] = m
	}
	if len(hidden) == 0 {
		return m.rows
	}
	away := make(map[int32]bool)
	for _, id := range hidden {
		if index, known := a.lookup(id); known {
			away[int32(index)] = true //nolint:gosec // an account has fewer users
		}
	}
	return slices.DeleteFunc(slices.Clone(m.rows), func(index int32) bool { return away[index] })
}

// listed says whether a user belongs to the listing of a status; "" is the unfiltered one.
func (a *Account) listed(index int, s state, status string) bool {
	is := s.status
	if is == "" {
		is = a.firstStatus(index)
	}
	if status == "" {
		return is == Active || a.opts.ListIncludesDeactivated
	}
	return is == status
}

// passes applies the filters that look into the row.
func (a *Account) passes(index int, s state, filter url.Values) bool {
	doc, _ := a.render(index, s, List)
	var row struct {
		Name       string      `json:"name"`
		Extension  json.Number `json:"extension_number"`
		Department string      `json:"department"`
		CostCenter string      `json:"cost_center"`
		Site       struct {
			ID string `json:"id"`
		} `json:"site"`
		Numbers []struct {
			Number string `json:"number"`
		} `json:"phone_numbers"`
		Plans []struct {
			Type int `json:"type"`
		} `json:"calling_plans"`
	}
	_ = json.Unmarshal(doc, &row) // a row of unexpected types matches by what it has
	for name := range filter {
		value, ok := filter.Get(name), false
		switch name {
		case "site_id":
			ok = row.Site.ID == value
		case "department":
			ok = row.Department == value
		case "cost_center":
			ok = row.CostCenter == value
		case "calling_type":
			for _, plan := range row.Plans {
				ok = ok || strconv.Itoa(plan.Type) == value
			}
		case "keyword":
			ok = strings.Contains(strings.ToLower(row.Name), strings.ToLower(value)) || strings.Contains(row.Extension.String(), value)
			for _, number := range row.Numbers {
				ok = ok || strings.Contains(number.Number, value)
			}
		}
		if !ok {
			return false
		}
	}
	return true
}
