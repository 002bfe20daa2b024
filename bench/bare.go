package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"
)

// bareConcurrency is what syncd has in flight unless it is told otherwise.
const bareConcurrency = 32

// body is one document of a user as it came over the wire.
type body struct {
	user, kind string
	json       []byte
}

// bareFetch asks for everything that a mirror needs and does nothing with it but keep it: the lists page by page, and then
// the details of every user.
func bareFetch(ctx context.Context, a *account) (bodies []body, took time.Duration, err error) {
	transport := &http.Transport{MaxIdleConnsPerHost: bareConcurrency}
	defer transport.CloseIdleConnections()
	f := &fetcher{account: a, client: &http.Client{Transport: transport}}
	begun := time.Now()
	if err := f.authorize(ctx); err != nil {
		return nil, 0, err
	}
	users, err := f.list(ctx)
	if err != nil {
		return nil, 0, err
	}
	todo := make(chan string)
	var workers sync.WaitGroup
	for range bareConcurrency {
		workers.Go(func() {
			for user := range todo {
				f.details(ctx, user)
			}
		})
	}
	for _, user := range users {
		todo <- user
	}
	close(todo)
	workers.Wait()
	return f.bodies, time.Since(begun), errors.Join(f.faults...)
}

// fetcher is a loop over the API without any care.
type fetcher struct {
	account *account
	client  *http.Client
	token   string

	mu     sync.Mutex
	bodies []body
	faults []error
}

// authorize mints the one token.
func (f *fetcher) authorize(ctx context.Context) error {
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {f.account.AccountID()}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.account.base+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.SetBasicAuth(f.account.ClientID(), f.account.ClientSecret())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, _, err := f.send(request)
	if err != nil {
		return err
	}
	var granted struct {
		Token string `json:"access_token"`
	}
	err = json.Unmarshal(answer, &granted)
	f.token = granted.Token
	return err
}

// list reads the three lists of users and keeps their rows; the users are those of all lists.
func (f *fetcher) list(ctx context.Context) (users []string, err error) {
	known := map[string]bool{}
	for _, status := range []string{"", "deactivate", "pending"} {
		for token, more := "", true; more; more = token != "" {
			query := url.Values{"page_size": {"100"}}
			for name, value := range map[string]string{"status": status, "next_page_token": token} {
				if value != "" {
					query.Set(name, value)
				}
			}
			answer, _, err := f.get(ctx, "/v2/phone/users?"+query.Encode())
			if err != nil {
				return nil, err
			}
			var rows []row
			if rows, token, err = readPage(answer); err != nil {
				return nil, err
			}
			for _, row := range rows {
				if !known[row.user] {
					known[row.user] = true
					users = append(users, row.user)
					f.bodies = append(f.bodies, body{row.user, "list", row.json})
				}
			}
		}
	}
	return users, nil
}

// row is an element of a list.
type row struct {
	user string
	json []byte
}

// readPage reads a page as often as it must: once, and each row again as far as its id.
func readPage(page []byte) (rows []row, next string, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(page), jsontext.AllowDuplicateNames(true))
	err = members(d, func(name string) error {
		switch {
		case name == "next_page_token" && d.PeekKind() == '"':
			token, err := d.ReadToken()
			next = token.String()
			return err
		case name == "users" && d.PeekKind() == '[':
			_, _ = d.ReadToken() // it has been peeked at
			for d.PeekKind() == '{' {
				json, err := d.ReadValue()
				if err != nil {
					return err
				}
				end := d.InputOffset()
				r := row{json: page[end-int64(len(json)) : end : end]}
				if r.user, err = idOf(r.json); err != nil {
					return err
				}
				rows = append(rows, r)
			}
			_, err := d.ReadToken()
			return err
		}
		return d.SkipValue()
	})
	return rows, next, err
}

// errFound: what was looked for has been read.
var errFound = errors.New("found")

// idOf reads a row as far as its id.
func idOf(json []byte) (id string, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(json), jsontext.AllowDuplicateNames(true))
	err = members(d, func(name string) error {
		if name != "id" {
			return d.SkipValue()
		}
		token, err := d.ReadToken()
		id = token.String()
		return cmp.Or(err, errFound)
	})
	if errors.Is(err, errFound) {
		return id, nil
	}
	return "", cmp.Or(err, errors.New("bare fetch: a row without an id"))
}

// members hands each member of an object on: its value is to be read.
func members(d *jsontext.Decoder, read func(name string) error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err == nil {
			err = read(name.String())
		}
		if err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// details reads the three documents of a user; who has no profile, as pending users, has none of the others either.
func (f *fetcher) details(ctx context.Context, user string) {
	id := url.PathEscape(user)
	for _, d := range []struct{ kind, path string }{
		{"profile", "/v2/phone/users/" + id}, {"settings", "/v2/phone/users/" + id + "/settings"}, {"user_settings", "/v2/users/" + id + "/settings"},
	} {
		answer, status, err := f.get(ctx, d.path)
		if status == http.StatusNotFound {
			return
		}
		f.mu.Lock()
		if err != nil {
			f.faults = append(f.faults, err)
		} else {
			f.bodies = append(f.bodies, body{user, d.kind, answer})
		}
		f.mu.Unlock()
	}
}

func (f *fetcher) get(ctx context.Context, path string) ([]byte, int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.account.base+path, http.NoBody)
	if err != nil {
		return nil, 0, err
	}
	request.Header.Set("Authorization", "Bearer "+f.token)
	request.Header.Set("Accept", "application/json")
	return f.send(request)
}

func (f *fetcher) send(request *http.Request) ([]byte, int, error) {
	answer, err := f.client.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = answer.Body.Close() }() // it has been read
	var content bytes.Buffer
	content.Grow(max(0, int(answer.ContentLength)) + bytes.MinRead) // so that it need not grow while it is read
	_, err = content.ReadFrom(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("bare fetch: %s %s: %s", request.Method, request.URL.Path, answer.Status)
	}
	return content.Bytes(), answer.StatusCode, err
}

// bareCopy copies documents into a table of their own, in one COPY over one connection.
func (d *database) bareCopy(ctx context.Context, bodies []body) (took time.Duration, err error) {
	if err := d.run(ctx, "CREATE TABLE bare (user_id text, document text, body jsonb)"); err != nil {
		return 0, err
	}
	begun := time.Now()
	_, err = d.CopyFrom(ctx, pgx.Identifier{"bare"}, []string{"user_id", "document", "body"}, pgx.CopyFromSlice(len(bodies), func(i int) ([]any, error) {
		return []any{bodies[i].user, bodies[i].kind, bodies[i].json}, nil
	}))
	return time.Since(begun), err
}
