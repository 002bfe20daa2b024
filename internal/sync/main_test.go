package sync

import (
	"testing"

	"syncd/internal/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
