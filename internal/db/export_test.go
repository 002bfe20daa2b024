package db

import (
	"context"
	"io/fs"
)

// MigrateFiles is Migrate with files other than the released ones.
func (s *Store) MigrateFiles(ctx context.Context, files fs.FS) (Migration, error) {
	return s.migrate(ctx, files)
}
