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
	scheme, _, isURL := strings.Cut(url, "://")
	config, err := pgxpool.ParseConfig(url)
	if url == "" || err != nil || isURL && scheme != "postgres" && scheme != "postgresql" {
		return nil, errors.New("is not a Postgres URL: write postgres://user:password@host:5432/database, " +
			"with the special characters of the password percent-encoded")
	}
	return config, nil
}
