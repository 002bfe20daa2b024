package zoomtest_test

import (
	"testing"

	"syncd/internal/zoom/zoomtest"
)

func BenchmarkDocument(b *testing.B) {
	for _, small := range []bool{false, true} {
		account := zoomtest.New(zoomtest.Options{Users: 10_000, Small: small})
		users := account.Users()
		for _, kind := range []string{zoomtest.List, zoomtest.Profile, zoomtest.Settings, zoomtest.UserSettings} {
			name := kind
			if small {
				name = "small " + kind
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					account.Document(users[i%len(users)].ID, kind)
					i++
				}
			})
		}
	}
}
