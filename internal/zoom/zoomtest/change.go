package zoomtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Edit names a value that Churn changed.
type Edit struct{ UserID, Kind, Path string }

// Add makes n active users and returns their ids.
func (a *Account) Add(n int) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = a.minter.id(idUser, a.count, 0)
		a.count++
	}
	a.version++
	return ids
}

// Remove takes users away: no list holds them and their documents answer 404. Unknown ids are ignored.
func (a *Account) Remove(ids ...string) { a.each(ids, func(_ int, s *state) { s.removed = true }) }

// Return brings removed users back as they were.
func (a *Account) Return(ids ...string) { a.each(ids, func(_ int, s *state) { s.removed = false }) }

// RenameSite gives a site another name, in the list of sites and in the rows of its users. An unknown id is ignored.
func (a *Account) RenameSite(id, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, ok := a.minter.position(idSite, id)
	if !ok || n >= siteCount {
		return
	}
	names := *a.sites.Load()
	names[n] = name
	a.sites.Store(&names)
	for index, s := range a.states {
		doc := decode(s.docs[List])
		if at(doc, []string{"site", "id"}) == id {
			put(doc, []string{"site", "name"}, name)
			s.docs = maps.Clone(s.docs)
			a.keep(&s, List, encode(doc))
			a.states[index] = s
		}
	}
	a.version++
}

// SetStatus makes users Active, Deactivated or Pending in all their documents.
func (a *Account) SetStatus(status string, ids ...string) {
	a.each(ids, func(index int, s *state) {
		s.status = status
		for kind := range s.docs {
			value := status
			switch {
			case kind == UserSettings:
				continue
			case kind == Settings && status == Deactivated:
				value = "Inactive"
			case kind == Settings:
				value = "Active"
			}
			doc := decode(s.docs[kind])
			doc["status"] = value
			a.keep(s, kind, encode(doc))
		}
	})
}

// each changes the states of users.
func (a *Account) each(ids []string, change func(index int, s *state)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range ids {
		index, ok := a.lookup(id)
		if !ok {
			continue
		}
		s := a.states[index]
		s.docs = maps.Clone(s.docs)
		change(index, &s)
		a.states[index] = s
	}
	a.version++
}

// Change edits one document of a user. Numbers in doc are json.Number; a json.RawMessage is kept as it is. It fails
// when the user has no such document.
func (a *Account) Change(id, kind string, edit func(doc map[string]any)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	index, ok := a.lookup(id)
	if !ok {
		return fmt.Errorf("change %s of %s: no such user", kind, id)
	}
	return a.change(index, kind, edit)
}

// change is Change for a caller that holds the lock.
func (a *Account) change(index int, kind string, edit func(doc map[string]any)) error {
	s := a.states[index]
	old, ok := a.render(index, s, kind)
	if !ok {
		return fmt.Errorf("change %s of user %d: no such document", kind, index)
	}
	doc := decode(old)
	edit(doc)
	s.docs = maps.Clone(s.docs)
	a.keep(&s, kind, encode(doc))
	a.states[index] = s
	a.version++
	return nil
}

// Set replaces the value at a path such as "policy.sms.enable" or "phone_numbers.0.number"; objects on the way are made.
func (a *Account) Set(id, kind, path string, value any) error {
	var fault error
	err := a.Change(id, kind, func(doc map[string]any) {
		if !put(doc, strings.Split(path, "."), value) {
			fault = fmt.Errorf("set %s of %s: no place for %s", kind, id, path)
		}
	})
	if err != nil {
		return err
	}
	return fault
}

// SetDocument replaces a document by any bytes, which are served as they are. The user must have the document.
func (a *Account) SetDocument(id, kind string, doc []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	index, ok := a.lookup(id)
	if !ok {
		return fmt.Errorf("set %s of %s: no such user", kind, id)
	}
	s := a.states[index]
	if _, ok = a.render(index, s, kind); !ok {
		return fmt.Errorf("set %s of %s: no such document", kind, id)
	}
	s.docs = maps.Clone(s.docs)
	a.keep(&s, kind, slices.Clone(doc))
	a.states[index] = s
	a.version++
	return nil
}

// Churn makes n random changes to users that have details and tells which.
func (a *Account) Churn(n int) []Edit {
	a.mu.Lock()
	defer a.mu.Unlock()
	var edits []Edit
	for tries := 0; len(edits) < n && tries < 20*n; tries++ {
		index := a.dice.IntN(max(a.count, 1))
		value := strconv.FormatUint(a.dice.Uint64N(1e12), 10)
		e := []Edit{
			{Kind: List, Path: "name"},
			{Kind: List, Path: "department"},
			{Kind: Profile, Path: "policy.sms.enable"},
			{Kind: Profile, Path: "policy.voicemail.allow_download"},
			{Kind: Settings, Path: "area_code"},
			{Kind: UserSettings, Path: "feature.meeting_capacity"},
		}[a.dice.IntN(6)]
		e.UserID = a.minter.id(idUser, index, 0)
		if _, ok := a.render(index, a.states[index], Profile); !ok {
			continue
		}
		_ = a.change(index, e.Kind, func(doc map[string]any) { // it exists, see above
			switch {
			case strings.HasPrefix(e.Path, "policy."):
				on, _ := at(doc, strings.Split(e.Path, ".")).(bool)
				put(doc, strings.Split(e.Path, "."), !on)
			case e.Kind == UserSettings:
				put(doc, strings.Split(e.Path, "."), json.Number(value))
			default:
				put(doc, strings.Split(e.Path, "."), "changed "+value)
			}
		})
		edits = append(edits, e)
	}
	return edits
}

// keep stores a changed document and remembers its secrets; the caller holds the lock.
func (a *Account) keep(s *state, kind string, doc []byte) {
	if s.docs == nil {
		s.docs = make(map[string][]byte)
	}
	s.docs[kind] = doc
	for _, secret := range secretsIn(decode(doc)) {
		a.minted[secret] = true
	}
}

// put sets the value at a path and says whether there was a place for it.
func put(node any, path []string, value any) bool {
	switch n := node.(type) {
	case map[string]any:
		if len(path) == 1 {
			n[path[0]] = value
			return true
		}
		if n[path[0]] == nil {
			n[path[0]] = make(map[string]any)
		}
		return put(n[path[0]], path[1:], value)
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(n) {
			return false
		}
		if len(path) == 1 {
			n[i] = value
			return true
		}
		return put(n[i], path[1:], value)
	}
	return false
}

// at is the value at a path of objects, nil when there is none.
func at(node any, path []string) any {
	for _, name := range path {
		object, _ := node.(map[string]any)
		node = object[name]
	}
	return node
}

// decode reads a document with its numbers as they stand; what is no object becomes an empty one.
func decode(doc []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	object := make(map[string]any)
	_ = d.Decode(&object)
	return object
}

func encode(doc any) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		return []byte("null") // a test put in what JSON cannot say
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})
}
