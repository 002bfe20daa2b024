package speed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"syncd/internal/db"
	"syncd/internal/db/dbtest"
	"syncd/internal/sync"
	"syncd/internal/zoom/zoomtest"
)

// Seed 1 makes the account of the demo, with the persons that the cookbook asks for by name.
const seed = 1

func TestMain(m *testing.M) { dbtest.Main(m) }

// size of a mirror.
type size struct {
	users    int
	versions int // of each document, the current one included
}

// build makes the mirror of a simulated account of that size in a migrated database: the documents are those that the
// account serves, the derived tables what syncd makes of them, and the older versions and their journal are derived
// from the current ones, spread over a year.

func build(ctx context.Context, address string, want size) error {
	account := zoomtest.New(zoomtest.Options{Users: want.users, Seed: seed})
	if err := change(account); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := copyUsers(ctx, conn, account); err != nil {
		return fmt.Errorf("users: %w", err)
	}
	if err := copyDocuments(ctx, conn, account); err != nil {
		return fmt.Errorf("documents: %w", err)
	}
	if err := copySites(ctx, conn, account); err != nil {
		return fmt.Errorf("sites: %w", err)
	}
	if err := derive(ctx, address, account.AccountID()); err != nil {
		return err
	}
	if err := writePast(ctx, conn, want); err != nil {
		return fmt.Errorf("passes: %w", err)
	}
	return writeVersions(ctx, conn, want)
}

// change gives the account what it has not by itself and the cookbook asks for: an extension number that is taken twice,
// and a user who may call under the company's number.
func change(account *zoomtest.Account) error {
	users := account.Users()
	var faults []error
	for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings} {
		faults = append(faults, account.Set(users[48].ID, kind, "extension_number", 841))
	}
	company := []any{map[string]any{"number": "+442079460000", "name": "Reception", "is_default": false}}
	return errors.Join(append(faults, account.Set(users[47].ID, zoomtest.Settings, "outbound_caller_ids", company))...)
}

// copyUsers writes all users; user_key is the position in the account and one more.
func copyUsers(ctx context.Context, conn *pgx.Conn, account *zoomtest.Account) error {
	users := account.Users()
	_, err := conn.CopyFrom(ctx, pgx.Identifier{"syncd", "users"}, []string{"user_key", "account_id", "user_id"},
		pgx.CopyFromSlice(len(users), func(i int) ([]any, error) {
			return []any{int64(i) + 1, account.AccountID(), users[i].ID}, nil
		}))
	return err
}

// copyDocuments writes every document that the account has. Digests are left to the rebuild, and so are secrets.
func copyDocuments(ctx context.Context, conn *pgx.Conn, account *zoomtest.Account) error {
	users := account.Users()
	kinds := []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings}
	next := 0
	unknown := make([]byte, len(db.Digest{}))
	_, err := conn.CopyFrom(ctx, pgx.Identifier{"syncd", "documents"},
		[]string{"user_key", "document", "valid_from", "full_digest", "stable_digest", "body"},
		pgx.CopyFromFunc(func() ([]any, error) {
			for ; next < len(users)*len(kinds); next++ {
				user, kind := next/len(kinds), next%len(kinds)
				if body, ok := account.Document(users[user].ID, kinds[kind]); ok {
					next++
					return []any{int64(user) + 1, int16(kind) + 1, time.Now(), unknown, unknown, body}, nil //nolint:gosec // 1 to 4
				}
			}
			return nil, nil
		}))
	return err
}

// copySites writes the sites; what their columns hold is left to the rebuild.
func copySites(ctx context.Context, conn *pgx.Conn, account *zoomtest.Account) error {
	sites := account.Sites()
	_, err := conn.CopyFrom(ctx, pgx.Identifier{"syncd", "sites"}, []string{"account_id", "site_id", "body", "digest"},
		pgx.CopyFromSlice(len(sites), func(i int) ([]any, error) {
			body, err := json.Marshal(map[string]string{"id": sites[i].ID, "name": sites[i].Name})
			return []any{account.AccountID(), sites[i].ID, body, make([]byte, len(db.Digest{}))}, err
		}))
	return err
}

// derive fills the derived tables as "syncd rebuild" does.
func derive(ctx context.Context, address, accountID string) error {
	store, err := db.Open(ctx, db.Config{URL: address})
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = sync.Rebuild(ctx, store, accountID, func(sync.Progress) {})
	return err
}
