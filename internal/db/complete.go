package db

import (
	"runtime"

	"golang.org/x/sync/errgroup"
)

// completeUsers completes the documents of a batch that are not stored as they are, several users at once.
func completeUsers(users []User, stored map[string]*storedUser) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range users {
		u, known := &users[i], stored[users[i].ID]
		if u.lacks(known) {
			group.Go(func() error {
				u.complete(known)
				return u.check()
			})
		}
	}
	return group.Wait()
}

// lacks reports whether there is anything to complete.
func (u *User) lacks(stored *storedUser) bool {
	for i := range u.Documents {
		if u.Documents[i].lacks(stored) {
			return true
		}
	}
	return false
}

func (u *User) complete(stored *storedUser) {
	for i := range u.Documents {
		if result := &u.Documents[i]; result.lacks(stored) {
			result.Complete(u, result)
		}
	}
}

func (r *DocumentResult) lacks(stored *storedUser) bool { return r.Complete != nil && !stored.has(r) }

// has reports whether a document is stored as it was fetched.
func (s *storedUser) has(fetched *DocumentResult) bool {
	if s == nil {
		return false
	}
	digests, has := s.digests[fetched.Document]
	return has && digests.full == fetched.Full
}
