package db_test

import (
	"fmt"
	"testing"

	"syncd/internal/db"
)

// batchSize is the size of a batch of the benchmarks, ten times that of a pass.
const batchSize = 500

func BenchmarkStore_WriteUsers(b *testing.B) {
	batch := func(round int) []db.User {
		users := make([]db.User, batchSize)
		for i := range users {
			users[i] = user(fmt.Sprintf("u%d-%d", round, i), "Ann")
		}
		return users
	}
	b.Run("first", func(b *testing.B) {
		bundle := setup(b)
		for round := 0; b.Loop(); round++ {
			bundle.write(b, batchSize, batch(round)...)
		}
		b.ReportMetric(float64(batchSize*b.N)/b.Elapsed().Seconds(), "users/s")
	})
	b.Run("unchanged", func(b *testing.B) {
		bundle := setup(b)
		users := batch(0)
		bundle.write(b, batchSize, users...)
		for b.Loop() {
			bundle.write(b, 0, users...)
		}
		b.ReportMetric(float64(batchSize*b.N)/b.Elapsed().Seconds(), "users/s")
	})
}
