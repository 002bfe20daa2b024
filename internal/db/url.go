package db

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// CheckURL reports whether Open could read the URL. The message never repeats it: it may hold a password.
func CheckURL(url string) error {
	_, err := parseURL(url)
	return err
}

// parseURL reads a URL, or the driver's key=value form. A text with another scheme would pass for the latter, and its
// password for the name of a parameter.
func parseURL(url string) (*pgxpool.Config, error) {
	scheme, rest, isURL := strings.Cut(url, "://")
	config, err := pgxpool.ParseConfig(url)
	if url == "" || err != nil || isURL && (scheme != "postgres" && scheme != "postgresql" || splitsPassword(rest)) {
		return nil, errors.New("is not a Postgres URL: write postgres://user:password@host:5432/database, " +
			"with the special characters of the password percent-encoded")
	}
	return config, nil
}

// splitsPassword tells whether a URL, without its scheme, likely has a password with a bare @, /, ? or #: what follows
// would be taken for the host or the name of the database, which errors show.
func splitsPassword(rest string) bool {
	end := strings.IndexAny(rest, "/?#")
	return strings.Count(rest, "@") > 1 || end >= 0 && strings.ContainsAny(rest[end:], "@#")
}
