package db

import (
	"context"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
)

// MigrateFiles is Migrate with files other than the released ones.
func (s *Store) MigrateFiles(ctx context.Context, files fs.FS) (Migration, error) {
	return s.migrate(ctx, files)
}

// SetPatience says how long a call waits for a server that does not answer.
func (s *Store) SetPatience(d time.Duration) { s.patience = d }

// ParseURL gives what Open makes of a URL.
func ParseURL(url string) (*pgx.ConnConfig, error) {
	config, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	return config.ConnConfig, nil
}
