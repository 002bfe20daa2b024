package main

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"syncd/internal/db/dbtest"
	"syncd/internal/zoom/zoomtest"
)

// BenchmarkSync is what make profile looks at: passes without a budget, of which the
// first writes everything and the others find nothing new. The account is in the same
// process, so its part is in the profile too.
func BenchmarkSync(b *testing.B) {
	const users = 1000
	for name, before := range map[string]int{"first": 0, "unchanged": 1} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				account := zoomtest.New(zoomtest.Options{
					Users: users, Seed: 1, Limits: map[string]float64{zoomtest.PhoneLight: 0, zoomtest.PhoneMedium: 0, zoomtest.CoreMedium: 0},
				})
				server := httptest.NewServer(account)
				environment := map[string]string{
					"ZOOM_ACCOUNT_ID": account.AccountID(), "ZOOM_CLIENT_ID": account.ClientID(), "ZOOM_CLIENT_SECRET": account.ClientSecret(),
					"ZOOM_API_URL": server.URL + "/v2", "ZOOM_TOKEN_URL": server.URL + "/oauth/token",
					"ZOOM_POOLS":   "phone-light=1000000,phone-medium=1000000,core-medium=1000000",
					"DATABASE_URL": dbtest.New(b).URL,
				}
				sync := func() {
					var stderr bytes.Buffer
					p := process{args: []string{"sync"}, getenv: func(name string) string { return environment[name] }, stdout: &stderr, stderr: &stderr}
					if code := run(b.Context(), p); code != exitComplete {
						b.Fatalf("exit code %d\n%s", code, &stderr)
					}
				}
				for range before {
					sync()
				}
				b.StartTimer()
				sync()
				b.StopTimer()
				server.Close()
				b.StartTimer()
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*users), "µs/user")
		})
	}
}
