package sync

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// The status of a list document is what its user counts as having: pending, if only the list of pending users has it.
func TestSuspicions_about_the_status(t *testing.T) {
	t.Parallel()
	const none, active, inactive = `{"id":"u"}`, `{"id":"u","status":"activate"}`, `{"id":"u","status":"deactivate"}`
	for name, test := range map[string]struct {
		before, after version
		want          []string
	}{
		"same":                      {version{body: []byte(active)}, version{body: []byte(active)}, nil},
		"another":                   {version{body: []byte(active)}, version{body: []byte(inactive)}, []string{"status: deactivate"}},
		"pending_by_the_list_alone": {version{body: []byte(active)}, version{body: []byte(none), pending: true}, []string{"status: pending"}},
		"no_longer_pending":         {version{body: []byte(none), pending: true}, version{body: []byte(active)}, []string{"status: activate"}},
		"unknown_and_then_pending":  {version{body: []byte(none)}, version{body: []byte(none), pending: true}, []string{"status: pending"}},
		"unknown_and_then_active":   {version{body: []byte(none)}, version{body: []byte(active)}, nil},
		"pending_all_the_time":      {version{body: []byte(none), pending: true}, version{body: []byte(none), pending: true}, nil},
		"gone":                      {version{body: []byte(active)}, version{body: []byte(none)}, []string{"user_list.status"}},
		"pending_and_then_gone":     {version{body: []byte(none), pending: true}, version{body: []byte(none)}, []string{"user_list.status"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := newReader().compare(db.DocumentList, test.before, test.after)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Suspicions); diff != "" {
				t.Errorf("suspicions (-want +got):\n%s", diff)
			}
		})
	}
}
