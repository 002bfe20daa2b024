package sync

import (
	"testing"
	"time"

	"syncd/internal/db"
)

func TestResult_FloorShare_is_of_passes_that_came_to_their_end(t *testing.T) {
	t.Parallel()
	for status, want := range map[db.PassStatus]float64{
		db.PassComplete: 0.75, db.PassPartial: 0.75, db.PassHeld: 0.75, db.PassFailed: 0, db.PassInterrupted: 0,
	} {
		r := Result{Status: status, Duration: time.Minute, Floor: 45 * time.Second}
		if got := r.FloorShare(); got != want {
			t.Errorf("%s: got %v, want %v", status, got, want)
		}
	}
}
