package zoomtest

import (
	"net/http"
	"strings"
)

// siteRows renders the rows of the site list.
func (a *Account) siteRows() [][]byte {
	if a.opts.NoSites {
		return nil
	}
	rows := make([][]byte, siteCount)
	for n := range rows {
		w := &writer{account: a, person: &person{index: n, site: n}, rng: stream(a.opts.Seed, n, "site"), choose: chooseSite, plain: a.opts.Small}
		w.object(a.shapes["sites"])
		rows[n] = w.buf
	}
	return rows
}

func chooseSite(w *writer, path string) (choice, bool) {
	n := w.person.site
	switch path {
	case "id":
		return given(w.account.minter.id(idSite, n, 0)), true
	case "name":
		return given(w.account.sites.Load()[n]), true
	case "country":
		return choice{}, true
	case "country.code":
		return given(places()[n].code), true
	case "country.name":
		return given(places()[n].country), true
	case "site_code":
		return given(10 + n), true
	case "level":
		return when(n == 0, "main"), true // the specification does not know it
	case "main_auto_receptionist":
		return choice{}, true
	}
	return choice{}, false
}

// listSites answers GET /phone/sites.
func (a *Account) listSites(r *http.Request) reply {
	if a.opts.NoSites {
		return failure(http.StatusBadRequest, 300, "Multiple Sites is not enabled for this account.")
	}
	sites, names := a.siteRows(), a.sites.Load()
	var rows []int32
	for n := range sites {
		if name := r.URL.Query().Get("site_name"); strings.Contains(names[n], name) {
			rows = append(rows, int32(n)) //nolint:gosec // a handful
		}
	}
	return a.paginate(r, listing{
		member: "sites", maxSize: 300, rows: rows,
		row: func(n int) ([]byte, bool) { return sites[n], true },
	})
}
