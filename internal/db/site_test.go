package db_test

import (
	"crypto/md5"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

func site(id, name string) db.Site {
	return db.Site{ID: id, Name: &name, SiteCode: new(int64(12)), Body: []byte(`{}`), Digest: md5.Sum([]byte(name))}
}

func TestStore_WriteSites(t *testing.T) {
	t.Parallel()
	b := setup(t)
	write := func(want int, gone string, sites ...db.Site) {
		t.Helper()
		changed, err := b.WriteSites(t.Context(), account, b.pass.ID, db.SiteChanges{Sites: sites, Gone: []string{gone}})
		if err != nil {
			t.Fatal(err)
		}
		if changed != want {
			t.Errorf("changed: got %d, want %d", changed, want)
		}
	}
	const all = `SELECT site_id, name, site_code, changed_at > first_seen_at FROM zoom.sites ORDER BY 1`

	write(2, "", site("s1", "North"), site("s2", "South"))
	b.rows(t, all, []string{"s1", "North", "12", "f"}, []string{"s2", "South", "12", "f"})

	before := fingerprint(b.database)
	write(0, "", site("s1", "North"), site("s2", "South"))
	if diff := cmp.Diff(before, fingerprint(b.database)); diff != "" {
		t.Errorf("unchanged sites were touched: (-before +after)\n%s", diff)
	}

	write(1, "", site("s1", "Far North")) // who is not given is not gone
	b.rows(t, all, []string{"s1", "Far North", "12", "t"}, []string{"s2", "South", "12", "f"})

	write(1, "s2", site("s1", "Far North"))
	b.rows(t, all, []string{"s1", "Far North", "12", "t"})

	write(1, "", site("s1", "Far North"), site("s2", "South"))
	b.rows(t, all, []string{"s1", "Far North", "12", "t"}, []string{"s2", "South", "12", "t"})

	if _, err := b.WriteSites(t.Context(), account, b.pass.ID, db.SiteChanges{Sites: []db.Site{site("s1", "a"), site("s1", "b")}}); !errors.Is(err, db.ErrBadData) {
		t.Errorf("site twice: got %v, want ErrBadData", err)
	}
}
