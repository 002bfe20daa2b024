package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// stallAfter makes the account answer the profiles of so many users, and no more until it is told to go on: a pass then
// lasts as long as a test needs, however busy the machine is.
func (b *bench) stallAfter(users int64) (goOn func()) {
	var asked atomic.Int64
	gate := make(chan struct{})
	stall := func(w http.ResponseWriter, r *http.Request) bool {
		profile := strings.HasPrefix(r.URL.Path, "/v2/phone/users/") && !strings.HasSuffix(r.URL.Path, "/settings")
		if !profile || asked.Add(1) <= users {
			return false
		}
		select {
		case <-gate:
		case <-r.Context().Done():
		}
		// Who has gone meanwhile has asked all the same, and is counted.
		b.account.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
		return true
	}
	b.intercept.Store(&stall)
	goOn = sync.OnceFunc(func() {
		b.intercept.CompareAndSwap(&stall, nil) // another may be in its place
		close(gate)
	})
	b.t.Cleanup(goOn) // before the server closes, which waits for the answers
	return goOn
}
