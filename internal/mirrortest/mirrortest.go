// Package mirrortest compares a mirror with the simulated account that it is of.
//
// It owns the rule for what counts as equal: every document of every user, exact to the digit, with the mask where the
// account has a secret. It knows nothing of the program that makes mirrors, never changes what it looks at, and is for
// tests only.
package mirrortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"

	"syncd/internal/db/dbtest"
	"syncd/internal/zoom/zoomtest"
)

// mask is what a mirror holds in place of a secret.
const mask = "[redacted]"

// Compare looks at every current document of the mirror and every document of the account. The error is the first
// difference, with both sides; nil means that there is none.
func Compare(account *zoomtest.Account, database *dbtest.Database) error {
	c := comparison{secrets: map[string]bool{}}
	for _, secret := range account.Secrets() {
		c.secrets[secret] = true
	}
	mirrored := map[string][]byte{}
	for _, row := range database.Query("SELECT user_id || '/' || document, body FROM zoom_pii.documents") {
		mirrored[row[0]] = []byte(row[1])
	}
	for _, u := range account.Users() {
		for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
			truth, exists := account.Document(u.ID, kind)
			key := u.ID + "/" + kind
			mirror, found := mirrored[key]
			delete(mirrored, key)
			if exists != found && u.Status != zoomtest.Pending {
				return fmt.Errorf("%s: at Zoom %v, in the mirror %v", key, exists, found)
			}
			if !found {
				continue
			}
			if err := c.documents(truth, mirror, key); err != nil {
				return fmt.Errorf("%w\nzoom:   %s\nmirror: %s", err, truth, mirror)
			}
		}
	}
	for key := range mirrored {
		return fmt.Errorf("the mirror has %s, the account does not", key)
	}
	return nil
}

// Decode reads a JSON value with its numbers as they stand.
func Decode(body []byte) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode %s: %w", body, err)
	}
	return v, nil
}

// comparison knows which texts of the account are secrets.
type comparison struct{ secrets map[string]bool }

func (c comparison) documents(truth, mirror []byte, path string) error {
	t, err := Decode(truth)
	if err != nil {
		return err
	}
	m, err := Decode(mirror)
	if err != nil {
		return err
	}
	return c.values(t, m, path)
}

// values compares two JSON values, numbers as numbers of any size; where the truth is a secret, the mirror must have the
// mask.
func (c comparison) values(truth, mirror any, path string) error {
	switch truth := truth.(type) {
	case map[string]any:
		mirror, ok := mirror.(map[string]any)
		if !ok || len(truth) != len(mirror) {
			return fmt.Errorf("%s: another object", path)
		}
		for name, value := range truth {
			if _, ok := mirror[name]; !ok {
				return fmt.Errorf("%s.%s: missing", path, name)
			}
			if err := c.values(value, mirror[name], path+"."+name); err != nil {
				return err
			}
		}
	case []any:
		mirror, ok := mirror.([]any)
		if !ok || len(truth) != len(mirror) {
			return fmt.Errorf("%s: another array", path)
		}
		for i, value := range truth {
			if err := c.values(value, mirror[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case json.Number:
		number, ok := mirror.(json.Number)
		if !ok || rational(truth).Cmp(rational(number)) != 0 {
			return fmt.Errorf("%s: %v is %v", path, truth, mirror)
		}
	case string:
		if c.secrets[truth] {
			truth = mask
		}
		if truth != mirror {
			return fmt.Errorf("%s: %q is %v", path, truth, mirror)
		}
	default:
		if truth != mirror {
			return fmt.Errorf("%s: %v is %v", path, truth, mirror)
		}
	}
	return nil
}

func rational(n json.Number) *big.Rat {
	r, _ := new(big.Rat).SetString(n.String()) // the decoder has taken it for a number
	return r
}
